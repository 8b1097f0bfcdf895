"""What can be offered for a draft, by source: how old it is, and whether it can be read now.

Nothing here ever blocks: a source that is silent offers nothing, one that is down says so.
"""

import enum
import logging
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.config import Settings
from excise.evidence.layouts import layout_of
from excise.evidence.parquet import connect, view
from excise.evidence.queries import delivered_by_layout
from excise.evidence.values import gtin14
from excise.periods import TaxMonth
from excise.products.models import Product
from excise.returns.entering import needs_of
from excise.returns.models import Basis, Form, Return, ReturnLine, ReturnState
from excise.tariff.bulk.plans import days_of_change
from excise.tariff.schema import Tariff

LOG = logging.getLogger("excise.prefill")
_PLAIN = {"units", "srp_ex_vat"}
_MOST = 100  # offers of a source; who has more sends a file


class Source(enum.StrEnum):
    """Where a line may come from."""

    LAST_RETURN = "last_return"
    STOCK = "stock_lines"
    INVOICES = "vat_sales"
    TILLS = "retail_sales"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One line that could be taken; units in ten-thousandths, receipts of services in satang."""

    source: Source
    product: Product
    tax_point_on: date
    units: int
    receipts_satang: int | None = None
    measures: dict[str, Any]

    @property
    def key(self) -> str:
        """What names the offer with its figures, so that nobody takes others than they saw."""
        return f"{self.product.id}.{self.tax_point_on}.{self.units}.{self.receipts_satang or 0}"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one source offers, and when it last told; `is_down` when it cannot be read now."""

    source: Source
    offers: list[Offer]
    told_at: datetime | None = None
    is_down: bool = False


# What each source counts as having left: its products, days and sums.
_COUNTED = {
    Source.STOCK: (
        "SELECT product_code, day_on, CAST(sum(issued) AS BIGINT) FROM stock_lines"
        " WHERE issued > 0 AND registration_no = $number GROUP BY ALL"
    ),
    Source.INVOICES: (
        "SELECT product_code, document_on, CAST(sum(units) AS BIGINT) FROM vat_sales"
        " WHERE product_code <> '' GROUP BY ALL"
    ),
    Source.TILLS: (
        "SELECT product_code, sold_on, CAST(sum(units) AS BIGINT) FROM retail_sales"
        " WHERE list_contains($codes, product_code) GROUP BY ALL"
    ),
}


def offered(
    session: Session,
    settings: Settings,
    tariff: Tariff,
    draft: Return,
    products: Sequence[Product],
) -> list[Told]:
    """Return what each source offers for a draft; goods of a whole month have all of them."""
    told = [_last_return(session, draft)]
    if draft.basis is Basis.MONTH and draft.form is Form.GOODS:
        ages = delivered_by_layout(session, [draft.period])
        for source in _COUNTED:
            at = ages.get((source.value, draft.period))
            told.append(_counted(settings, tariff, draft, products, source, at))
    return told


def _last_return(session: Session, draft: Return) -> Told:
    """Offer the lines of the return before, on the day that counts in this one."""
    query = sa.select(Return).where(
        Return.registration_id == draft.registration_id,
        Return.form == draft.form,
        Return.basis == draft.basis,
        Return.state == ReturnState.FILED,
        Return.id != (draft.amends_id or 0),
        Return.period <= draft.period,
    )
    last = session.scalar(query.order_by(Return.period.desc(), Return.filed_at.desc()).limit(1))
    if last is None:
        return Told(source=Source.LAST_RETURN, offers=[])
    day = draft.removal_on or TaxMonth.of(draft.period).last
    offers = list(_as_before(last.lines, day))[:_MOST]
    told_at = last.filed_at if offers else None
    return Told(source=Source.LAST_RETURN, offers=offers, told_at=told_at)


def _as_before(lines: Iterable[ReturnLine], day: date) -> Iterator[Offer]:
    """Offer as much of each product as there was, whatever its days and prices were."""
    alike: dict[tuple[int, str], list[ReturnLine]] = {}
    for line in lines:
        alike.setdefault((line.product_id, str(sorted(line.measures.items()))), []).append(line)
    for group in alike.values():
        receipts = [line.receipts_satang for line in group if line.receipts_satang is not None]
        yield Offer(
            source=Source.LAST_RETURN,
            product=group[0].product,
            tax_point_on=day,
            units=group[0].units if receipts else sum(line.units for line in group),
            receipts_satang=sum(receipts) if receipts else None,
            measures=group[0].measures,
        )


def _counted(
    settings: Settings,
    tariff: Tariff,
    draft: Return,
    products: Sequence[Product],
    source: Source,
    at: datetime | None,
) -> Told:
    if at is None:
        return Told(source=source, offers=[])
    known = {gtin14(each.gtin): each for each in products if each.gtin}
    plain = {
        code: each
        for code, each in known.items()
        if needs_of(tariff, draft, each.item).keys() <= _PLAIN
    }
    try:
        rows = _rows(settings, draft, source, list(plain))
    except (duckdb.Error, OSError):
        LOG.exception("a source could not be read", extra={"source": source.value})
        return Told(source=source, offers=[], told_at=at, is_down=True)
    mine = ((plain[code], day, units) for code, day, units in rows if code in plain)
    return Told(source=source, offers=list(_added_up(tariff, source, mine))[:_MOST], told_at=at)


def _rows(
    settings: Settings, draft: Return, source: Source, codes: list[str]
) -> list[tuple[str, date, int]]:
    registration = draft.registration
    asked = {"number": registration.number, "codes": codes}
    text = _COUNTED[source]
    with connect(settings) as connection:
        layout, tax_id = layout_of(source.value), registration.taxpayer.tax_id
        view(connection, settings, layout, [draft.period], tax_id)
        given = {name: value for name, value in asked.items() if f"${name}" in text}
        return connection.execute(text, given).fetchall()


def _added_up(
    tariff: Tariff, source: Source, rows: Iterable[tuple[Product, date, int]]
) -> Iterator[Offer]:
    """Add days up as long as price and rate stay the same; the last of them is the tax point."""
    changes = sorted(days_of_change(tariff))
    sums: dict[tuple[int, int, int], tuple[Product, date, int]] = {}
    for product, day, units in rows:
        price = product.price_on(day)
        key = (product.id, price.id if price else 0, bisect_right(changes, day))
        _, latest, so_far = sums.get(key, (product, day, 0))
        sums[key] = (product, max(latest, day), so_far + units)
    for product, day, units in sorted(sums.values(), key=lambda one: (one[0].name, one[1])):
        if units > 0:
            yield Offer(source=source, product=product, tax_point_on=day, units=units, measures={})
