"""Where rows come from: the mapped base class, the engine and transactions.

SQLite and PostgreSQL serve the same code. What differs between them stands in
this module and in the migrations, nowhere else.
"""

import enum
import errno
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Session

from excise.turns import ConnectionInTurn

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# A STRICT table of SQLite knows INTEGER, TEXT, REAL and BLOB only.
@compiles(sa.String, "sqlite")
@compiles(sa.Text, "sqlite")
@compiles(sa.DateTime, "sqlite")
@compiles(sa.Date, "sqlite")
@compiles(sa.Uuid, "sqlite")
@compiles(sa.JSON, "sqlite")
@compiles(sa.Enum, "sqlite")
def _as_text(_type: object, _compiler: object, **_: object) -> str:
    return "TEXT"


@compiles(sa.BigInteger, "sqlite")
@compiles(sa.SmallInteger, "sqlite")
@compiles(sa.Boolean, "sqlite")
def _as_integer(_type: object, _compiler: object, **_: object) -> str:
    return "INTEGER"


# For a query of many rows: memory does not grow with them. Read it in a `with`.
STREAMED = {"yield_per": 1000}


class UTCDateTime(sa.TypeDecorator[datetime]):
    """Aware datetimes only: stored in UTC, returned in UTC, on both engines."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime needs its time zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_ENUM = sa.Enum(
    enum.StrEnum,
    native_enum=False,
    length=32,
    values_callable=lambda members: [member.value for member in members],
)


class Record(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """Base of every mapped class; defaults exist before the first flush."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {
        int: sa.BigInteger,
        str: sa.Text,
        bytes: sa.LargeBinary,
        datetime: UTCDateTime,
        date: sa.Date,
        dict[str, Any]: JSON,
        list[str]: JSON,
        enum.StrEnum: _ENUM,
    }


@event.listens_for(sa.Table, "after_parent_attach")
def _strict(table: sa.Table, _parent: object) -> None:
    table.dialect_options["sqlite"]["strict"] = True


class Database:
    """One engine, with a way to read and a way to write."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reader = self.engine.execution_options(readonly=True, postgresql_readonly=True)

    def reading(self) -> Session:
        """Open a session that can only read and never waits for a writer."""
        return Session(self._reader)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session for one change: commit on leaving, roll back on any error.

        A failed COMMIT raises here, so nobody is told of something that was not kept.
        """
        with Session(self.engine) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def make_engine(url: str) -> sa.Engine:
    """Return the engine for a SQLite or PostgreSQL address."""
    address = _address(url)
    if address.get_backend_name() != "sqlite":
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        address = address.set(query={**_PATIENCE, **address.query})
        engine = sa.create_engine(address, pool_pre_ping=True, pool_size=10, **_OPTIONS)
    else:
        told = {"timeout": 30, "factory": ConnectionInTurn}
        engine = sa.create_engine(address, connect_args=told, pool_size=20, **_OPTIONS)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    _engines.add(engine)
    event.listen(engine, "handle_error", _renew_stuck)
    return engine


_SEVERAL = re.compile(r"(?P<who>\w[\w+]*://(?:[^/@]*@)?)(?P<hosts>[^/?@]*,[^/?@]*)(?P<rest>.*)")


def _address(url: str) -> sa.URL:
    """Read an address; of several hosts the one that writes is wanted, unless it says otherwise.

    PostgreSQL's own way to name them is unknown to SQLAlchemy, so they go to the query,
    which both understand.
    >>> _address("postgresql://ann@db-1:5432,db-2/excise").query["host"]
    'db-1,db-2'
    """
    several = _SEVERAL.fullmatch(url)
    if several is None:
        return sa.make_url(url)
    hosts = [sa.make_url(f"x://{host}") for host in several["hosts"].split(",")]
    named = {
        "host": ",".join(each.host or "" for each in hosts),
        "port": ",".join(str(each.port or 5432) for each in hosts),
        "target_session_attrs": "read-write",
    }
    address = sa.make_url(several["who"] + several["rest"])
    return address.set(query={**named, **address.query})


