"""Issue receipts for money that has paid its bill."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import numbering, periods, work
from excise.documents.facts import facts_hash
from excise.documents.receipt import FundReceipt, PaymentFacts, ReceiptFacts
from excise.receipts.models import Receipt, ReceiptKind
from excise.receipts.particulars import Particulars
from excise.receipts.rules import GENESIS, entry_hash, number_in, series_of

ISSUER = "ระบบรับชำระภาษีสรรพสามิตอิเล็กทรอนิกส์"


@dataclass(frozen=True)
class _Number:
    """A number just taken, and where it stands."""

    series: str
    sequence: int

    @property
    def text(self) -> str:
        return number_in(self.series, self.sequence)


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
    office, issued_at = particulars.office.code, at.astimezone(UTC)
    charged = {fund.code: fund for fund in particulars.funds if fund.amount_satang}
    numbers = {code: _take(session, office, code, at) for code in ("", *charged)}
    facts = ReceiptFacts(
        **particulars.model_dump(exclude={"funds"}, exclude_unset=True),
        number=numbers[""].text,
        issued_at=issued_at,
        fund_receipts=tuple(
            FundReceipt(number=numbers[code].text, **fund.model_dump())
            for code, fund in charged.items()
        ),
        total_satang=particulars.total_satang,
        payment=payment,
        issuer=ISSUER,
    )
    amounts = {code: fund.amount_satang for code, fund in charged.items()}
    amounts[""] = particulars.total_satang - sum(amounts.values())

    def entry(code: str) -> Receipt:
        return _entry(
            session,
            numbers[code],
            fund_code=code,
            amount_satang=amounts[code],
            facts=facts,
            taxpayer_id=taxpayer_id,
            payment_id=payment_id,
            issued_at=issued_at,
        )

    main = entry("")
    session.add(main)
    session.flush()  # the funds' receipts point at the main one
    for code in charged:
        receipt = entry(code)
        receipt.main_id = main.id
        session.add(receipt)
    work.enqueue(session, "receipts.render", main.number, main.number)
    return main


def ask_for_document(session: Session, number: str) -> None:
    """Ask the worker for the document of a receipt that has none; asked before, nothing changes."""
    work.enqueue(session, "receipts.render", number, number, priority=work.Priority.SOON)


def _take(session: Session, office_code: str, fund_code: str, at: datetime) -> _Number:
    year = periods.fiscal_year_be(periods.local_date(at))
    series = series_of(office_code, year, fund_code)
    return _Number(series, numbering.take(session, f"receipt:{series}"))


def _entry(
    session: Session,
    number: _Number,
    *,
    fund_code: str,
    amount_satang: int,
    facts: ReceiptFacts,
    taxpayer_id: int,
    payment_id: int,
    issued_at: datetime,
) -> Receipt:
    kind = ReceiptKind.FUND if fund_code else ReceiptKind.TAX
    previous, digest = _last_hash(session, number), facts_hash(facts)
    return Receipt(
        number=number.text,
        series=number.series,
        sequence=number.sequence,
        kind=kind,
        fund_code=fund_code,
        taxpayer_id=taxpayer_id,
        payment_id=payment_id,
        amount_satang=amount_satang,
        issued_at=issued_at,
        facts="" if fund_code else facts.canonical().decode(),
        facts_hash=digest,
        previous=previous,
        hash=entry_hash(
            series=number.series,
            sequence=number.sequence,
            number=number.text,
            kind=kind.value,
            amount_satang=amount_satang,
            facts_hash=digest,
            issued_at=issued_at,
            previous=previous,
        ),
    )


def _last_hash(session: Session, number: _Number) -> str:
    if number.sequence == 1:
        return GENESIS
    query = sa.select(Receipt.hash).where(
        Receipt.series == number.series, Receipt.sequence == number.sequence - 1
    )
    return session.scalars(query).one()
