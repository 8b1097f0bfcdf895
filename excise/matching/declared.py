"""What the rules compare the evidence with: one month and its neighbours, out of the database."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise import periods
from excise.arrears.rules import due_date
from excise.evidence.layouts import LAYOUTS
from excise.evidence.queries import delivered_by_layout
from excise.evidence.values import gtin14
from excise.matching import filings, money
from excise.matching.streamed import table_of
from excise.matching.tolerances import Tolerances, tolerances_on
from excise.periods import TaxMonth
from excise.products.models import Price, Product
from excise.returns.amending import replaced_ids
from excise.returns.lines import value_satang
from excise.returns.models import Basis, DeclaredLine, Return, ReturnState
from excise.returns.rules import ReturnTax
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration, RegistrationState, Taxpayer
from excise.taxpayers.rules import EstablishmentType

TABLES = {
    "declared": pa.schema(
        [
            ("tax_id", pa.string()),
            ("registration_id", pa.int64()),
            ("is_service", pa.bool_()),
            ("product_code", pa.string()),
            ("period", pa.date32()),
            ("units", pa.int64()),
            ("value_satang", pa.int64()),
        ]
    ),
    "products": pa.schema(
        [
            ("tax_id", pa.string()),
            ("registration_id", pa.int64()),
            ("product_id", pa.int64()),
            ("product_code", pa.string()),
            ("has_price", pa.bool_()),
        ]
    ),
    "payers": pa.schema(
        [
            ("tax_id", pa.string()),
            ("registration_id", pa.int64()),
            ("product_id", pa.int64()),
            ("sells_goods", pa.bool_()),
            ("sells_services", pa.bool_()),
        ]
    ),
    "months": pa.schema(
        [
            ("layout", pa.string()),
            ("is_own", pa.bool_()),
            ("period", pa.date32()),
            ("state", pa.string()),
        ]
    ),
    "awaited": pa.schema(
        [("tax_id", pa.string()), ("registration_id", pa.int64()), ("period", pa.date32())]
    ),
    **filings.TABLES,
    **money.TABLES,
}
SILENT = "silent"
Row = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """The declared side of a run, by table; `taxpayers` finds the id behind a tax ID.

    `tolerances` are those in force in its month.
    """

    period: date
    rows: dict[str, list[Row] | pa.Table]
    taxpayers: dict[str, int]
    tolerances: Tolerances

    def tables(self) -> dict[str, pa.Table]:
        """Return the rows as the engine takes them."""
        return {name: _as_table(self.rows.get(name, []), TABLES[name]) for name in TABLES}

    def is_told(self, layouts: Collection[str]) -> bool:
        """Tell whether any of some layouts told of the month."""
        return any(
            row["layout"] in layouts and row["period"] == self.period and row["state"] != SILENT
            for row in self.rows["months"]
        )

    def has(self, tables: Iterable[str]) -> bool:
        """Tell whether any of some tables of our own books has rows."""
        return any(len(self.rows.get(name, ())) for name in tables)


def _as_table(rows: list[Row] | pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema) if isinstance(rows, list) else rows


def around(period: date, *, before: int = 1) -> list[date]:
    """Return the months before, the month, and the month after.

    >>> [str(month) for month in around(date(2026, 1, 1))]
    ['2025-12-01', '2026-01-01', '2026-02-01']
    """
    return [periods.add_months(period, step) for step in range(-before, 2)]


def snapshot(
    session: Session,
    tariff: Tariff,
    *,
    period: date,
    today: date,
    tax_id: str | None = None,
    without: int | None = None,
) -> Snapshot:
    """Read the declared side of a month, of everybody or of one taxpayer.

    Of an amended return the last version counts; `without` leaves one return out.
    """
    places = _establishments(session, tax_id)
    months = around(period)
    return Snapshot(
        period=period,
        rows={
            "declared": _declared(session, months, tax_id, without),
            "products": _products(session, tax_id),
            "payers": _payers(session, places),
            "months": _months(session, months),
            "awaited": list(_awaited(session, tariff, places, months, today)),
            **filings.rows(session, tariff, places, period=period, today=today, tax_id=tax_id),
            **(money.rows(session, period=period) if tax_id is None else {}),
        },
        taxpayers={place.taxpayer.tax_id: place.taxpayer_id for place in places},
        tolerances=tolerances_on(session, period),
    )


def with_draft(taken: Snapshot, draft: Return, tax: ReturnTax) -> Snapshot:
    """Return the snapshot as it would be if a draft were filed now."""
    place = draft.registration
    lines = [
        {
            "tax_id": place.taxpayer.tax_id,
            "registration_id": place.id,
            "is_service": place.establishment_type is EstablishmentType.SERVICE,
            "product_code": gtin14(line.product.gtin or ""),
            "period": draft.period,
            "units": line.units,
            "value_satang": value_satang(line, worked),
        }
        for line, worked in zip(draft.lines, tax.lines, strict=True)
    ]
    # The return is at hand; that of another establishment may still be awaited.
    awaited = [
        row
        for row in taken.rows["awaited"]
        if (row["registration_id"], row["period"]) != (place.id, draft.period)
    ]
    old, added = (_as_table(rows, TABLES["declared"]) for rows in (taken.rows["declared"], lines))
    declared = pa.concat_tables([old, added])
    filed = filings.with_draft(list(taken.rows["filings"]), draft)
    rows = taken.rows | {"declared": declared, "awaited": awaited, "filings": filed}
    return replace(taken, rows=rows)


def _establishments(session: Session, tax_id: str | None) -> list[Registration]:
    query = (
        sa.select(Registration)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
        .where(Registration.state == RegistrationState.APPROVED)
        .options(selectinload(Registration.guarantees))
        .order_by(Registration.id)
    )
    if tax_id is not None:
        query = query.where(Taxpayer.tax_id == tax_id)
    return list(session.scalars(query))


def _declared(
    session: Session, months: Sequence[date], tax_id: str | None, without: int | None
) -> pa.Table:
    query = (
        sa.select(
            Taxpayer.tax_id,
            DeclaredLine.registration_id,
            Registration.establishment_type == EstablishmentType.SERVICE,
            Product.gtin,
            DeclaredLine.period,
            DeclaredLine.units,
            DeclaredLine.value_satang,
        )
        .join(Registration, Registration.id == DeclaredLine.registration_id)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
        .join(Product, Product.id == DeclaredLine.product_id)
        .where(
            DeclaredLine.period.in_(months),
            DeclaredLine.return_id.not_in(replaced_ids()),
            DeclaredLine.return_id != (without or 0),
        )
    )
    if tax_id is not None:
        query = query.where(Taxpayer.tax_id == tax_id)
    return table_of(session, query, TABLES["declared"])


def _products(session: Session, tax_id: str | None) -> pa.Table:
    has_price = sa.exists().where(Price.product_id == Product.id)
    query = (
        sa.select(Taxpayer.tax_id, Product.registration_id, Product.id, Product.gtin, has_price)
        .join(Registration, Registration.id == Product.registration_id)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
    )
    if tax_id is not None:
        query = query.where(Taxpayer.tax_id == tax_id)
    return table_of(session, query, TABLES["products"])


def _payers(session: Session, places: Iterable[Registration]) -> list[Row]:
    """One row a taxpayer; a service's only product is named, because it has no code."""
    single = {
        registration_id: product_id
        for registration_id, product_id in session.execute(
            sa.select(Product.registration_id, sa.func.min(Product.id))
            .group_by(Product.registration_id)
            .having(sa.func.count() == 1)
        )
    }
    payers: dict[str, Row] = {}
    for place in places:
        is_service = place.establishment_type is EstablishmentType.SERVICE
        row = payers.setdefault(
            place.taxpayer.tax_id,
            {
                "tax_id": place.taxpayer.tax_id,
                "registration_id": place.id,
                "product_id": single.get(place.id),
                "sells_goods": False,
                "sells_services": False,
            },
        )
        row["sells_services" if is_service else "sells_goods"] = True
        if place.id != row["registration_id"]:
            row["product_id"] = None
    return list(payers.values())


