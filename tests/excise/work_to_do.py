"""Workflows for the tests of durable work; a file decides whether a step can succeed."""

import errno
import time
from pathlib import Path

from sqlalchemy.orm import Session

from excise import numbering, work
from excise.errors import Unavailable
from excise.logs import reference

HEARD: list[str] = []


class Refused(Exception):
    """What the step says while its file is not there."""


@work.workflow("test.guarded")
def guarded(file: str) -> None:
    HEARD.append(reference.get())
    work.transact(count, "before")
    work.tell_progress(1, 2)
    work.transact(need, file)
    work.transact(count, "after")


@work.workflow("test.long")
def long(file: str) -> None:
    for number in range(200):
        work.transact(count, f"long:{number}")
        time.sleep(0.05)


def count(session: Session, name: str) -> int:
    return numbering.take(session, f"effect:{name}")


def need(_session: Session, file: str) -> None:
    if not Path(file).exists():
        raise Refused(file)


FULL: list[str] = []


@work.workflow("test.written")
def written(name: str) -> None:
    work.outside(write, name)
    work.transact(count, name)


def write(name: str) -> None:
    if len(FULL) < 20:
        FULL.append(name)
        raise Unavailable("store-refused") from OSError(errno.ENOSPC, "No space left on device")
