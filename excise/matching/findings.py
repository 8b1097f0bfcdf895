"""Write the findings of a run: a million of them in the transaction that keeps the run.

So they go past the mapped classes, on the very connection of the session: COPY on
PostgreSQL, one prepared statement on SQLite.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy.orm import Session

from excise.matching.rules import Rule
from excise.matching.verdicts import VERDICT, Verdicts

_COLUMNS = ("run_id", "rule", "period", "measure", *VERDICT.names)


def write_findings(session: Session, verdicts: Verdicts, *, run_id: int, period: date) -> None:
    """Write everything that the rules said."""
    pieces = (_rows(rule, rows, run_id=run_id, period=period) for rule, rows in verdicts.batches())
    connection = session.connection().connection
    if session.get_bind().dialect.name == "postgresql":
        _copy(connection.cursor(), pieces)
    else:
        _insert(connection.cursor(), pieces)


def _rows(rule: Rule, rows: pa.Table, *, run_id: int, period: date) -> Iterator[tuple[Any, ...]]:
    same = [[value] * len(rows) for value in (run_id, rule.id, period.isoformat(), rule.measure)]
    return zip(*same, *(rows[name].to_pylist() for name in VERDICT.names), strict=True)


def _insert(cursor: Any, pieces: Iterator[Iterator[tuple[Any, ...]]]) -> None:
    places = ", ".join("?" * len(_COLUMNS))
    for rows in pieces:
        cursor.executemany(
            f"INSERT INTO finding ({', '.join(_COLUMNS)}) VALUES ({places})",  # noqa: S608
            rows,
        )


def _copy(cursor: Any, pieces: Iterator[Iterator[tuple[Any, ...]]]) -> None:
    with cursor.copy(f"COPY finding ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
        for rows in pieces:
            for row in rows:
                copy.write_row(row)