def _dumps(value: object) -> str:
    # SQLite's json_extract does not find Thai keys that are written as \uXXXX.
    return json.dumps(value, ensure_ascii=False)


# The words of an error would otherwise hold the row that it was about.
_OPTIONS: dict[str, Any] = {"json_serializer": _dumps, "hide_parameters": True}


# Of a server that does not answer at all, as behind a cable that was pulled: seconds to wait for
# a connection, then milliseconds for what was sent, then seconds of silence until the first
# question whether it still lives, and the next. Without them people wait for minutes. The options
# ask the server to do the same by us: what a silent machine had locked, all others wait for.
_PATIENCE = {
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "options": "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3",
}


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL loses acknowledged filings in a power cut
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE slips past append-only triggers
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # SQLite has no SELECT ... FOR UPDATE: a writer takes the write lock first. A plain BEGIN
    # would let a reader write after all, so the connection is told every time what it is for.
    readonly = bool(connection.get_execution_options().get("readonly"))
    connection.exec_driver_sql(f"PRAGMA query_only={readonly:d}")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def insert(session: Session, table: type[Record]) -> Any:
    """Return an INSERT that knows ON CONFLICT, in the dialect of this session."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def lock(session: Session, name: str) -> None:
    """Hold the named lock to the end of the transaction.

    On SQLite the transaction holds the only write lock already.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(int.from_bytes(digest, signed=True)))
        )


def locked(query: sa.Select[Any], table: type[Record]) -> sa.Select[Any]:
    """Lock the rows of `table` that the query finds, and take them as they are now.

    What the session read before it had the lock may be out of date.
    """
    return query.with_for_update(of=table).execution_options(populate_existing=True)


_OUTAGES = (
    "connection",
    "database or disk is full",
    "disk i/o error",
    "is locked",
    "no space left",
    "readonly database",
    "unable to open database file",
)
# Of PostgreSQL: the connection, resources, an operator's stop, the system beneath, a standby.
_STATES = ("08", "53", "57P", "58", "25006")
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


def is_outage(error: BaseException | None) -> bool:
    """Tell an unreachable, full, read-only or overtaxed database or disk from a fault of ours."""
    if isinstance(error, sa.exc.DBAPIError):
        if error.connection_invalidated or str(_state(error.orig)).startswith(_STATES):
            return True
        text = str(error.orig).lower()
        return isinstance(error, sa.exc.OperationalError) and any(s in text for s in _OUTAGES)
    if isinstance(error, OSError):
        return error.errno in _DISK
    return isinstance(error, sa.exc.TimeoutError)  # no connection is left for this request


def _state(error: BaseException | None) -> str | None:
    return getattr(error, "sqlstate", None)


_engines: WeakSet[sa.Engine] = WeakSet()
_STUCK = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR)
_NO_ROOM_FOR_INDEX = sqlite3.SQLITE_IOERR_SHMSIZE  # a full disk: reading goes on meanwhile


def _renew_stuck(context: sa.ExceptionContext) -> None:
    """Give up connections that can no longer write: others may, when the fault is mended.

    A file of SQLite that was once opened for reading only stays so, and one on a disk
    that failed stays broken; a PostgreSQL server that became a standby stays connected.
    """
    connection = context.connection
    if connection is None or connection.get_execution_options().get("readonly"):
        return  # writing in a session that reads is a fault of ours
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    if code & 0xFF in _STUCK and code != _NO_ROOM_FOR_INDEX:
        context.is_disconnect = True
        if context.execution_context is not None:
            context.execution_context.cursor.close()  # it would keep the connection alive
        _let_go(connection.engine.url)
    elif _state(context.original_exception) == "25006":
        context.is_disconnect = True


def _let_go(url: sa.URL) -> None:
    """Close all connections of this process to a file, those in use when they come back.

    They share what SQLite knows of the file; a new one learns anew when it is the first.
    """
    for engine in [one for one in list(_engines) if one.url == url]:
        pool = engine.pool
        engine.dispose()
        event.listen(pool, "checkin", _close_returned)


def _close_returned(connection: Any, record: Any) -> None:
    if connection is not None:
        record.invalidate()
