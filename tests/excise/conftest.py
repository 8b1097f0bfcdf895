"""The domain's tests mostly roll back, so one database of each engine serves them all."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from excise.db import Database
from tests import postgres


@pytest.fixture(scope="session")
def kept_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("kept") / "excise.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def kept_postgresql(pg_template: str) -> Iterator[Database]:
    with postgres.clone(pg_template, f"kept_{uuid.uuid4().hex[:12]}") as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """One writing session; what the test does in it is never committed."""
    database: Database = request.getfixturevalue(f"kept_{request.param}")
    with Session(database.engine) as session, session.begin() as transaction:
        yield session
        if transaction.is_active:
            transaction.rollback()
