"""Bring a database to the present schema, ours and the work library's."""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import work
from excise.config import shipped
from excise.db import Database
from excise.errors import Conflict, NotFound

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 7_206_141_001  # any number that nobody else takes


def alembic_config() -> "Config":
    """Return Alembic's settings; they are the same in a checkout and in a wheel."""
    from alembic.config import Config  # noqa: PLC0415  # a web server that starts can do without

    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: Database, revision: str = "head") -> None:
    """Go up or down to a revision, under a lock: of three at once, two wait and find it done.

    A step down loses nothing: see `excise.aside`. Raises NotFound when there is no such
    revision, Conflict when a newer program has brought the database further than we know.
    """
    from alembic import command  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _alone(database):
        config = alembic_config()
        with database.engine.connect() as connection:
            go = command.downgrade if _lies_behind(connection, revision) else command.upgrade
            config.attributes["connection"] = connection
            go(config, revision)
        work.migrate(database)


def _lies_behind(connection: sa.Connection, revision: str) -> bool:
    with connection.begin():
        present = _present(connection)
    known = revisions()
    if present is not None and present not in known:
        raise Conflict("schema-too-new", schema=present, newest_known=known[-1])
    if revision not in {"base", "head", *known}:
        raise NotFound(what="revision", id=revision, known=known)
    if present is None or revision == "head":
        return False
    return revision == "base" or known.index(revision) < known.index(present)


def revisions() -> list[str]:
    """Return the revisions this program knows, the oldest first."""
    steps = (shipped("migrations") / "versions").glob("[0-9]*.py")
    return sorted(step.name.partition("_")[0] for step in steps)


def revision(session: Session) -> str | None:
    """Return the revision that the database has; None when it was never migrated."""
    return _present(session.connection())


def _present(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def is_current(database: Database) -> bool:
    """Tell whether the database has the newest schema that we know, or a newer one.

    During an upgrade the migration comes first, and we serve on until we are replaced.
    """
    with database.reading() as session:
        return (revision(session) or "") >= revisions()[-1]


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
        # Asked again and again: a statement that waits would itself be waited for by those indexes.
        while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK))):
            time.sleep(0.1)
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
