"""Read a file of lines: every row checked, then added up to the lines that are taxed.

All or nothing: a single wrong row leaves no lines, only the list of what is wrong. Rows of one
product are added up as long as price, rate and measures are the same, so the tax is rounded once
a line. A row that comes twice under one reference counts once.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from excise.errors import Invalid
from excise.evidence.checking import Watch, unwatched
from excise.evidence.tables import ROW, Piece, opened
from excise.evidence.values import WrongValue
from excise.products.models import Product
from excise.products.rules import needs_price
from excise.returns.entering import needs_of
from excise.returns.lines import check_line
from excise.returns.models import QUANTITY_PLACES, Return
from excise.tariff.bulk.plans import days_of_change
from excise.tariff.rules import InputField
from excise.tariff.schema import Tariff
from excise.uploads.faults import SENTENCES, Fault
from excise.uploads.layout import DAY, IGNORED, PRODUCT, RECEIPTS, REF, UNITS, LineLayout
from excise.uploads.values import counted, day_reader, decimal_reader, product_reader, reference

MAX_ROWS = 100_000
MAX_SUMS = 2_000  # lines of one return: each is worked out, kept and shown with its way
MAX_LISTED = 10_000  # more faults than this are counted only
_SHOWN = 60
_LARGEST = 10**12
_COLUMN_OF = {"units": UNITS, "receipts": RECEIPTS, "tax_point_on": DAY}


@dataclass(frozen=True, kw_only=True)
class Sum:
    """A line that some rows come to; `first_row` is the place of the first of them."""

    product: Product
    first_on: date
    tax_point_on: date
    units: int
    receipts_satang: int | None
    measures: dict[str, Any]
    row_count: int
    first_row: int
    position: int = 0

    @property
    def quantity(self) -> Decimal:
        """The number of units."""
        return Decimal(self.units).scaleb(-QUANTITY_PLACES)


@dataclass
class Findings:
    """What a whole file says; with a `fault_count` there are no lines.

    `text` is the file as it came, by which it can be handed back with its faults.
    """

    row_count: int = 0
    repeated_count: int = 0
    lines: list[Sum] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    text: pl.DataFrame = field(default_factory=pl.DataFrame)


def read_file(
    source: Path,
    layout: LineLayout,
    *,
    tariff: Tariff,
    tax_return: Return,
    products: Sequence[Product],
    watch: Watch = unwatched,
) -> Findings:
    """Read a file of lines for a draft, whose establishment has these products.

    Raises Invalid: what opening raises, `upload-empty`, `upload-too-long`, `upload-too-many-lines`.
    """
    table = opened(source, layout)
    reader, done = _Reader(layout, table.columns, tariff, tax_return, products), 0
    for piece in table.pieces():
        reader.take(piece)
        done += piece.size
        watch(min(done, table.size), table.size)
    return reader.finish()


class _Reader:
    """Goes through a file and remembers what concerns all of it."""

    def __init__(
        self,
        layout: LineLayout,
        columns: Sequence[str],
        tariff: Tariff,
        tax_return: Return,
        products: Sequence[Product],
    ) -> None:
        self.layout, self.tariff, self.tax_return = layout, tariff, tax_return
        self.products = {each.id: each for each in products}
        self.needs = {each.id: needs_of(tariff, tax_return, each.item) for each in products}
        self.found = Findings()
        self._columns = [name for name in columns if name not in IGNORED]
        self._has_day = DAY in columns
        self._read = self._readers(products)
        self._changes = sorted(days_of_change(tariff))
        self._text: list[pl.DataFrame] = []
        self._rows: list[pl.DataFrame] = []

    def _readers(self, products: Sequence[Product]) -> dict[str, tuple[Callable[..., Any], Any]]:
        period, removal_on = self.tax_return.period, self.tax_return.removal_on
        places = 2 if self.layout.is_service else QUANTITY_PLACES
        amount = counted(decimal_reader(places, _LARGEST, required=True), places)
        measures = {
            need.name: (_written(need), pl.String()) for need in self.layout.measures.values()
        }
        return {
            REF: (reference, pl.String()),
            PRODUCT: (product_reader(products), pl.Int64()),
            DAY: (day_reader(period, removal_on), pl.Date()),
            self.layout.amount: (amount, pl.Int64()),
            **measures,
        }

    def take(self, piece: Piece) -> None:
        """Read the rows of a piece; the wrong ones are noted."""
        names = [name for name in piece.rows.columns if name != ROW]
        text = piece.rows.with_columns(pl.col(name).str.strip_chars() for name in names)
        text = text.filter(pl.any_horizontal(pl.col(n) != "" for n in self._columns))
        for one in piece.uneven:
            if any(cell.strip() for cell in one.cells):
                self._note(Fault(one.row, "", "column-count", str(len(one.cells))))
        self.found.row_count += len(text)
        if self.found.row_count > MAX_ROWS:
            raise Invalid("upload-too-long", field="file", limit=f"{MAX_ROWS:,}")
        self._text.append(text)
        self._rows.append(self._meant(text))

    def finish(self) -> Findings:
        """Judge what only the whole file tells, and add its rows up."""
        found = self.found
        if found.row_count == 0 and not found.fault_count:
            raise Invalid("upload-empty", field="file")
        found.text = pl.concat(self._text)
        rows = self._once(pl.concat(self._rows).drop_nulls([REF, PRODUCT, DAY, self.layout.amount]))
        self._check_measures(rows)
        rows = self._priced(rows)
        if not found.fault_count:
            self._add_up(rows)
        found.faults.sort(key=lambda one: one.row)
        if found.fault_count:
            found.lines = []
        return found

    def _note(self, fault: Fault) -> None:
        self.found.fault_count += 1
        if len(self.found.faults) < MAX_LISTED:
            self.found.faults.append(fault)

    def _note_rows(self, text: pl.DataFrame, column: str, code: str) -> None:
        """Note the same fault of many rows; `text` has their places and what stands there."""
        for row, value in islice(text.iter_rows(), MAX_LISTED):
            self._note(Fault(row, column, code, str(value)[:_SHOWN]))
        self.found.fault_count += max(len(text) - MAX_LISTED, 0)

    def _meant(self, text: pl.DataFrame) -> pl.DataFrame:
        """Return what the cells of a piece mean, null where that is unknown."""
        columns = [text[ROW]]
        for name, (read, dtype) in self._read.items():
            if name in self._columns:
                columns.append(self._column(text, name, read, dtype))
            elif name == DAY:
                day = self.tax_return.removal_on
                columns.append(pl.repeat(day, len(text), dtype=dtype, eager=True).alias(name))
            else:
                columns.append(pl.repeat("", len(text), dtype=dtype, eager=True).alias(name))
        return pl.DataFrame(columns)

    def _column(
        self, text: pl.DataFrame, name: str, read: Callable[[str], Any], dtype: Any
    ) -> pl.Series:
        meant: dict[str, Any] = {}
        wrong: dict[str, list[str]] = {}
        for value in text[name].unique().to_list():
            try:
                meant[value] = read(value)
            except WrongValue as fault:
                wrong.setdefault(str(fault), []).append(value)
        for code, values in wrong.items():
            self._note_rows(text.filter(pl.col(name).is_in(values)).select(ROW, name), name, code)
        if not meant:
            return pl.repeat(None, len(text), dtype=dtype, eager=True).alias(name)
        return text[name].replace_strict(meant, default=None, return_dtype=dtype)

    def _once(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Leave out rows that came before under their reference; another content is a fault."""
        content = pl.struct(pl.exclude(ROW, REF))
        rows = rows.with_columns(
            is_first=pl.col(REF).is_first_distinct(),
            is_same=(content == content.first().over(REF)),
        )
        other = rows.filter(~pl.col("is_same"))
        self._note_rows(other.select(ROW, REF), REF, "ref-repeated")
        first = rows.filter(pl.col("is_first"))
        self.found.repeated_count = len(rows) - len(first) - len(other)
        return first.drop("is_first", "is_same")

    def _check_measures(self, rows: pl.DataFrame) -> None:
        """Hold the figures of each product against what its item asks for."""
        for product_id, needs in self.needs.items():
            mine = rows.filter(pl.col(PRODUCT) == product_id)
            if mine.is_empty():
                continue
            if units := needs.get("units"):
                self._check_units(mine, units)
            for name in self.layout.measures:
                if name in needs and needs[name].required:
                    left = mine.filter(pl.col(name) == "")
                    self._note_rows(left.select(ROW, name), name, "required")

    def _check_units(self, rows: pl.DataFrame, need: InputField) -> None:
        amount = pl.col(self.layout.amount)
        fine = rows.filter(amount % 10 ** (QUANTITY_PLACES - need.decimals) != 0)
        much = rows.filter(amount > need.at_most * 10**QUANTITY_PLACES)
        for wrong, code in ((fine, "decimals"), (much, "out-of-range")):
            told = wrong.select(ROW, amount / 10**QUANTITY_PLACES)
            self._note_rows(told, self.layout.amount, code)

    def _priced(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Say of each row which price and which stretch of the law it falls under."""
        told, missing = [], []
        days = rows.select(PRODUCT, DAY).unique()
        for product_id, day in days.iter_rows():
            product = self.products[product_id]
            price = product.price_on(day)
            try:
                lacks = price is None and needs_price(self.tariff, product.item, day)
                code = "no-price-on-date" if lacks and not self.layout.is_service else ""
            except Invalid as error:
                code = error.reason if error.reason in SENTENCES else "line-refused"
            stretch = bisect_right(self._changes, day)
            told.append((product_id, day, price.id if price else 0, stretch))
            if code:
                missing.append((product_id, day, code))
        names = {PRODUCT: pl.Int64(), DAY: pl.Date()}
        for code in sorted({each[2] for each in missing}):
            of = [each[:2] for each in missing if each[2] == code]
            wrong = rows.join(pl.DataFrame(of, names, orient="row"), [PRODUCT, DAY], how="semi")
            self._note_rows(wrong.select(ROW, DAY), DAY, code)
        types = names | {"price": pl.Int64(), "stretch": pl.Int64()}
        return rows.join(pl.DataFrame(told, types, orient="row"), [PRODUCT, DAY], how="left")

    def _add_up(self, rows: pl.DataFrame) -> None:
        measures = list(self.layout.measures)
        sums = rows.group_by(PRODUCT, "price", "stretch", *measures).agg(
            pl.col(DAY).min().alias("first_on"),
            pl.col(DAY).max().alias("last_on"),
            pl.col(self.layout.amount).sum().alias("amount"),
            pl.len().alias("count"),
            pl.col(ROW).min().alias("first_row"),
        )
        if len(sums) > MAX_SUMS:
            raise Invalid("upload-too-many-lines", field="file", limit=f"{MAX_SUMS:,}")
        lines = [self._sum(row) for row in sums.iter_rows(named=True)]
        lines.sort(key=lambda line: (line.product.name, line.product.id, line.tax_point_on))
        for line in lines:
            try:
                check_line(self.tariff, line, is_service=self.layout.is_service)
            except Invalid as error:
                self._note(self._refused(line, error))
        self.found.lines = lines

    def _sum(self, row: dict[str, Any]) -> Sum:
        product = self.products[row[PRODUCT]]
        needs = self.needs[product.id]
        is_service = self.layout.is_service
        return Sum(
            product=product,
            first_on=row["first_on"],
            tax_point_on=row["last_on"],
            units=10**QUANTITY_PLACES if is_service else row["amount"],
            receipts_satang=row["amount"] if is_service else None,
            measures={
                name: row[name] for name in self.layout.measures if name in needs and row[name]
            },
            row_count=row["count"],
            first_row=row["first_row"],
        )

    def _refused(self, line: Sum, error: Invalid) -> Fault:
        named = str(error.facts.get("field", ""))
        column = _COLUMN_OF.get(named, named if named in self.layout.measures else PRODUCT)
        code = error.reason if error.reason in SENTENCES else "line-refused"
        return Fault(line.first_row, column, code, line.product.name[:_SHOWN])


def _written(need: InputField) -> Callable[[str], str]:
    """Return what reads a measure as the text that a line keeps; nothing stays nothing."""
    read = decimal_reader(need.decimals, need.at_most, required=False)

    def write(text: str) -> str:
        value = read(text)
        return "" if value is None else format(value.normalize(), "f")

    return write
