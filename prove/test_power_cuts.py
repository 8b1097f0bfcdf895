"""Power cuts: what the disk holds at that moment is all that is left.

The installation, with PostgreSQL's data where there are any, lies on a filesystem of its
own in a file. While clients file, everything stands still for a moment and the file is
copied: pages that nobody had asked the disk to keep are not in it. Mounted elsewhere, a
new service starts on the copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from excise.db import Database
from prove.conftest import CUTS, note
from prove.crowd import Crowd, faults_of_numbers, gather, lost
from prove.installations import Installed, check, installed, moved
from prove.outages import Disk, folder_for_disks, needs_disks, standing_still
from tests.postgres import FAST, SAFE

ERRANDS_A_CUT = 30
# What a service is when somebody takes the wrong setting for the faster one.
CARELESS = """
import sqlite3.dbapi2
from functools import partial

class Careless(sqlite3.Connection):
    def __init__(self, *args, **words):
        super().__init__(*args, **words)
        self.execute("PRAGMA synchronous=FULL")

    def execute(self, words, *rest):
        return super().execute(words.replace("synchronous=FULL", "synchronous=NORMAL"), *rest)

sqlite3.dbapi2.connect = partial(sqlite3.dbapi2.connect, factory=Careless)
"""
pytestmark = needs_disks


@dataclass
class Cut:
    """What a power cut left, and what had been acknowledged by then."""

    disk: Disk
    told: dict[str, str]


def cuts(one: Installed, disk: Disk, crowd: Crowd, chance: Random, times: int) -> list[Cut]:
    """Cut the power at random moments of the crowd's work."""
    made = []
    with crowd.at_work():
        for number in range(times):
            crowd.wait_for((number + 0.3 + 0.7 * chance.random()) / (times + 1))
            with standing_still(*one.processes):
                told = dict(crowd.told)
                made.append(Cut(disk.after_a_power_cut(disk.place.with_name(f"cut{number}")), told))
    return made


def damage(one: Installed, crowd: Crowd, cut: Cut) -> list[str]:
    """Start anew on what is left; return what is wrong there."""
    try:
        with moved(one, cut.disk.place) as again:
            database = Database(again.service.settings.database_url)
            with database.reading() as session:
                wrong = lost(cut.told, session) + faults_of_numbers(session)
            database.close()
            if not wrong:
                check(again.service)
                again.service.start()
                crowd.ask_again(dict(list(cut.told.items())[-20:]), again.service)
                assert again.service.stop() == 0
            return wrong
    except (sa.exc.DBAPIError, TimeoutError) as error:
        return [f"does not even open: {error}"]


@pytest.fixture
def place() -> Iterator[Path]:
    with folder_for_disks() as folder:
        yield folder


def cut_off(
    place: Path, engine: str, chance: Random, times: int, **changes: str
) -> list[list[str]]:
    """Return what each of the power cuts damaged."""
    disk = Disk(place / "disk")
    settings = FAST if changes else SAFE
    folders = {"server_folder": disk.place / "pg", "settings": settings}
    (disk.place / "excise").mkdir()
    with installed(disk.place / "excise", engine, **folders, **changes) as one:
        one.service.start()
        database = Database(one.service.settings.database_url)
        crowd = gather(one.service, database, ERRANDS_A_CUT * times)
        database.close()
        made = cuts(one, disk, crowd, chance, times)
        assert one.service.stop() == 0
    found = [damage(one, crowd, each) for each in made]
    told = sum(len(each.told) for each in made)
    note(
        f"power cuts, {engine}{' careless' * bool(changes)}: {times} cuts, "
        f"{told} acknowledged before them, {sum(map(len, found))} lost or damaged"
    )
    return found


def test_what_was_told_before_a_power_cut_is_there_after_it(
    engine: str, place: Path, chance: Random
) -> None:
    """G2: all that was acknowledged before a power cut is there, and asked again, told again."""
    assert cut_off(place, engine, chance, CUTS) == [[]] * CUTS


def test_this_proof_sees_what_a_careless_setting_loses(
    engine: str, place: Path, chance: Random, tmp_path: Path
) -> None:
    """G2: the proof can fail, so it is one: SQLite at NORMAL, PostgreSQL without fsync, lose."""
    (tmp_path / "sitecustomize.py").write_text(CARELESS)
    assert any(cut_off(place, engine, chance, 3, PYTHONPATH=str(tmp_path)))
