"""Questions to the journal."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.db import STREAMED
from excise.ledger.models import HOLDS, Account, Closing, ClosingKind, Entry, Posting


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


@dataclass(frozen=True)
class Standing:
    """An account over a period, in satang: its balances are debits above zero, credits below."""

    account: Account
    opening_satang: int
    debit_satang: int
    credit_satang: int

    @property
    def closing_satang(self) -> int:
        """The balance at the end."""
        return self.opening_satang + self.debit_satang - self.credit_satang


def standings(session: Session, *, since: date, until: date) -> list[Standing]:
    """Return every account that ever moved up to `until`; both balances add up to zero."""
    before = turnovers(session, since=None, until=since - timedelta(days=1))
    opening = {each.account: each.debit_satang - each.credit_satang for each in before}
    within = {each.account: each for each in turnovers(session, since=since, until=until)}
    nothing = {account: Turnover(account, 0, 0) for account in Account}
    return [
        Standing(account, opening.get(account, 0), moved.debit_satang, moved.credit_satang)
        for account, moved in (nothing | within).items()
        if account in opening or account in within
    ]


def entries(*, since: date, until: date, account: Account | None = None) -> sa.Select[Entry]:
    """Return the query of the entries of a period with their lines, in the order of the journal.

    `account` leaves only those that move it.
    """
    query = (
        sa.select(Entry)
        .where(Entry.posted_on.between(since, until))
        .options(selectinload(Entry.postings))
        .order_by(Entry.id)
    )
    return query if account is None else query.where(Entry.postings.any(account=account))


@dataclass(frozen=True)
class Line:
    """A line of the journal as it leaves the house; `entry` is the number of its entry."""

    entry: int
    posted_on: date
    cause: str
    account: Account
    part: str
    debit_satang: int
    credit_satang: int


def journal(session: Session, *, since: date | None, until: date) -> Iterator[Line]:
    """Yield the lines of a period in the order of the journal; memory does not grow with them."""
    query = sa.select(Posting, Entry).join(Entry).where(Entry.posted_on <= until)
    if since is not None:
        query = query.where(Entry.posted_on >= since)
    ordered = query.order_by(Posting.entry_id, Posting.id)
    with session.execute(ordered, execution_options=STREAMED) as rows:
        for one, of in rows:
            debit, credit = max(one.amount_satang, 0), max(-one.amount_satang, 0)
            yield Line(of.id, of.posted_on, of.cause, one.account, one.part, debit, credit)


# By a taxpayer, and to one.
OWED = (Account.RECEIVABLE, Account.PAYABLE_REFUND, Account.PAYABLE_CREDIT)


def entries_of(taxpayer_id: int) -> sa.Select[Entry]:
    """Return the query of what changed a taxpayer's debt, the latest first."""
    moved = sa.select(Posting.entry_id).where(
        Posting.taxpayer_id == taxpayer_id, Posting.account.in_(OWED)
    )
    return sa.select(Entry).where(Entry.id.in_(moved)).order_by(Entry.id.desc())


def owed_by(session: Session, taxpayer_id: int, *, to_entry: int) -> int:
    """Return a taxpayer's debt after an entry, in satang; below zero it is owed to them."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_satang), 0)).where(
        Posting.taxpayer_id == taxpayer_id, Posting.account.in_(OWED), Posting.entry_id <= to_entry
    )
    return int(session.execute(query).scalar_one())


def changes_by(session: Session, taxpayer_id: int, entry_ids: Collection[int]) -> dict[int, int]:
    """Return by how much each entry changed a taxpayer's debt, in satang."""
    query = (
        sa.select(Posting.entry_id, sa.func.sum(Posting.amount_satang))
        .where(
            Posting.taxpayer_id == taxpayer_id,
            Posting.account.in_(OWED),
            Posting.entry_id.in_(entry_ids),
        )
        .group_by(Posting.entry_id)
    )
    return {entry: int(total) for entry, total in session.execute(query)}


def closed_through(session: Session) -> date | None:
    """Return the last day that is closed; nothing is posted on it or before it any more."""
    return session.scalar(
        sa.select(sa.func.max(Closing.last)).where(
            Closing.kind == ClosingKind.DAYS, Closing.state.in_(HOLDS)
        )
    )


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
