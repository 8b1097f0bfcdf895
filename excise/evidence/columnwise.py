"""Read whole columns of text at once: the usual values, and nothing that is doubtful.

`usual` gives the meaning of a value that is written the usual way, and null for every
other one. It never gives what `values.value_of` would not; a test compares them.
"""

from collections.abc import Callable
from datetime import date

import polars as pl

from excise.evidence.columns import TYPES, Column, Kind
from excise.evidence.values import FIRST_DATE, INTEGER_DIGITS, PATTERNS, PLACES

TYPED = {"BIGINT": pl.Int64(), "BOOLEAN": pl.Boolean(), "DATE": pl.Date(), "VARCHAR": pl.String()}
_LONGEST_TEXT = 100


def type_of(column: Column) -> pl.DataType:
    """Return the type of the values of a column."""
    return TYPED[TYPES.get(column.kind, "VARCHAR")]


def usual(text: pl.Expr, column: Column, *, today: date) -> pl.Expr:
    """Return the values of a column that are written the usual way, else null.

    An empty value that may be empty is "" where the values are text; else it is null.
    """
    if column.kind in PLACES:
        found = _scaled(text, PLACES[column.kind])
    elif column.kind in _PLAIN:
        found = pl.when(text.str.contains(f"^{PATTERNS[column.kind]}$")).then(text)
    else:
        found = _READ[column.kind](text, column, today)
    found = found.cast(type_of(column))
    if not column.required and type_of(column) == pl.String():
        found = pl.when(text == "").then(pl.lit("")).otherwise(found)
    return found


def _scaled(text: pl.Expr, places: int) -> pl.Expr:
    pattern = rf"^[0-9]{{1,{INTEGER_DIGITS}}}(\.[0-9]{{1,{places}}})?$"
    exact = text.cast(pl.Decimal(INTEGER_DIGITS + places, places), strict=False)
    return pl.when(text.str.contains(pattern)).then(exact.to_physical())


def _date(text: pl.Expr, today: date) -> pl.Expr:
    day = text.str.to_date("%Y-%m-%d", strict=False)
    is_plain = text.str.contains("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    return pl.when(is_plain & day.is_between(FIRST_DATE, today)).then(day)


def _month(text: pl.Expr, _column: Column, today: date) -> pl.Expr:
    return pl.when(text.str.len_bytes() == 7).then(_date(text + "-01", today))


def _tax_id(text: pl.Expr, _column: Column, _today: date) -> pl.Expr:
    number = text.cast(pl.Int64, strict=False)
    total = pl.sum_horizontal(
        (2 - place) * (number // 10 ** (12 - place) % 10) for place in range(12)
    )
    fits = (1 - total % 11) % 10 == number % 10
    return pl.when(text.str.contains("^[0-8][0-9]{12}$") & fits).then(text)


def _gtin(text: pl.Expr, _column: Column, _today: date) -> pl.Expr:
    number = text.cast(pl.Int64, strict=False)
    total = pl.sum_horizontal(
        (3 if place % 2 else 1) * (number // 10**place % 10) for place in range(14)
    )
    is_plain = text.str.contains("^([0-9]{8}|[0-9]{12,14})$")
    return pl.when(is_plain & (total % 10 == 0)).then(text.str.zfill(14))


def _goods_code(text: pl.Expr, column: Column, today: date) -> pl.Expr:
    is_plain = text.str.contains("^[A-Za-z][0-9A-Za-z./_-]{0,39}$")
    return pl.when(is_plain).then(text).otherwise(_gtin(text, column, today))


def _hs_code(text: pl.Expr, _column: Column, _today: date) -> pl.Expr:
    return pl.when(text.str.contains("^[0-9]{6,12}$")).then(text)


def _one_of(text: pl.Expr, *choices: str) -> pl.Expr:
    return pl.when(text.is_in(choices)).then(text)


def _flag(text: pl.Expr, _column: Column, _today: date) -> pl.Expr:
    return pl.when(_one_of(text, "Y", "N").is_not_null()).then(text == "Y")


def _text(text: pl.Expr, _column: Column, _today: date) -> pl.Expr:
    is_plain = text.str.contains(rf"^[ -~ก-ฺ฿-๛]{{1,{_LONGEST_TEXT}}}$")
    return pl.when(is_plain).then(text)


_PLAIN = {
    *(Kind.BRANCH, Kind.CODE, Kind.COUNT, Kind.DOCUMENT_NO),
    *(Kind.LINE_NO, Kind.SERIAL, Kind.VIN),
}
_READ: dict[Kind, Callable[[pl.Expr, Column, date], pl.Expr]] = {
    Kind.ACTION: lambda text, column, _today: _one_of(text, *column.choices),
    Kind.CHOICE: lambda text, column, _today: _one_of(text, *column.choices),
    Kind.DATE: lambda text, _column, today: _date(text, today),
    Kind.DOCUMENT_TYPE: lambda text, _column, _today: _one_of(text, "388", "80", "81"),
    Kind.FLAG: _flag,
    Kind.GOODS_CODE: _goods_code,
    Kind.GTIN: _gtin,
    Kind.HS_CODE: lambda text, _column, _today: pl.when(text.str.contains("^[0-9]{6,12}$")).then(
        text
    ),
    Kind.MONTH: _month,
    Kind.TAX_ID: _tax_id,
    Kind.TEXT: _text,
}
