"""Disks that fill up, fail, or let nobody write: no promise that is not kept, and all well again.

Pages say 503, SOAP says Server.Unavailable, and what can be read still is; once there is
room again the service goes on by itself.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from excise import work
from excise.db import Database
from prove.clients import GaveUp
from prove.conftest import note
from prove.crowd import Crowd, faults_of_numbers, gather, lost
from prove.installations import Installed, check, give_back_room, installed, moved
from prove.outages import MEBIBYTE, Disk, folder_for_disks, needs_disks, run
from tests.journeys.conftest import answers, wait_for
from tests.postgres import SAFE

ERRANDS = 80
BOTH_DOORS = {503, "Server.Unavailable"}
pytestmark = needs_disks


@pytest.fixture
def place() -> Iterator[Path]:
    with folder_for_disks() as folder:
        yield folder


@pytest.fixture
def disk(place: Path, tmp_path: Path) -> Disk:
    """A disk that is turned to reading only when it fails, as Debian's are."""
    disk = Disk(place / "disk", options="errors=remount-ro")
    (disk.place / "excise").mkdir()
    # The journal of the machine is elsewhere.
    (disk.place / "excise" / "log").symlink_to(tmp_path / "log")
    return disk


@pytest.fixture
def one(disk: Disk, engine: str) -> Iterator[Installed]:
    where = {"server_folder": disk.place / "pg", "settings": SAFE}
    with installed(disk.place / "excise", engine, **where) as one:
        one.service.start()
        yield one
        assert one.service.stop() == 0


@pytest.fixture
def database(one: Installed) -> Iterator[Database]:
    database = Database(one.service.settings.database_url)
    yield database
    database.close()


def refused(crowd: Crowd) -> bool:
    return crowd.refusals() >= BOTH_DOORS


def test_a_full_disk_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(
    one: Installed, disk: Disk, database: Database, engine: str
) -> None:
    """G3: disk full: 503 and Server.Unavailable, reading goes on, recovers by itself."""
    crowd = gather(one.service, database, ERRANDS)
    reader = crowd.come_in("taxpayer")
    with crowd.at_work():
        crowd.wait_for(0.2)
        reference = next(told for told in crowd.told.values() if told.startswith("PS"))
        give_back_room(database)
        disk.fill()
        wait_for(lambda: refused(crowd))
        told = len(crowd.told)
        read = reader.glance(f"/returns/sent/{reference}")
        disk.clear()
        if one.server and one.server.process.poll() is not None:
            one.server.start()  # as its own supervisor does: it panics when its log has no room
    crowd.ask_again(crowd.told)
    crowd.compare(database)
    work.drain(database, limit_seconds=120)
    check(one.service)
    assert read == 200 or engine == "postgresql"
    note(f"disk full, {engine}: {told} told before it, {len(crowd.told)} in all, reading: {read}")


def test_a_disk_that_fails_keeps_every_promise_that_was_made(
    place: Path, tmp_path: Path, engine: str
) -> None:
    """G3: I/O errors: nothing that was not kept is acknowledged; the repaired disk has it all."""
    small = place / "small"
    small.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", small)
    disk = Disk(small / "disk", megabytes=600, options="errors=remount-ro")
    (disk.place / "excise").mkdir()
    (disk.place / "excise" / "log").symlink_to(tmp_path / "log")
    where = {"server_folder": disk.place / "pg", "settings": SAFE}
    with installed(disk.place / "excise", engine, **where) as one:
        one.service.start()
        database = Database(one.service.settings.database_url)
        crowd = gather(one.service, database, ERRANDS)
        database.close()
        with suppress(GaveUp), crowd.at_work():
            crowd.wait_for(0.2)
            used = os.stat(disk.image).st_blocks * 512
            run("mount", "-o", f"remount,size={used + MEBIBYTE}", small)
            wait_for(lambda: refused(crowd))
            crowd.go_home()
        told = dict(crowd.told)
        one.kill()
        disk = disk.repaired(place / "repaired")
        with moved(one, disk.place) as again:
            database = Database(again.service.settings.database_url)
            again.service.start()
            crowd.ask_again(told, again.service)
            with database.reading() as session:
                assert lost(told, session) == faults_of_numbers(session) == []
            work.drain(database, limit_seconds=120)
            check(again.service)
            database.close()
            assert again.service.stop() == 0
    note(f"disk failing, {engine}: {len(told)} told before it, all there after its repair")


def test_a_disk_that_nobody_may_write_is_read_and_written_again_when_it_may_be(
    place: Path, tmp_path: Path
) -> None:
    """G3: read-only: pages are read, nothing is promised; mounted for writing it goes on."""
    disk = Disk(place / "disk")
    (disk.place / "excise").mkdir()
    (disk.place / "excise" / "log").symlink_to(tmp_path / "log")
    with installed(disk.place / "excise", "sqlite") as one:
        service = one.service
        service.start()
        database = Database(service.settings.database_url)
        crowd = gather(service, database, ERRANDS)
        database.close()  # while anybody has a file open for writing, the disk stays as it is
        reader = crowd.come_in("taxpayer")
        with crowd.at_work():
            crowd.wait_for(0.2)
            reference = next(told for told in crowd.told.values() if told.startswith("PS"))
            one.kill()
            disk.remount("ro")
            service.launch()
            wait_for(lambda: answers(f"{service.settings.public_url}/healthz"))
            wait_for(lambda: refused(crowd))
            told, read = len(crowd.told), reader.glance(f"/returns/sent/{reference}")
            disk.remount("rw")
        crowd.ask_again(crowd.told)
        crowd.compare(database)
        work.drain(database, limit_seconds=120)
        check(service)
        database.close()
        assert service.stop() == 0
    assert read == 200
    note(f"disk read-only: {told} told before it, {len(crowd.told)} in all, reading: {read}")
