"""Which workers live: each holds a lock that nobody has to give back for it.

The operating system lets a file lock go, and PostgreSQL an advisory lock, the
moment its holder is gone. So death is seen at once, a slow worker is never taken
for a dead one, and no clocks are compared. Of a machine that falls silent the
server learns after about 15 seconds, by the keepalive that `excise.db` asks for.
"""

import fcntl
import hashlib
import os
from abc import ABC, abstractmethod
from pathlib import Path

import sqlalchemy as sa

from excise.db import Database

_SPACE = 1_702_389_091  # the first half of our keys, so that they meet no others


class Presences(ABC):
    """The locks of all workers on one database; a worker takes its own by name."""

    @abstractmethod
    def take(self, name: str) -> bool:
        """Hold the lock of the name from now on; False when somebody else does."""

    @abstractmethod
    def release(self, name: str) -> None:
        """Let go what `take` gave."""

    @abstractmethod
    def is_held(self) -> bool:
        """Tell whether all that was taken is still ours."""

    @abstractmethod
    def alive(self) -> int:
        """Count the locks that anybody holds."""


def presences(database: Database) -> Presences:
    """Return the locks that fit the database."""
    if database.is_sqlite:
        return _Files(Path(f"{database.engine.url.database}-workers"))
    return _Advisory(database)


class _Files(Presences):
    """A locked file each, beside the SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}

    def take(self, name: str) -> bool:
        self._folder.mkdir(exist_ok=True)
        file = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._files[name] = file
        return True

    def release(self, name: str) -> None:
        # The name is never used again, so that nobody waits for the file that goes.
        (self._folder / name).unlink(missing_ok=True)
        os.close(self._files.pop(name))

    def is_held(self) -> bool:
        return True

    def alive(self) -> int:
        if not self._folder.is_dir():
            return 0
        return sum(_is_locked(path) for path in self._folder.iterdir())


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


class _Advisory(Presences):
    """An advisory lock each, on one connection that stays open as long as we hold any."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: sa.Connection | None = None
        self._count = 0

    def take(self, name: str) -> bool:
        if self._connection is None:
            self._connection = self._engine.connect()
        taken = bool(
            self._connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_SPACE, _key(name))))
        )
        self._count += taken
        self._close_if_idle()
        return taken

    def release(self, name: str) -> None:
        assert self._connection is not None
        self._count -= 1
        if self._is_connected():  # else the server let go of everything with the connection
            self._connection.execute(sa.select(sa.func.pg_advisory_unlock(_SPACE, _key(name))))
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._connection is not None and not self._count:
            self._connection.close()
            self._connection = None

    def is_held(self) -> bool:
        return self._is_connected()

    def _is_connected(self) -> bool:
        assert self._connection is not None
        if self._connection.invalidated:
            return False
        try:
            self._connection.exec_driver_sql("SELECT 1")
        except sa.exc.DBAPIError:
            return False
        return True

    def alive(self) -> int:
        query = sa.text(
            "SELECT count(DISTINCT objid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = :space AND objsubid = 2 AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with self._engine.connect() as connection:
            return int(connection.execute(query, {"space": _SPACE}).scalar_one())


def _key(name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=4).digest()
    return int.from_bytes(digest, signed=True)
