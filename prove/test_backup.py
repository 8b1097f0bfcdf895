"""Backups taken while everybody works: each gives back what had been acknowledged."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from excise.db import Database
from prove.conftest import KILLS, note
from prove.crowd import Crowd, faults_of_numbers, gather, lost
from prove.installations import PORTS, Installed
from tests.journeys.conftest import ROOT, Service, free_ports

BACKUPS = int(os.environ.get("PROVE_BACKUPS", "4"))
ERRANDS_A_BACKUP = 40


@dataclass
class Taken:
    """A backup, what had been acknowledged when it began, how long it and any pause took."""

    file: Path
    told: dict[str, str]
    seconds: float
    pause_seconds: float


def take(service: Service, crowd: Crowd, file: Path) -> Taken:
    """Make a backup as an operator does, and watch whether people wait for it."""
    told, began = dict(crowd.told), time.monotonic()
    process = command(service, "backup", str(file))
    seen, since, pause = len(told), began, 0.0
    while process.poll() is None:
        if len(crowd.told) > seen:
            seen, since = len(crowd.told), time.monotonic()
        pause = max(pause, time.monotonic() - since)
        time.sleep(0.01)
    assert process.returncode == 0
    return Taken(file, told, time.monotonic() - began, pause)


def command(service: Service, *words: str) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-c", "from cli import main; main()", *words]
    return subprocess.Popen(line, cwd=ROOT, env=service.environ)


@contextmanager
def empty(one: Installed, folder: Path) -> Iterator[Service]:
    """Give an installation that holds nothing, with an empty database of its own."""
    environ = one.service.environ | dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    environ |= {"EXCISE_DATA": str(folder), "EXCISE_WORKER": folder.name}
    if one.server:
        with psycopg.connect(f"{one.server.url}postgres", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {folder.name}")
        environ["EXCISE_DATABASE_URL"] = f"{one.server.url}{folder.name}"
    yield Service(environ)


def restore(service: Service, taken: Taken) -> None:
    done = service.excise("restore", str(taken.file), check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def wrong(service: Service, crowd: Crowd, taken: Taken) -> list[str]:
    """Compare, serve, and let clients ask for the newest of what they were told."""
    database = Database(service.settings.database_url)
    with database.reading() as session:
        found = lost(taken.told, session) + faults_of_numbers(session)
    database.close()
    service.start()
    crowd.ask_again(dict(list(taken.told.items())[-20:]), service)
    assert service.stop() == 0
    checked = service.excise("check", check=False)
    return [*found, *(line for line in checked.stdout.splitlines() if "FAULT" in line)]


def test_a_backup_under_load_gives_back_what_was_told_before_it_began(
    installation: Installed, database: Database, tmp_path: Path, chance: Random, engine: str
) -> None:
    """G13: backups while nine clients work; each restored elsewhere holds all, and serves."""
    crowd = gather(installation.service, database, ERRANDS_A_BACKUP * BACKUPS)
    taken = []
    with crowd.at_work():
        for number in range(BACKUPS):
            crowd.wait_for((number + chance.random()) / (BACKUPS + 1))
            taken.append(take(installation.service, crowd, tmp_path / f"backup{number}"))
    for number, each in enumerate(taken):
        with empty(installation, tmp_path / f"restored{number}") as service:
            restore(service, each)
            assert wrong(service, crowd, each) == []
    note(
        f"backups, {engine}: {BACKUPS} under load, {sum(len(each.told) for each in taken)}"
        f" acknowledged before them, 0 lost; {max(each.seconds for each in taken):.1f} s at most,"
        f" nobody waited longer than {max(each.pause_seconds for each in taken):.1f} s"
    )


def test_a_restore_that_is_killed_leaves_nothing_half_done(
    installation: Installed, database: Database, tmp_path: Path, chance: Random, engine: str
) -> None:
    """G13: kill -9 of the restore at random moments; called again, it goes on to the end."""
    crowd = gather(installation.service, database, ERRANDS_A_BACKUP)
    with crowd.at_work():
        crowd.wait_for(0.8)
        taken = take(installation.service, crowd, tmp_path / "backup")
    kills = 0
    with empty(installation, tmp_path / "killed") as service:
        for _ in range(KILLS):
            process = command(service, "restore", str(taken.file))
            time.sleep(5 * chance.random())
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            if process.wait() == 0 or in_place(service):
                break
        else:
            restore(service, taken)
        assert wrong(service, crowd, taken) == []
    note(f"restores, {engine}: {kills} kills, each time it went on")


def in_place(service: Service) -> bool:
    """Tell whether it was killed after the end, while it ran the checks."""
    folder = service.settings.data
    return (folder / "documents").exists() and not (folder / ".restoring").exists()
