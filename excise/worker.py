"""The worker process: runs durable work until told to stop."""

import signal
import threading
from types import FrameType

from excise import records, work
from excise.config import Settings
from excise.db import Database


def run(settings: Settings, database: Database) -> None:
    """Run durable work until SIGTERM or SIGINT, then finish what is held."""
    records.load_workflows()
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with work.worker(settings, database):
        stop.wait()
