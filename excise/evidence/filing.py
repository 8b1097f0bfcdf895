"""File the rows of a delivery as Parquet: only those that no earlier delivery told of."""

import fcntl
import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypedDict

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.orm import Session

from excise.config import Settings
from excise.db import STREAMED, Database
from excise.documents.store import Store, make_durable
from excise.errors import ExciseError
from excise.evidence import parquet
from excise.evidence.models import Delivery
from excise.evidence.rows import COLUMNS

_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DATE": pa.date32()}
_LINE = "source_code, " + ", ".join(parquet.SALES.key)
_TYPES = parquet.SALES.view_types
_CONTENT = "document_type, document_on, product_code, units, amount_satang, vat_satang"
_KEY = f"{_LINE}, of_year"
# A line is new when no earlier delivery told of it and it comes first in its own.
_JUDGED = f"""
CREATE TEMP TABLE judged AS
WITH sent AS (
    SELECT *, year(document_on) AS of_year, row({_CONTENT}) AS content FROM delivered
), ranked AS (
    SELECT *, row_number() OVER of_line AS turn, first_value(content) OVER of_line AS first_content
    FROM sent WINDOW of_line AS (PARTITION BY {_KEY} ORDER BY content)
), known AS (
    SELECT {_KEY}, first(row({_CONTENT}) ORDER BY receipt_no) AS known_content
    FROM (SELECT *, year(document_on) AS of_year FROM filed) SEMI JOIN sent USING ({_KEY})
    GROUP BY {_KEY}
)
SELECT {", ".join(_TYPES)}, CASE
    WHEN known_content IS NULL AND turn = 1 THEN 'new'
    WHEN content = coalesce(known_content, first_content) THEN 'repeated'
    ELSE 'conflicting' END AS became
FROM ranked LEFT JOIN known USING ({_KEY})
"""  # noqa: S608  our own column names


class Told(TypedDict):
    """What is needed to file a delivery; it is JSON."""

    receipt_no: str
    source_code: str
    rows_sha256: str
    periods: list[str]


class Counted(TypedDict):
    """How many rows were left out, and when; it is JSON."""

    repeated: int
    conflicting: int
    read_at: str


def told_of(landed: Delivery | sa.Row[Any]) -> Told:
    """Return what is needed to file a delivery."""
    return {
        "receipt_no": landed.receipt_no,
        "source_code": landed.source_code,
        "rows_sha256": landed.rows_sha256,
        "periods": landed.periods,
    }


def in_order(session: Session) -> Iterator[Told]:
    """Return all deliveries as they were read, then those that wait in the order they came."""
    unread = Delivery.read_at.is_(None)
    columns = [getattr(Delivery, name) for name in Told.__annotations__]
    query = sa.select(*columns).order_by(unread, Delivery.read_at, Delivery.receipt_no)
    with session.execute(query, execution_options=STREAMED) as rows:
        for row in rows:
            yield told_of(row)


def all_of(database: Database) -> Iterator[Told]:
    """Return all deliveries of a database in order, once they are asked for."""
    with database.reading() as session:
        yield from in_order(session)


def count(session: Session) -> int:
    """Count the deliveries."""
    return session.scalar(sa.select(sa.func.count(Delivery.id))) or 0


def file_rows(settings: Settings, told: Told) -> Counted:
    """File the new rows of a delivery; one that is repeated makes the same files again."""
    with alone(settings):
        # A step that is repeated must not take its own first try for an earlier delivery.
        return _file(settings, told, is_earlier=lambda receipt_no: receipt_no != told["receipt_no"])


def rebuild(settings: Settings, deliveries: Iterable[Told]) -> Iterator[tuple[str, str | None]]:
    """File all deliveries again from the store, in their order; the same files come out.

    Yields each receipt number, with what is wrong when its rows cannot be read: its
    files then stay as they are. Pages may read and workers may wait meanwhile: each
    file is replaced whole, and files that belong to nothing go in the end.
    """
    done: set[str] = set()
    with alone(settings):  # the deliveries are asked for within, so that none is being read
        for told in deliveries:
            fault = None
            try:
                _file(settings, told, is_earlier=done.__contains__)
            except ExciseError as error:
                fault = error.reason
            done.add(told["receipt_no"])
            yield told["receipt_no"], fault
        for path in parquet.folder(settings).glob("period=*/*"):
            if path.suffix != ".parquet" or path.stem not in done:
                path.unlink()


def _file(settings: Settings, told: Told, *, is_earlier: Callable[[str], bool]) -> Counted:
    content = Store(settings.documents).get(told["rows_sha256"])
    periods = [date.fromisoformat(period) for period in told["periods"]]
    with parquet.connect(settings) as connection:
        connection.register("delivered", _delivered(content, told))
        _filed(connection, settings, periods, is_earlier)
        connection.execute(_JUDGED)
        for period in periods:
            _file_month(connection, settings, period, told["receipt_no"])
        counted = dict(
            connection.execute("SELECT became, count(*) FROM judged GROUP BY became").fetchall()
        )
    return {
        "repeated": counted.get("repeated", 0),
        "conflicting": counted.get("conflicting", 0),
        "read_at": datetime.now(UTC).isoformat(),
    }


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Let one delivery be read at a time, else two would both find their shared rows new."""
    folder = parquet.folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _delivered(content: bytes, told: Told) -> pa.Table:
    types = {name: _ARROW[_TYPES[name]] for name in COLUMNS}
    rows = csv.read_csv(io.BytesIO(content), convert_options=csv.ConvertOptions(column_types=types))
    for place, name in enumerate(("receipt_no", "source_code")):
        told_once = pa.repeat(told[name], len(rows))  # type: ignore[literal-required]
        rows = rows.add_column(place, name, told_once)
    return rows


def _filed(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    periods: list[date],
    is_earlier: Callable[[str], bool],
) -> None:
    """Make the view of what earlier deliveries filed, in the years of this one."""
    years = {period.year for period in periods}
    months = [date(year, month, 1) for year in years for month in range(1, 13)]
    earlier = [path for path in parquet.files(settings, months) if is_earlier(Path(path).stem)]
    parquet.view_of(connection, "filed", earlier, _TYPES)


def _file_month(
    connection: duckdb.DuckDBPyConnection, settings: Settings, period: date, receipt_no: str
) -> None:
    rows = connection.table("judged").filter(
        (duckdb.ColumnExpression("became") == duckdb.ConstantExpression("new"))
        & (duckdb.ColumnExpression("period") == duckdb.ConstantExpression(period))
    )
    folder = parquet.month_folder(settings, period)
    if not rows.limit(1).fetchall():
        (folder / f"{receipt_no}.parquet").unlink(missing_ok=True)
        return
    if not folder.is_dir():
        folder.mkdir()
        make_durable(folder.parent)
    draft = folder / f"{receipt_no}.draft"
    sorted_rows = rows.project(", ".join(_TYPES)).order("tax_id, document_no, line_no")
    sorted_rows.write_parquet(str(draft), compression="zstd")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(folder / f"{receipt_no}.parquet")
    make_durable(folder)
