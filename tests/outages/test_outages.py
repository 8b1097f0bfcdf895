"""A short form of what `prove/` proves at length: kills, stops, power cuts, a full disk.

One installation a database, on a disk of its own where there may be one, and one crowd
of clients who are never to be told anything that does not last.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from excise import work
from excise.db import Database
from prove.crowd import Crowd, faults_of_numbers, gather, lost
from prove.installations import Installed, check, give_back_room, installed, moved, process_of
from prove.outages import Disk, folder_for_disks, needs_disks, standing_still
from tests.journeys.conftest import wait_for
from tests.postgres import SAFE

KILLS = ("web", "worker")
AWAY = {503, "Server.Unavailable"}


@dataclass
class Scene:
    one: Installed
    crowd: Crowd
    database: Database
    disk: Disk | None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    with ExitStack() as stack:
        folder = stack.enter_context(folder_for_disks())
        log, place, disk = Path(folder, "log"), folder / "disk", None
        if needs_disks.args[0]:
            place.mkdir()
        else:
            disk = Disk(place)
        (place / "excise").mkdir()
        (place / "excise" / "log").symlink_to(log)
        where = {"server_folder": place / "pg", "settings": SAFE}
        one = stack.enter_context(installed(place / "excise", request.param, **where))
        one.service.start()
        database = stack.enter_context(closing(Database(one.service.settings.database_url)))
        yield Scene(one, gather(one.service, database, 70), database, disk)
        assert one.service.stop() == 0


def test_what_was_told_before_a_kill_or_a_stop_stands_once(scene):
    one, crowd = scene.one, scene.crowd
    with crowd.at_work(20):
        for number, part in enumerate(KILLS):
            crowd.wait_for((number + 1) / 4)
            os.kill(process_of(one.service, part), signal.SIGKILL)
        crowd.wait_for(3 / 4)
        if one.server:
            one.server.stop(signal.SIGQUIT)
            one.server.start()
    crowd.ask_again(crowd.told)
    crowd.compare(scene.database)
    work.drain(scene.database, limit_seconds=100)
    check(one.service)


@needs_disks
def test_a_full_disk_and_a_power_cut_break_no_promise(scene):
    one, crowd, disk = scene.one, scene.crowd, scene.disk
    with crowd.at_work():
        crowd.wait_for(0.1)
        give_back_room(scene.database)
        disk.fill()
        wait_for(lambda: crowd.refusals() >= AWAY)
        disk.clear()
        if one.server and one.server.process.poll() is not None:
            one.server.start()
        crowd.wait_for(0.7)
        with standing_still(*one.processes):
            told = dict(crowd.told)
            left = disk.after_a_power_cut(disk.place.with_name("left"))
    crowd.compare(scene.database)
    with moved(one, left.place) as again:
        database = Database(again.service.settings.database_url)
        with database.reading() as session:
            assert lost(told, session) == faults_of_numbers(session) == []
        database.close()
        check(again.service)
