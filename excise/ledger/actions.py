"""Post to the journal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from excise import periods
from excise.ledger.models import Account, Entry, Posting
from excise.money import MAX_SATANG


@dataclass(frozen=True)
class Movement:
    """A debit (above zero) or a credit (below zero) of an account, in satang."""

    account: Account
    amount_satang: int
    part: str = ""


def post(
    session: Session,
    movements: Iterable[Movement],
    *,
    cause: str,
    taxpayer_id: int | None,
    at: datetime,
) -> Entry:
    """Write one balanced entry; lines of zero are left out.

    Posting the same cause twice fails on a unique constraint rather than
    charging twice.
    """
    lines = [line for line in movements if line.amount_satang]
    assert sum(line.amount_satang for line in lines) == 0, lines
    assert all(abs(line.amount_satang) < MAX_SATANG for line in lines), lines
    entry = Entry(
        cause=cause,
        posted_on=periods.local_date(at),
        posted_at=at,
        postings=[
            Posting(
                account=line.account,
                amount_satang=line.amount_satang,
                part=line.part,
                taxpayer_id=taxpayer_id,
            )
            for line in lines
        ],
    )
    session.add(entry)
    return entry