def _months(session: Session, months: Sequence[date]) -> list[Row]:
    """Say of each month and layout whether all of it is told: only after the month has ended.

    Our own books, which are the layout without a name, always are.
    """
    told = delivered_by_layout(session, months)
    states = {
        (code, layout.is_own, month): _state(month, told.get((code, month)))
        for code, layout in LAYOUTS.items()
        for month in months
    } | {("", False, month): "complete" for month in months}
    names = ("layout", "is_own", "period", "state")
    return [dict(zip(names, (*key, state), strict=True)) for key, state in states.items()]


def _state(month: date, last_received: datetime | None) -> str:
    if last_received is None:
        return SILENT
    over = periods.local_date(last_received) > TaxMonth.of(month).last
    return "complete" if over else "incomplete"


def _awaited(
    session: Session,
    tariff: Tariff,
    places: Sequence[Registration],
    months: Sequence[date],
    today: date,
) -> Iterable[Row]:
    """Yield whose monthly return is not in and not late yet."""
    filed = {
        (registration_id, period)
        for registration_id, period in session.execute(
            sa.select(Return.registration_id, Return.period).where(
                Return.basis == Basis.MONTH,
                Return.state == ReturnState.FILED,
                Return.period.in_(months),
            )
        )
    }
    for month in months:
        if today > due_date(tariff, TaxMonth.of(month)):
            continue
        for place in places:
            monthly = place.establishment_type is EstablishmentType.SERVICE
            owed = monthly or place.has_guarantee(month)
            if owed and (place.id, month) not in filed:
                tax_id = place.taxpayer.tax_id
                yield {"tax_id": tax_id, "registration_id": place.id, "period": month}
