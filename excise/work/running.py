"""Running work: what workflows are made of, and the worker that runs them."""

import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from dbos import (
    DBOS,
    DBOSPortableJSONSerializer,
    ScheduleInput,
    SQLAlchemyDatasource,
    _datasource,
    _sys_db,
)

from excise import metrics
from excise.config import Settings
from excise.db import Database, is_outage
from excise.logs import error_facts, reference
from excise.periods import BANGKOK
from excise.turns import in_turn
from excise.work.courtesy import Courtesy
from excise.work.presence import presences
from excise.work.queue import MAIL, QUEUE, address, client
from excise.work.takeover import Keeper

P = ParamSpec("P")
R = TypeVar("R")
VERSION = "1"  # raised when a workflow changes so that a half-done one could not go on
MAIL_THREADS = 4  # letters are tried again for long: some that cannot go hold up no others
OUTAGE_SECONDS = 2
LOG = logging.getLogger("excise.work")
_nights: list[ScheduleInput] = []
_under_way: set[str] = set()
_ending = threading.Event()
_courtesy = Courtesy(metrics.under_way, _ending)


class Hopeless(Exception):
    """What a step raises when trying again cannot help."""


_FOR_GOOD = (Hopeless, AssertionError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class _Bench:
    settings: Settings
    database: Database
    source: SQLAlchemyDatasource


_bench: _Bench | None = None


def workflow(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a durable workflow; its arguments and results must be JSON."""

    def declare(body: Callable[P, R]) -> Callable[P, R]:
        @wraps(body)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with _told(name):
                return body(*args, **kwargs)

        return DBOS.workflow(name=name)(run)

    return declare


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Log and time what a workflow does, under the reference of who asked for it."""
    given, one = reference.set(DBOS.authenticated_user or ""), DBOS.workflow_id or ""
    _under_way.add(one)
    _courtesy.give_way()
    began, outcome = time.monotonic(), "failed"
    LOG.info("work begins", extra={"work": one})
    try:
        yield
        outcome = "done"
    except Exception:
        LOG.exception("work failed", extra={"work": one})
        raise
    finally:
        seconds = time.monotonic() - began
        metrics.work_ended(name, outcome, seconds)
        if outcome == "done":
            LOG.info("work done", extra={"work": one, "ms": round(seconds * 1000)})
        _under_way.discard(one)
        reference.reset(given)


def nightly(name: str, *, hour: int) -> Callable[[Callable[[datetime], None]], None]:
    """Declare a durable workflow of every night, at an hour of Bangkok; it is told the moment."""

    def declare(night: Callable[[datetime], None]) -> None:
        @DBOS.workflow(name=name)
        def run(at: datetime, _context: object) -> None:
            with _told(name):
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
    """Run `step(session, *args)` in one transaction that also records that it is done.

    It is tried again as long as the database is away, full or locked.
    """
    source = _at_work().source
    return source.run_tx_step(
        {"name": step.__name__}, lambda *given: step(source.sql_session(), *given), *args
    )


def outside(step: Callable[..., R], *args: Any) -> R:
    """Run a step with an effect outside the database; it is retried, so it may repeat.

    Ten times in about a quarter of an hour, then the work has failed and waits for an
    officer; at once when trying again cannot help (see `Hopeless`). A disk that is full,
    or a database that is away, is waited for however long it takes.
    """

    def patient(*given: Any) -> R:
        while True:
            try:
                return step(*given)
            except Exception as error:
                if not (is_outage(error) or is_outage(error.__cause__)) or _ending.is_set():
                    raise
                told = {"work": DBOS.workflow_id, "error": error_facts(error)}
                LOG.warning("work waits", extra=told)
            _ending.wait(OUTAGE_SECONDS)

    options = {
        "name": step.__name__,
        "retries_allowed": True,
        "max_attempts": 10,
        "interval_seconds": 1,
        "backoff_rate": 2,
        "should_retry": lambda error: not isinstance(error, _FOR_GOOD),
    }
    return DBOS.run_step(options, patient, *args)  # type: ignore[call-overload, no-any-return]


def tell_progress(done: int, of: int) -> None:
    """Let officers see how far the present workflow is; anywhere inside it."""
    workflow_id = DBOS.workflow_id
    assert workflow_id is not None, "only a workflow has progress"
    told = {"progress": [done, of]}
    client(database().engine).update_workflow_attributes(workflow_id, told, merge=True)


def settings() -> Settings:
    """Return the worker's settings; only inside a workflow."""
    return _at_work().settings


def database() -> Database:
    """Return the worker's database, for steps that only read; only inside a workflow."""
    return _at_work().database


def _at_work() -> _Bench:
    assert _bench is not None, "only the worker process runs workflows"
    return _bench


@contextmanager
def worker(settings: Settings, database: Database, *, threads: int = 4) -> Iterator[Keeper]:
    """Run workflows in this process until the block ends; finishes what it holds.

    The worker has a name that is never used again. Should the keeper it yields say
    `is_lost`, others have taken its work for a dead one's: end the process.
    """
    global _bench
    _ending.clear()
    name = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    held = presences(database)
    with database.engine.connect():
        pass  # our own connection sets the journal mode before the library opens the file
    assert held.take(name), "a new name"
    _set_up(name, address(database.engine), threads)
    _bench = _Bench(settings, database, _source(database))
    DBOS.launch()
    DBOS.apply_schedules(_nights)
    DBOS.register_queue(QUEUE, worker_concurrency=threads, polling_interval_sec=0.2)
    DBOS.register_queue(MAIL, worker_concurrency=MAIL_THREADS, polling_interval_sec=0.2)
    keeper = Keeper(client(database.engine), held, name, under_way=lambda: set(_under_way))
    keeping = threading.Thread(target=keeper.keep, args=(_ending,), name="keeper", daemon=True)
    keeping.start()
    try:
        yield keeper
    finally:
        _ending.set()
        keeping.join()
        DBOS.destroy(workflow_completion_timeout_sec=20)
        held.release(name)  # what could not be finished in time is anybody's now
        _bench = None


def _set_up(name: str, url: str, threads: int) -> None:
    DBOS(
        config={
            "name": "excise",
            "system_database_url": url,
            "application_version": VERSION,
            "executor_id": name,
            "serializer": DBOSPortableJSONSerializer(),
            "run_migrations": False,
            **({"db_engine_kwargs": told} if (told := in_turn(url)) else {}),
            "log_level": "WARNING",
            "max_executor_threads": threads + MAIL_THREADS,
        }
    )


def _source(database: Database) -> SQLAlchemyDatasource:
    """Return what runs our transactions."""
    return SQLAlchemyDatasource.create(
        address(database.engine),
        engine=database.engine,
        serializer=DBOSPortableJSONSerializer(),
        run_migrations=False,
    )


def _wait_out(module: ModuleType) -> None:
    """Let the library be as patient with a full or read-only database as with one that is away.

    Else the note that a step was done fails the whole work when there is no room for it.
    """
    knows = module.retriable_postgres_exception

    def may_pass(error: Exception) -> bool:
        return bool(knows(error)) or is_outage(error)

    module.retriable_postgres_exception = may_pass  # type: ignore[attr-defined]


for _module in (_sys_db, _datasource):
    _wait_out(_module)
