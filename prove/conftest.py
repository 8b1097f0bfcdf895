"""An installation that serves, on each database, to be killed, cut off and filled up.

`PROVE_KILLS` says how often a test kills (13: more than fifty in all, 50 for the full
promise), `PROVE_CUTS` how often power is cut, `PROVE_REQUESTS` how long the soak is,
`PROVE_SEED` makes the moments the same again. What was counted is printed at the end.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("prove.clients", "prove.crowd", "prove.installations")

from excise.db import Database
from prove.installations import Installed, installed
from tests.journeys.conftest import Service

KILLS = int(os.environ.get("PROVE_KILLS", "13"))
CUTS = int(os.environ.get("PROVE_CUTS", "10"))
REQUESTS = int(os.environ.get("PROVE_REQUESTS", "10000"))
SEED = int(os.environ.get("PROVE_SEED", "2569"))
_NOTES: list[str] = []


def note(words: str) -> None:
    """Print this when all is done."""
    _NOTES.append(words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was counted."""
    terminalreporter.section(f"what was seen (PROVE_SEED={SEED})")
    for line in _NOTES:
        terminalreporter.line(line)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """The moments of this test: the same again with the same seed."""
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def installation(engine: str, tmp_path: Path) -> Iterator[Installed]:
    """An installation that serves, and its database server if it has one."""
    with installed(tmp_path, engine) as one:
        one.service.start()
        yield one
        assert one.service.stop() == 0


@pytest.fixture
def service(installation: Installed) -> Service:
    """The installation without its database server."""
    return installation.service


@pytest.fixture
def database(installation: Installed) -> Iterator[Database]:
    """The installation's database, seen from beside."""
    database = Database(installation.service.settings.database_url)
    yield database
    database.close()
