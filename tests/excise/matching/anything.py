"""Anything that the rules could be given: rows that meet now and then, and figures of all sizes."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from excise.config import Settings
from excise.evidence import parquet
from excise.evidence.columns import Layout
from excise.evidence.layouts import LAYOUTS
from excise.matching.declared import TABLES, Snapshot, around
from excise.matching.rules import RULES
from excise.matching.tables import months_read

OCTOBER = date(2026, 10, 1)
UNITS = 10_000
_ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}
_POOLS: dict[str, list[Any]] = {
    "tax_id": [f"01055000000{number:02}" for number in range(8)],
    "product_code": ["", *(f"{number:014}" for number in range(6))],
    "period": around(OCTOBER),
}
_FEW = {"awaited": 4}
# What is known by these in the tables of the declared side comes once.
_STATES = ["complete"] * 6 + ["incomplete", "silent"]
_ONCE = {
    "payers": ("tax_id",),
    "places": ("registration_id",),
    "products": ("product_id",),
    "prices": ("product_id", "effective_from"),
    "filings": ("registration_id", "period"),
    "trends": ("registration_id", "duty_group", "period"),
}


def landed(random: Random, settings: Settings) -> Snapshot:
    """Land evidence and return a declared side that meets it."""
    land(random, settings)
    return snapshot(random)


def snapshot(random: Random, rows: int = 150) -> Snapshot:
    """A declared side of October and its neighbours."""
    made = {
        name: _once(
            [_row(random, schema) for _ in range(_FEW.get(name, rows))],
            _ONCE.get(name, schema.names),
        )
        for name, schema in TABLES.items()
    }
    made["months"] = [
        {"layout": code, "is_own": bool(code) and LAYOUTS[code].is_own, "period": month}
        # October is complete, else nothing could be compared.
        | {"state": "complete" if month == OCTOBER else random.choice(_STATES)}
        for code in ("", *LAYOUTS)
        for month in around(OCTOBER, before=12)
    ]
    tolerances = {rule.id: rule.tolerance_on(OCTOBER) for rule in RULES.values()}
    return Snapshot(period=OCTOBER, rows=made, taxpayers={}, tolerances=tolerances)


def land(random: Random, settings: Settings, rows: int = 40) -> None:
    """Evidence of two sources in every layout that a rule reads; some of it is replaced."""
    for layout, months in months_read(RULES.values(), OCTOBER):
        for month in months[-3:]:  # the others are empty
            for number, source in enumerate(("RD", "RD", "DLT"), 1):
                receipt_no = f"{source}-{month:%m}-{number}"
                _file(random, settings, layout, month, receipt_no, source, rows)


def _file(
    random: Random,
    settings: Settings,
    layout: Layout,
    month: date,
    receipt_no: str,
    source: str,
    rows: int,
) -> None:
    schema = pa.schema((name, _ARROW[kind]) for name, kind in layout.view_types.items())
    same = {"receipt_no": receipt_no, "source_code": source, "period": month}
    made = [_row(random, schema) | same for _ in range(rows)]
    for row in made:
        row[layout.day] = month + timedelta(days=random.randrange(28))
    filed = _once(made, layout.key)
    _write(parquet.month_folder(settings, month, layout), receipt_no, filed, schema)
    names = parquet.replaced_by(layout)
    replaced = [{name: row[name] for name in names} for row in filed if random.random() < 0.05]
    folder = parquet.month_folder(settings, month, layout, replaced=True)
    _write(folder, receipt_no, replaced, pa.schema([schema.field(name) for name in names]))


def _write(folder: Path, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{name}.parquet")


def _row(random: Random, schema: pa.Schema) -> dict[str, Any]:
    return {field.name: _value(random, field) for field in schema}


def _value(random: Random, field: pa.Field) -> Any:
    if field.name in _POOLS:
        return random.choice(_POOLS[field.name])
    if field.name.endswith("_id") and field.type == pa.int64():
        return random.randrange(1, 400)
    if field.name == "value_satang" and random.random() < 0.1:
        return None  # taxed by quantity only
    if field.type == pa.int64():
        return _figure(random)
    if field.type == pa.bool_():
        return random.random() < 0.5
    if field.type == pa.date32():
        return random.choice(_POOLS["period"]) + timedelta(days=random.randrange(28))
    return random.choice(["A-1", "B-2", "C-3", "D-4", ""])


def _figure(random: Random) -> int:
    kind = random.random()
    if kind < 0.003:
        return random.choice([-1, 1]) * random.randrange(10**16, 10**17)
    if kind < 0.05:
        return -random.randrange(5) * UNITS
    return random.choice([10, 10, 10, 20]) * UNITS + random.choice([0, 0, 0, 500])


def _once(rows: list[dict[str, Any]], key: tuple[str, ...] | list[str]) -> list[dict[str, Any]]:
    return list({tuple(row.get(name) for name in key): row for row in rows}.values())
