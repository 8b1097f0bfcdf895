"""Long service: memory and open files stay what they were."""

import os
import random
import time
from pathlib import Path

from excise import work
from excise.db import Database
from prove.conftest import REQUESTS, note
from prove.crowd import gather
from prove.installations import check, process_of
from tests.journeys.conftest import Service

WARM_SHARE = 0.3
GROWTH_KIB = 5 * 1024
PAGES = ("/", "/returns/", "/bills/", "/registrations/", "/receipts/", "/account/")


def kibibytes(process: int) -> int:
    """What the process has in memory that is its own."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise AssertionError


def files(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/fd"))


def test_ten_thousand_requests_leave_memory_and_files_as_they_were(
    service: Service, database: Database, engine: str, chance: random.Random
) -> None:
    """G9: under 5 MB more per 10,000 requests after warming up, open files flat."""
    wanted = round(REQUESTS * (1 + WARM_SHARE))
    crowd = gather(service, database, round(wanted * 0.4))  # the others are pages
    parts = {"web": process_of(service, "web"), "worker": process_of(service, "worker")}
    readers = [crowd.come_in("taxpayer") for _ in range(2)]
    seen: dict[str, list[tuple[int, int, int]]] = {name: [] for name in parts}
    asked = 0
    with crowd.at_work():
        while asked < wanted * 0.6:
            for _ in range(60):
                reader = readers[asked % 2]
                assert reader.glance(chance.choice(PAGES)) == 200
                asked += 1
            crowd.wait_for(min(1, asked / (wanted * 0.6)))
            for name, process in parts.items():
                done = asked + len(crowd.told)
                seen[name].append((done, kibibytes(process), files(process)))
    work.drain(database, limit_seconds=600)
    time.sleep(5)
    check(service)
    done = asked + len(crowd.told)
    for name, process in parts.items():
        warm = next(each for each in seen[name] if each[0] >= done * WARM_SHARE)
        grown = kibibytes(process) - warm[1]
        growth = grown * 10_000 / (done - warm[0])
        note(
            f"soak, {engine}, {name}: {done} requests, {growth / 1024:+.1f} MB per 10,000, "
            f"open files {warm[2]} then {files(process)}"
        )
        assert growth < GROWTH_KIB, seen[name]
        assert files(process) <= warm[2] + 8
    assert set(parts.values()) == {process_of(service, "web"), process_of(service, "worker")}
