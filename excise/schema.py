"""Bring a database to the present schema, ours and the work library's."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from excise import work
from excise.config import shipped
from excise.db import Database

_LOCK = 7_206_141_001  # any number that nobody else takes


def alembic_config() -> Config:
    """Return Alembic's settings; they are the same in a checkout and in a wheel."""
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: Database, revision: str = "head") -> None:
    """Run what is missing, under a lock: of three at once, two wait and find it done."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _alone(database):
        config = alembic_config()
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        work.migrate(database)


def is_current(database: Database) -> bool:
    """Tell whether the database has the newest schema."""
    heads = set(ScriptDirectory.from_config(alembic_config()).get_heads())
    with database.reading() as session:
        context = MigrationContext.configure(session.connection())
        return set(context.get_current_heads()) == heads


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    if database.is_sqlite:
        path = Path(f"{database.engine.url.database}.migrate-lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    # Autocommit: the library builds indexes concurrently, which waits for every open transaction.
    outside = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(_LOCK)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
