"""What the Department's own books say of taxpayers: places, filings, prices and their history."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import periods
from excise.arrears.rules import due_date, months_late
from excise.errors import Invalid
from excise.evidence.values import gtin14
from excise.matching.trends import HISTORY, trend_of
from excise.periods import TaxMonth
from excise.products.models import Price, Product
from excise.returns.amending import is_in_force, replaced_ids
from excise.returns.models import Basis, DeclaredLine, Return, ReturnState
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration, Taxpayer
from excise.taxpayers.rules import EstablishmentType

BEFORE = (-3, -2)  # the months before those that are compared, for what sells slowly
_TEXT, _DATE, _INT, _BOOL = pa.string(), pa.date32(), pa.int64(), pa.bool_()
TABLES = {
    "places": pa.schema(
        [
            ("tax_id", _TEXT),
            ("registration_id", _INT),
            ("registration_no", _TEXT),
            ("is_importer", _BOOL),
            ("taxpayer_name", _TEXT),
        ]
    ),
    "filings": pa.schema(
        [
            ("tax_id", _TEXT),
            ("registration_id", _INT),
            ("period", _DATE),
            ("is_nil", _BOOL),
            ("is_filed", _BOOL),
            ("months_late", _INT),
        ]
    ),
    "prices": pa.schema(
        [
            ("tax_id", _TEXT),
            ("registration_id", _INT),
            ("product_id", _INT),
            ("product_code", _TEXT),
            ("effective_from", _DATE),
            ("retail_satang", _INT),
        ]
    ),
    "declared_before": pa.schema(
        [("tax_id", _TEXT), ("product_code", _TEXT), ("period", _DATE), ("units", _INT)]
    ),
    "trends": pa.schema(
        [
            ("tax_id", _TEXT),
            ("registration_id", _INT),
            ("duty_group", _TEXT),
            ("period", _DATE),
            ("declared_satang", _INT),
            ("expected_satang", _INT),
        ]
    ),
}
Row = dict[str, Any]


def rows(
    session: Session,
    tariff: Tariff,
    places: Sequence[Registration],
    *,
    period: date,
    today: date,
    tax_id: str | None,
) -> dict[str, list[Row]]:
    """Return the rows of all these tables, of everybody or of one taxpayer."""
    of_places = {place.id: place for place in places}
    return {
        "places": [_place(place) for place in places],
        "filings": list(_filings(session, tariff, of_places, period, today)),
        "prices": list(_prices(session, period, tax_id)),
        "declared_before": list(_before(session, period, tax_id)),
        "trends": list(_trends(session, tariff, of_places, period)),
    }


def _place(place: Registration) -> Row:
    return {
        "tax_id": place.taxpayer.tax_id,
        "registration_id": place.id,
        "registration_no": place.number,
        "is_importer": place.establishment_type is EstablishmentType.IMPORTER,
        "taxpayer_name": place.taxpayer.name_th,
    }


def _filings(
    session: Session, tariff: Tariff, places: dict[int, Registration], period: date, today: date
) -> Iterator[Row]:
    """Yield each return of a month, and each that is owed and late, with how late it is.

    The first version counts for the day, the one in force for what it says.
    """
    first = _of_month(session, period, sa.func.min(Return.filed_at), sa.func.min(Return.due_on))
    has_lines = sa.exists().where(DeclaredLine.return_id == Return.id)
    nil = sa.select(Return.registration_id).where(
        *_filed_in(period), is_in_force(), ~has_lines, Return.total_satang == 0
    )
    is_nil = set(session.scalars(nil))
    for place_id, filed_at, due_on in first:
        if place_id in places:
            late = months_late(due_on, periods.local_date(filed_at))
            yield _filing(places[place_id], period, late, nil=place_id in is_nil)
    due_on = due_date(tariff, TaxMonth.of(period))
    filed = {place_id for place_id, _, _ in first}
    for place in places.values():
        if today > due_on and place.id not in filed and _owes(place, period):
            yield _filing(place, period, months_late(due_on, today), nil=False, filed=False)


def with_draft(filed: list[Row], draft: Return) -> list[Row]:
    """Return the filings of the month as if a draft were filed in time now."""
    place = draft.registration
    others = [row for row in filed if row["registration_id"] != place.id]
    return [*others, _filing(place, draft.period, 0, nil=not draft.lines)]


def _owes(place: Registration, period: date) -> bool:
    """Tell whether a return is owed for a month whatever happened in it."""
    if place.starts_on > TaxMonth.of(period).last:
        return False
    monthly = place.establishment_type is EstablishmentType.SERVICE
    return monthly or place.has_guarantee(period)


def _filing(place: Registration, period: date, late: int, *, nil: bool, filed: bool = True) -> Row:
    return {
        "tax_id": place.taxpayer.tax_id,
        "registration_id": place.id,
        "period": period,
        "is_nil": nil,
        "is_filed": filed,
        "months_late": late,
    }


def _filed_in(period: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Return.period == period,
        Return.basis == Basis.MONTH,
        Return.state == ReturnState.FILED,
    )


def _of_month(session: Session, period: date, *of: sa.ColumnElement[Any]) -> list[Any]:
    query = sa.select(Return.registration_id, *of).where(*_filed_in(period))
    return list(session.execute(query.group_by(Return.registration_id)))


def _prices(session: Session, period: date, tax_id: str | None) -> Iterator[Row]:
    query = (
        sa.select(
            Taxpayer.tax_id,
            Product.registration_id,
            Product.id.label("product_id"),
            Product.gtin,
            Price.effective_from,
            Price.retail_incl_vat_satang,
        )
        .join(Product, Product.id == Price.product_id)
        .join(Registration, Registration.id == Product.registration_id)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
        .where(Product.gtin.is_not(None), Price.effective_from <= TaxMonth.of(period).last)
    )
    if tax_id is not None:
        query = query.where(Taxpayer.tax_id == tax_id)
    for row in session.execute(query):
        yield {
            "tax_id": row.tax_id,
            "registration_id": row.registration_id,
            "product_id": row.product_id,
            "product_code": gtin14(row.gtin),
            "effective_from": row.effective_from,
            "retail_satang": row.retail_incl_vat_satang,
        }


def _before(session: Session, period: date, tax_id: str | None) -> Iterator[Row]:
    months = [periods.add_months(period, step) for step in BEFORE]
    query = (
        sa.select(
            Taxpayer.tax_id,
            Product.gtin,
            DeclaredLine.period,
            sa.func.sum(DeclaredLine.units).label("units"),
        )
        .join(Registration, Registration.id == DeclaredLine.registration_id)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
        .join(Product, Product.id == DeclaredLine.product_id)
        .where(
            DeclaredLine.period.in_(months),
            DeclaredLine.return_id.not_in(replaced_ids()),
            Product.gtin.is_not(None),
        )
        .group_by(Taxpayer.tax_id, Product.gtin, DeclaredLine.period)
    )
    if tax_id is not None:
        query = query.where(Taxpayer.tax_id == tax_id)
    for row in session.execute(query):
        yield {
            "tax_id": row.tax_id,
            "product_code": gtin14(row.gtin),
            "period": row.period,
            "units": int(row.units),
        }


def _trends(
    session: Session, tariff: Tariff, places: dict[int, Registration], period: date
) -> Iterator[Row]:
    """Yield what each place declared in a duty group, beside what its past lets expect.

    Who has not filed for the month is left out: that is another difference.
    """
    filed = set(session.scalars(sa.select(Return.registration_id).where(*_filed_in(period))))
    first = periods.add_months(period, -HISTORY)
    query = (
        sa.select(
            DeclaredLine.registration_id,
            Product.item,
            DeclaredLine.period,
            sa.func.sum(DeclaredLine.excise_satang),
        )
        .join(Product, Product.id == DeclaredLine.product_id)
        .where(
            DeclaredLine.period.between(first, period),
            DeclaredLine.return_id.not_in(replaced_ids()),
            DeclaredLine.registration_id.in_(places),
        )
        .group_by(DeclaredLine.registration_id, Product.item, DeclaredLine.period)
    )
    paid: dict[tuple[int, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for place_id, item, month, excise in session.execute(query):
        paid[place_id, _duty_group(tariff, item)][month] += int(excise)
    months = [periods.add_months(first, step) for step in range(HISTORY)]
    for (place_id, group), by_month in paid.items():
        if place_id not in filed and period not in by_month:
            continue
        declared, place = by_month.get(period, 0), places[place_id]
        yield {
            "tax_id": place.taxpayer.tax_id,
            "registration_id": place_id,
            "duty_group": group,
            "period": period,
            "declared_satang": declared,
            "expected_satang": trend_of(_begun(by_month, months), declared=declared),
        }


def _begun(by_month: dict[date, int], months: Iterable[date]) -> list[int]:
    """Return what was declared month by month, from the first in which there was anything."""
    since = min(by_month)
    return [by_month.get(month, 0) for month in months if month >= since]


def _duty_group(tariff: Tariff, item: str) -> str:
    try:
        return tariff.item(item).duty_groups[0]
    except Invalid:  # an item that the edition in force has no more
        return ""
