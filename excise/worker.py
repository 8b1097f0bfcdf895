"""The worker process: runs durable work until told to stop."""

import logging
import os
import signal
import threading
from types import FrameType

import sqlalchemy as sa

from excise import records, work
from excise.config import Settings
from excise.db import Database

NICE = 5  # who waits for a page comes first, but not so much that it waits for our write
LOG = logging.getLogger("excise.work")


def run(settings: Settings, database: Database) -> bool:
    """Run durable work until SIGTERM or SIGINT, then finish what is held.

    False when the worker lost its place to others and has to begin anew.
    """
    os.nice(NICE)
    records.load_workflows()
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    _wait_for(database, stop)
    if stop.is_set():
        return True
    with work.worker(settings, database) as keeper:
        while not (stop.wait(0.5) or keeper.is_lost.is_set()):
            pass
    return stop.is_set()


def _wait_for(database: Database, stop: threading.Event) -> None:
    """Wait as long as the database is away: it may come up after us."""
    while not stop.is_set():
        try:
            with database.reading() as session:
                session.execute(sa.select(1))
            return
        except sa.exc.OperationalError as error:
            LOG.warning("database away", extra={"error": type(error).__name__})
            stop.wait(2)
