"""Long lists, a page at a time: how long the list is makes no difference to the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import request, url_for

from web.db import reading

Row = TypeVar("Row")
PER_PAGE = 25
MOST = 1_000  # rows that are counted: who looks for one of more than these narrows the list
FURTHEST = 4_000  # nobody turns that many pages; a larger offset would only cost time


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `total` counts the rows of all pages, `MOST` and one at the most.

    Beyond that it only says whether another page follows.
    """

    rows: Sequence[Row]
    number: int
    total: int

    @property
    def is_long(self) -> bool:
        """Tell whether there are more rows than are counted."""
        return self.total > MOST

    @property
    def pages(self) -> int:
        """How many pages there are, one at least; of a long list, at least so many."""
        return max(1, -(-self.total // PER_PAGE))

    @property
    def first(self) -> int:
        """The place of the first row shown, from 1."""
        return (self.number - 1) * PER_PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return (self.number - 1) * PER_PAGE + len(self.rows)

    @property
    def part(self) -> slice:
        """Where the rows stand in the whole list."""
        return slice((self.number - 1) * PER_PAGE, self.number * PER_PAGE)

    def link(self, number: int) -> str:
        """Return the address of another page of the same list."""
        kept = {**(request.view_args or {}), **request.args.to_dict(), "page": number}
        return url_for(str(request.endpoint), **kept)


def asked_number() -> int:
    """Return the page that the address asks for, the first unless it says another."""
    return min(max(request.args.get("page", 1, type=int), 1), FURTHEST)


def page_of(query: sa.Select[Any]) -> Page[Any]:
    """Run a query for the page that the address asks for; two queries, however long the list.

    The first reads ids alone, which an index holds; only what is shown is read whole.
    """
    number = asked_number()
    before = (number - 1) * PER_PAGE
    if before >= MOST and (ids := _ids(query, limit=PER_PAGE + 1, offset=before)):
        return Page(_rows(query, ids[:PER_PAGE]), number, before + len(ids))
    ids = _ids(query, limit=MOST + 1)
    number = min(number, max(1, -(-len(ids) // PER_PAGE)))
    before = (number - 1) * PER_PAGE
    return Page(_rows(query, ids[before : before + PER_PAGE]), number, len(ids))


def page_in(rows: Sequence[Row]) -> Page[Row]:
    """Return the page that the address asks for of rows that are at hand."""
    number = min(asked_number(), max(1, -(-len(rows) // PER_PAGE)))
    before = (number - 1) * PER_PAGE
    return Page(rows[before : before + PER_PAGE], number, len(rows))


def count_of(query: sa.Select[Any]) -> int:
    """Count the rows of a query, up to one more than `MOST`."""
    key = _key(query)
    rows = query.order_by(None).with_only_columns(key).limit(MOST + 1).subquery()
    return int(reading().execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def _ids(query: sa.Select[Any], *, limit: int, offset: int = 0) -> Sequence[Any]:
    # The order may need the columns that the selection no longer names; both engines allow that.
    ids = query.with_only_columns(_key(query)).limit(limit).offset(offset)
    return reading().scalars(ids).all()


def _rows(query: sa.Select[Any], ids: Sequence[Any]) -> Sequence[Any]:
    key = _key(query)
    rows = reading().scalars(query.where(key.in_(ids)).order_by(None)).unique()
    place = {each: number for number, each in enumerate(ids)}
    return sorted(rows, key=lambda row: place[getattr(row, key.key)])


def _key(query: sa.Select[Any]) -> Any:
    """Return the primary key of what a query selects."""
    entity = query.column_descriptions[0]["entity"]
    (column,) = sa.inspect(entity).primary_key
    return getattr(entity, column.key)
