"""Small tables of evidence and books, and what one rule says of October about them."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from excise.evidence.layouts import LAYOUTS
from excise.matching.declared import TABLES, around
from excise.matching.engine import Judged, judged_by
from excise.matching.rules import RULES

OCTOBER, SEPTEMBER, NOVEMBER = date(2026, 10, 1), date(2026, 9, 1), date(2026, 11, 1)
DAY = date(2026, 10, 5)
MAKER, CLUB, IMPORTER, STRANGER = "0105500000001", "0105500000002", "0105500000003", "0994000000009"
BEER, STOUT, FOREIGN = "08850000000011", "08850000000028", "08850000000066"
FACTORY_NO, CLUB_NO = "2569-0001", "2569-0003"
UNIT = 10_000
Row = dict[str, Any]
_ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}
_USUAL: Row = {
    "tax_id": MAKER,
    "registration_no": FACTORY_NO,
    "registration_id": 1,
    "product_code": BEER,
    "receipt_no": "EV-1",
    "source_code": "RD",
    "period": OCTOBER,
    "is_online": True,
    "branch": "00000",
}


def judge(
    rule: str,
    *,
    silent: Iterable[tuple[str, date]] = (),
    awaited: Iterable[str] = (),
    **tables: list[Row],
) -> list[Judged]:
    """Run a rule over some rows; what a row leaves out is as usual."""
    connection = _engine()
    for code in RULES[rule].needs:
        types = {name: _ARROW[kind] for name, kind in LAYOUTS[code].view_types.items()}
        _register(connection, code, tables.pop(code, []), types, LAYOUTS[code].day)
    books = _books(set(silent)) | tables
    books["awaited"] = [{"tax_id": each} for each in awaited]
    for name, schema in TABLES.items():
        types = dict(zip(schema.names, schema.types, strict=True))
        _register(connection, name, books.pop(name, []), types)
    assert not books, f"the rule needs no {books.keys()}"
    return list(judged_by(connection, RULES[rule], OCTOBER))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One for all: to begin takes longer than to judge."""
    return duckdb.connect(config={"threads": 1})


def words(*args: Any, **more: Any) -> list[str]:
    """The outcome of each key, with its reason if there is one."""
    return [said(each) for each in judge(*args, **more)]


def said(each: Judged) -> str:
    """The outcome, with its reason if there is one."""
    return each.outcome.value + (f" ({each.reason})" if each.reason else "")


def units(number: float) -> int:
    """So many units as the tables count them."""
    return round(number * UNIT)


def _register(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: list[Row],
    types: dict[str, pa.DataType],
    day: str = "",
) -> None:
    whole = [_whole(row, types, day) for row in rows]
    connection.register(name, pa.Table.from_pylist(whole, schema=pa.schema(types)))


def _whole(row: Row, types: dict[str, pa.DataType], day: str) -> Row:
    assert row.keys() <= types.keys(), row.keys() - types.keys()
    if day and day != "period":
        row = {day: DAY} | row
        row = {"period": row[day].replace(day=1)} | row
    usual = {name: _USUAL.get(name, _nothing(kind)) for name, kind in types.items()}
    return usual | row


def _nothing(kind: pa.DataType) -> Any:
    if kind == pa.string():
        return ""
    if kind == pa.bool_():
        return False
    return 0 if kind == pa.int64() else None


def _books(silent: set[tuple[str, date]]) -> dict[str, list[Row]]:
    layouts = {code: layout.is_own for code, layout in LAYOUTS.items()} | {"": False}
    places = [
        {"registration_id": 1, "registration_no": FACTORY_NO, "taxpayer_name": "บริษัท เบียร์ จำกัด"},
        {"tax_id": CLUB, "registration_id": 3, "registration_no": CLUB_NO},
        {"tax_id": IMPORTER, "registration_id": 4, "is_importer": True},
    ]
    return {
        "months": [
            {"layout": code, "is_own": is_own, "period": month}
            | {"state": "silent" if (code, month) in silent else "complete"}
            for code, is_own in layouts.items()
            for month in around(OCTOBER)
        ],
        "products": [
            {"product_id": 1, "has_price": True},
            {"product_id": 2, "product_code": STOUT},
            {"tax_id": IMPORTER, "registration_id": 4, "product_id": 6, "product_code": FOREIGN},
        ],
        "payers": [
            {"product_id": None, "sells_goods": True},
            {"tax_id": CLUB, "registration_id": 3, "product_id": 5, "sells_services": True},
            {"tax_id": IMPORTER, "registration_id": 4, "product_id": None, "sells_goods": True},
        ],
        "places": places,
    }
