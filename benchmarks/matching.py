"""A run of R01 over everybody, against the best query by hand that finds the same differences.

`MATCH_ROWS` says how many rows of sales (1,000,000; 10,000,000 for the full size), a tenth
as many lines are declared. Both read the same Parquet and write what they find as Parquet.
"""

import os
import resource
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.timing import lines, side_by_side
from excise.config import Settings
from excise.evidence import parquet
from excise.evidence.layouts import LAYOUTS
from excise.matching.declared import Row, Snapshot, around
from excise.matching.engine import judge_all
from excise.matching.rules import RULES
from excise.matching.verdicts import Verdicts

SALES = int(os.environ.get("MATCH_ROWS", "1000000"))
OCTOBER = date(2026, 10, 1)
_COLUMNS = """
    'VS-1' AS receipt_no, 'RD' AS source_code, printf('INV%d', i) AS document_no,
    CAST(1 AS BIGINT) AS line_no, CAST(388 AS BIGINT) AS document_type,
    printf('%013d', i % {lines} // 8) AS tax_id, '00000' AS branch,
    DATE '2026-10-01' + CAST(i % 31 AS INTEGER) AS document_on, DATE '2026-10-01' AS period,
    printf('%014d', i % {lines}) AS product_code, CAST(10000 + i % 97 AS BIGINT) AS units,
    CAST(50000 AS BIGINT) AS amount_satang, CAST(3500 AS BIGINT) AS vat_satang
"""
_DECLARED = """
    SELECT printf('%013d', i // 8) AS tax_id, i AS registration_id, false AS is_service,
        printf('%014d', i) AS product_code, DATE '2026-10-01' AS period,
        CAST(100000 + i % 977 AS BIGINT) AS units, CAST(500000 AS BIGINT) AS value_satang
    FROM range({lines}) t(i)
"""
_PRODUCTS = """
    SELECT tax_id, registration_id, registration_id AS product_id, product_code,
        true AS has_price FROM declared
"""
_PAYERS = """
    SELECT DISTINCT tax_id, CAST(1 AS BIGINT) AS registration_id,
        CAST(NULL AS BIGINT) AS product_id, true AS sells_goods, false AS sells_services
    FROM declared
"""
# All that whoever knows these very data would need: no shift, no silence, no unknown product.
_BY_HAND = """
COPY (
    SELECT tax_id, p.registration_id, p.product_id, product_code,
        r.units AS declared, s.units AS evidence,
        coalesce(s.units, 0) - coalesce(r.units, 0) AS difference,
        greatest(10000, greatest(coalesce(s.units, 0), coalesce(r.units, 0)) * 50 // 10000)
            AS tolerance,
        CASE WHEN difference = 0 THEN 'matched'
            WHEN abs(difference) <= tolerance THEN 'within-tolerance'
            WHEN r.units IS NULL THEN 'missing-in-return'
            WHEN s.units IS NULL THEN 'missing-in-source'
            WHEN difference > 0 THEN 'under-declared' ELSE 'over-declared' END AS outcome
    FROM (SELECT tax_id, product_code, CAST(sum(units) AS BIGINT) AS units
          FROM read_parquet('{files}') WHERE product_code <> '' GROUP BY ALL) s
    FULL JOIN (SELECT tax_id, product_code, CAST(sum(units) AS BIGINT) AS units FROM declared
               WHERE period = DATE '2026-10-01' GROUP BY ALL) r USING (tax_id, product_code)
    LEFT JOIN products p USING (tax_id, product_code)
    ORDER BY tax_id, product_code
) TO '{target}' (FORMAT parquet, COMPRESSION zstd)
"""


def ratios() -> list[str]:
    """Compare a month of declared lines with ten times as many sales."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings(data=Path(folder), database_url=""), **_told())
        _land(settings)
        taken = _taken(settings)

        def run() -> None:
            verdicts = Verdicts.begin(settings)
            judge_all(settings, taken, verdicts, tax_id=None, rules=[RULES["R01"]])
            verdicts.forget()

        best = side_by_side(
            {"by hand": lambda: _by_hand(settings, taken), "R01, judged": run}, rounds=3
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    title = f"{SALES // 10:,} declared lines, {SALES:,} sales; peak {peak:,} MB"
    return lines(f"{title} with {settings.match_memory} for the engine", best)


def _told() -> dict[str, str]:
    return {"match_memory": os.environ.get("EXCISE_MATCH_MEMORY", "512MB")}


def _land(settings: Settings) -> None:
    folder = parquet.month_folder(settings, OCTOBER, LAYOUTS["vat_sales"])
    folder.mkdir(parents=True)
    columns = _COLUMNS.format(lines=SALES // 10)
    duckdb.connect(config={"threads": 2}).execute(
        f"COPY (SELECT {columns} FROM range({SALES}) t(i) ORDER BY tax_id, document_no)"  # noqa: S608
        f" TO '{folder / 'VS-1.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
    )


def _taken(settings: Settings) -> Snapshot:
    connection = duckdb.connect()
    rows: dict[str, list[Row] | pa.Table] = {"awaited": [], "months": []}
    for name, query in (("declared", _DECLARED), ("products", _PRODUCTS), ("payers", _PAYERS)):
        rows[name] = connection.sql(query.format(lines=SALES // 10)).to_arrow_table()
        connection.register(name, rows[name])
    rows["months"] = [
        {"layout": code, "is_own": code == "stock_lines", "period": month, "state": state}
        for month in around(OCTOBER)
        for code, state in (("vat_sales", "complete"), ("stock_lines", "silent"))
    ]
    tolerances = {"R01": RULES["R01"].tolerance_on(OCTOBER)}
    return Snapshot(period=OCTOBER, rows=rows, taxpayers={}, tolerances=tolerances)


def _by_hand(settings: Settings, taken: Snapshot) -> None:
    files = parquet.month_folder(settings, OCTOBER, LAYOUTS["vat_sales"]) / "*.parquet"
    config = {"threads": 2, "memory_limit": settings.match_memory}
    config |= {"temp_directory": str(settings.data), "preserve_insertion_order": False}
    with duckdb.connect(config=config) as connection:
        for name in ("declared", "products"):
            connection.register(name, taken.rows[name])
        connection.execute(_BY_HAND.format(files=files, target=settings.data / "by-hand.parquet"))
