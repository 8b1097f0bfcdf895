"""The rows of all deliveries as Parquet, by layout and month; it can be rebuilt from the store.

A file a month and delivery: `<data>/evidence/vat-sales/period=2026-10/<receipt no.>.parquet`,
sorted by tax ID, so that the rows of one taxpayer are found without reading the rest. Messages
that waited together share the file of the first of them.
What a source corrected or annulled later stays where it was filed. The later delivery
says so in a file of the same name under `replaced/`, and the views leave it out.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from excise.config import Settings
from excise.evidence.columns import Layout
from excise.evidence.layouts import LAYOUTS

SALES = LAYOUTS["vat_sales"]
_EVIDENCE = "evidence"
_THREADS = 2


@dataclass(frozen=True)
class SaleRow:
    """One line of a tax invoice as the evidence holds it; units in ten-thousandths."""

    receipt_no: str
    source_code: str
    tax_id: str
    branch: str
    document_no: str
    line_no: int
    document_type: int
    document_on: date
    period: date
    product_code: str
    units: int
    amount_satang: int
    vat_satang: int


@dataclass(frozen=True)
class Totals:
    """What the rows of a question come to."""

    count: int
    units: int
    amount_satang: int
    vat_satang: int


def root(settings: Settings) -> Path:
    """Return where the Parquet of all layouts lies."""
    return settings.data / _EVIDENCE


def folder(settings: Settings, layout: Layout = SALES) -> Path:
    """Return where the Parquet of a layout lies."""
    return root(settings) / layout.code.replace("_", "-")


def month_folder(
    settings: Settings, period: date, layout: Layout = SALES, *, replaced: bool = False
) -> Path:
    """Return where the Parquet of one month lies, or what says which of its rows are replaced."""
    base = folder(settings, layout) / "replaced" if replaced else folder(settings, layout)
    return base / f"period={period:%Y-%m}"


def files(
    settings: Settings, periods: Iterable[date], layout: Layout = SALES, *, replaced: bool = False
) -> list[str]:
    """Return the files of some months, in the order of their names."""
    return sorted(
        str(path)
        for period in periods
        for path in month_folder(settings, period, layout, replaced=replaced).glob("*.parquet")
    )


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open a connection to the bulk engine of this process, for one thread.

    The engine takes 30 ms of work to begin, a connection none: so there is one for
    all, and what a connection makes must be temporary, which no other sees.
    """
    return _engine(os.getpid(), settings.data, settings.documents, settings.match_memory).cursor()


