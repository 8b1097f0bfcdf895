"""Products and the prices notified for them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.taxpayers.models import Registration


class Product(Record):
    """One product of one establishment, under one item of the tariff.

    `measures` holds what does not change from line to line (litres a unit,
    degree, sugar …) as decimal texts, by the names the tariff uses.
    """

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("registration_id", "gtin"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    submission_id: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    item: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    created_at: Mapped[datetime]
    brand: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    size: Mapped[str] = mapped_column(default="")
    gtin: Mapped[str | None] = mapped_column(default=None)
    measures: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    registration: Mapped[Registration] = relationship(init=False, lazy="joined")
    prices: Mapped[list[Price]] = relationship(
        default_factory=list, order_by="Price.effective_from", back_populates="product"
    )

    def price_on(self, day: date) -> Price | None:
        """Return the price in force on a day, or None before the first one."""
        valid = (price for price in self.prices if price.effective_from <= day)
        return max(valid, key=lambda price: price.effective_from, default=None)

    def measures_as_numbers(self) -> dict[str, Decimal]:
        """Return the measures as the calculation wants them."""
        return {name: Decimal(text) for name, text in self.measures.items()}


class Price(Record):
    """A suggested retail price (SRP) from a day on; the next one ends it.

    So two prices of a day cannot exist: the unique key refuses them.
    """

    __tablename__ = "price"
    __table_args__ = (
        UniqueConstraint("product_id", "effective_from"),
        CheckConstraint("srp_ex_vat_satang > 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), init=False, index=True)
    effective_from: Mapped[date]
    retail_incl_vat_satang: Mapped[int]
    srp_ex_vat_satang: Mapped[int]
    notified_at: Mapped[datetime]
    notified_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    product: Mapped[Product] = relationship(init=False, back_populates="prices")
