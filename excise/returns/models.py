"""Returns, from the first draft to the filed original."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.errors import Conflict
from excise.periods import TaxMonth
from excise.products.models import Product
from excise.taxpayers.models import Registration

QUANTITY_PLACES = 4


class AlreadyFiled(Conflict):
    """A filed return never changes; an amendment is another version."""

    code = "return-already-filed"


class Form(enum.StrEnum):
    """The form a return is filed on."""

    GOODS = "0307"
    SERVICES = "0308"


class Basis(enum.StrEnum):
    """What makes the return due."""

    REMOVAL = "removal"
    MONTH = "month"


class ReturnState(enum.StrEnum):
    """A return is being written, or it is filed for ever."""

    DRAFT = "draft"
    FILED = "filed"


_filed_month = text("basis = 'month' and state = 'filed'")
_draft_month = text("basis = 'month' and state = 'draft'")


class Return(Record):
    """One return of one establishment.

    A REMOVAL return is for goods about to leave, on `removal_on`, and is paid
    before they do; a MONTH return is for the tax month that starts on `period`.
    An amendment is another version, and names the one that it amends.
    `file_sha256` is the file that some of its lines came by.
    """

    __tablename__ = "tax_return"
    __table_args__ = (
        Index(
            "ix_tax_return_registration_id_changed_at",
            "registration_id",
            "changed_at",
            "id",
            "state",
        ),
        Index("uq_tax_return_amends_id", "amends_id", unique=True),
        Index(
            "uq_tax_return_filed_month",
            "registration_id",
            "form",
            "period",
            "version",
            unique=True,
            sqlite_where=_filed_month,
            postgresql_where=_filed_month,
        ),
        Index(
            "uq_tax_return_draft_month",
            "registration_id",
            "form",
            "period",
            "version",
            unique=True,
            sqlite_where=_draft_month,
            postgresql_where=_draft_month,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    draft_reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    form: Mapped[Form]
    basis: Mapped[Basis]
    period: Mapped[date]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    removal_on: Mapped[date | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    amends_id: Mapped[int | None] = mapped_column(ForeignKey("tax_return.id"), default=None)
    state: Mapped[ReturnState] = mapped_column(default=ReturnState.DRAFT)
    lines_done: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[str | None] = mapped_column(default=None, unique=True)
    filed_at: Mapped[datetime | None] = mapped_column(default=None)
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    total_satang: Mapped[int] = mapped_column(default=0)
    original_sha256: Mapped[str | None] = mapped_column(ForeignKey("original.sha256"), default=None)
    file_sha256: Mapped[str | None] = mapped_column(default=None)
    registration: Mapped[Registration] = relationship(init=False, lazy="joined")
    lines: Mapped[list[ReturnLine]] = relationship(
        default_factory=list,
        order_by="ReturnLine.position",
        back_populates="tax_return",
        cascade="all, delete-orphan",
    )

    def require_draft(self) -> None:
        """Raise AlreadyFiled when the return is filed."""
        if self.state is not ReturnState.DRAFT:
            raise AlreadyFiled(reference=self.reference)

    def is_over(self, *, on: date) -> bool:
        """Tell whether the month has ended, so that nothing can happen in it any more."""
        return self.basis is Basis.REMOVAL or on > TaxMonth.of(self.period).last

    def file(
        self,
        *,
        reference: str,
        original_sha256: str,
        total_satang: int,
        person_id: int,
        at: datetime,
    ) -> None:
        """Make the draft a filed return, of which the original is kept."""
        self.require_draft()
        self.original_sha256 = original_sha256
        self.state, self.reference, self.total_satang = ReturnState.FILED, reference, total_satang
        self.filed_at, self.filed_by, self.changed_at = at, person_id, at


class ReturnLine(Record):
    """One line: so much of one product, at one tax point.

    `units` counts ten-thousandths of the product's unit. For a service the
    amount is `receipts_satang`, what was received without VAT that day.
    A line that came by file adds up `row_count` rows, from `first_on` to the tax point,
    on which one price and one rate were in force.
    """

    __tablename__ = "return_line"
    __table_args__ = (
        UniqueConstraint("return_id", "position"),
        Index("uq_return_line_return_id_submission_id", "return_id", "submission_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    return_id: Mapped[int] = mapped_column(ForeignKey("tax_return.id"), init=False)
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    tax_point_on: Mapped[date]
    units: Mapped[int]
    receipts_satang: Mapped[int | None] = mapped_column(default=None)
    measures: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    submission_id: Mapped[str | None] = mapped_column(default=None)
    changed_at: Mapped[datetime | None] = mapped_column(default=None)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    row_count: Mapped[int] = mapped_column(default=0)
    first_on: Mapped[date | None] = mapped_column(default=None)
    tax_return: Mapped[Return] = relationship(init=False, back_populates="lines")
    product: Mapped[Product] = relationship(init=False, lazy="joined")

    @property
    def mark(self) -> str:
        """What tells this state of the line from a later one."""
        return self.changed_at.isoformat() if self.changed_at else ""

    @property
    def quantity(self) -> Decimal:
        """The number of units, as entered."""
        return Decimal(self.units).scaleb(-QUANTITY_PLACES)

    def measures_as_numbers(self) -> dict[str, Decimal]:
        """Return the line's own measures as the calculation wants them."""
        return {name: Decimal(text) for name, text in self.measures.items()}


class TypedLine(Record):
    """What somebody typed into the form of a line and did not save yet; 0 is a new line."""

    __tablename__ = "typed_line"
    __table_args__ = (UniqueConstraint("return_id", "person_id", "product_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    return_id: Mapped[int] = mapped_column(ForeignKey("tax_return.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    position: Mapped[int]
    typed: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class DeclaredLine(Record):
    """One line of a filed return in figures that can be added up, as they were filed.

    A copy of what the original says, so that a month of everybody can be compared
    with what others know. `value_satang` is the base of the tax on value, None when
    the item is taxed by quantity alone; for services it is the receipts.
    """

    __tablename__ = "declared_line"
    __table_args__ = (
        UniqueConstraint("return_id", "position"),
        Index("ix_declared_line_period_registration_id", "period", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    return_id: Mapped[int] = mapped_column(ForeignKey("tax_return.id"))
    position: Mapped[int]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    period: Mapped[date]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    tax_point_on: Mapped[date]
    units: Mapped[int]
    value_satang: Mapped[int | None]
    excise_satang: Mapped[int]
