"""A worker with slow work, to be killed: `python -m tests.excise.interrupted_worker URL`."""

import sys
import time
from pathlib import Path

from sqlalchemy.orm import Session

from excise import numbering, work
from excise.config import Settings
from excise.db import Database
from tests.excise import work_to_do

STEPS = 4
assert work_to_do.long


@work.workflow("test.steps")
def steps(key: str) -> None:
    for number in range(STEPS):
        work.transact(effect, f"{key}:{number}")
        work.outside(pause, 0.03)


def effect(session: Session, name: str) -> int:
    """Count: whoever does a step twice leaves a 2."""
    return numbering.take(session, f"effect:{name}")


def pause(seconds: float) -> None:
    time.sleep(seconds)


def main(url: str) -> None:
    settings = Settings(data=Path(), database_url=url)
    with work.worker(settings, Database(url)):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    main(sys.argv[1])
