"""Installations of the service on either database, and the ways to find and check their parts."""

import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from excise.checks import CHECKS
from excise.db import Database
from prove.outages import children, family
from tests.journeys.conftest import Service, free_ports, install
from tests.postgres import FAST, Server

PORTS = ("PORTAL_PORT", "BACKOFFICE_PORT", "EXCHANGE_PORT", "METRICS_PORT")
NO_LIMITS = dict.fromkeys(("EXCISE_SIGN_IN_LIMIT", "EXCISE_ADDRESS_LIMIT"), "1000000 per minute")


@dataclass
class Installed:
    """A migrated installation, and its database server if it has one."""

    service: Service
    server: Server | None

    @property
    def processes(self) -> list[int]:
        """The first process of the service, and of the server."""
        parts = (self.service.process, self.server and self.server.process)
        return [part.pid for part in parts if part]

    def kill(self) -> None:
        """Kill everything at once."""
        for process in [one for first in self.processes for one in family(first)]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for part in (self.service.process, self.server and self.server.process):
            if part:
                part.wait()


@contextmanager
def installed(
    folder: Path,
    engine: str,
    *,
    server_folder: Path | None = None,
    settings: tuple[str, ...] = FAST,
    **environ: str,
) -> Iterator[Installed]:
    """Make an installation in a folder that does not serve yet.

    Its server's data go elsewhere, unless `server_folder` says where.
    """
    environ |= NO_LIMITS | {"PROVE_NAME": secrets.token_hex(4)}  # it stays when it is moved
    if engine == "sqlite":
        yield Installed(install(folder, **environ), None)
        return
    place = server_folder or Path(tempfile.mkdtemp(prefix="excise-pg-"))
    place.mkdir(exist_ok=True)
    server = Server(place, settings)
    server.start()
    try:
        with psycopg.connect(f"{server.url}postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE excise")
        environ["EXCISE_DATABASE_URL"] = f"{server.url}excise"
        yield Installed(install(folder, **environ), server)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def moved(one: Installed, place: Path) -> Iterator[Installed]:
    """Take over a copy of all that an installation had, the server's data included."""
    ports = zip(PORTS, map(str, free_ports(len(PORTS))), strict=True)
    environ = one.service.environ | dict(ports) | {"EXCISE_DATA": str(place / "excise")}
    if one.server is None:
        yield Installed(Service(environ), None)
        return
    (place / "pg" / "data" / "postmaster.pid").unlink(missing_ok=True)
    server = Server(place / "pg", one.server.settings)
    try:
        server.start()  # which fails where too much was lost
        environ["EXCISE_DATABASE_URL"] = f"{server.url}excise"
        yield Installed(Service(environ), server)
    finally:
        server.stop()


def give_back_room(database: Database) -> None:
    """Let SQLite keep no room in its log for what comes when the disk is full."""
    if database.is_sqlite:
        with closing(database.engine.raw_connection()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def process_of(service: Service, part: str) -> int:
    """Wait for the part to run and return its process: of the web, the one that answers."""
    assert service.process
    while True:
        for child in children(service.process.pid):
            if Path(f"/proc/{child}/comm").read_text() == f"excise-{part}\n":
                found = children(child) if part == "web" else [child]
                if found:
                    return found[0]
        time.sleep(0.02)


def check(service: Service) -> None:
    """Look at everything as `excise check` does."""
    settings = service.settings
    with closing(Database(settings.database_url)) as database:
        assert [fault for find in CHECKS.values() if (fault := find(settings, database))] == []
