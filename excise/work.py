"""Durable work: what goes on after the commit, exactly once in the database.

`enqueue` joins the caller's transaction, so nothing starts before the commit and
nothing is forgotten after it. The worker process runs the workflows; each
transactional step is checkpointed in the transaction of its own effects.
DBOS Transact does all this; no other module knows its name.
"""

import enum
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos import (
    DBOS,
    DBOSClient,
    DBOSPortableJSONSerializer,
    ScheduleInput,
    SQLAlchemyDatasource,
)
from sqlalchemy import event
from sqlalchemy.orm import Session

from excise.config import Settings
from excise.db import Database
from excise.periods import BANGKOK

P = ParamSpec("P")
R = TypeVar("R")
QUEUE = "work"
VERSION = "1"  # raised when a workflow changes so that a half-done one could not go on
_UNFINISHED = ["PENDING", "ENQUEUED", "DELAYED"]
_nights: list[ScheduleInput] = []
_clients: WeakKeyDictionary[sa.Engine, DBOSClient] = WeakKeyDictionary()


class Priority(enum.IntEnum):
    """What goes first when much waits."""

    SOON = 1
    NORMAL = 5
    LATER = 9


@dataclass(frozen=True)
class _Bench:
    settings: Settings
    database: Database
    source: SQLAlchemyDatasource


_bench: _Bench | None = None


def workflow(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a durable workflow; its arguments and results must be JSON."""
    return DBOS.workflow(name=name)


def nightly(name: str, *, hour: int) -> Callable[[Callable[[datetime], None]], None]:
    """Declare a durable workflow of every night, at an hour of Bangkok; it is told the moment."""

    def declare(night: Callable[[datetime], None]) -> None:
        @DBOS.workflow(name=name)
        def run(at: datetime, _context: object) -> None:
            night(at)

        _nights.append(
            {
                "schedule_name": name,
                "workflow_fn": run,
                "schedule": f"0 {hour} * * *",
                "cron_timezone": str(BANGKOK),
            }
        )

    return declare


def transact(step: Callable[..., R], *args: Any) -> R:
    """Run `step(session, *args)` in one transaction that also records that it is done."""
    source = _at_work().source
    return source.run_tx_step(
        {"name": step.__name__}, lambda *given: step(source.sql_session(), *given), *args
    )


def outside(step: Callable[..., R], *args: Any) -> R:
    """Run a step with an effect outside the database; it is retried, so it may repeat."""
    options = {
        "name": step.__name__,
        "retries_allowed": True,
        "max_attempts": 10,
        "interval_seconds": 1,
        "backoff_rate": 2,
    }
    return DBOS.run_step(options, step, *args)  # type: ignore[call-overload, no-any-return]


def settings() -> Settings:
    """Return the worker's settings; only inside a workflow."""
    return _at_work().settings


def database() -> Database:
    """Return the worker's database, for steps that only read; only inside a workflow."""
    return _at_work().database


def _at_work() -> _Bench:
    assert _bench is not None, "only the worker process runs workflows"
    return _bench


def enqueue(
    session: Session, name: str, key: str, *args: Any, priority: Priority = Priority.NORMAL
) -> None:
    """Ask for a workflow once this transaction commits.

    `key` makes it happen once: the same name and key again changes nothing.
    """
    options = {
        "queue_name": QUEUE,
        "workflow_name": name,
        "workflow_id": f"{name}:{key}",
        "priority": int(priority),
    }
    engine = session.get_bind().engine
    session.flush()  # the library writes on this connection, beside the unit of work
    _client(engine).enqueue_in_transaction(
        session,
        options,  # type: ignore[arg-type]
        *args,
    )


def _client(engine: sa.Engine) -> DBOSClient:
    if engine not in _clients:
        _clients[engine] = DBOSClient(
            system_database_url=_address(engine),
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
        )
        event.listen(engine, "engine_disposed", _close_client, once=True)
    return _clients[engine]


def _close_client(engine: sa.Engine) -> None:
    # On PostgreSQL it has connections of its own; they end with ours.
    _clients.pop(engine).destroy()


def _address(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def migrate(database: Database) -> None:
    """Create or update the library's own tables beside ours."""
    address = _address(database.engine)
    DBOS.migrate(address)
    SQLAlchemyDatasource.migrate(address)


@contextmanager
def worker(settings: Settings, database: Database, *, threads: int = 4) -> Iterator[None]:
    """Run workflows in this process until the block ends; finishes what it holds."""
    global _bench
    address = _address(database.engine)
    with database.engine.connect():
        pass  # our own connection sets the journal mode before the library opens the file
    DBOS(
        config={
            "name": "excise",
            "system_database_url": address,
            "application_version": VERSION,
            "executor_id": os.environ.get("EXCISE_WORKER", f"{socket.gethostname()}-worker"),
            "serializer": DBOSPortableJSONSerializer(),
            "run_migrations": False,
            "log_level": "WARNING",
            "max_executor_threads": threads,
        }
    )
    source = SQLAlchemyDatasource.create(
        address,
        engine=database.engine,
        serializer=DBOSPortableJSONSerializer(),
        run_migrations=False,
    )
    _bench = _Bench(settings, database, source)
    DBOS.launch()
    DBOS.apply_schedules(_nights)
    DBOS.register_queue(QUEUE, worker_concurrency=threads, polling_interval_sec=0.2)
    try:
        yield
    finally:
        DBOS.destroy(workflow_completion_timeout_sec=20)
        _bench = None


def unfinished(database: Database) -> int:
    """Count the workflows that wait or run."""
    return len(_client(database.engine).list_workflows(status=_UNFINISHED, load_input=False))


def failed(database: Database) -> list[str]:
    """Return the ids of workflows that gave up."""
    states = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
    rows = _client(database.engine).list_workflows(status=states, load_input=False)
    return [row.workflow_id for row in rows]


def drain(database: Database, *, limit_seconds: int = 60) -> None:
    """Wait until all work is done; raises TimeoutError when it is not in time."""
    deadline = time.monotonic() + limit_seconds
    while unfinished(database):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{unfinished(database)} workflows are unfinished")
        time.sleep(0.1)
