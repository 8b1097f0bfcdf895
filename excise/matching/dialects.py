"""The text of a rule in the words of another engine; the text itself is DuckDB's."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import sqlglot
from sqlglot import exp

POSTGRESQL, SPARK = "postgres", "spark"
_SUMMED = "DECIMAL(38, 0)"  # a sum of BIGINT has room for absurd figures in the other engines


def translated(
    sql: str, dialect: str, *, given: Mapping[str, date | int], answer: pa.Schema
) -> str:
    """Return a query with its parameters filled in, its answer in whole numbers.

    >>> print(translated("SELECT SUM(n) // $by AS n FROM t", SPARK, given={"by": 10},
    ...     answer=pa.schema([("n", pa.int64())])))
    SELECT CAST(n AS BIGINT) AS n FROM (SELECT SUM(CAST(n AS DECIMAL(38, 0))) DIV 10 AS n \
FROM t) AS answered
    """
    query = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(query, exp.Query), "a rule asks"
    for place in list(query.find_all(exp.Placeholder)):
        place.replace(_literal(given[place.name]))
    if dialect == SPARK:
        for total in list(query.find_all(exp.Sum)):
            total.set("this", exp.cast(total.this.copy(), _SUMMED))
    else:
        for first in list(query.find_all(exp.ArgMin)):
            first.replace(_first_of(first))
    told = [
        _whole(field) if field.type == pa.int64() else exp.column(field.name) for field in answer
    ]
    return exp.select(*told).from_(query.subquery("answered")).sql(dialect, comments=False)


def reworded(query: str, dialect: str) -> str:
    """Return a query without parameters in another dialect."""
    return sqlglot.parse_one(query, read="duckdb").sql(dialect, comments=False)


def _literal(value: date | int) -> exp.Expr:
    if isinstance(value, int):
        return exp.Literal.number(value)
    return exp.cast(exp.Literal.string(value.isoformat()), "DATE")


def _first_of(first: exp.ArgMin) -> exp.Expr:
    """Write ARG_MIN(a, b) as the first of the values in their order."""
    text = f"(ARRAY_AGG({first.this.sql()} ORDER BY {first.expression.sql()}))[1]"
    return sqlglot.parse_one(text, read=POSTGRESQL)


def _whole(field: pa.Field) -> exp.Expr:
    return exp.alias_(exp.cast(exp.column(field.name), "BIGINT"), field.name)
