"""Assessments and their lines."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.cases.models import Discrepancy
from excise.db import Record
from excise.errors import Conflict
from excise.products.models import Product
from excise.returns.models import QUANTITY_PLACES
from excise.taxpayers.models import Registration


class NotInThisState(Conflict):
    """Another officer was faster; facts: `state`."""

    code = "assessment-not-in-this-state"


class AssessmentState(enum.StrEnum):
    """An assessment binds from APPROVED on; its clock runs from SERVED on."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    SERVED = "served"
    WITHDRAWN = "withdrawn"


class Assessment(Record):
    """Tax found short in one month of one establishment, with what the law adds to it.

    `due_on` is when the tax was due; the surcharge is computed to `computed_to`.
    `was_filed` decides the multiple of the penalty (s. 140), `remaining_pct` how
    much of it remains. `facts`, `law` and `discretion` are the reasons (ตส.01-18).
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("ix_assessment_changed_at", "changed_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    discrepancy_id: Mapped[int] = mapped_column(ForeignKey("discrepancy.id"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    period: Mapped[date]
    due_on: Mapped[date]
    computed_to: Mapped[date]
    was_filed: Mapped[bool]
    remaining_pct: Mapped[str]
    facts: Mapped[str]
    law: Mapped[str]
    discretion: Mapped[str]
    prepared_by: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    prepared_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state: Mapped[AssessmentState] = mapped_column(default=AssessmentState.DRAFT)
    return_note: Mapped[str] = mapped_column(default="")
    number: Mapped[str | None] = mapped_column(default=None, unique=True)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    original_sha256: Mapped[str | None] = mapped_column(ForeignKey("original.sha256"), default=None)
    facts_hash: Mapped[str | None] = mapped_column(default=None)
    total_satang: Mapped[int] = mapped_column(default=0)
    served_at: Mapped[datetime | None] = mapped_column(default=None)
    discrepancy: Mapped[Discrepancy] = relationship(init=False)
    registration: Mapped[Registration] = relationship(init=False, lazy="joined")
    lines: Mapped[list[AssessmentLine]] = relationship(
        default_factory=list,
        order_by="AssessmentLine.position",
        cascade="all, delete-orphan",
    )

    def require(self, *states: AssessmentState) -> None:
        """Raise NotInThisState unless it stands in one of the states."""
        if self.state not in states:
            raise NotInThisState(reference=self.reference, state=self.state.value)


class AssessmentLine(Record):
    """So much of one product that was not declared, at one tax point.

    `units` counts ten-thousandths of the product's unit; for a service the amount
    is `receipts_satang`, without VAT.
    """

    __tablename__ = "assessment_line"
    __table_args__ = (UniqueConstraint("assessment_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), init=False, index=True)
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    tax_point_on: Mapped[date]
    units: Mapped[int]
    receipts_satang: Mapped[int | None] = mapped_column(default=None)
    measures: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    product: Mapped[Product] = relationship(init=False, lazy="joined")

    @property
    def row_count(self) -> int:
        """None of it comes by file."""
        return 0

    @property
    def first_on(self) -> None:
        """Nor has it a first day."""

    @property
    def quantity(self) -> Decimal:
        """The number of units, as entered."""
        return Decimal(self.units).scaleb(-QUANTITY_PLACES)
