"""Questions to the journal."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.ledger.models import Account, Entry, Posting


def balance(session: Session, account: Account, *, taxpayer_id: int | None = None) -> int:
    """Return the sum of an account in satang, of one taxpayer or of all."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_satang), 0)).where(
        Posting.account == account
    )
    if taxpayer_id is not None:
        query = query.where(Posting.taxpayer_id == taxpayer_id)
    return int(session.execute(query).scalar_one())


def trial_balance(session: Session) -> dict[Account, int]:
    """Return each account with its balance in satang; they add up to zero."""
    query = sa.select(Posting.account, sa.func.sum(Posting.amount_satang)).group_by(Posting.account)
    return {account: int(total) for account, total in session.execute(query)}


def unbalanced_entries(session: Session) -> list[str]:
    """Return the causes of entries whose lines do not add up to zero; there are none."""
    query = (
        sa.select(Entry.cause)
        .outerjoin(Posting)
        .group_by(Entry.id, Entry.cause, Entry.imbalance)
        .having(
            (sa.func.coalesce(sa.func.sum(Posting.amount_satang), 0) != 0)
            | (Entry.imbalance != 0)
            | (sa.func.count(Posting.id) < 2)
        )
    )
    return list(session.scalars(query))
