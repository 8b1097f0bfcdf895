"""Power of the operating system: `kill -9` while people file, agencies send and banks report.

What was acknowledged exists once, whoever asks again gets the same reference, and
`excise check` finds nothing wrong.
"""

import os
import signal
import time
from random import Random

import sqlalchemy as sa

from excise import work
from excise.db import Database
from excise.documents.models import Document
from excise.receipts.models import Receipt
from prove.conftest import KILLS, note
from prove.crowd import Crowd, gather
from prove.installations import check, process_of
from tests.journeys.conftest import Service, answers, wait_for

ERRANDS_A_KILL = 50


def kill_in_turn(crowd: Crowd, parts: list[str], chance: Random) -> list[float]:
    """Kill these parts at random moments of the work; return how long the web was not ready."""
    away = []
    for number, part in enumerate(parts):
        crowd.wait_for((number + chance.random()) / (len(parts) + 1))
        os.kill(process_of(crowd.service, part), signal.SIGKILL)
        since = time.monotonic()
        if part == "web":
            wait_for(lambda: answers(f"{crowd.service.settings.public_url}/readyz"))
            away.append(time.monotonic() - since)
    return away


def test_what_was_told_before_a_kill_of_the_server_or_the_worker_stands_once(
    service: Service, database: Database, chance: Random, engine: str
) -> None:
    """G1: kills of server and worker under nine clients: nothing lost, nothing doubled."""
    crowd = gather(service, database, ERRANDS_A_KILL * KILLS)
    parts = ["web", "worker"] * KILLS
    with crowd.at_work():
        away = kill_in_turn(crowd, parts, chance)
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    work.drain(database, limit_seconds=600)
    with database.reading() as session:
        mains = sa.select(Receipt.number).where(Receipt.main_id.is_(None))
        made = session.scalars(sa.select(Document.number)).all()
        assert sorted(made) == sorted(session.scalars(mains))
    letters = [
        path.name.partition("-return-filed-")[2] for path in service.settings.inbox.iterdir()
    ]
    filed = [name for name in letters if name]
    assert len(filed) == len(set(filed)) >= sum(key.startswith("D") for key in crowd.told)
    check(service)
    note(
        f"kills, {engine}: {len(parts)} kills, {len(crowd.told)} acknowledged, 0 lost, 0 doubled; "
        f"ready again after {max(away):.1f} s at most"
    )
