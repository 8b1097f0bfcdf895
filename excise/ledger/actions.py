"""Post to the journal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
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


@dataclass(frozen=True)
class Event:
    """What is posted as one entry; `cause` names it once and for all."""

    cause: str
    movements: Sequence[Movement]
    taxpayer_id: int | None = None


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
    entry = Entry(
        cause=cause,
        posted_on=_day(session, at),
        posted_at=at,
        postings=[
            Posting(
                account=line.account,
                amount_satang=line.amount_satang,
                part=line.part,
                taxpayer_id=taxpayer_id,
            )
            for line in _balanced(movements)
        ],
    )
    session.add(entry)
    return entry


def post_all(session: Session, events: Sequence[Event], *, at: datetime) -> None:
    """Write many entries, each as `post` would, in two statements."""
    if not events:
        return
    posted = {"posted_on": _day(session, at), "posted_at": at, "imbalance": 0}
    ids = session.scalars(
        sa.insert(Entry).returning(Entry.id, sort_by_parameter_order=True),
        [{"cause": event.cause, **posted} for event in events],
    )
    lines = [
        {
            "entry_id": entry_id,
            "account": line.account,
            "amount_satang": line.amount_satang,
            "part": line.part,
            "taxpayer_id": event.taxpayer_id,
        }
        for entry_id, event in zip(ids, events, strict=True)
        for line in _balanced(event.movements)
    ]
    session.execute(sa.insert(Posting), lines)


def _day(session: Session, at: datetime) -> date:
    posted_on, closed = periods.local_date(at), closed_through(session)
    return posted_on if closed is None else max(posted_on, closed + timedelta(days=1))


def _balanced(movements: Iterable[Movement]) -> list[Movement]:
    lines = [line for line in movements if line.amount_satang]
    assert sum(line.amount_satang for line in lines) == 0, lines
    assert all(abs(line.amount_satang) < MAX_SATANG for line in lines), lines
    return lines
