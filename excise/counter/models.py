"""Cashiers' sessions, what they took, and how it went to the bank."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.payments.models import Payment


class Means(enum.StrEnum):
    """With what somebody pays at a counter."""

    CASH = "cash"
    CHEQUE = "cheque"
    CARD = "card"


class ShiftState(enum.StrEnum):
    """Where a cashier's session stands."""

    OPEN = "open"
    COUNTED = "counted"  # waits for the supervisor
    APPROVED = "approved"


UNFINISHED = sa.text("state IN ('open', 'counted')")


class Shift(Record):
    """A cashier's day at the counter: what lay in the drawer at first, and what was counted.

    `float_satang` is change of the office's own, not money of these books.
    """

    __tablename__ = "cashier_shift"
    __table_args__ = (
        CheckConstraint("float_satang >= 0", name="float_not_below_zero"),
        Index(
            "uq_cashier_shift_unfinished",
            "cashier_id",
            unique=True,
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
        Index("ix_cashier_shift_office_code_opened_at", "office_code", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"))
    cashier_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    opened_at: Mapped[datetime]
    float_satang: Mapped[int]
    state: Mapped[ShiftState] = mapped_column(default=ShiftState.OPEN)
    counted_satang: Mapped[int | None] = mapped_column(default=None)
    counted_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")
    takings: Mapped[list[Taking]] = relationship(
        init=False, order_by="Taking.id", back_populates="of"
    )
    deposits: Mapped[list[Deposit]] = relationship(
        init=False, order_by="Deposit.id", back_populates="of"
    )

    def taken_satang(self, *means: Means) -> int:
        """What was taken by some means, or by all when none is named."""
        return sum(
            each.payment.amount_satang for each in self.takings if not means or each.means in means
        )

    @property
    def expected_satang(self) -> int:
        """What should lie in the drawer: the float and the cash taken."""
        return self.float_satang + self.taken_satang(Means.CASH)

    @property
    def booked_difference_satang(self) -> int:
        """What of the difference is these books': a float that is short is the office's own."""
        return max(self.difference_satang, -self.taken_satang(Means.CASH))

    @property
    def held_satang(self) -> int:
        """What the counter holds of these books: taken, short or over, less what the bank has."""
        booked = self.booked_difference_satang if self.state is ShiftState.APPROVED else 0
        at_bank = sum(each.amount_satang for each in self.deposits if each.payment_id is not None)
        return self.taken_satang() + booked - at_bank

    @property
    def difference_satang(self) -> int:
        """What was counted above what should lie there; below zero it is short."""
        return 0 if self.counted_satang is None else self.counted_satang - self.expected_satang


class Taking(Record):
    """A payment that was taken in a session; `detail` names the cheque or the card's approval."""

    __tablename__ = "taking"
    __table_args__ = (Index("ix_taking_shift_id", "shift_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    shift_id: Mapped[int] = mapped_column(ForeignKey("cashier_shift.id"), init=False)
    of: Mapped[Shift] = relationship(back_populates="takings")
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), unique=True)
    payment: Mapped[Payment] = relationship(init=False)
    submission_id: Mapped[str] = mapped_column(unique=True)
    means: Mapped[Means]
    detail: Mapped[str] = mapped_column(default="")
    tendered_satang: Mapped[int] = mapped_column(default=0)

    @property
    def change_satang(self) -> int:
        """What was handed back."""
        return max(self.tendered_satang - self.payment.amount_satang, 0)


class Deposit(Record):
    """What of a session goes to the bank; `payment_id` is the bank's line about it.

    Cash and cheques go with a slip under `reference`, cards by the bank that took them.
    """

    __tablename__ = "deposit"
    __table_args__ = (CheckConstraint("amount_satang > 0", name="positive"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("cashier_shift.id"), init=False, index=True)
    of: Mapped[Shift] = relationship(back_populates="deposits")
    by_card: Mapped[bool]
    amount_satang: Mapped[int]
    made_at: Mapped[datetime]
    payment_id: Mapped[int | None] = mapped_column(
        ForeignKey("payment.id"), default=None, unique=True
    )
    matched_at: Mapped[datetime | None] = mapped_column(default=None)
    payment: Mapped[Payment | None] = relationship(init=False)
