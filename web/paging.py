"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import request, url_for

from web.db import reading

Row = TypeVar("Row")
PER_PAGE = 25
FURTHEST = 100_000  # nobody turns that many pages; a larger offset would only cost time


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `total` counts the rows of all pages."""

    rows: Sequence[Row]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PER_PAGE))

    @property
    def first(self) -> int:
        """The place of the first row shown, from 1."""
        return (self.number - 1) * PER_PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return (self.number - 1) * PER_PAGE + len(self.rows)

    def link(self, number: int) -> str:
        """Return the address of another page of the same list."""
        kept = {**(request.view_args or {}), **request.args.to_dict(), "page": number}
        return url_for(str(request.endpoint), **kept)


def page_of(query: sa.Select[Any]) -> Page[Any]:
    """Run a query for the page that the address asks for; two queries, however long the list."""
    number = min(max(request.args.get("page", 1, type=int), 1), FURTHEST)
    session = reading()
    count = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    total = int(session.execute(count).scalar_one())
    rows = session.scalars(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).unique().all()
    return Page(rows, number, total)
