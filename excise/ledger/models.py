"""The journal and its lines.

The sum of an entry's lines is kept in `imbalance` by a trigger, and a deferred
foreign key lets only zero be committed: both databases refuse an unbalanced
entry, whoever writes it.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record


class Account(enum.StrEnum):
    """The chart of accounts."""

    BANK = "bank"
    CASH = "cash-at-office"
    CASH_DIFFERENCE = "cash-difference"
    RECEIVABLE = "receivable"
    UNALLOCATED = "unallocated"
    REVENUE_EXCISE = "revenue-excise"
    REVENUE_PENALTY = "revenue-penalty"
    REVENUE_SURCHARGE = "revenue-surcharge"
    PAYABLE_LOCAL = "payable-local"
    PAYABLE_FUND = "payable-fund"
    PAYABLE_REFUND = "payable-refund"
    PAYABLE_CREDIT = "payable-credit"
    EXPENSE_INTEREST = "expense-interest"
    WRITTEN_OFF = "written-off"


class Zero(Record):
    """Holds the number 0 and nothing else, for the balance of every entry to point at."""

    __tablename__ = "zero"
    __table_args__ = (CheckConstraint("value = 0", name="is_zero"),)

    value: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Entry(Record):
    """One event in money. `cause` names it once and for all."""

    __tablename__ = "entry"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    cause: Mapped[str] = mapped_column(unique=True)
    posted_on: Mapped[date] = mapped_column(index=True)
    posted_at: Mapped[datetime]
    postings: Mapped[list[Posting]] = relationship(back_populates="entry")
    imbalance: Mapped[int] = mapped_column(
        ForeignKey("zero.value", deferrable=True, initially="DEFERRED"), default=0
    )


class Posting(Record):
    """One line of an entry, in satang: debit above zero, credit below.

    `part` tells apart what shares an account: a duty group, a fund, an office.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("amount_satang <> 0", name="amount_not_zero"),
        Index("ix_posting_taxpayer_account", "taxpayer_id", "account"),
        Index("ix_posting_account", "account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), init=False, index=True)
    account: Mapped[Account]
    amount_satang: Mapped[int]
    taxpayer_id: Mapped[int | None] = mapped_column(ForeignKey("taxpayer.id"), default=None)
    part: Mapped[str] = mapped_column(default="")
    entry: Mapped[Entry] = relationship(init=False, back_populates="postings")


class ClosingKind(enum.StrEnum):
    """What is closed: all days up to one, a month of closed days, a year of closed months."""

    DAYS = "days"
    MONTH = "month"
    YEAR = "year"


class ClosingState(enum.StrEnum):
    """Where a closing stands; it holds until a reopening is approved."""

    PROPOSED = "proposed"
    GIVEN_BACK = "given-back"
    CLOSED = "closed"
    REOPENING = "reopening"
    REOPENED = "reopened"


HOLDS = (ClosingState.CLOSED, ClosingState.REOPENING)
STANDING = sa.text("state IN ('proposed', 'closed', 'reopening')")


class Closing(Record):
    """A closed period; `facts` is the canonical JSON of its certificate, `digest` its SHA-256."""

    __tablename__ = "closing"
    __table_args__ = (
        Index(
            "uq_closing_standing",
            "kind",
            "last",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[ClosingKind]
    first: Mapped[date]
    last: Mapped[date]
    facts: Mapped[str]
    digest: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    proposed_at: Mapped[datetime]
    state: Mapped[ClosingState] = mapped_column(default=ClosingState.PROPOSED)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    reopen_reason: Mapped[str] = mapped_column(default="")
    reopen_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    reopened_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    reopened_at: Mapped[datetime | None] = mapped_column(default=None)
