"""Claims (ภส.05-01, 05-03) and how much of what was paid they use up."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.errors import Conflict
from excise.people.models import Officer
from excise.products.models import Product
from excise.taxpayers.models import Registration


class ClaimNotInThisState(Conflict):
    """Somebody was faster; facts: `reference` and `state`."""

    code = "claim-not-in-this-state"


class ClaimKind(enum.StrEnum):
    """The form of a claim: goods that were exported, or materials of goods that are taxed again."""

    EXPORT = "0501"
    MATERIALS = "0503"


class ClaimState(enum.StrEnum):
    """Where a claim stands; what is refused or withdrawn uses nothing up."""

    SENT = "sent"
    EXAMINED = "examined"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


ENDED = (ClaimState.REFUSED, ClaimState.WITHDRAWN)
OWED = (ClaimState.APPROVED, ClaimState.PAID)
_live_export = text("kind = '0501' AND state NOT IN ('refused', 'withdrawn')")


class PaidQuantity(Record):
    """So much of a product of a return that is paid, and how much of it claims have used.

    `return_id` is the first version: what an amendment changes is counted once. The database
    refuses to use more than there is, whoever writes.
    """

    __tablename__ = "paid_quantity"
    __table_args__ = (
        UniqueConstraint("return_id", "product_id", "tax_point_on"),
        CheckConstraint("used_units BETWEEN 0 AND units", name="units"),
        CheckConstraint("used_satang BETWEEN 0 AND excise_satang", name="satang"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    return_id: Mapped[int] = mapped_column(ForeignKey("tax_return.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    tax_point_on: Mapped[date]
    units: Mapped[int]
    excise_satang: Mapped[int]
    used_units: Mapped[int] = mapped_column(default=0)
    used_satang: Mapped[int] = mapped_column(default=0)
    product: Mapped[Product] = relationship(init=False, lazy="joined")

    @property
    def left_units(self) -> int:
        """How much no claim has used, in ten-thousandths of the unit."""
        return self.units - self.used_units

    @property
    def left_satang(self) -> int:
        """The excise of what is left."""
        return self.excise_satang - self.used_satang


class Claim(Record):
    """What a taxpayer asks back for one establishment; an officer examines, another decides.

    `payee` says where the money goes. `proposes` is what the examiner found right: to approve
    or to refuse. The posting is made when it is approved; interest is added when it is paid.
    """

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("bank_code", "transfer_no"),
        Index(
            "uq_claim_declaration",
            "declaration_no",
            unique=True,
            sqlite_where=_live_export,
            postgresql_where=_live_export,
        ),
        Index("ix_claim_state_sent_at", "state", "sent_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    kind: Mapped[ClaimKind]
    declaration_no: Mapped[str]
    happened_on: Mapped[date]
    reason: Mapped[str]
    payee: Mapped[str]
    sent_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    excise_satang: Mapped[int]
    local_satang: Mapped[int]
    state: Mapped[ClaimState] = mapped_column(default=ClaimState.SENT)
    proposes: Mapped[bool | None] = mapped_column(default=None)
    finding: Mapped[str] = mapped_column(default="")
    examined_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    examined_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    interest_satang: Mapped[int] = mapped_column(default=0)
    bank_code: Mapped[str | None] = mapped_column(default=None)
    transfer_no: Mapped[str | None] = mapped_column(default=None)
    paid_on: Mapped[date | None] = mapped_column(default=None)
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    paid_at: Mapped[datetime | None] = mapped_column(default=None)
    registration: Mapped[Registration] = relationship(init=False, lazy="joined")
    examiner: Mapped[Officer | None] = relationship(init=False, foreign_keys=[examined_by])
    lines: Mapped[list[ClaimLine]] = relationship(
        default_factory=list, order_by="ClaimLine.position"
    )
    files: Mapped[list[ClaimFile]] = relationship(
        default_factory=list, order_by="ClaimFile.position"
    )
    events: Mapped[list[ClaimEvent]] = relationship(default_factory=list, order_by="ClaimEvent.id")

    @property
    def total_satang(self) -> int:
        """What is asked back: excise and local tax."""
        return self.excise_satang + self.local_satang

    def move(
        self,
        state: ClaimState,
        *,
        since: tuple[ClaimState, ...],
        actor: str,
        at: datetime,
        note: str = "",
    ) -> None:
        """Go on to another state from one of some, or raise ClaimNotInThisState."""
        if self.state not in since:
            raise ClaimNotInThisState(reference=self.reference, state=self.state.value)
        self.state = state
        self.events.append(ClaimEvent(state=state, actor=actor, at=at, note=note))


class ClaimLine(Record):
    """So much of a paid quantity; `receipt_no` is the receipt that shows the payment."""

    __tablename__ = "claim_line"
    __table_args__ = (
        UniqueConstraint("claim_id", "position"),
        UniqueConstraint("claim_id", "paid_quantity_id"),
        CheckConstraint("units > 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), init=False)
    paid_quantity_id: Mapped[int] = mapped_column(
        ForeignKey("paid_quantity.id"), index=True, init=False
    )
    position: Mapped[int]
    receipt_no: Mapped[str] = mapped_column(index=True)
    units: Mapped[int]
    excise_satang: Mapped[int]
    paid: Mapped[PaidQuantity] = relationship()


class ClaimFile(Record):
    """A document that came with a claim; its bytes lie in the store under their SHA-256."""

    __tablename__ = "claim_file"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), primary_key=True, init=False)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]


class ClaimEvent(Record):
    """One step of a claim; the taxpayer sees the state and the note, never who."""

    __tablename__ = "claim_event"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), init=False, index=True)
    state: Mapped[ClaimState]
    actor: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
