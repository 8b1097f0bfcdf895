"""Gapless numbers: taken in the transaction that uses them, or not at all."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from excise.db import Record, insert


class Series(Record):
    """The last number of one series."""

    __tablename__ = "series"

    code: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


def take(session: Session, series: str) -> int:
    """Return the next number of the series, from 1.

    The row stays locked to the end of the transaction: a rollback gives the
    number back, and nobody else can have taken one in between.
    """
    return take_many(session, series, 1)[0]


def take_many(session: Session, series: str, count: int) -> range:
    """Take so many numbers of the series at once, as `take` would one by one."""
    statement = (
        insert(session, Series)
        .values(code=series, last=count)
        .on_conflict_do_update(index_elements=["code"], set_={"last": Series.last + count})
        .returning(Series.last)
    )
    end = session.execute(statement, execution_options={"autoflush": False}).scalar_one() + 1
    return range(end - count, end)


def taken(session: Session, prefix: str) -> dict[str, int]:
    """Return the last number of every series whose code begins with the prefix."""
    rows = session.execute(
        sa.select(Series.code, Series.last).where(Series.code.startswith(prefix))
    )
    return {code: number for code, number in rows}


def last(session: Session, series: str) -> int:
    """Return the last number taken, 0 when none was."""
    return session.scalar(sa.select(Series.last).where(Series.code == series)) or 0
