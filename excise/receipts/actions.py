"""Issue receipts for money that has paid its bill."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import numbering, periods, work
from excise.receipts.models import Receipt, ReceiptKind
from excise.receipts.rules import (
    GENESIS,
    canonical,
    entry_hash,
    facts_hash,
    number_in,
    series_of,
)


def issue(
    session: Session,
    *,
    payment_id: int,
    taxpayer_id: int,
    office_code: str,
    total_satang: int,
    funds_satang: Mapping[str, int],
    facts: dict[str, Any],
    at: datetime,
) -> Receipt:
    """Take the next number of the tax series and of each fund's, and issue.

    The numbers belong to this transaction: a rollback gives them all back. The
    PDF is made by the worker afterwards; `facts` is all it will know.
    """
    issued_at = at.astimezone(UTC)
    year = periods.fiscal_year_be(periods.local_date(at))
    charged = {code: amount for code, amount in sorted(funds_satang.items()) if amount}
    numbers = {code: _take(session, office_code, year, code) for code in ("", *charged)}
    facts = facts | {
        "number": number_in(*numbers[""]),
        "issued_at": issued_at.isoformat(),
        "total_satang": total_satang,
        "fund_receipts": [
            {"code": code, "number": number_in(*numbers[code]), "amount_satang": amount}
            for code, amount in charged.items()
        ],
    }
    text = canonical(facts)
    amounts = {"": total_satang - sum(charged.values()), **charged}
    main, *rest = (
        _entry(
            session,
            *numbers[code],
            fund_code=code,
            amount_satang=amount,
            facts=text if not code else "",
            facts_digest=facts_hash(text),
            taxpayer_id=taxpayer_id,
            payment_id=payment_id,
            issued_at=issued_at,
        )
        for code, amount in amounts.items()
    )
    session.add(main)
    session.flush()  # the funds' receipts point at the main one
    for receipt in rest:
        receipt.main_id = main.id
        session.add(receipt)
    work.enqueue(session, "receipts.render", main.number, main.number)
    return main


def _take(session: Session, office_code: str, year: int, fund_code: str) -> tuple[str, int]:
    series = series_of(office_code, year, fund_code)
    return series, numbering.take(session, f"receipt:{series}")


def _entry(
    session: Session,
    series: str,
    sequence: int,
    *,
    fund_code: str,
    amount_satang: int,
    facts: str,
    facts_digest: str,
    taxpayer_id: int,
    payment_id: int,
    issued_at: datetime,
) -> Receipt:
    kind = ReceiptKind.FUND if fund_code else ReceiptKind.TAX
    previous = GENESIS
    if sequence > 1:
        previous = session.scalars(
            sa.select(Receipt.hash).where(
                Receipt.series == series, Receipt.sequence == sequence - 1
            )
        ).one()
    number = number_in(series, sequence)
    return Receipt(
        number=number,
        series=series,
        sequence=sequence,
        kind=kind,
        fund_code=fund_code,
        taxpayer_id=taxpayer_id,
        payment_id=payment_id,
        amount_satang=amount_satang,
        issued_at=issued_at,
        facts=facts,
        facts_hash=facts_digest,
        previous=previous,
        hash=entry_hash(
            series=series,
            sequence=sequence,
            number=number,
            kind=kind.value,
            amount_satang=amount_satang,
            facts_hash=facts_digest,
            issued_at=issued_at,
            previous=previous,
        ),
    )
