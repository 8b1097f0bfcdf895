"""Read what has landed: work out which rows are new and file those as Parquet."""

import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypedDict

import duckdb
import pyarrow as pa
from pyarrow import csv
from sqlalchemy.orm import Session

from excise import audit, work
from excise.config import Settings
from excise.db import Database
from excise.documents.store import Store, make_durable
from excise.evidence import parquet
from excise.evidence.models import DeliveryState
from excise.evidence.queries import delivery
from excise.evidence.rows import COLUMNS

_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DATE": pa.date32()}
_CONTENT = "document_type, document_on, product_code, units, amount_satang, vat_satang"
_KEY = f"{parquet.LINE}, of_year"
# A line is new when no earlier delivery told of it and it comes first in its own.
_JUDGED = f"""
CREATE TABLE judged AS
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
SELECT {", ".join(parquet.TYPES)}, CASE
    WHEN known_content IS NULL AND turn = 1 THEN 'new'
    WHEN content = coalesce(known_content, first_content) THEN 'repeated'
    ELSE 'conflicting' END AS became
FROM ranked LEFT JOIN known USING ({_KEY})
"""  # noqa: S608  our own column names


class _Told(TypedDict):
    receipt_no: str
    source_code: str
    rows_sha256: str
    periods: list[str]


class _Counted(TypedDict):
    repeated: int
    conflicting: int
    read_at: str


@work.workflow("evidence.read")
def read(receipt_no: str) -> None:
    """File the new rows of a delivery, then match its months; a repeat changes nothing."""
    if (told := work.transact(_told, receipt_no)) is not None:
        work.transact(_conclude, receipt_no, work.outside(_file_at_work, told))


def read_now(settings: Settings, database: Database, receipt_no: str) -> None:
    """Do here and now what the worker would do; it then finds it done."""
    with database.transaction() as session:
        told = _told(session, receipt_no)
    if told is not None:
        counted = _file_rows(settings, told)
        with database.transaction() as session:
            _conclude(session, receipt_no, counted)


def _told(session: Session, receipt_no: str) -> _Told | None:
    landed = delivery(session, receipt_no)
    if landed.state is DeliveryState.READ:
        return None
    return {
        "receipt_no": receipt_no,
        "source_code": landed.source_code,
        "rows_sha256": landed.rows_sha256,
        "periods": landed.periods,
    }


def _file_at_work(told: _Told) -> _Counted:
    return _file_rows(work.settings(), told)


def _file_rows(settings: Settings, told: _Told) -> _Counted:
    content = Store(settings.documents).get(told["rows_sha256"])
    periods = [date.fromisoformat(period) for period in told["periods"]]
    with _alone(settings), parquet.connect(settings) as connection:
        connection.register("delivered", _delivered(content, told))
        _filed(connection, settings, periods, but=told["receipt_no"])
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
def _alone(settings: Settings) -> Iterator[None]:
    """Let one delivery be read at a time, else two would both find their shared rows new."""
    folder = parquet.folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _delivered(content: bytes, told: _Told) -> pa.Table:
    types = {name: _ARROW[parquet.TYPES[name]] for name in COLUMNS}
    rows = csv.read_csv(io.BytesIO(content), convert_options=csv.ConvertOptions(column_types=types))
    for place, name in enumerate(("receipt_no", "source_code")):
        told_once = pa.repeat(told[name], len(rows))  # type: ignore[literal-required]
        rows = rows.add_column(place, name, told_once)
    return rows


def _filed(
    connection: duckdb.DuckDBPyConnection, settings: Settings, periods: list[date], *, but: str
) -> None:
    """Make the view of what earlier deliveries filed, in the years of this one.

    A step that is repeated must not take its own first try for an earlier delivery.
    """
    years = {period.year for period in periods}
    months = [date(year, month, 1) for year in years for month in range(1, 13)]
    earlier = [path for path in parquet.files(settings, months) if Path(path).stem != but]
    parquet.view_of(connection, "filed", earlier)


def _file_month(
    connection: duckdb.DuckDBPyConnection, settings: Settings, period: date, receipt_no: str
) -> None:
    rows = connection.table("judged").filter(
        (duckdb.ColumnExpression("became") == duckdb.ConstantExpression("new"))
        & (duckdb.ColumnExpression("period") == duckdb.ConstantExpression(period))
    )
    if not rows.limit(1).fetchall():
        return
    folder = parquet.month_folder(settings, period)
    if not folder.is_dir():
        folder.mkdir()
        make_durable(folder.parent)
    draft = folder / f"{receipt_no}.draft"
    sorted_rows = rows.project(", ".join(parquet.TYPES)).order("tax_id, document_no, line_no")
    sorted_rows.write_parquet(str(draft), compression="zstd")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(folder / f"{receipt_no}.parquet")
    make_durable(folder)


def _conclude(session: Session, receipt_no: str, counted: _Counted) -> None:
    landed = delivery(session, receipt_no)
    repeated, conflicting = counted["repeated"], counted["conflicting"]
    at = datetime.fromisoformat(counted["read_at"])
    landed.read(repeated=repeated, conflicting=conflicting, at=at)
    audit.record(
        session,
        actor="system",
        act="delivery.read",
        subject=f"delivery:{receipt_no}",
        at=at,
        new=landed.new_count,
        repeated=repeated,
        conflicting=conflicting,
    )
    for period in landed.periods:
        key, cause = f"{period}:{receipt_no}", f"delivery:{receipt_no}"
        asked = (period, None, cause, counted["read_at"])
        work.enqueue(session, "matching.run", key, *asked, priority=work.Priority.SOON)
