"""Post to the journal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from excise import periods
from excise.ledger.models import Account, Entry, Posting
from excise.ledger.queries import closed_through
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
    """Write one balanced entry, on its day or the first that is not closed; zeros are left out.

    Posting the same cause twice fails on a unique constraint rather than
    charging twice.
    """
    lines = [line for line in movements if line.amount_satang]
    assert sum(line.amount_satang for line in lines) == 0, lines
    assert all(abs(line.amount_satang) < MAX_SATANG for line in lines), lines
    posted_on, closed = periods.local_date(at), closed_through(session)
    if closed is not None:
        posted_on = max(posted_on, closed + timedelta(days=1))
    entry = Entry(
        cause=cause,
        posted_on=posted_on,
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
