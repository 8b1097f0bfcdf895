"""Questions to the journal."""

from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True)
class Turnover:
    """What was debited to an account and credited to it, in satang, neither below zero."""

    account: Account
    debit_satang: int
    credit_satang: int

    @property
    def netted(self) -> "Turnover":
        """The balance alone, on its side.

        >>> Turnover(Account.BANK, 500, 200).netted
        Turnover(account=<Account.BANK: 'bank'>, debit_satang=300, credit_satang=0)
        """
        balance = self.debit_satang - self.credit_satang
        return Turnover(self.account, max(balance, 0), max(-balance, 0))


def turnovers(session: Session, *, since: date | None, until: date) -> list[Turnover]:
    """Return what moved on each account that moved, from a day (or ever) to a day, both included.

    The days are those of Bangkok on which the entries were posted; debits equal credits.
    """
    amount, nothing = Posting.amount_satang, sa.literal(0)
    query = (
        sa.select(
            Posting.account,
            sa.func.sum(sa.case((amount > 0, amount), else_=nothing)),
            sa.func.sum(sa.case((amount < 0, -amount), else_=nothing)),
        )
        .join(Entry)
        .where(Entry.posted_on <= until)
        .group_by(Posting.account)
        .order_by(Posting.account)
    )
    if since is not None:
        query = query.where(Entry.posted_on >= since)
    return [Turnover(row[0], int(row[1]), int(row[2])) for row in session.execute(query)]


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
