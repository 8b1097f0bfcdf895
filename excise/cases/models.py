"""Discrepancies and what was said about them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.cases.rules import (
    OPEN,
    AnswerKind,
    Differs,
    DiscrepancyState,
    Reason,
    is_covered,
    may_become,
)
from excise.db import Record
from excise.errors import Conflict
from excise.products.models import Product
from excise.returns.models import Return
from excise.taxpayers.models import Registration

_open = text("state in ({})".format(", ".join(f"'{state.value}'" for state in OPEN)))


class NotInThisState(Conflict):
    """Somebody was faster, or a new run settled it; facts: `state`."""

    code = "discrepancy-not-in-this-state"


class Explanation(Record):
    """Why a taxpayer's return differs from what others say, told before it was filed.

    `declared` and `evidence` are the figures the taxpayer saw; an explanation holds
    for that difference, not for a larger one that comes to light later.
    """

    __tablename__ = "explanation"
    __table_args__ = (UniqueConstraint("return_id", "rule", "product_code"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    # A draft that is thrown away takes its explanations along; a filed return stays.
    return_id: Mapped[int] = mapped_column(ForeignKey("tax_return.id", ondelete="CASCADE"))
    rule: Mapped[str]
    product_code: Mapped[str]
    reason: Mapped[Reason]
    words: Mapped[str]
    declared: Mapped[int | None]
    evidence: Mapped[int | None]
    given_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    tax_return: Mapped[Return] = relationship(init=False)

    @property
    def difference(self) -> int:
        """What the taxpayer saw and explained."""
        return (self.evidence or 0) - (self.declared or 0)

    def covers(self, found: Differs) -> bool:
        """Tell whether it holds for a difference as well."""
        return is_covered(found, [self.difference])


class Discrepancy(Record):
    """One difference of one taxpayer, by rule, month and product; only one is open at a time.

    `declared`, `evidence`, `difference` and `tolerance` count the rule's `measure`
    (`units`: ten-thousandths of the product's unit; `satang`). `potential_satang` is
    the excise on the difference, None when it cannot be told from it. `told_difference`
    is the difference as the taxpayer last heard of it, None before any notice; `due_on`
    is the last day to answer, None while it is not the taxpayer's turn.
    """

    __tablename__ = "discrepancy"
    __table_args__ = (
        Index(
            "uq_discrepancy_open",
            "rule",
            "taxpayer_id",
            "period",
            "product_code",
            unique=True,
            sqlite_where=_open,
            postgresql_where=_open,
        ),
        Index("ix_discrepancy_due_on", "due_on", "id"),
        Index("ix_discrepancy_state", "state", "registration_id", "potential_satang"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    rule: Mapped[str]
    taxpayer_id: Mapped[int] = mapped_column(ForeignKey("taxpayer.id"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    period: Mapped[date]
    product_code: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    measure: Mapped[str]
    found_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"))
    outcome: Mapped[str]
    declared: Mapped[int | None]
    evidence: Mapped[int | None]
    difference: Mapped[int]
    tolerance: Mapped[int]
    potential_satang: Mapped[int | None]
    state: Mapped[DiscrepancyState] = mapped_column(default=DiscrepancyState.QUEUED)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    explanation_id: Mapped[int | None] = mapped_column(ForeignKey("explanation.id"), default=None)
    told_difference: Mapped[int | None] = mapped_column(default=None)
    due_on: Mapped[date | None] = mapped_column(default=None)
    registration: Mapped[Registration] = relationship(init=False, lazy="joined")
    product: Mapped[Product | None] = relationship(init=False)
    explanation: Mapped[Explanation | None] = relationship(init=False)
    events: Mapped[list[DiscrepancyEvent]] = relationship(
        default_factory=list, order_by="DiscrepancyEvent.id"
    )
    answers: Mapped[list[Answer]] = relationship(default_factory=list, order_by="Answer.id")
    requests: Mapped[list[CorrectionRequest]] = relationship(
        default_factory=list, order_by="CorrectionRequest.id"
    )

    @property
    def is_told(self) -> bool:
        """Tell whether the taxpayer had a notice of it."""
        return self.told_difference is not None

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do something."""
        return self.state in OPEN

    def move(
        self, state: DiscrepancyState, *, actor: str, at: datetime, act: str, note: str = ""
    ) -> None:
        """Go on to another state, or raise NotInThisState."""
        if not may_become(self.state, state):
            raise NotInThisState(reference=self.reference, state=self.state.value)
        self.state = state
        self.tell(act, actor=actor, at=at, note=note)

    def tell(self, act: str, *, actor: str, at: datetime, note: str = "") -> None:
        """Add to the history."""
        self.changed_at = at
        self.events.append(DiscrepancyEvent(at=at, actor=actor, act=act, note=note))


class DiscrepancyEvent(Record):
    """One thing that happened to a discrepancy; rows are added, never changed."""

    __tablename__ = "discrepancy_event"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    discrepancy_id: Mapped[int] = mapped_column(
        ForeignKey("discrepancy.id"), init=False, index=True
    )
    at: Mapped[datetime]
    actor: Mapped[str]
    act: Mapped[str]
    note: Mapped[str] = mapped_column(default="")


class Answer(Record):
    """What a taxpayer said to a notice, with the figures of that moment; rows never change."""

    __tablename__ = "discrepancy_answer"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    discrepancy_id: Mapped[int] = mapped_column(
        ForeignKey("discrepancy.id"), init=False, index=True
    )
    submission_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[AnswerKind]
    reason: Mapped[Reason | None]
    words: Mapped[str]
    declared: Mapped[int | None]
    evidence: Mapped[int | None]
    given_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    files: Mapped[list[AnswerFile]] = relationship(
        default_factory=list, order_by="AnswerFile.position"
    )


class AnswerFile(Record):
    """A file that came with an answer; its bytes lie in the store under their SHA-256."""

    __tablename__ = "discrepancy_answer_file"

    answer_id: Mapped[int] = mapped_column(
        ForeignKey("discrepancy_answer.id"), primary_key=True, init=False
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]


class CorrectionRequest(Record):
    """We ask an agency to look at what it told us; open until `closed_at`."""

    __tablename__ = "correction_request"
    __table_args__ = (Index("ix_correction_request_source", "source", "closed_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    discrepancy_id: Mapped[int] = mapped_column(
        ForeignKey("discrepancy.id"), init=False, index=True
    )
    source: Mapped[str]
    words: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_by: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    discrepancy: Mapped[Discrepancy] = relationship(init=False, viewonly=True, lazy="joined")

    def close(self, *, actor: str, at: datetime, outcome: str) -> None:
        """End it; what has ended stays as it is."""
        if self.closed_at is None:
            self.closed_at, self.closed_by, self.outcome = at, actor, outcome
