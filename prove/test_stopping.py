"""Stopped in order while clients work: nothing that was accepted is dropped."""

import time
from random import Random

from excise import work
from excise.db import Database
from prove.conftest import note
from prove.crowd import gather
from prove.installations import check
from tests.journeys.conftest import Service

STOPS = 5
ERRANDS_A_STOP = 30


def test_a_service_told_to_stop_ends_in_time_and_keeps_what_it_took(
    service: Service, database: Database, chance: Random, engine: str
) -> None:
    """G5: SIGTERM under load: exit 0, under 30 s, no accepted request dropped."""
    crowd = gather(service, database, ERRANDS_A_STOP * STOPS)
    seconds = []
    with crowd.at_work():
        for number in range(STOPS):
            crowd.wait_for((number + chance.random()) / (STOPS + 1))
            since = time.monotonic()
            assert service.stop() == 0
            seconds.append(time.monotonic() - since)
            service.start()
    assert max(seconds) < 30
    assert crowd.dropped() == 0
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    work.drain(database, limit_seconds=300)
    check(service)
    note(
        f"stopped, {engine}: {STOPS} times under load, {max(seconds):.1f} s at most, exit 0; "
        f"{len(crowd.told)} acknowledged, 0 lost, no request without an answer"
    )
