"""The condition of the service: can it do its work now, and what waits."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import sqlalchemy as sa
from prometheus_client import start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from excise import metrics, schema, work
from excise.audit import AuditHead
from excise.config import Settings
from excise.db import Database

LIMIT_SECONDS = 2.0  # less than a supervisor waits for an answer
R = TypeVar("R")


class Probe(Generic[R]):
    """Asks something that may hang, in a thread of its own, and waits a limited time.

    While one question hangs, those that come after wait for it: no threads pile up.
    """

    def __init__(self, find: Callable[[], R]) -> None:
        """Take what is to be asked."""
        self._find, self._lock = find, threading.Lock()
        self._asked: Future[R] | None = None

    def __call__(self) -> R:
        """Return the answer, or raise its error, or TimeoutError."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=self._ask, args=(self._asked,), daemon=True).start()
            asked = self._asked
        return asked.result(LIMIT_SECONDS)

    def _ask(self, asked: "Future[R]") -> None:
        try:
            asked.set_result(self._find())
        except Exception as error:
            asked.set_exception(error)


class Readiness:
    """Whether requests can be served now, and if not, why."""

    def __init__(self, settings: Settings, database: Database) -> None:
        """Ask of this installation."""
        self._settings, self._database = settings, database
        self._schema, self._folder = Probe(self._schema_is_current), Probe(self._write)

    def missing(self) -> list[str]:
        """Say in words what is missing; nothing when the service is ready."""
        return [*self._of_the_database(), *self._of_the_folder()]

    def _of_the_database(self) -> Iterator[str]:
        try:
            if not self._schema():
                yield "the database does not have the newest schema: excise migrate"
        except TimeoutError:
            yield f"the database does not answer within {LIMIT_SECONDS:g} seconds"
        except sa.exc.SQLAlchemyError:
            yield "the database cannot be reached"

    def _schema_is_current(self) -> bool:
        return schema.is_current(self._database)

    def _of_the_folder(self) -> Iterator[str]:
        try:
            self._folder()
        except TimeoutError:
            yield f"the data folder does not answer within {LIMIT_SECONDS:g} seconds"
        except OSError:
            yield "the data folder cannot be written"

    def _write(self) -> None:
        with tempfile.TemporaryFile(dir=self._settings.data) as file:
            file.write(bytes(4096))
            file.flush()


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What the database says at one moment."""

    work: dict[tuple[str, work.State], tuple[int, datetime]]
    workers: int
    schema_current: bool
    audit_entries: int


class Gauges:
    """What Prometheus learns from the database at the moment it asks."""

    def __init__(self, database: Database) -> None:
        """Ask this database."""
        self._database, self._probe = database, Probe(self._find)

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance: that would ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return the gauges; only `excise_database_up 0` when the database does not answer."""
        try:
            found = self._probe()
        except (sa.exc.SQLAlchemyError, TimeoutError, OSError):
            yield _gauge("excise_database_up", "1 when the database answers.", 0)
            return
        yield _gauge("excise_database_up", "1 when the database answers.", 1)
        yield _gauge("excise_schema_current", "1 with the newest schema.", found.schema_current)
        yield _gauge("excise_audit_entries", "Length of the audit chain.", found.audit_entries)
        yield _gauge("excise_workers_alive", "Workers that run now.", found.workers)
        yield from _of_work(found.work)

    def _find(self) -> _Found:
        with self._database.reading() as session:
            entries = session.scalar(sa.select(AuditHead.seq)) or 0
        return _Found(
            work=work.counts(self._database),
            workers=work.workers_alive(self._database),
            schema_current=schema.is_current(self._database),
            audit_entries=entries,
        )


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _of_work(found: dict[tuple[str, work.State], tuple[int, datetime]]) -> Iterator[Metric]:
    now = datetime.now(UTC)
    amount = GaugeMetricFamily(
        "excise_work", "Durable work that is not done.", labels=("name", "state")
    )
    for (name, state), (count, _) in found.items():
        amount.add_metric((name, state.value), count)
    yield amount
    waiting = [at for (_, state), (_, at) in found.items() if state is work.State.WAITING]
    age = (now - min(waiting)).total_seconds() if waiting else 0
    yield _gauge("excise_work_oldest_waiting_seconds", "Age of the oldest work that waits.", age)


def serve_metrics(settings: Settings, database: Database) -> None:
    """Answer on the port of the metrics, in a thread.

    Of several processes the first has the port; when it ends, another takes over.
    """
    if settings.metrics_port:
        threading.Thread(target=_serve, args=(settings, database), daemon=True).start()


def _serve(settings: Settings, database: Database) -> None:
    registry = metrics.registry()
    registry.register(Gauges(database))
    while True:
        try:
            _, thread = start_http_server(
                settings.metrics_port, addr=settings.metrics_host, registry=registry
            )
        except OSError:
            time.sleep(1)
        else:
            thread.join()
