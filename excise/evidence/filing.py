"""File the rows of a delivery as Parquet: only those that no earlier delivery told of.

A row is known by the key of its layout and by its source. The first content stays, unless
the source says that it corrects the row (C) or annuls it (A). Messages that wait together
are filed together: a file for each of thousands would cost each of them more than the last.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
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
from excise.evidence.checking import Watch, unwatched
from excise.evidence.columns import Layout
from excise.evidence.layouts import LAYOUTS, layout_of
from excise.evidence.models import Delivery
from excise.evidence.rows import COLUMNS

_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DATE": pa.date32()}
_PARQUET = b"PAR1"
_MANY = 100_000  # rows that take long enough to be told how far they are


class Told(TypedDict):
    """What is needed to file a delivery; it is JSON."""

    receipt_no: str
    source_code: str
    layout: str
    rows_sha256: str
    periods: list[str]
    filed_with: str | None


class Counts(TypedDict):
    """How many rows of a delivery were not new."""

    repeated: int
    conflicting: int
    replaced: int


class Counted(TypedDict):
    """The counts by receipt number, the months whose evidence changed, and when; it is JSON."""

    of: dict[str, Counts]
    periods: list[str]
    read_at: str


def told_of(landed: Delivery | sa.Row[Any]) -> Told:
    """Return what is needed to file a delivery."""
    return {
        "receipt_no": landed.receipt_no,
        "source_code": landed.source_code,
        "layout": getattr(landed, "layout", "vat_sales"),
        "rows_sha256": landed.rows_sha256,
        "periods": landed.periods,
        "filed_with": getattr(landed, "filed_with", None),
    }


def filed_as(told: Told) -> str:
    """Return the name of the files that hold the rows of a delivery."""
    return told.get("filed_with") or told["receipt_no"]  # a backup may be older than the field


def in_order(session: Session) -> Iterator[Told]:
    """Return all deliveries as they were read, then those that wait in the order they came."""
    unread = Delivery.read_at.is_(None)
    # A schema that is older, and about to be kept as it is, has fewer columns.
    there = {each["name"] for each in sa.inspect(session.connection()).get_columns("delivery")}
    columns = [getattr(Delivery, name) for name in Told.__annotations__ if name in there]
    number = Delivery.receipt_no
    name = sa.func.coalesce(Delivery.filed_with, number) if "filed_with" in there else number
    query = sa.select(*columns).order_by(unread, Delivery.read_at, name, Delivery.id)
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


def file_rows(settings: Settings, together: Sequence[Told], watch: Watch = unwatched) -> Counted:
    """File the new rows of deliveries of one layout; repeated, it makes the same files again.

    Of very many rows it tells `watch` how many parts of the work are done.
    """
    own = filed_as(together[0])
    with alone(settings):
        # A step that is repeated must not take its own first try for an earlier delivery.
        return _file(settings, together, is_earlier=lambda name: name != own, watch=watch)


def rebuild(settings: Settings, deliveries: Iterable[Told]) -> Iterator[tuple[str, str | None]]:
    """File all deliveries again from the store, in their order; the same files come out.

    Yields each receipt number, with what is wrong when its rows cannot be read: its
    files then stay as they are. Pages may read and workers may wait meanwhile: each
    file is replaced whole, and files that belong to nothing go in the end.
    """
    done: set[str] = set()
    with alone(settings):  # the deliveries are asked for within, so that none is being read
        for name, group in groupby(deliveries, filed_as):
            fault, together = None, list(group)
            try:
                _file(settings, together, is_earlier=done.__contains__)
            except ExciseError as error:
                fault = error.reason
            done.add(name)
            for told in together:
                yield told["receipt_no"], fault
        for path in parquet.root(settings).glob("**/period=*/*"):
            if path.suffix != ".parquet" or path.stem not in done:
                path.unlink()


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Let one delivery be read at a time, else two would both find their shared rows new."""
    folder = parquet.root(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _file(
    settings: Settings,
    together: Sequence[Told],
    *,
    is_earlier: Callable[[str], bool],
    watch: Watch = unwatched,
) -> Counted:
    layout, name = layout_of(together[0]["layout"]), filed_as(together[0])
    told_of_months = sorted(
        {date.fromisoformat(period) for told in together for period in told["periods"]}
    )
    with parquet.connect(settings) as connection:
        _delivered(connection, Store(settings.documents), together, layout)
        is_large = connection.sql("FROM delivered").count("*").fetchall()[0][0] >= _MANY
        tell = watch if is_large else unwatched
        tell(0, 1 + len(told_of_months))
        _filed(connection, settings, layout, told_of_months, is_earlier)
        connection.execute(_judging(layout))
        months = sorted({*told_of_months, *_months_replaced(connection)})
        for done, period in enumerate(months, 1):
            tell(done, 1 + len(months))
            _file_month(connection, settings, layout, period, name)
        tell(1 + len(months), 1 + len(months))
        counts = {told["receipt_no"]: _counts(connection, told) for told in together}
    return {
        "of": counts,
        "periods": [period.isoformat() for period in months],
        "read_at": datetime.now(UTC).isoformat(),
    }


def _counts(connection: duckdb.DuckDBPyConnection, told: Told) -> Counts:
    became = "SELECT became, count(*) FROM judged WHERE receipt_no = $number GROUP BY became"
    counted = dict(connection.execute(became, {"number": told["receipt_no"]}).fetchall())
    return {
        "repeated": counted.get("repeated", 0),
        "conflicting": counted.get("conflicting", 0),
        "replaced": counted.get("corrected", 0) + counted.get("annulled", 0),
    }


def _delivered(
    connection: duckdb.DuckDBPyConnection, store: Store, together: Sequence[Told], layout: Layout
) -> None:
    """Make the view of the rows that were delivered, with the action and the turn of each."""
    fields = ", ".join((*layout.row_types, "action"))
    parts = []
    for turn, told in enumerate(together):
        _sent(connection, f"sent_rows_{turn}", store.path_of(told["rows_sha256"]), layout)
        names = ", ".join(parquet.literal(told[name]) for name in ("receipt_no", "source_code"))
        parts.append(
            f"SELECT {names}, {turn}, {fields} FROM sent_rows_{turn}"  # noqa: S608  our own names
        )
    connection.execute(
        f"CREATE TEMP VIEW delivered(receipt_no, source_code, delivery, {fields}) AS "
        + " UNION ALL ".join(parts)
    )


def _sent(connection: duckdb.DuckDBPyConnection, name: str, path: Path, layout: Layout) -> None:
    with path.open("rb") as file:
        is_parquet = file.read(len(_PARQUET)) == _PARQUET
    if is_parquet:
        parquet.view_of(connection, name, [str(path)], {})
    else:
        types = {name: _ARROW[layout.row_types[name]] for name in COLUMNS}
        rows = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))
        connection.register(name, rows.append_column("action", pa.repeat("N", len(rows))))


