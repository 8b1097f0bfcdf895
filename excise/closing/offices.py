"""A day by office: what receipts say, how the money came, and what the ledger settled."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.counter.actions import COUNTER
from excise.counter.models import UNFINISHED, Deposit, Shift
from excise.ledger.models import Account, Entry, Posting
from excise.payments.models import Bill, Payment, Resolution
from excise.periods import BANGKOK
from excise.receipts.models import Receipt


@dataclass
class OfficeDay:
    """An office's day, in satang; `waiting` names what keeps it from being complete."""

    office_code: str
    receipts_satang: int = 0
    bank_satang: int = 0
    counter_satang: int = 0
    ledger_satang: int = 0
    waiting: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Tell whether receipts, money and ledger say the same."""
        came = self.bank_satang + self.counter_satang
        return self.receipts_satang == came == self.ledger_satang


def office_days(session: Session, day: date) -> list[OfficeDay]:
    """Return the day of every office that had receipts or an open counter, by its code.

    An office is that of the bill; a counter's, that where it stood.
    """
    begin = datetime.combine(day, time(), BANGKOK)
    end = begin + timedelta(days=1)
    found: dict[str, OfficeDay] = {}

    def of(office: str) -> OfficeDay:
        return found.setdefault(office, OfficeDay(office))

    for series, amount in session.execute(_receipts(begin, end)):
        of(series.split("-")[1]).receipts_satang += int(amount)
    for office, at_counter, settled in session.execute(_money(begin, end)):
        one = of(office)
        if at_counter:
            one.counter_satang += int(settled)
        else:
            one.bank_satang += int(settled)
    for office, amount in _ledger(session, day).items():
        of(office).ledger_satang += amount
    for office, what in session.execute(_waiting(end)):
        of(office).waiting.append(what)
    return [found[office] for office in sorted(found)]


def _receipts(begin: datetime, end: datetime) -> sa.Select[str, int]:
    return (
        sa.select(Receipt.series, sa.func.sum(Receipt.amount_satang))
        .where(Receipt.issued_at >= begin, Receipt.issued_at < end)
        .group_by(Receipt.series)
    )


def _money(begin: datetime, end: datetime) -> sa.Select[str, bool, int]:
    """What the payments behind the day's receipts settled: the receipts' own sum."""
    at_counter = Payment.bank_code.startswith(COUNTER)
    return (
        sa.select(Bill.office_code, at_counter, sa.func.sum(Receipt.amount_satang))
        .join(Payment, Payment.id == Receipt.payment_id)
        .join(Bill, Bill.id == Payment.bill_id)
        .where(Receipt.issued_at >= begin, Receipt.issued_at < end)
        .group_by(Bill.office_code, at_counter)
    )


def _ledger(session: Session, day: date) -> dict[str, int]:
    number = sa.literal("allocation:") + Payment.bank_code + ":" + Payment.transaction_id
    resolved = sa.literal("resolution:") + Resolution.reference
    settled: dict[str, int] = defaultdict(int)
    for cause, table in ((number, Payment), (resolved, Resolution)):
        query = (
            sa.select(Bill.office_code, sa.func.sum(-Posting.amount_satang))
            .select_from(Entry)
            .join(Posting)
            .join(table, cause == Entry.cause)
            .join(Bill, Bill.id == table.bill_id)
            .where(Entry.posted_on == day, Posting.account == Account.RECEIVABLE)
            .group_by(Bill.office_code)
        )
        for office, amount in session.execute(query):
            settled[office] += int(amount)
    return settled


def _waiting(end: datetime) -> sa.CompoundSelect[str, str]:
    return sa.union_all(
        sa.select(Shift.office_code, Shift.reference).where(Shift.opened_at < end, UNFINISHED),
        sa.select(Shift.office_code, Deposit.reference)
        .join(Deposit, Deposit.shift_id == Shift.id)
        .where(Deposit.payment_id.is_(None), Deposit.made_at < end),
    )
