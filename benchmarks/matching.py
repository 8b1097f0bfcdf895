"""R01 with its judgement, against the shortest query that finds the same differences."""

from datetime import date

import duckdb

from benchmarks.timing import lines, side_by_side
from excise.matching.engine import judged_by
from excise.matching.rules import RULES

SALES, RETURNED = 1_000_000, 100_000
_TABLES = f"""
CREATE TABLE months AS SELECT layout, layout <> 'vat_sales' AS is_own, period, 'complete' AS state
    FROM (VALUES ('vat_sales'), ('stock_lines')) l(layout),
    (SELECT unnest([DATE '2026-09-01', DATE '2026-10-01', DATE '2026-11-01']) AS period);
CREATE TABLE stock_lines (form VARCHAR, tax_id VARCHAR, product_code VARCHAR, period DATE,
    issued BIGINT);
CREATE TABLE declared AS SELECT printf('%013d', i // 2) AS tax_id, i AS registration_id,
    false AS is_service, printf('%014d', i) AS product_code, DATE '2026-10-01' AS period,
    CAST(100000 + i % 977 AS BIGINT) AS units, CAST(500000 AS BIGINT) AS value_satang
    FROM range({RETURNED}) t(i);
CREATE TABLE products AS SELECT tax_id, registration_id, registration_id AS product_id,
    product_code, true AS has_price FROM declared;
CREATE TABLE payers AS SELECT DISTINCT tax_id, 1 AS registration_id, 1 AS product_id,
    true AS sells_goods, false AS sells_services FROM declared;
CREATE TABLE awaited (tax_id VARCHAR, period DATE);
CREATE TABLE vat_sales AS SELECT printf('%013d', (i % {RETURNED}) // 2) AS tax_id,
    printf('%014d', i % {RETURNED}) AS product_code, DATE '2026-10-01' AS period,
    CAST(10000 + i % 97 AS BIGINT) AS units, CAST(50000 AS BIGINT) AS amount_satang
    FROM range({SALES}) t(i);
"""  # noqa: S608  numbers of ours
_SHORTEST = """
SELECT tax_id, product_code, s.units - r.units AS difference
FROM (SELECT tax_id, product_code, sum(units) AS units FROM vat_sales
      WHERE period = $period GROUP BY ALL) s
FULL JOIN (SELECT tax_id, product_code, sum(units) AS units FROM declared
           WHERE period = $period GROUP BY ALL) r USING (tax_id, product_code)
"""


def ratios() -> list[str]:
    """Compare a month of 100,000 declared lines with a million sales."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(_TABLES)
    period = date(2026, 10, 1)
    best = side_by_side(
        {
            "shortest query": lambda: connection.execute(_SHORTEST, {"period": period}).fetchall(),
            "R01, judged": lambda: list(judged_by(connection, RULES["R01"], period)),
        },
        rounds=5,
    )
    connection.close()
    return lines(f"{RETURNED:,} declared lines, {SALES:,} sales", best)
