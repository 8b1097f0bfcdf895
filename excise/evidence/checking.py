"""Check a file against its layout and write what it says in whole numbers, as Parquet.

All or nothing: a single wrong row leaves no rows, only the list of what is wrong. It
goes through the file piece by piece, so its memory does not grow with the rows but for
twenty bytes of each, by which a row that comes twice is found.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from excise.errors import Invalid
from excise.evidence.codes import CODES
from excise.evidence.columns import Column, Kind, Layout
from excise.evidence.columnwise import type_of, usual
from excise.evidence.tables import ROW, Piece, Uneven, opened
from excise.evidence.values import SIGNS, Value, WrongValue, value_of
from excise.money import MAX_SATANG, satang

MAX_ROWS = 10_000_000
MAX_LISTED = 10_000  # more faults than this are counted only
_SUM = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
_SHOWN = 60
Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class RowFault:
    """One thing wrong in one row; rows count from 1, the header."""

    row: int
    column: str
    code: str
    value: str

    def __str__(self) -> str:
        """Say it in both languages, for the terminal."""
        said = CODES[self.code]
        return f"row {self.row} {self.column} {self.value!r}: {said.th} / {said.en}"


@dataclass
class Findings:
    """What a whole file says: how many rows, the sum of its first amounts, its months.

    `periods` are the first days of the months. With a `fault_count` no rows were
    written; `faults` are the first of them, in the order of the rows.
    """

    row_count: int = 0
    amount_satang: int = 0
    periods: set[date] = field(default_factory=set)
    faults: list[RowFault] = field(default_factory=list)
    fault_count: int = 0


Judge = Callable[[pl.DataFrame, pl.Series], Iterable[RowFault]]


def unjudged(_rows: pl.DataFrame, _places: pl.Series) -> Iterable[RowFault]:
    """Find nothing wrong beyond what the layout says."""
    return ()


def unwatched(_done: int, _of: int) -> None:
    """Tell nobody how far it is."""


def check_file(
    source: Path,
    target: Path,
    layout: Layout,
    *,
    today: date,
    watch: Watch = unwatched,
    judge: Judge = unjudged,
) -> Findings:
    """Check a file and write its rows to `target`, in base units, when all are right.

    `today` is the day in Thailand after which nothing can be dated. A row that comes
    twice with the same content is written twice; with another, it is a fault. A last
    row TOTAL,<rows>,<sum of the first amounts> is checked when it is there. `judge` sees
    the rows piece by piece with their places, and may find more wrong; what could not be
    read is null there.

    Raises Invalid: what opening raises, `evidence-empty`, `evidence-too-long`,
    `evidence-total`, `delivery-too-large`.
    """
    table = opened(source, layout)
    checker, done = _Checker(layout, table.columns, today, judge), 0
    with pq.ParquetWriter(target, _schema(layout), compression="zstd") as writer:
        for piece in table.pieces():
            rows = checker.take(piece)
            if not checker.found.fault_count and len(rows):
                writer.write_table(rows.to_arrow().cast(_schema(layout)))
            done += piece.size
            watch(min(done, table.size), table.size)
    checker.finish()
    return checker.found


def row_schema(layout: Layout) -> dict[str, pl.DataType]:
    """Return the fields of the rows that are written, the action last."""
    types: dict[str, pl.DataType] = {}
    for column, name in zip(layout.columns, layout.fields, strict=True):
        types[name] = type_of(column)
        if name == layout.day:
            types["period"] = pl.Date()
    return types | {"action": pl.String()}


def _schema(layout: Layout) -> object:
    return pl.DataFrame(schema=row_schema(layout)).to_arrow().schema


class _Checker:
    """Goes through a file and remembers what concerns all of it."""

    def __init__(self, layout: Layout, columns: Sequence[str], today: date, judge: Judge) -> None:
        self.layout, self.today, self.found = layout, today, Findings()
        self._first, self._judge = columns[0], judge
        self._columns = [column for column in layout.heading if column.name in columns]
        self._fields = dict(zip((c.name for c in layout.columns), layout.fields, strict=True))
        self._seen: list[pl.DataFrame] = []
        self._total: tuple[int, tuple[str, ...]] | None = None

    def take(self, piece: Piece) -> pl.DataFrame:
        """Return what the rows of a piece mean; the wrong ones are noted."""
        text = self._without_blank(piece.rows)
        text = self._without_total(text)
        for one in piece.uneven:
            self._take_uneven(one)
        self.found.row_count += len(text)
        if self.found.row_count > MAX_ROWS:
            raise Invalid("evidence-too-long", field="file", limit=f"{MAX_ROWS:,}")
        rows = self._meant(text)
        for fault in self._judge(rows, text[ROW]):
            self._note(fault)
        self._remember(rows, text[ROW])
        return rows

    def finish(self) -> None:
        """Judge what only the whole file tells."""
        found = self.found
        self._note_repeated()
        found.faults.sort(key=lambda one: one.row)
        del found.faults[MAX_LISTED:]
        if found.fault_count:
            return
        if found.row_count == 0:
            raise Invalid("evidence-empty", field="file")
        if abs(found.amount_satang) >= MAX_SATANG:
            raise Invalid("delivery-too-large", field="file", amount_satang=found.amount_satang)
        if self._total is not None and not self._tells(self._total[1]):
            facts = {"rows": found.row_count, "amount_satang": found.amount_satang}
            raise Invalid("evidence-total", field="file", **facts)

    def _without_blank(self, text: pl.DataFrame) -> pl.DataFrame:
        names = [column.name for column in self._columns]
        trimmed = text.select(ROW, *(pl.col(name).str.strip_chars() for name in names))
        return trimmed.filter(pl.any_horizontal(pl.col(name) != "" for name in names))

    def _without_total(self, text: pl.DataFrame) -> pl.DataFrame:
        is_total = pl.col(self._first).str.to_uppercase() == "TOTAL"
        for row in text.filter(is_total).iter_rows(named=True):
            self._take_uneven(Uneven(row.pop(ROW), tuple(row.values())))
        if self._total is None:
            return text
        for row, value in (
            text.filter(pl.col(ROW) > self._total[0]).select(ROW, self._first).iter_rows()
        ):
            self._note(RowFault(row, "", "after-total", value[:_SHOWN]))
        return text.filter(pl.col(ROW) < self._total[0])

    def _take_uneven(self, one: Uneven) -> None:
        if not any(cell.strip() for cell in one.cells):
            return
        if self._total is None and one.cells[0].strip().upper() == "TOTAL":
            self._total = (one.row, one.cells)
        elif self._total is not None:
            self._note(RowFault(one.row, "", "after-total", one.cells[0][:_SHOWN]))
        else:
            self._note(RowFault(one.row, "", "column-count", str(len(one.cells))))

    def _note(self, fault: RowFault) -> None:
        self.found.fault_count += 1
        if len(self.found.faults) < 2 * MAX_LISTED:
            self.found.faults.append(fault)

    def _meant(self, text: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a text: the usual values at once, the others one by one."""
        rows = text.select(
            usual(pl.col(column.name), column, today=self.today).alias(column.name)
            for column in self._columns
        )
        for column in self._columns:
            if rows[column.name].null_count():
                rows = rows.with_columns(self._one_by_one(text, rows[column.name], column))
        return self._shaped(rows)

    def _one_by_one(self, text: pl.DataFrame, read: pl.Series, column: Column) -> pl.Series:
        """Return the values of a column with those that are written in other ways."""
        left = text.filter(read.is_null()).select(ROW, column.name)
        meant: dict[str, Value | None] = {}
        wrong: dict[str, str] = {}
        for value in left[column.name].unique().to_list():
            try:
                meant[value] = value_of(value, column, today=self.today)
            except WrongValue as fault:
                wrong[value] = str(fault)
        if wrong:
            self._note_wrong(left.filter(pl.col(column.name).is_in(wrong)), column, wrong)
        told = left[column.name].replace_strict(meant, default=None, return_dtype=read.dtype)
        return read.scatter(read.is_null().arg_true(), told)

    def _note_wrong(self, rows: pl.DataFrame, column: Column, wrong: dict[str, str]) -> None:
        listed = min(len(rows), MAX_LISTED)
        for row, value in rows.head(listed).iter_rows():
            self._note(RowFault(row, column.name, wrong[value], value[:_SHOWN]))
        self.found.fault_count += len(rows) - listed

    def _shaped(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Name the fields, add month and action, and let credit notes count negative."""
        rows = rows.rename({name: to for name, to in self._fields.items() if name in rows.columns})
        if "document_type" in rows.columns:
            sign = pl.col("document_type").replace_strict(
                SIGNS, default=None, return_dtype=pl.Int64
            )
            signed = [
                name
                for column, name in zip(self.layout.columns, self.layout.fields, strict=True)
                if column.kind in (Kind.AMOUNT, Kind.QUANTITY)
            ]
            rows = rows.with_columns(pl.col(name) * sign for name in signed)
        action = pl.col("action").replace("", "N") if "action" in rows.columns else pl.lit("N")
        period = pl.col(self.layout.day).dt.month_start().alias("period")
        return rows.with_columns(period, action.alias("action")).select(*row_schema(self.layout))

    def _remember(self, rows: pl.DataFrame, places: pl.Series) -> None:
        found, summed = self.found, self.layout.summed
        found.periods.update(rows["period"].drop_nulls().unique())
        if summed:
            found.amount_satang += int(rows[summed].sum())
        key = [pl.col(name) for name in self.layout.key]
        if self.layout.is_yearly:
            key.append(pl.col(self.layout.day).dt.year())
        hashes = rows.select(
            key=pl.struct(key).hash(), content=pl.struct(pl.all()).hash(), row=places
        )
        self._seen.append(hashes)

    def _note_repeated(self) -> None:
        if not self._seen:
            return
        seen = pl.concat(self._seen, rechunk=False)
        doubted = seen.filter(pl.col("key").is_duplicated())
        first = pl.col("content").first().over("key")
        name = self.layout.columns[0].name
        for row in doubted.filter(pl.col("content") != first)["row"].head(MAX_LISTED):
            self._note(RowFault(row, name, "key-repeated", ""))

    def _tells(self, total: tuple[str, ...]) -> bool:
        told = [cell.strip() for cell in total[1:]]
        if not told or any(told[2:]) or told[0] != str(self.found.row_count):
            return False
        if self.layout.summed is None:
            return True
        return (
            len(told) > 1
            and _SUM.fullmatch(told[1]) is not None
            and satang(Decimal(told[1])) == self.found.amount_satang
        )
