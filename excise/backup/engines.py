"""One moment of the database as a file, and a database from such a file."""

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.backup.archive import Trickle
from excise.db import Database
from excise.errors import Conflict, Unavailable

# Told of what is being done, how far it is, and how far it will go.
Watch = Callable[[str, int, int], None]
_PAGES = 2000  # of 4 KB, between two reports
_LOCKS_SECONDS = 60
_CHUNK = 1 << 20
_OURS = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


@contextmanager
def alone(folder: Path, code: str) -> Iterator[None]:
    """Hold the folder; raises Conflict of that code when another process does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict(code, folder=str(folder)) from None
    finally:
        os.close(handle)


@contextmanager
def moment(database: Database) -> Iterator[Session]:
    """Open a session to which the database stands still; nobody waits for it."""
    if database.is_sqlite:
        with database.reading() as session:
            yield session
        return
    still = database.engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with Session(still) as session:
        yield session


def dump(session: Session, target: Path, watch: Watch) -> None:
    """Write the moment that the session sees into a file."""
    if session.get_bind().dialect.name == "sqlite":
        _copy_sqlite(session, target, watch)
    else:
        _dump_postgresql(session, target, watch)


def _copy_sqlite(session: Session, target: Path, watch: Watch) -> None:
    # The reading transaction is open already: writers go on, and the copy never begins anew.
    session.execute(sa.text("SELECT count(*) FROM sqlite_master"))
    source = session.connection().connection.driver_connection
    with closing(sqlite3.connect(target)) as copy, _growing(target) as trickle:
        copy.execute("PRAGMA synchronous=OFF")  # a draft; the backup itself is made durable

        def progress(_status: int, left: int, total: int) -> None:
            trickle.at(target.stat().st_size)
            watch("database", total - left, total)

        source.backup(copy, pages=_PAGES, progress=progress)  # type: ignore[union-attr]


def _dump_postgresql(session: Session, target: Path, watch: Watch) -> None:
    snapshot = session.scalar(sa.text("SELECT pg_export_snapshot()"))
    size = session.scalar(sa.text("SELECT pg_database_size(current_database())")) or 1
    url = session.get_bind().engine.url
    program = _program("pg_dump", _version(session))
    words = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--no-password"]
    words += [f"--snapshot={snapshot}", f"--lock-wait-timeout={_LOCKS_SECONDS}s"]

    with _growing(target) as trickle:

        def look() -> None:
            written = target.stat().st_size
            trickle.at(written)
            watch("database", min(written, size - 1), size)

        _run([program, *words, f"--file={target}"], url, look)
    watch("database", size, size)


@contextmanager
def _growing(target: Path) -> Iterator[Trickle]:
    with target.open("ab") as file:
        yield Trickle(file.fileno())


def load(database: Database, source: Path, watch: Watch) -> None:
    """Fill an empty PostgreSQL database from a dump: all of it, or nothing.

    The dump goes through a pipe: when we are killed it ends too early, and nothing is kept.
    """
    with database.reading() as session:
        version = _version(session)
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    url = database.engine.url
    program = _program("pg_restore", version)
    _run([program, *words, "--no-password"], url, lambda: None, fed=_feed(source, watch))


def _feed(source: Path, watch: Watch) -> Iterator[bytes]:
    size = source.stat().st_size
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
            watch("database", file.tell(), size)


def is_empty(database: Database) -> bool:
    """Tell whether a PostgreSQL database holds nothing of anybody's."""
    with database.reading() as session:
        return not session.scalar(sa.text(_OURS))


def _version(session: Session) -> int:
    return int(session.scalar(sa.text("SHOW server_version_num")) or 0) // 10_000


def _program(name: str, version: int) -> str:
    """Find PostgreSQL's program of the server's version, or else of a newer one.

    The very version first: a newer one may write what this server does not understand.
    """
    found: dict[int, str] = {}
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for place in [shutil.which(name), *(folder / name for folder in folders)]:
        if place is not None and Path(place).exists():
            told = subprocess.run([place, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
            if number := re.search(r"\) (\d+)", told.stdout):
                found.setdefault(int(number[1]), str(place))
    fitting = sorted(number for number in found if number >= version)
    if not fitting:
        package = f"postgresql-client-{version}"
        raise Unavailable("program-missing", program=name, package=package, found=sorted(found))
    return found[fitting[0]]


def _run(
    words: list[str], url: sa.URL, look: Callable[[], None], *, fed: Iterable[bytes] = ()
) -> None:
    # The password goes by the environment: others may read what stands on the command line.
    # The options are ours and hold spaces, which PostgreSQL's programs read otherwise.
    plain = url.difference_update_query(["options"])
    # `set` would leave the password, and its rendering write three stars in its place.
    address = plain._replace(drivername="postgresql", password=None).render_as_string()
    environ = {**os.environ, "PGPASSWORD": url.password or os.environ.get("PGPASSWORD", "")}
    with tempfile.TemporaryFile() as said:
        command = [words[0], f"--dbname={address}", *words[1:]]
        process = subprocess.Popen(  # noqa: S603
            command, env=environ, stdin=subprocess.PIPE, stderr=said, stdout=subprocess.DEVNULL
        )
        try:
            assert process.stdin is not None
            with suppress(BrokenPipeError), process.stdin:  # it says itself why it ended
                process.stdin.writelines(fed)
            while process.poll() is None:
                look()
                time.sleep(0.05)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if process.returncode:
            said.seek(0)
            words_said = said.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Unavailable("program-failed", program=Path(command[0]).name, said=words_said)
