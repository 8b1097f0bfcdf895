"""Remittances of a month, and what of them each payee gets."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record


class PayeeKind(enum.StrEnum):
    """Who receives: a fund, a local body, or the treasury what is above a fund's cap."""

    FUND = "fund"
    LOCAL = "local"
    TREASURY = "treasury"


class RemittanceState(enum.StrEnum):
    """Where a remittance stands."""

    PREPARED = "prepared"
    APPROVED = "approved"
    GIVEN_BACK = "given-back"


STANDING = sa.text("state IN ('prepared', 'approved')")


class Remittance(Record):
    """What was collected in a month for others; a month is remitted once."""

    __tablename__ = "remittance"
    __table_args__ = (
        Index(
            "uq_remittance_standing",
            "month",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    month: Mapped[date]
    tariff_edition: Mapped[str]
    prepared_by: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    prepared_at: Mapped[datetime]
    state: Mapped[RemittanceState] = mapped_column(default=RemittanceState.PREPARED)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")
    items: Mapped[list[RemittanceItem]] = relationship(
        init=False, order_by="RemittanceItem.position", back_populates="remittance"
    )

    @property
    def total_satang(self) -> int:
        """What all payees get together."""
        return sum(item.amount_satang for item in self.items)


class RemittanceItem(Record):
    """What one payee gets: by which transfer, and the payee's own receipt for it.

    `payee_code` is that of the fund or the local body; of the treasury, that of the fund.
    """

    __tablename__ = "remittance_item"
    __table_args__ = (
        UniqueConstraint("remittance_id", "position"),
        UniqueConstraint("remittance_id", "kind", "payee_code"),
        UniqueConstraint("bank_code", "transfer_no"),
        CheckConstraint("amount_satang > 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    remittance_id: Mapped[int] = mapped_column(ForeignKey("remittance.id"), init=False)
    remittance: Mapped[Remittance] = relationship(back_populates="items")
    position: Mapped[int]
    kind: Mapped[PayeeKind]
    payee_code: Mapped[str]
    amount_satang: Mapped[int]
    bank_code: Mapped[str | None] = mapped_column(default=None)
    transfer_no: Mapped[str | None] = mapped_column(default=None)
    transferred_on: Mapped[date | None] = mapped_column(default=None)
    transferred_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    answer_no: Mapped[str | None] = mapped_column(default=None)
    answered_on: Mapped[date | None] = mapped_column(default=None)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
