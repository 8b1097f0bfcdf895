"""A fresh database for every test: SQLite as a file copy, PostgreSQL as a clone."""

import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dbos
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from xdist.scheduler import LoadScopeScheduling

from excise import records
from excise.config import Settings
from excise.db import Database
from excise.offices.actions import load_first_list
from excise.schema import migrate
from tests import postgres
from tests.sites import install


@pytest.fixture(scope="session", autouse=True)
def workflows() -> Iterator[None]:
    """A test may start a worker, which ends without the second's sleep of its library."""
    records.load_workflows()
    with pytest.MonkeyPatch.context() as patch:
        brief = SimpleNamespace(time=time.time, sleep=lambda _: time.sleep(0.05))
        patch.setattr(dbos._dbos, "time", brief)
        yield


# What is dear to build and serves all tests there: a service, two taxpayers with everything.
TOGETHER = (
    "tests/journeys/",
    "tests/outages/",
    "tests/exchange/",
    "tests/backoffice/",
    "tests/excise/demo/",
    "tests/excise/documents/",
    "tests/architecture/test_strangers.py",
)


class NeighboursTogether(LoadScopeScheduling):
    """Give each of those to one of the test processes; they begin, having the most tests.

    The marks of xdist 3.8 for this do nothing under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> NeighboursTogether:
    return NeighboursTogether(config, log)


def _prepare(url: str) -> None:
    database = Database(url)
    migrate(database)
    with database.transaction() as session:
        load_first_list(session)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.commit()
            raw = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "excise.db"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def pg_template() -> Iterator[str]:
    with postgres.server() as url:
        name = f"template_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(url + "postgres", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        _prepare(url + name)
        yield url + name
        with psycopg.connect(url + "postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "excise.db")
    return f"sqlite:///{tmp_path}/excise.db"


@pytest.fixture
def pg_url(pg_template: str) -> Iterator[str]:
    with postgres.clone(pg_template, f"test_{uuid.uuid4().hex[:12]}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both engines, one after the other: for everything that touches the database."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "pg_url")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One writing session; what the test does in it is never committed."""
    with Session(database.engine) as session, session.begin() as transaction:
        yield session
        if transaction.is_active:
            transaction.rollback()


@pytest.fixture
def settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """Settings of a demo installation on SQLite, for tests through a door."""
    return install(tmp_path, sqlite_template)


def count(session: Session, record: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(record)) or 0
