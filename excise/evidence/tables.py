"""Files as tables of text, piece by piece: CSV, XLSX and Parquet, however they were saved.

A piece has the columns of the file under the names of the layout, and `row`: the place
in the file as whoever opens it sees it, where 1 is the header.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from excise.encodings import encoding_of_file
from excise.errors import Invalid
from excise.evidence.columns import REMARKS, Layout

ROW = "row"
_PIECE_BYTES = 4 << 20
_PIECE_ROWS = 50_000
_MAX_UNPACKED = 1 << 30  # an XLSX is a ZIP, and a small one may be told to grow without end
_LONGEST_LINE = 64 << 10
_LONGEST_HEADER = 64


@dataclass(frozen=True)
class Uneven:
    """A row that has another number of cells than the header."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, in their order; `size` is how much of the file they were."""

    rows: pl.DataFrame
    uneven: Sequence[Uneven]
    size: int


@dataclass(frozen=True)
class Table:
    """A file whose header is known; `size` is what its pieces come to, about."""

    columns: tuple[str, ...]
    size: int
    pieces: Callable[[], Iterator[Piece]]


def opened(path: Path, layout: Layout) -> Table:
    """Open a file and read its header.

    Raises Invalid: `evidence-encoding`, `evidence-header` with the columns `missing`
    and `unknown`, `evidence-broken`, `evidence-too-large`.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        return _parquet(path, layout)
    if start[:2] == b"PK":
        return _workbook(path, layout)
    return _csv(path, layout)


def named(header: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """Return the names of the layout for the header of a file, which may be in Thai.

    A file that was given back with remarks may be sent again with them.
    Raises Invalid `evidence-header`.
    """
    known = {column.title: column.name for column in layout.heading}
    names = tuple(known.get(cell.strip(), cell.strip().lower()) for cell in header)
    wanted = [column.name for column in layout.heading if column.is_wanted]
    allowed = {*(column.name for column in layout.heading), *REMARKS}
    missing = [name for name in wanted if name not in names]
    unknown = [name for name in names if name not in allowed]
    if missing or unknown or len(set(names)) != len(names):
        raise Invalid(
            "evidence-header",
            field="file",
            expected=",".join(wanted),
            missing=",".join(missing),
            unknown=",".join(name[:_LONGEST_HEADER] for name in unknown[:8]),
        )
    return names


def _csv(path: Path, layout: Layout) -> Table:
    if (encoding := encoding_of_file(path)) is None:
        raise Invalid("evidence-encoding", field="file")
    size = path.stat().st_size
    with path.open(encoding=encoding, newline="") as text:
        try:
            header = next(csv.reader(io.StringIO(text.readline(_LONGEST_LINE))), [])
        except csv.Error:
            header = []
    names = named(header, layout)
    return Table(names, size, lambda: _csv_pieces(path, names, encoding))


def _csv_pieces(path: Path, names: tuple[str, ...], encoding: str) -> Iterator[Piece]:
    uneven: list[Uneven] = []

    def set_apart(found: pc.InvalidRow) -> str:
        uneven.append(Uneven(found.number, _cells(found.text)))
        return "skip"

    # In one thread, because only then rows are numbered; the next piece is read meanwhile.
    options = {
        "read_options": pc.ReadOptions(
            use_threads=False,
            block_size=_PIECE_BYTES,
            column_names=list(names),
            encoding="utf8" if encoding == "utf-8-sig" else encoding,
        ),
        "parse_options": pc.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=set_apart
        ),
        "convert_options": pc.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[],
            strings_can_be_null=False,
        ),
    }
    next_row = 1
    try:
        for batch in pc.open_csv(path, **options):
            told, uneven[:] = list(uneven), []
            rows = _numbered(pl.DataFrame(batch), next_row, [one.row for one in told])
            next_row += len(rows) + len(told)
            yield Piece(rows.filter(pl.col(ROW) > 1), told, batch.nbytes)
    except pa.ArrowInvalid as error:
        raise Invalid("evidence-broken", field="file", row=next_row) from error


def _numbered(rows: pl.DataFrame, first: int, missing: Sequence[int]) -> pl.DataFrame:
    """Number the rows from `first` on, leaving out the numbers that are missing among them."""
    numbers = pl.int_range(first, first + len(rows) + len(missing), eager=True, dtype=pl.UInt32)
    if missing:
        numbers = numbers.filter(~numbers.is_in(list(missing)))
    return rows.with_columns(numbers.alias(ROW))


def _cells(text: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([text]), []))
    except csv.Error:
        return (text,)


def _workbook(path: Path, layout: Layout) -> Table:
    sheet = _first_sheet(path)
    rows = sheet.iter_rows()
    try:
        header = [_as_text(cell) for cell in next(rows, [])]
    except CalamineError as error:
        raise Invalid("evidence-broken", field="file", row=1) from error
    names = named(header, layout)
    return Table(names, sheet.total_height, lambda: _sheet_pieces(sheet, names))


def _first_sheet(path: Path) -> CalamineSheet:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MAX_UNPACKED:
                raise Invalid("evidence-too-large", field="file")
        return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, IndexError) as error:
        raise Invalid("evidence-broken", field="file", row=1) from error


def _sheet_pieces(sheet: CalamineSheet, names: tuple[str, ...]) -> Iterator[Piece]:
    begin = (sheet.start or (0, 0))[0] + 1  # an empty row above the header moves it down
    rows = sheet.iter_rows()
    next(rows, None)
    first = begin + 1
    while taken := list(islice(rows, _PIECE_ROWS)):
        texts = [[_as_text(cell) for cell in row] for row in taken]
        table = pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String), orient="row")
        yield Piece(_numbered(table, first, ()), (), len(taken))
        first += len(taken)


def _as_text(cell: object) -> str:
    """Write a cell as a CSV has it; a sheet holds every number as a fraction."""
    if isinstance(cell, bool):
        return "Y" if cell else "N"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _number(cell: float) -> str:
    """Write a number as people see it: 4527.0 is 4527, 38206884.060000002 is 38206884.06.

    >>> _number(4527.0), _number(38206884.060000002), _number(0.1 + 0.2), _number(1.23456)
    ('4527', '38206884.06', '0.3', '1.23456')
    """
    written = format(cell, ".15g")
    return written if "e" not in written else format(cell, ".6f").rstrip("0").rstrip(".")


def _parquet(path: Path, layout: Layout) -> Table:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise Invalid("evidence-broken", field="file", row=1) from error
    names = named(file.schema_arrow.names, layout)
    nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
    if nested:
        raise Invalid("evidence-broken", field="file", row=1)
    return Table(names, file.metadata.num_rows, lambda: _parquet_pieces(file, names))


def _parquet_pieces(file: pq.ParquetFile, names: tuple[str, ...]) -> Iterator[Piece]:
    first = 2  # as if it had a header, so that every kind of file counts alike
    try:
        for batch in file.iter_batches(batch_size=_PIECE_ROWS):
            rows = pl.DataFrame(batch)
            rows.columns = list(names)
            rows = rows.select(_column_as_text(rows[name]) for name in names)
            yield Piece(_numbered(rows, first, ()), (), len(rows))
            first += len(rows)
    except (pa.ArrowInvalid, OSError, pl.exceptions.PolarsError) as error:
        raise Invalid("evidence-broken", field="file", row=first) from error


def _column_as_text(column: pl.Series) -> pl.Series:
    if column.dtype.is_float():
        told = column.map_elements(_number, return_dtype=pl.String)
    elif column.dtype == pl.Boolean:
        told = column.replace_strict({True: "Y", False: "N"}, return_dtype=pl.String)
    elif isinstance(column.dtype, pl.Datetime):
        told = column.dt.date().cast(pl.String)
    else:
        told = column.cast(pl.String)
    return told.fill_null("")
