"""Which filed returns an edition would have taxed otherwise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from excise.periods import TaxMonth
from excise.products.models import Product
from excise.returns.amending import is_in_force
from excise.returns.models import DeclaredLine, Return, ReturnState
from excise.tariff.difference import changed_late_spans, changed_spans
from excise.tariff.entries import Tariff


def filings_touched(old: Tariff, new: Tariff) -> sa.Select[Return]:
    """Return the query of filed returns with a line on a day and item taxed otherwise.

    And of those filed late, when penalty or surcharge change for the day they were due.

    They stay as filed: their trace names its edition. The latest filed stand first.
    """
    days: dict[tuple[date, date | None], list[str]] = defaultdict(list)
    for span in changed_spans(old, new):
        days[span.from_, span.to].append(span.item)
    lines = sa.select(DeclaredLine.return_id).join(Product, Product.id == DeclaredLine.product_id)
    touched = lines.where(sa.or_(sa.false(), *(_within(*each) for each in days.items())))
    return (
        sa.select(Return)
        .where(Return.state == ReturnState.FILED, is_in_force())
        .where(sa.or_(Return.id.in_(touched), *_late_within(old, new)))
        .order_by(Return.filed_at.desc(), Return.id.desc())
    )


def _within(days: tuple[date, date | None], items: Iterable[str]) -> sa.ColumnElement[bool]:
    from_, to = days
    conditions = [
        Product.item.in_(items),
        # The month first: it stands in an index, the day does not.
        DeclaredLine.period >= TaxMonth.of(from_).first,
        DeclaredLine.tax_point_on >= from_,
    ]
    return sa.and_(*conditions, *([DeclaredLine.tax_point_on <= to] if to else []))


def _late_within(old: Tariff, new: Tariff) -> Iterator[sa.ColumnElement[bool]]:
    for first, last in changed_late_spans(old, new):
        due = [Return.due_on >= first, *([Return.due_on <= last] if last else [])]
        yield sa.and_(_ThaiDay(Return.filed_at) > Return.due_on, *due)


class _ThaiDay(GenericFunction[date]):
    """The day in Thailand of a moment."""

    type = sa.Date()
    inherit_cache = True


@compiles(_ThaiDay, "sqlite")
def _in_sqlite(day: _ThaiDay, compiler: SQLCompiler, **asked: Any) -> str:
    return f"date({compiler.process(day.clauses, **asked)}, '+7 hours')"


@compiles(_ThaiDay, "postgresql")
def _in_postgresql(day: _ThaiDay, compiler: SQLCompiler, **asked: Any) -> str:
    return f"CAST(timezone('Asia/Bangkok', {compiler.process(day.clauses, **asked)}) AS date)"
