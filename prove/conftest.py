"""An installation that serves, to be killed in part or in whole."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from excise.db import Database
from tests import postgres
from tests.journeys.conftest import Service, install

KILLS = int(os.environ.get("PROVE_KILLS", "3"))
CLIENTS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """An installation that serves, on each of the databases."""
    service = install(tmp_path)
    service.environ |= dict.fromkeys(
        ("EXCISE_SIGN_IN_LIMIT", "EXCISE_ADDRESS_LIMIT"), "100000 per minute"
    )
    if request.param == "sqlite":
        yield from serving(service)
        return
    with postgres.server() as url:
        with psycopg.connect(f"{url}postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE kills")
        service.environ["EXCISE_DATABASE_URL"] = f"{url}kills"
        service.excise("migrate")
        yield from serving(service)


def serving(service: Service) -> Iterator[Service]:
    service.start()
    yield service
    assert service.stop() == 0


@pytest.fixture
def database(service: Service) -> Iterator[Database]:
    database = Database(service.settings.database_url)
    yield database
    database.close()


def process_of(service: Service, part: str) -> int:
    """Wait for the part to run and return its process: of the web, the one that answers."""
    while True:
        for child in children(service.process.pid):
            if part in Path(f"/proc/{child}/cmdline").read_text():
                found = children(child) if part == "gunicorn" else [child]
                if found:
                    return found[0]
        time.sleep(0.05)


def children(process: int) -> list[int]:
    return [
        int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def check(service: Service) -> None:
    done = service.excise("check", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
