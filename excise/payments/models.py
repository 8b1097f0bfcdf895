"""Bills and payments."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.taxpayers.models import Registration, Taxpayer


class Bill(Record):
    """What is to be paid, under the two references a bank knows.

    `particulars` is what the receipt will say about it, fixed when the bill is made.
    Without a registration it concerns the whole taxpayer. What is withdrawn is not to be
    paid any more: an amendment of its return asks for less, in a bill of its own.
    Its tax was due on `surcharge_from`, and it holds the surcharge up to `surcharge_to`;
    past `due_on` more is added by the day of payment (`owing.owed_on`).
    """

    __tablename__ = "bill"
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="positive"),
        Index("ix_bill_taxpayer_id_issued_at", "taxpayer_id", "issued_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    cause: Mapped[str] = mapped_column(unique=True)
    taxpayer_id: Mapped[int] = mapped_column(ForeignKey("taxpayer.id"))
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"))
    ref1: Mapped[str] = mapped_column(unique=True)
    ref2: Mapped[str]
    amount_satang: Mapped[int] = mapped_column(index=True)
    due_on: Mapped[date]
    issued_at: Mapped[datetime]
    particulars: Mapped[dict[str, Any]]
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id"), default=None, index=True
    )
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    surcharge_from: Mapped[date | None] = mapped_column(default=None)
    surcharge_to: Mapped[date | None] = mapped_column(default=None)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    registration: Mapped[Registration | None] = relationship(init=False)
    payments: Mapped[list[Payment]] = relationship(
        init=False, back_populates="bill", order_by="Payment.id"
    )
    allocations: Mapped[list[Allocation]] = relationship(
        init=False, back_populates="bill", order_by="Allocation.id"
    )

    @property
    def is_paid(self) -> bool:
        """Tell whether all of it is settled."""
        return self.settled_at is not None

    @property
    def is_open(self) -> bool:
        """Tell whether it waits for money."""
        return not self.is_paid and self.withdrawn_at is None

    @property
    def standing(self) -> list[Allocation]:
        """What was allocated to it and was not taken back."""
        return [each for each in self.allocations if each.void_at is None]

    @property
    def is_begun(self) -> bool:
        """Tell whether some of it is paid or given up, and not all."""
        return not self.is_paid and bool(self.standing)

    @property
    def is_assessed(self) -> bool:
        """Tell whether an assessment made it, not a return."""
        return self.cause.startswith("assessment:")


class PaymentState(enum.StrEnum):
    """Whether the money found its bill."""

    ALLOCATED = "allocated"
    UNALLOCATED = "unallocated"
    DEPOSITED = "deposited"  # what a counter took before, on its way to the bank
    REFUNDED = "refunded"  # an officer let it be paid back
    REVERSED = "reversed"  # the bank took it back


class Payment(Record):
    """Money that a bank says it received for us."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("bank_code", "transaction_id"),
        Index("ix_payment_paid_at", "paid_at", "id"),
        Index("ix_payment_state_paid_at", "state", "paid_at", "id"),
        CheckConstraint("amount_satang > 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    bank_code: Mapped[str]
    transaction_id: Mapped[str]
    paid_at: Mapped[datetime]
    amount_satang: Mapped[int]
    ref1: Mapped[str] = mapped_column(index=True)
    ref2: Mapped[str]
    channel: Mapped[str]
    recorded_at: Mapped[datetime]
    state: Mapped[PaymentState]
    reason: Mapped[str] = mapped_column(default="")
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"), default=None, index=True)
    bank_file_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_file.id"), default=None, index=True
    )
    bill: Mapped[Bill | None] = relationship(init=False, back_populates="payments")


CREDIT = "CREDIT"  # in the place of a bank: the taxpayer's own credit paid


