"""Which filed returns an edition would have taxed otherwise."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from excise.periods import TaxMonth
from excise.products.models import Product
from excise.returns.models import DeclaredLine, Return, ReturnState
from excise.tariff.difference import changed_spans
from excise.tariff.entries import Tariff


def filings_touched(old: Tariff, new: Tariff) -> sa.Select[Return]:
    """Return the query of filed returns with a line on a day and item taxed otherwise.

    They stay as filed: their trace names its edition. The latest filed stand first.
    """
    days: dict[tuple[date, date | None], list[str]] = defaultdict(list)
    for span in changed_spans(old, new):
        days[span.from_, span.to].append(span.item)
    lines = sa.select(DeclaredLine.return_id).join(Product, Product.id == DeclaredLine.product_id)
    touched = lines.where(sa.or_(sa.false(), *(_within(*each) for each in days.items())))
    return (
        sa.select(Return)
        .where(Return.state == ReturnState.FILED, Return.id.in_(touched))
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
