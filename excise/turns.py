"""Turns at SQLite: its writers wait in a queue, and not in its own handler."""

import fcntl
import re
import sqlite3
import threading
from collections import deque
from contextlib import suppress
from functools import cache
from typing import Any, TextIO


class Gate:
    """Let writers through one by one, those of a process in the order they came.

    SQLite's own busy handler starves a light writer beside a heavy one for as
    long as anybody cared to measure, and sleeps when it could go on; a queue does
    not. The processes of a machine take turns by a locked file beside the database.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path and f"{path}-gate"
        self._file: TextIO | None = None
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._lock:
            turn = threading.Event()
            if self._taken:
                self._queue.append(turn)
            else:
                self._taken = True
                turn.set()
        turn.wait()
        self._hold_off_others()

    def _hold_off_others(self) -> None:
        if self._path:
            with suppress(OSError):  # on a disk that fails the write itself says so
                # Opened each time: what a fork inherits would lock nobody out.
                self._file = open(self._path, "w")  # noqa: SIM115
                fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()
            self._file = None
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._taken = False


_gate_of = cache(Gate)
_WRITES = re.compile(r"\s*(BEGIN IMMEDIATE|INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


class ConnectionInTurn(sqlite3.Connection):
    """Passes the gate before a transaction that writes, and leaves it when that has ended."""

    def __init__(self, database: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self._gate = Gate(None) if database == ":memory:" else _gate_of(database)
        self._has_turn = False

    def cursor(self, _factory: object = None) -> Any:
        return super().cursor(_CursorInTurn)

    def await_turn(self, sql: str) -> None:
        if not self.in_transaction and _WRITES.match(sql):
            self._gate.__enter__()
            self._has_turn = True

    def pass_on(self) -> None:
        if self._has_turn and not self.in_transaction:
            self._has_turn = False
            self._gate.__exit__()

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self.pass_on()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.pass_on()

    def close(self) -> None:
        super().close()
        if self._has_turn:
            self._has_turn = False
            self._gate.__exit__()


class _CursorInTurn(sqlite3.Cursor):
    connection: ConnectionInTurn

    def execute(self, sql: str, parameters: Any = (), /) -> "_CursorInTurn":
        self.connection.await_turn(sql)
        try:
            return super().execute(sql, parameters)
        finally:
            self.connection.pass_on()

    def executemany(self, sql: str, parameters: Any, /) -> "_CursorInTurn":
        self.connection.await_turn(sql)
        try:
            return super().executemany(sql, parameters)
        finally:
            self.connection.pass_on()


def in_turn(url: str) -> dict[str, Any]:
    """Return the options of an engine whose writers wait for their turn together with ours."""
    return {"connect_args": {"factory": ConnectionInTurn}} if url.startswith("sqlite") else {}
