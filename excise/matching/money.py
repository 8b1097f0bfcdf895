"""The Department's own money, and what was claimed back of it: bank, receipts, ledger, claims."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.claims.queries import claimed
from excise.ledger.models import Account, Entry, Posting
from excise.payments.models import Payment, PaymentState
from excise.periods import BANGKOK, TaxMonth, add_months
from excise.receipts.models import Receipt

_TEXT, _DATE, _INT = pa.string(), pa.date32(), pa.int64()
TABLES = {
    "money": pa.schema(
        [("key", _TEXT), ("period", _DATE), ("booked_satang", _INT), ("told_satang", _INT)]
    ),
    "receipt_series": pa.schema(
        [("series", _TEXT), ("period", _DATE), ("issued", _INT), ("numbers", _INT)]
    ),
    "claims": pa.schema(
        [
            ("claim_no", _TEXT),
            ("form", _TEXT),
            ("tax_id", _TEXT),
            ("registration_id", _INT),
            ("period", _DATE),
            ("declaration_no", _TEXT),
            ("receipt_no", _TEXT),
            ("product_code", _TEXT),
            ("units", _INT),
            ("available_units", _INT),
        ]
    ),
}
Row = dict[str, Any]


def rows(session: Session, *, period: date) -> dict[str, list[Row]]:
    """Return what the month's money says, of everybody."""
    return {
        "money": [*_banks(session, period), *_receipts(session, period)],
        "receipt_series": list(_series(session, period)),
        "claims": list(_claims(session, period)),
    }


def _claims(session: Session, period: date) -> Iterator[Row]:
    """Yield the lines of claims of a year up to the month.

    How much a receipt covers is kept by the claims themselves, which take no more of it.
    """
    since, until = add_months(period, -11), TaxMonth.of(period).last
    for each in claimed(session, since=since, until=until):
        told = {name: getattr(each, name) for name in TABLES["claims"].names if hasattr(each, name)}
        yield told | {"period": each.happened_on.replace(day=1), "available_units": None}


def _moments(period: date) -> tuple[datetime, datetime]:
    last = TaxMonth.of(period).last + timedelta(days=1)
    begin, end = (datetime.combine(day, time(), BANGKOK) for day in (period, last))
    return begin, end


def _banks(session: Session, period: date) -> Iterator[Row]:
    """Yield what each bank reported in a month beside what the ledger booked of it."""
    begin, end = _moments(period)
    told = sa.select(Payment.bank_code, sa.func.sum(Payment.amount_satang)).where(
        Payment.recorded_at >= begin, Payment.recorded_at < end
    )
    booked = (
        sa.select(Posting.part, sa.func.sum(Posting.amount_satang))
        .join(Entry)
        .where(
            Posting.account == Account.BANK,
            Posting.amount_satang > 0,
            Entry.posted_on.between(period, TaxMonth.of(period).last),
        )
    )
    by_bank = {bank: int(sum_) for bank, sum_ in session.execute(told.group_by(Payment.bank_code))}
    in_ledger = {bank: int(sum_) for bank, sum_ in session.execute(booked.group_by(Posting.part))}
    for bank in sorted(by_bank.keys() | in_ledger.keys()):
        yield _money(bank, period, in_ledger.get(bank), by_bank.get(bank))


def _receipts(session: Session, period: date) -> Iterator[Row]:
    """Yield each payment that paid a bill and has receipts for another amount, or none."""
    begin, end = _moments(period)
    receipted = sa.func.sum(Receipt.amount_satang)
    query = (
        sa.select(Payment.bank_code, Payment.transaction_id, Payment.amount_satang, receipted)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(
            Payment.state == PaymentState.ALLOCATED,
            Payment.recorded_at >= begin,
            Payment.recorded_at < end,
        )
        .group_by(Payment.id, Payment.bank_code, Payment.transaction_id, Payment.amount_satang)
        .having(sa.func.coalesce(receipted, 0) != Payment.amount_satang)
    )
    for bank, transaction, amount, booked in session.execute(query):
        reference = f"{bank}|{transaction}"
        yield _money(reference, period, None if booked is None else int(booked), amount)


def _money(key: str, period: date, booked: int | None, told: int | None) -> Row:
    return {"key": key, "period": period, "booked_satang": booked, "told_satang": told}


def _series(session: Session, period: date) -> Iterator[Row]:
    """Yield how many receipts there are of each series used in a month, and its latest number."""
    begin, end = _moments(period)
    used = sa.select(Receipt.series).where(Receipt.issued_at >= begin, Receipt.issued_at < end)
    query = sa.select(Receipt.series, sa.func.count(), sa.func.max(Receipt.sequence)).where(
        Receipt.series.in_(used)
    )
    for series, issued, last in session.execute(query.group_by(Receipt.series)):
        yield {"series": series, "period": period, "issued": issued, "numbers": last}
