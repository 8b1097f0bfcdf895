"""Run the web server and the worker as one service, and end them together."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType

from excise.config import Settings

WEB = [sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf"]
WORKER = [sys.executable, "-c", "from cli import main; main(['worker'])"]
GRACE_SECONDS = 25


def serve_all(settings: Settings) -> int:
    """Serve until told to stop; a part that dies by itself is started again.

    Returns 0 after an orderly stop.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    _announce(settings)
    commands = {"web": WEB, "worker": WORKER}
    parts = {name: _start(command) for name, command in commands.items()}
    while not stop.wait(0.5):
        for name, process in parts.items():
            if process.poll() is not None:
                print(f"the {name} ended ({process.returncode}), starting it again", flush=True)
                _end_group(process)
                time.sleep(1)  # not in a tight circle when it cannot start at all
                parts[name] = _start(commands[name])
    return _stop_all(list(parts.values()))


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # A group of its own: the terminal's Ctrl-C reaches only us, and we stop the parts in order.
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603  # our own programs


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what a dead part left behind: it would hold the ports and answer for a while."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _stop_all(processes: list[subprocess.Popen[bytes]]) -> int:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return 0


def _announce(settings: Settings) -> None:
    print(f"Portal       {settings.public_url}")
    print(f"Back office  {settings.backoffice_url}")
    print(f"Exchange     {settings.exchange_url}")
    if settings.demo:
        print("Sign-ins     excise demo --accounts")
    print("Stop with Ctrl-C.", flush=True)