def _filed(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    layout: Layout,
    periods: list[date],
    is_earlier: Callable[[str], bool],
) -> None:
    """Make the view of what earlier deliveries filed, wherever a row of this one may be known."""
    months = _where_known(settings, layout, periods)
    rows, replaced = (
        [
            path
            for path in parquet.files(settings, months, layout, replaced=which)
            if is_earlier(Path(path).stem)
        ]
        for which in (False, True)
    )
    parquet.view_in_force(connection, "filed", rows, replaced, layout)


def _where_known(settings: Settings, layout: Layout, periods: list[date]) -> list[date]:
    """Return the months in which an earlier row of the same key may have been filed."""
    if layout.day in layout.key:
        return periods
    if layout.is_yearly:
        years = {period.year for period in periods}
        return [date(year, month, 1) for year in years for month in range(1, 13)]
    folders = parquet.folder(settings, layout).glob("period=*")
    return [date.fromisoformat(f"{path.name.removeprefix('period=')}-01") for path in folders]


@lru_cache(maxsize=len(LAYOUTS))
def _judging(layout: Layout) -> str:
    """Return what says of each row what it becomes, and which filed row it replaces.

    A line is new when no earlier delivery told of it and it comes first in its own.
    What annuls a row that is not known changes nothing, as when it is told twice.
    """
    key = ", ".join(("source_code", *layout.key, "of_year"))
    year = f"year({layout.day})" if layout.is_yearly else "0"
    content = ", ".join(
        name for name in layout.row_types if name not in layout.key and name != "period"
    )
    return f"""
        CREATE TEMP TABLE judged AS
        WITH sent AS (
            SELECT *, {year} AS of_year, row({content}) AS content FROM delivered
        ), ranked AS (
            SELECT *, row_number() OVER of_line AS turn,
                first_value(content) OVER of_line AS first_content
            FROM sent WINDOW of_line AS (PARTITION BY {key} ORDER BY delivery, content)
        ), known AS (
            SELECT {key}, any_value(row({content})) AS known_content,
                any_value(receipt_no) AS known_no, any_value(period) AS known_period
            FROM (SELECT *, {year} AS of_year FROM filed) SEMI JOIN sent USING ({key})
            GROUP BY {key}
        )
        SELECT {", ".join(layout.view_types)}, known_no, known_period, CASE
            WHEN action <> 'N' AND turn > 1 THEN 'repeated'
            WHEN action = 'A' AND known_content IS NULL THEN 'repeated'
            WHEN action = 'A' THEN 'annulled'
            WHEN known_content IS NULL AND turn = 1 THEN 'new'
            WHEN content = coalesce(known_content, first_content) THEN 'repeated'
            WHEN action = 'C' THEN 'corrected'
            ELSE 'conflicting' END AS became
        FROM ranked LEFT JOIN known USING ({key})
    """  # noqa: S608  our own column names