class Allocation(Record):
    """What money did to a bill: what had been added by its day, and which parts it paid.

    `heads` names the parts in satang: surcharge, penalty, tax, local, fund:CODE. A bill that is
    paid at once and in time needs none. Rows are added; only `void_at` is set later, when the
    bank takes the payment back: what was added by its day is taken off again too.
    """

    __tablename__ = "allocation"
    __table_args__ = (CheckConstraint("amount_satang > 0", name="positive"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    cause: Mapped[str] = mapped_column(unique=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"), index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    on: Mapped[date]
    amount_satang: Mapped[int]
    heads: Mapped[dict[str, Any]]
    months: Mapped[int]
    accrued_surcharge_satang: Mapped[int]
    accrued_local_satang: Mapped[int]
    allocated_at: Mapped[datetime]
    void_at: Mapped[datetime | None] = mapped_column(default=None)
    bill: Mapped[Bill] = relationship(init=False, back_populates="allocations")

    @property
    def accrued_satang(self) -> int:
        """What was added to the bill by its day."""
        return self.accrued_surcharge_satang + self.accrued_local_satang


class BankFile(Record):
    """A statement file of a bank, kept as it came and received in pieces."""

    __tablename__ = "bank_file"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    sha256: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    row_count: Mapped[int]
    total_satang: Mapped[int]
    payments: Mapped[list[Payment]] = relationship(init=False, order_by="Payment.id")
    pieces: Mapped[list[BankFilePiece]] = relationship(
        init=False, order_by="BankFilePiece.first", back_populates="file"
    )

    @property
    def taken_count(self) -> int:
        """How many of its rows have been dealt with."""
        return sum(piece.row_count for piece in self.pieces)

    @property
    def contradicted(self) -> list[str]:
        """The rows that were not received: the bank told their transactions otherwise meanwhile."""
        return [row for piece in self.pieces for row in piece.contradicted]

    @property
    def is_received(self) -> bool:
        """Tell whether every row has been dealt with."""
        return self.taken_count == self.row_count

    @property
    def repeated_count(self) -> int:
        """How many rows the bank had reported before."""
        return self.taken_count - len(self.payments) - len(self.contradicted)

    @property
    def unallocated(self) -> list[Payment]:
        """The new payments that found no bill."""
        return [row for row in self.payments if row.state is PaymentState.UNALLOCATED]


class BankFilePiece(Record):
    """So many rows of a bank's file from the `first` on, received in one transaction."""

    __tablename__ = "bank_file_piece"
    __table_args__ = (UniqueConstraint("bank_file_id", "first"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    bank_file_id: Mapped[int] = mapped_column(ForeignKey("bank_file.id"), init=False)
    file: Mapped[BankFile] = relationship(back_populates="pieces")
    first: Mapped[int]
    row_count: Mapped[int]
    received_at: Mapped[datetime]
    contradicted: Mapped[list[str]] = mapped_column(default_factory=list)


class ResolutionState(enum.StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    GIVEN_BACK = "given-back"


class ResolutionPayment(Record):
    """A payment that a resolution is about."""

    __tablename__ = "resolution_payment"

    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), primary_key=True, index=True)


class Resolution(Record):
    """What shall become of money that found no bill: it pays `bill`, or all is paid back.

    Without payments it is about `credit_satang` of a taxpayer's credit, which is paid back.
    """

    __tablename__ = "resolution"
    __table_args__ = (Index("ix_resolution_state_proposed_at", "state", "proposed_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    proposed_at: Mapped[datetime]
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"), default=None)
    payee: Mapped[str] = mapped_column(default="")
    state: Mapped[ResolutionState] = mapped_column(default=ResolutionState.PROPOSED)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")
    taken_satang: Mapped[int] = mapped_column(default=0)
    credit_satang: Mapped[int] = mapped_column(default=0)
    taxpayer_id: Mapped[int | None] = mapped_column(ForeignKey("taxpayer.id"), default=None)
    bill: Mapped[Bill | None] = relationship(init=False)
    taxpayer: Mapped[Taxpayer | None] = relationship(init=False)
    payments: Mapped[list[Payment]] = relationship(
        secondary="resolution_payment", order_by="Payment.id", default_factory=list
    )
    refund: Mapped[Refund | None] = relationship(init=False, back_populates="resolution")

    @property
    def received_satang(self) -> int:
        """What the payments, or the credit, come to."""
        return self.credit_satang + sum(payment.amount_satang for payment in self.payments)

    @property
    def excess_satang(self) -> int:
        """What is paid back: all that the bill, if there is one, does not take."""
        return self.received_satang - self.taken_satang


class Refund(Record):
    """Money that an approved resolution lets us pay back; paid once it has a transfer number."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="positive"),
        UniqueConstraint("bank_code", "transfer_no"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), init=False, unique=True)
    resolution: Mapped[Resolution] = relationship(back_populates="refund")
    amount_satang: Mapped[int]
    bank_code: Mapped[str]
    payee: Mapped[str]
    due_at: Mapped[datetime]
    taxpayer_id: Mapped[int | None] = mapped_column(ForeignKey("taxpayer.id"), default=None)
    transfer_no: Mapped[str | None] = mapped_column(default=None)
    paid_on: Mapped[date | None] = mapped_column(default=None)
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    recorded_at: Mapped[datetime | None] = mapped_column(default=None)


class CorrectionKind(enum.StrEnum):
    """A debt is given up, or a payment turns out to be none."""

    WRITE_OFF = "write-off"
    REVERSAL = "reversal"


class Correction(Record):
    """What two officers put right by a new entry: a bill given up, or a payment taken back."""

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="positive"),
        Index("ix_correction_state_proposed_at", "state", "proposed_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[CorrectionKind]
    amount_satang: Mapped[int]
    reason: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    proposed_at: Mapped[datetime]
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"), default=None)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), default=None)
    state: Mapped[ResolutionState] = mapped_column(default=ResolutionState.PROPOSED)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")
    bill: Mapped[Bill | None] = relationship(init=False)
    payment: Mapped[Payment | None] = relationship(init=False)