@lru_cache(maxsize=4)
def _engine(_process: int, data: Path, documents: Path, memory: str) -> duckdb.DuckDBPyConnection:
    """Begin the engine: in memory, bounded, without network or extensions.

    Beyond `memory` it spills to its temporary folder. It may touch no file but the
    evidence, the store and that folder.
    """
    temporary = data / "temporary"
    temporary.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect(
        config={
            "memory_limit": memory,
            "threads": _THREADS,
            "temp_directory": str(temporary),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    open_to = [str(path) for path in (data / _EVIDENCE, documents, temporary)]
    engine.execute("SET allowed_directories = $open_to", {"open_to": open_to})
    engine.execute("SET enable_external_access = false")
    return engine


def view(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    layout: Layout,
    periods: Iterable[date],
    tax_id: str | None = None,
) -> None:
    """Make the view named by a layout: of some months, of everybody or of one taxpayer.

    `tax_id` narrows those views only that have such a column. Of a month that nobody
    told of it is empty, in the same shape.
    """
    months, filed = list(periods), f"filed_{layout.code}"
    rows, replaced = (files(settings, months, layout, replaced=which) for which in (False, True))
    view_in_force(connection, filed, rows, replaced, layout, tax_id=tax_id)
    # Of one taxpayer there are few rows, so it is not worth looking who told of them.
    left = left_of(filed, layout, rows if tax_id is None else None)
    connection.execute(f"CREATE TEMP VIEW {layout.code} AS {left}")


def left_of(filed: str, layout: Layout, paths: list[str] | None = None) -> str:
    """Return the query of the rows that count among those in force.

    `paths` may tell that one source alone told of them: then none can come twice.
    """
    left = f"SELECT {', '.join(layout.view_types)} FROM {filed}"  # noqa: S608  our own names
    if layout is SALES and (paths is None or len(_sources(paths)) > 1):
        left += _FIRST_OF_EACH
    return left


def _sources(paths: list[str]) -> set[str]:
    """Return who told of the rows of some files, from what the files say of themselves."""
    told: set[str] = set()
    for path in paths:
        file = pq.read_metadata(path)
        place = file.schema.names.index("source_code")
        for number in range(file.num_row_groups):
            values = file.row_group(number).column(place).statistics
            told |= {values.min, values.max} if values and values.has_min_max else {path, ""}
    return told


def view_in_force(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: list[str],
    replaced: list[str],
    layout: Layout,
    *,
    tax_id: str | None = None,
) -> None:
    """Make a view of the rows of some files that no other of the files replaced."""
    whose = tax_id if "tax_id" in layout.row_types else None
    if not replaced:  # nearly always, and then it costs nothing
        view_of(connection, name, rows, layout.view_types, tax_id=whose)
        return
    view_of(connection, f"{name}_ever", rows, layout.view_types, tax_id=whose)
    view_of(connection, f"{name}_replaced", replaced, {})
    connection.execute(f"CREATE TEMP VIEW {name} AS {in_force(name, layout)}")


def in_force(name: str, layout: Layout) -> str:
    """Return the query of the rows of `name`_ever that `name`_replaced does not name."""
    places = ", ".join(replaced_by(layout))
    return f"SELECT * FROM {name}_ever ANTI JOIN {name}_replaced USING ({places})"  # noqa: S608


def replaced_by(layout: Layout) -> tuple[str, ...]:
    """Return the fields that name one filed row among those of all deliveries."""
    return tuple(dict.fromkeys(("receipt_no", "period", *layout.key)))


# Whoever tells of it: the invoice is the seller's, and two sources do not make two sales of one.
_FIRST_OF_EACH = f"""
    QUALIFY row_number() OVER (
        PARTITION BY {", ".join(SALES.key)}, year({SALES.day}) ORDER BY receipt_no
    ) = 1
"""


def view_of(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    paths: list[str],
    types: Mapping[str, str],
    *,
    tax_id: str | None = None,
) -> None:
    """Make a view of some files as they are, empty when there are none."""
    if paths:
        rows = f"read_parquet([{', '.join(map(literal, paths))}], hive_partitioning = false)"
        whose = "true" if tax_id is None else f"tax_id = {literal(tax_id)}"
        told = f"SELECT * FROM {rows} WHERE {whose}"  # noqa: S608
    else:
        none = ", ".join(f"CAST(NULL AS {kind}) AS {field}" for field, kind in types.items())
        told = f"SELECT {none} WHERE false"
    connection.execute(f"CREATE TEMP VIEW {name} AS {told}")


def literal(text: str) -> str:
    """Return text as a view may hold it, which takes no parameters."""
    return "'" + text.replace("'", "''") + "'"


def sales_view(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    periods: Iterable[date],
    tax_id: str | None = None,
) -> None:
    """Make the view `vat_sales`."""
    view(connection, settings, SALES, periods, tax_id)


def sales_of(
    settings: Settings,
    *,
    tax_id: str,
    period: date,
    product_code: str | None = None,
    limit: int,
    offset: int = 0,
) -> list[SaleRow]:
    """Return a page of a taxpayer's sales in a month, by document.

    `product_code` of 14 digits narrows it to one product; empty, to lines without a code.
    """
    order = "document_on, document_no, line_no, branch, source_code LIMIT $limit OFFSET $offset"
    page = {"limit": limit, "offset": offset}
    with connect(settings) as connection:
        sales_view(connection, settings, [period], tax_id=tax_id)
        rows = connection.execute(
            f"SELECT {', '.join(_SALE)} FROM vat_sales WHERE {_asked(product_code)}"  # noqa: S608
            f" ORDER BY {order}",
            {"product_code": product_code, **page} if product_code is not None else page,
        )
        return [SaleRow(*row) for row in rows.fetchall()]


def totals_of(
    settings: Settings, *, tax_id: str, period: date, product_code: str | None = None
) -> Totals:
    """Count and add up what `sales_of` would return without its limit."""
    sums = ", ".join(
        f"coalesce(sum({name}), 0)"  # of 128 bits: what was delivered may be absurd
        for name in ("units", "amount_satang", "vat_satang")
    )
    with connect(settings) as connection:
        sales_view(connection, settings, [period], tax_id=tax_id)
        row = connection.execute(
            f"SELECT count(*), {sums} FROM vat_sales WHERE {_asked(product_code)}",  # noqa: S608
            {"product_code": product_code} if product_code is not None else {},
        ).fetchone()
    assert row is not None
    return Totals(*row)


_SALE = SaleRow.__dataclass_fields__


def _asked(product_code: str | None) -> str:
    return "true" if product_code is None else "product_code = $product_code"
