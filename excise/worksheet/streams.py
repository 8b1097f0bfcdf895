"""Files of millions of lines, CSV or Parquet: read, worked out and written in pieces.

The bulk engine answers nearly all lines; what it leaves goes through `calculate_rows`, like the
rows of a small file, and comes out with the same answer or the same error. Amounts are satang.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from pyarrow import csv, parquet

from excise.errors import Invalid
from excise.tariff.bulk import DAY, ITEM, Bulk
from excise.tariff.entries import Tariff
from excise.worksheet.fields import FIRST_BUDDHIST_YEAR
from excise.worksheet.rows import LINE_FIELDS, RECEIPTS, SHOWN_ONLY, calculate_rows

AT_ONCE = 1 << 16  # lines; with more of them neither engine is quicker
MOST_COUNTED = 9 * 10**17
BLOCK_BYTES = 1 << 23  # of CSV
BUFFER_BYTES = 1 << 20  # of each column of Parquet
ERRORS = ("code", "field", "message_th", "message_en")
TEXTS = tuple(f"error_{name}" for name in ERRORS)
_SPREADSHEET_WOULD_RUN = r"^[=+\-@\t\r]"


@dataclass(slots=True)
class Counts:
    """How many lines came out, and how many of them with an error."""

    lines: int = 0
    refused: int = 0


def calculate_file(
    tariff: Tariff, source: Path, target: Path, *, tell: Callable[[int], None] = lambda _: None
) -> Counts:
    """Work out the lines of a file into another; the endings say which is CSV, which Parquet.

    `tell` hears the number of lines done. Raises Invalid `file-broken` or `file-unreadable`.
    """
    worker, counts = _Worker(tariff), Counts()
    try:
        with _Writer(target) as out:
            for piece in _pieces(source):
                done = worker.results(piece, first=counts.lines + 1)
                out.write(done)
                counts.lines += len(done)
                counts.refused += len(done) - done["error_code"].null_count()
                tell(counts.lines)
    except pa.ArrowInvalid as error:
        raise Invalid("file-broken", field="file", problem=str(error)) from error
    except OSError as error:
        raise Invalid("file-unreadable", field="file", problem=str(error)) from error
    if not counts.lines:
        raise Invalid("file-empty", field="file")
    return counts


def _pieces(source: Path) -> Iterator[pl.DataFrame]:
    if source.suffix == ".parquet":
        # Read ahead, it would keep what it has read, and all of a row group however large.
        with parquet.ParquetFile(source, pre_buffer=False, buffer_size=BUFFER_BYTES) as file:
            for batch in file.iter_batches(AT_ONCE):
                yield pl.DataFrame(pl.from_arrow(batch))
        return
    with source.open("rb") as text:  # every column as text: no number may pass through a float
        names = csv.open_csv(text).schema.names
    if len(set(names)) != len(names):
        raise Invalid("file-broken", field="file", problem="a column stands twice")
    read = csv.ReadOptions(block_size=BLOCK_BYTES)
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    for batch in csv.open_csv(source, read_options=read, convert_options=convert):
        yield pl.DataFrame(pl.from_arrow(batch))


class _Writer:
    """Writes pieces to a CSV or Parquet file."""

    def __init__(self, target: Path) -> None:
        self.target, self.is_first = target, True
        self.parquet: Any = None

    def __enter__(self) -> "_Writer":
        self.file = self.target.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        if self.parquet is not None:
            self.parquet.close()
        self.file.close()

    def write(self, piece: pl.DataFrame) -> None:
        """Write one piece; the first decides the columns, which are the same in all."""
        if self.target.suffix != ".parquet":
            piece = piece.with_columns(_defused(name) for name in ("id", *TEXTS))
            piece.write_csv(self.file, include_header=self.is_first, line_terminator="\r\n")
        else:
            table = piece.to_arrow(compat_level=pl.CompatLevel.oldest())
            if self.parquet is None:
                self.parquet = parquet.ParquetWriter(self.file, table.schema)
            self.parquet.write_table(table)
        self.is_first = False


def _defused(name: str) -> pl.Expr:
    text = pl.col(name)
    harmless = pl.concat_str(pl.lit("'"), text)
    return (
        pl.when(text.str.contains(_SPREADSHEET_WOULD_RUN))
        .then(harmless)
        .otherwise(text)
        .alias(name)
    )


class _Worker:
    """Works out pieces of a file under one edition."""

    def __init__(self, tariff: Tariff) -> None:
        self.tariff, self.bulk = tariff, Bulk(tariff)
        self.known = (LINE_FIELDS | tariff.measures.keys()) - set(RECEIPTS)

    def results(self, piece: pl.DataFrame, *, first: int) -> pl.DataFrame:
        """Work out a piece; `first` is the number of its first line."""
        taxes = self.bulk.taxes(self._entered(piece))
        absent = [name for name in self.bulk.columns if name not in taxes.columns]
        taxes = taxes.with_columns(pl.lit(None, pl.Int64).alias(name) for name in absent)
        names = pl.int_range(first, first + len(piece), eager=True).cast(pl.String)
        if "id" in piece.columns:
            names = pl.select(pl.coalesce(piece["id"].cast(pl.String), names)).to_series()
        errors = [pl.lit(None, pl.String).alias(name) for name in TEXTS]
        taxes = taxes.select(names.alias("id"), *self.bulk.columns, "confidence", *errors)
        left = taxes["total_payable"].is_null().arg_true()
        if left.is_empty():
            return taxes
        rows = piece[left].with_columns(names.gather(left).alias("id")).iter_rows(named=True)
        answers = [self._single(row) for row in rows]
        single = pl.DataFrame(answers, schema=taxes.schema, orient="row")
        plain = taxes["total_payable"].is_not_null()
        order = pl.concat([plain.arg_true(), left]).arg_sort()
        return pl.concat([taxes.filter(plain), single])[order]

    def _single(self, row: dict[str, Any]) -> list[Any]:
        plain = {k: each.strip() if isinstance(each, str) else each for k, each in row.items()}
        given = {name: entry for name, entry in plain.items() if entry is not None}
        [result] = calculate_rows(self.tariff, [given])
        funds = {f"fund_{code}": satang for code, satang in result.get("funds", {}).items()}
        error = result.get("error", {})
        return [
            result["id"],
            *((result | funds).get(name) for name in (*self.bulk.columns, "confidence")),
            *(error.get(name) for name in ERRORS),
        ]

    def _entered(self, piece: pl.DataFrame) -> pl.DataFrame:
        """Turn what was entered into counts; a line with anything doubtful loses its item."""
        columns: dict[str, pl.Series] = {}
        doubtful = pl.Series([False]).new_from_index(0, len(piece))
        for written in piece.columns:
            name, column = written.removeprefix("band_parameter."), piece[written]
            if name.split(".")[0] in SHOWN_ONLY:
                continue
            if name in columns or name not in self.known:
                doubtful |= column.is_not_null()
                continue
            columns[name] = self._counted(name, column)
            doubtful |= columns[name].is_null() & column.is_not_null()
        for name, kind in ((ITEM, pl.String), (DAY, pl.Date)):
            columns.setdefault(name, pl.Series([None] * len(piece), dtype=kind))
        items = pl.DataFrame({ITEM: columns[ITEM], "doubtful": doubtful})
        columns[ITEM] = items.select(pl.when(~pl.col("doubtful")).then(pl.col(ITEM))).to_series()
        return pl.DataFrame(columns)

    def _counted(self, name: str, column: pl.Series) -> pl.Series:
        if name == ITEM:
            return column
        if name == DAY:
            return _days(column)
        if name not in self.tariff.measures:
            return pl.Series([None] * len(column), dtype=pl.Int64)
        return _counts(column, self.tariff.measures[name].decimals)


def _days(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        full = column.str.contains(r"^\d{4}-\d{2}-\d{2}$")
        days = column.str.to_date("%Y-%m-%d", strict=False).set(~full, None)
    elif column.dtype == pl.Date:
        days = column
    else:
        return pl.Series([None] * len(column), dtype=pl.Date)
    known: pl.Series = days.set(days.dt.year() >= FIRST_BUDDHIST_YEAR, None)
    return known


def _counts(column: pl.Series, decimals: int) -> pl.Series:
    """Count a column in its last decimal; null where it is no plain number of so many decimals."""
    if column.dtype == pl.String:
        return _read(column.str.strip_chars(), decimals)
    if column.dtype.is_integer():
        wholes = column.cast(pl.Int64, strict=False)
        room = MOST_COUNTED // 10**decimals
        counts: pl.Series = wholes.set((wholes > room) | (wholes < 0), None) * 10**decimals
        return counts
    if isinstance(column.dtype, pl.Decimal):
        return _rescaled(column, column.dtype.scale, decimals)
    return pl.Series([None] * len(column), dtype=pl.Int64)


def _rescaled(column: pl.Series, scale: int, decimals: int) -> pl.Series:
    """Count a column of decimals in another last place; null where it has more of them."""
    wholes = column.to_physical().cast(pl.Int64, strict=False)
    coarser, finer = 10 ** max(scale - decimals, 0), 10 ** max(decimals - scale, 0)
    room = MOST_COUNTED // finer
    wholes = wholes.set((wholes % coarser != 0) | (wholes > room) | (wholes < 0), None)
    counts: pl.Series = wholes // coarser * finer
    return counts


def _read(texts: pl.Series, decimals: int) -> pl.Series:
    """Read digits and one point without a float."""
    some = rf"(\d{{1,{decimals}}})0*" if decimals else "()0*"
    pattern = rf"^(\d{{1,{17 - decimals}}})(?:\.{some})?$"
    whole = texts.str.extract(pattern, 1).cast(pl.Int64) * 10**decimals
    part = texts.str.extract(pattern, 2).str.pad_end(decimals, "0").replace("", None)
    number: pl.Series = whole + part.cast(pl.Int64).fill_null(0)
    return number
