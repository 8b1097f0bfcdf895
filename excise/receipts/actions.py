"""Issue receipts for money that has paid its bill."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import numbering, periods, work
from excise.documents.receipt import FundReceipt, PaymentFacts, ReceiptFacts
from excise.receipts.models import Receipt, ReceiptKind
from excise.receipts.particulars import FundCharge, Particulars
from excise.receipts.rules import GENESIS, entry_hash, number_in, series_of, text_hash

AT_ONCE = 25  # documents made in one piece of work
ISSUER = "ระบบรับชำระภาษีสรรพสามิตอิเล็กทรอนิกส์"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What a receipt is to state: what was charged, and the payment that settled it."""

    particulars: Particulars
    payment: PaymentFacts
    payment_id: int
    taxpayer_id: int


@dataclass
class _Series:
    """A series while numbers of it are given out: `last` is the last given, `hash` its entry's."""

    name: str
    last: int
    hash: str

    def next(self) -> str:
        self.last += 1
        return number_in(self.name, self.last)


def issue(
    session: Session,
    particulars: Particulars,
    payment: PaymentFacts,
    *,
    payment_id: int,
    taxpayer_id: int,
    at: datetime,
) -> Receipt:
    """Take the next number of the tax series and of each fund's, and issue.

    The numbers belong to this transaction: a rollback gives them all back. The
    PDF is made by the worker afterwards; the stored facts are all it will know.
    """
    settled = Settled(
        particulars=particulars, payment=payment, payment_id=payment_id, taxpayer_id=taxpayer_id
    )
    [number] = issue_all(session, [settled], at=at)
    return session.scalars(sa.select(Receipt).where(Receipt.number == number)).one()


def issue_all(session: Session, settled: Sequence[Settled], *, at: datetime) -> list[str]:
    """Issue many receipts at once, their numbers in the order given; return those of the tax."""
    if not settled:
        return []
    issued_at = at.astimezone(UTC)
    series = _take(session, settled, at)
    made = [_rows(one, series, issued_at) for one in settled]
    ids = session.scalars(
        sa.insert(Receipt).returning(Receipt.id, sort_by_parameter_order=True),
        [main for main, _ in made],
    )
    funds = [
        fund | {"main_id": main_id}
        for main_id, (_, of_funds) in zip(ids, made, strict=True)
        for fund in of_funds
    ]
    if funds:
        session.execute(sa.insert(Receipt), funds)
    numbers = [str(main["number"]) for main, _ in made]
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        if len(some) > 1:
            work.enqueue(session, "receipts.render_all", some[0], some)
        else:
            work.enqueue(session, "receipts.render", some[0], some[0])
    return numbers


def ask_for_document(session: Session, number: str) -> None:
    """Ask the worker for the document of a receipt that has none; asked before, nothing changes."""
    work.enqueue(session, "receipts.render", number, number, priority=work.Priority.SOON)


def _take(session: Session, settled: Sequence[Settled], at: datetime) -> dict[str, _Series]:
    """Take all numbers that are needed, and learn where each series ends."""
    year = periods.fiscal_year_be(periods.local_date(at))
    needed = Counter(
        series_of(one.particulars.office.code, year, code)
        for one in settled
        for code in ("", *_charged(one.particulars))
    )
    firsts = {
        name: numbering.take_many(session, f"receipt:{name}", count).start
        for name, count in sorted(needed.items())
    }
    return {
        name: _Series(name, first - 1, _last_hash(session, name, first - 1))
        for name, first in firsts.items()
    }


def _charged(particulars: Particulars) -> dict[str, FundCharge]:
    return {fund.code: fund for fund in particulars.funds if fund.amount_satang}


def _rows(
    one: Settled, series: dict[str, _Series], issued_at: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the row of the tax receipt and those of its funds."""
    office, year = (
        one.particulars.office.code,
        periods.fiscal_year_be(periods.local_date(issued_at)),
    )
    charged = _charged(one.particulars)
    taken = {code: series[series_of(office, year, code)] for code in ("", *charged)}
    numbers = {code: each.next() for code, each in taken.items()}
    facts = _facts(one, numbers, issued_at)
    text = facts.canonical().decode()
    amounts = {code: fund.amount_satang for code, fund in charged.items()}
    amounts[""] = one.particulars.total_satang - sum(amounts.values())
    told = {
        "taxpayer_id": one.taxpayer_id,
        "payment_id": one.payment_id,
        "issued_at": issued_at,
        "facts_hash": text_hash(text),
    }
    main, *funds = (
        _row(taken[code], numbers[code], code, amounts[code], told) for code in ("", *charged)
    )
    return main | {"facts": text}, funds


def _facts(one: Settled, numbers: dict[str, str], issued_at: datetime) -> ReceiptFacts:
    return ReceiptFacts(
        **one.particulars.model_dump(exclude={"funds"}, exclude_unset=True),
        number=numbers[""],
        issued_at=issued_at,
        fund_receipts=tuple(
            FundReceipt(number=numbers[code], **fund.model_dump())
            for code, fund in _charged(one.particulars).items()
        ),
        total_satang=one.particulars.total_satang,
        payment=one.payment,
        issuer=ISSUER,
    )


def _row(
    series: _Series, number: str, fund_code: str, amount_satang: int, told: dict[str, Any]
) -> dict[str, Any]:
    kind = ReceiptKind.FUND if fund_code else ReceiptKind.TAX
    previous = series.hash
    series.hash = entry_hash(
        series=series.name,
        sequence=series.last,
        number=number,
        kind=kind.value,
        amount_satang=amount_satang,
        facts_hash=told["facts_hash"],
        issued_at=told["issued_at"],
        previous=previous,
    )
    return {
        **told,
        "number": number,
        "series": series.name,
        "sequence": series.last,
        "kind": kind,
        "fund_code": fund_code,
        "amount_satang": amount_satang,
        "facts": "",
        "previous": previous,
        "hash": series.hash,
    }


def _last_hash(session: Session, series: str, sequence: int) -> str:
    if not sequence:
        return GENESIS
    query = sa.select(Receipt.hash).where(Receipt.series == series, Receipt.sequence == sequence)
    return session.scalars(query).one()
