"""PostgreSQL goes away in every way it can, under load: 503 and not 500, and all well again."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random

import psycopg
import pytest

from excise import work
from excise.db import Database
from prove.conftest import KILLS, note
from prove.crowd import gather
from prove.installations import Installed, check, installed
from tests.journeys.conftest import wait_for
from tests.postgres import SAFE, Server

ERRANDS_A_STOP = 40
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'excise'"


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installed]:
    """One whose server keeps what it commits, also when it is killed."""
    with installed(tmp_path, "postgresql", settings=SAFE) as one:
        one.service.start()
        yield one
        assert one.service.stop() == 0


def kill(server: Server) -> None:
    """Kill its first process; the others end when they notice."""
    server.process.kill()
    server.process.wait()


def stop_hard(server: Server) -> None:
    """What `pg_ctl stop -m immediate` does."""
    server.stop(signal.SIGQUIT)


def test_a_server_stopped_hard_again_and_again_loses_nothing(
    installation: Installed, database: Database, chance: Random
) -> None:
    """G4: stopped hard ten times under load: nothing lost, 503 and not 500, reconnects."""
    server, stops = installation.server, max(10, KILLS // 2)
    assert server
    crowd = gather(installation.service, database, ERRANDS_A_STOP * stops)
    with crowd.at_work():
        for number in range(stops):
            crowd.wait_for((number + chance.random()) / (stops + 1))
            (kill, stop_hard)[number % 2](server)
            time.sleep(3 * chance.random())  # away for a while
            server.start()
    assert crowd.refusals() == {503, "Server.Unavailable"}  # and never 500
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    work.drain(database, limit_seconds=600)
    check(installation.service)
    note(f"PostgreSQL: {stops} hard stops, {len(crowd.told)} acknowledged, 0 lost, 0 doubled")


def as_administrator(server: Server, words: str) -> None:
    with psycopg.connect(f"{server.url}postgres", autocommit=True) as admin:
        admin.execute(words)  # type: ignore[arg-type]


def test_connections_that_an_administrator_ends_are_opened_again(
    installation: Installed, database: Database
) -> None:
    """G4: every connection is terminated over and over; some answers are 503, none is 500."""
    server = installation.server
    assert server
    crowd = gather(installation.service, database, ERRANDS_A_STOP)
    with crowd.at_work():
        while len(crowd.told) < len(crowd.errands):
            as_administrator(server, TERMINATE)
            crowd.wait_for(min(1, len(crowd.told) / len(crowd.errands) + 0.05))
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    work.drain(database, limit_seconds=300)
    check(installation.service)


def test_a_server_that_takes_no_more_connections_is_waited_for(
    installation: Installed, database: Database
) -> None:
    """G4: all connections are others': the service says 503, and goes on when they are free."""
    server = installation.server
    assert server
    crowd = gather(installation.service, database, ERRANDS_A_STOP)
    with crowd.at_work(), ExitStack() as others:
        crowd.wait_for(0.2)
        first = others.enter_context(psycopg.connect(f"{server.url}postgres", autocommit=True))

        def all_taken() -> bool:
            first.execute(TERMINATE)
            with suppress(psycopg.OperationalError):
                while True:
                    others.enter_context(psycopg.connect(f"{server.url}postgres"))
            return crowd.refusals() >= {503, "Server.Unavailable"}

        wait_for(all_taken)
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    work.drain(database, limit_seconds=300)
    check(installation.service)


def test_a_server_that_only_reads_after_a_failover_is_waited_for(
    installation: Installed, database: Database
) -> None:
    """G4: the server has become a standby: pages are read, nothing is promised, then it goes on."""
    server = installation.server
    assert server
    crowd = gather(installation.service, database, ERRANDS_A_STOP)
    reader = crowd.come_in("taxpayer")
    with crowd.at_work():
        crowd.wait_for(0.2)
        reference = next(told for told in crowd.told.values() if told.startswith("PS"))
        as_administrator(server, "ALTER DATABASE excise SET default_transaction_read_only = on")
        as_administrator(server, TERMINATE)
        wait_for(lambda: crowd.refusals() >= {503, "Server.Unavailable"})
        assert reader.glance(f"/returns/sent/{reference}") == 200
        as_administrator(server, "ALTER DATABASE excise RESET default_transaction_read_only")
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    work.drain(database, limit_seconds=300)
    check(installation.service)
