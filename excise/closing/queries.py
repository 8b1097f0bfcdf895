"""What a period came to, and what keeps it from being closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.counter.actions import COUNTER
from excise.counter.queries import unfinished
from excise.documents.closing import AccountFacts, BankFacts, ClosingFacts, SeriesFacts
from excise.documents.models import Document
from excise.errors import NotFound
from excise.ledger.models import HOLDS, Account, Closing, ClosingKind, Entry, Posting
from excise.ledger.queries import closed_through, standings
from excise.payments.models import CREDIT, BankFile, Payment, Resolution, ResolutionState
from excise.periods import BANGKOK, TaxMonth, fiscal_year_days
from excise.receipts.models import Receipt

SETTLED = ("allocation:%", "resolution:%")
SETTLING = timedelta(hours=1)  # what began before midnight has long ended then
NAMES = {
    Account.BANK: "เงินฝากธนาคาร",
    Account.CASH: "เงินสดในมือของสำนักงาน",
    Account.CASH_DIFFERENCE: "เงินสดขาดหรือเกิน",
    Account.RECEIVABLE: "ลูกหนี้ภาษี",
    Account.UNALLOCATED: "เงินรับรอตัดบัญชี",
    Account.PAYABLE_REFUND: "เงินรอคืน",
    Account.PAYABLE_CREDIT: "เครดิตของผู้เสียภาษี",
    Account.EXPENSE_INTEREST: "ดอกเบี้ยเงินคืนภาษี",
    Account.WRITTEN_OFF: "หนี้ที่จำหน่ายเป็นสูญ",
    Account.REVENUE_EXCISE: "รายได้ภาษีสรรพสามิต",
    Account.REVENUE_PENALTY: "รายได้เบี้ยปรับ",
    Account.REVENUE_SURCHARGE: "รายได้เงินเพิ่ม",
    Account.PAYABLE_LOCAL: "ภาษีเพื่อราชการส่วนท้องถิ่นรอนำส่ง",
    Account.PAYABLE_FUND: "เงินบำรุงกองทุนรอนำส่ง",
}


@dataclass(frozen=True)
class Period:
    """What is to be closed, both days included."""

    kind: ClosingKind
    first: date
    last: date


@dataclass(frozen=True)
class Blocker:
    """A reason not to close; `code` has its sentence on the pages, `value` belongs into it."""

    code: str
    value: str = ""


def closing_of(session: Session, reference: str) -> Closing:
    """Return a closing; raises NotFound."""
    found = session.scalar(sa.select(Closing).where(Closing.reference == reference))
    if found is None:
        raise NotFound(what="closing", id=reference)
    return found


def closings() -> sa.Select[Closing]:
    """Return the query of all closings, the latest first."""
    return sa.select(Closing).order_by(Closing.id.desc())


def days_up_to(session: Session, last: date) -> Period:
    """Return all days that are not closed yet, from the first entry on."""
    closed = closed_through(session)
    opened = session.scalar(sa.select(sa.func.min(Entry.posted_on)))
    first = closed + timedelta(days=1) if closed else opened or last
    return Period(ClosingKind.DAYS, first, last)


def month_of(day: date) -> Period:
    """Return the month of a day."""
    month = TaxMonth.of(day)
    return Period(ClosingKind.MONTH, month.first, month.last)


def year_of(year_be: int) -> Period:
    """Return a fiscal year, October to September."""
    return Period(ClosingKind.YEAR, *fiscal_year_days(year_be))


def _moments(period: Period) -> tuple[datetime, datetime]:
    begin = datetime.combine(period.first, time(), BANGKOK)
    return begin, datetime.combine(period.last + timedelta(days=1), time(), BANGKOK)


def figures(session: Session, period: Period, *, reference: str) -> ClosingFacts:
    """Work out what the certificate of a period states."""
    moved = standings(session, since=period.first, until=period.last)
    return ClosingFacts(
        reference=reference,
        kind=period.kind.value,
        first=period.first,
        last=period.last,
        accounts=tuple(
            AccountFacts(
                account=each.account.value,
                name_th=NAMES[each.account],
                opening_satang=each.opening_satang,
                debit_satang=each.debit_satang,
                credit_satang=each.credit_satang,
            )
            for each in moved
        ),
        series=(series := tuple(_series(session, period))),
        banks=tuple(_banks(session, period)),
        receipts_satang=sum(each.amount_satang for each in series),
        settled_satang=_settled(session, period),
        previous=_previous(session, reference),
    )


def _series(session: Session, period: Period) -> Iterator[SeriesFacts]:
    begin, end = _moments(period)
    number = Receipt.sequence
    query = (
        sa.select(
            Receipt.series,
            sa.func.count(),
            sa.func.min(number),
            sa.func.max(number),
            sa.func.sum(Receipt.amount_satang),
        )
        .where(Receipt.issued_at >= begin, Receipt.issued_at < end)
        .group_by(Receipt.series)
        .order_by(Receipt.series)
    )
    for series, count, first, last, amount in session.execute(query):
        yield SeriesFacts(
            series=series, count=count, first=first, last=last, amount_satang=int(amount)
        )


def _banks(session: Session, period: Period) -> Iterator[BankFacts]:
    amount, nothing = Posting.amount_satang, sa.literal(0)
    query = (
        sa.select(
            Posting.part,
            sa.func.sum(sa.case((amount > 0, amount), else_=nothing)),
            sa.func.sum(sa.case((amount < 0, -amount), else_=nothing)),
        )
        .join(Entry)
        .where(Posting.account == Account.BANK, Entry.posted_on.between(period.first, period.last))
        .group_by(Posting.part)
        .order_by(Posting.part)
    )
    for bank, received, paid_back in session.execute(query):
        yield BankFacts(
            bank_code=bank, received_satang=int(received), paid_back_satang=int(paid_back)
        )


def _settled(session: Session, period: Period) -> int:
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(-Posting.amount_satang), 0))
        .join(Entry)
        .where(
            Posting.account == Account.RECEIVABLE,
            Entry.posted_on.between(period.first, period.last),
            sa.or_(*(Entry.cause.like(cause) for cause in SETTLED)),
        )
    )
    return int(session.execute(query).scalar_one())


def _previous(session: Session, reference: str) -> str:
    query = (
        sa.select(Closing.digest)
        .where(Closing.state.in_(HOLDS), Closing.reference != reference)
        .order_by(Closing.decided_at.desc(), Closing.id.desc())
        .limit(1)
    )
    return session.scalar(query) or ""


def blockers(session: Session, period: Period, *, at: datetime) -> list[Blocker]:
    """Return what keeps a period from being closed; nothing when it may be."""
    return [*_order(session, period, at), *_differences(session, period)]


def _order(session: Session, period: Period, at: datetime) -> Iterator[Blocker]:
    closed = closed_through(session)
    if at < _moments(period)[1] + SETTLING:
        yield Blocker("not-over", period.last.isoformat())
    if period.kind is ClosingKind.DAYS:
        if period.last < period.first:
            yield Blocker("closed-already", str(closed))
        return
    if closed is None or closed < period.last:
        yield Blocker("days-open", str(closed or ""))
    if _stands(session, period):
        yield Blocker("closed-already", period.last.isoformat())
    if period.kind is ClosingKind.YEAR:
        for month in _open_months(session, period):
            yield Blocker("month-open", month.isoformat())


def _stands(session: Session, period: Period) -> bool:
    query = sa.select(Closing.id).where(
        Closing.kind == period.kind, Closing.last == period.last, Closing.state.in_(HOLDS)
    )
    return session.scalar(query) is not None


def _open_months(session: Session, year: Period) -> Iterator[date]:
    """Yield the months of a year that have entries and are not closed."""
    month = year.first
    while month <= year.last:
        whole = TaxMonth.of(month)
        entry = sa.select(Entry.id).where(Entry.posted_on.between(whole.first, whole.last)).limit(1)
        if session.scalar(entry) and not _stands(session, month_of(month)):
            yield month
        month = whole.last + timedelta(days=1)


def _differences(session: Session, period: Period) -> Iterator[Blocker]:
    begin, end = _moments(period)
    receipts = sum(each.amount_satang for each in _series(session, period))
    if receipts != _settled(session, period):
        yield Blocker("receipts-differ")
    reported = sa.select(Payment.bank_code, sa.func.sum(Payment.amount_satang)).where(
        Payment.recorded_at >= begin,
        Payment.recorded_at < end,
        ~Payment.bank_code.startswith(COUNTER),
        Payment.bank_code != CREDIT,
    )
    told = {bank: int(sum_) for bank, sum_ in session.execute(reported.group_by(Payment.bank_code))}
    booked = {each.bank_code: each.received_satang for each in _banks(session, period)}
    if told != {bank: amount for bank, amount in booked.items() if amount}:
        yield Blocker("bank-differs")
    yield from _at_counters(session, end)
    waiting = sa.select(sa.func.count(Resolution.id)).where(
        Resolution.state == ResolutionState.PROPOSED, Resolution.proposed_at < end
    )
    if count := session.scalar(waiting):
        yield Blocker("proposals-open", str(count))
    made = sa.exists().where(Document.number == Receipt.number)
    missing = sa.select(sa.func.count(Receipt.id)).where(
        Receipt.main_id.is_(None), Receipt.issued_at >= begin, Receipt.issued_at < end, ~made
    )
    if count := session.scalar(missing):
        yield Blocker("documents-missing", str(count))


def _at_counters(session: Session, end: datetime) -> Iterator[Blocker]:
    open_, due = unfinished(session, before=end)
    if open_:
        yield Blocker("counters-open", str(open_))
    if due:
        yield Blocker("cash-undeposited", str(due))
    waiting = BankFile.imported_at < end
    files = session.scalars(
        sa.select(BankFile).where(waiting).order_by(BankFile.id.desc()).limit(20)
    )
    if unread := sum(not file.is_received for file in files):
        yield Blocker("files-unreceived", str(unread))