def _months_replaced(connection: duckdb.DuckDBPyConnection) -> list[date]:
    rows = connection.execute(
        "SELECT DISTINCT known_period FROM judged WHERE became IN ('corrected', 'annulled')"
    )
    return [period for (period,) in rows.fetchall()]


def _file_month(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    layout: Layout,
    period: date,
    name: str,
) -> None:
    """Write what became of the rows in one month: what is replaced there, then what is new."""
    places = [name for name in parquet.replaced_by(layout) if name not in ("receipt_no", "period")]
    replaced = connection.sql(
        f"SELECT known_no AS receipt_no, known_period AS period, {', '.join(places)}"  # noqa: S608
        " FROM judged WHERE became IN ('corrected', 'annulled') AND known_period = $period",
        params={"period": period},
    )
    order = ", ".join(dict.fromkeys(("tax_id", *layout.key)))
    order = order if "tax_id" in layout.row_types else ", ".join(layout.key)
    new = connection.sql(
        f"SELECT {', '.join(layout.view_types)} FROM judged"  # noqa: S608
        f" WHERE became IN ('new', 'corrected') AND period = $period ORDER BY {order}",
        params={"period": period},
    )
    for rows, is_replaced in ((replaced, True), (new, False)):
        folder = parquet.month_folder(settings, period, layout, replaced=is_replaced)
        _write(rows, folder, name)


def _write(rows: duckdb.DuckDBPyRelation, folder: Path, name: str) -> None:
    if not rows.limit(1).fetchall():
        (folder / f"{name}.parquet").unlink(missing_ok=True)
        return
    if not folder.is_dir():
        folder.mkdir(parents=True)
        make_durable(folder.parent)
        make_durable(folder.parent.parent)
    draft = folder / f"{name}.draft"
    rows.write_parquet(str(draft), compression="zstd")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(folder / f"{name}.parquet")
    make_durable(folder)
