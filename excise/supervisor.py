"""Run the web server and the worker as one service, and end them together."""

import atexit
import logging
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import FrameType

from excise.config import Settings

# Where Linux offers it, a part is told to end when we die without a word: it would hold the ports.
BOUND = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
WEB = [*BOUND, sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf"]
WORKER = [*BOUND, sys.executable, "-c", "from cli import main; main(['worker'])"]
GRACE_SECONDS = 28  # more than either part takes, less than the 30 that who stops us waits
BACKLOG = 2048
ENDING = (
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    "ระบบกำลังเริ่มใหม่ โปรดลองอีกครั้งในอีกสักครู่\n"
    "The service is being restarted. Please try again in a moment.\n"
).encode()
# Where counts and signs of life go: they must not need the disk.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
LOG = logging.getLogger("excise.supervisor")


def serve_all(settings: Settings) -> int:
    """Serve until told to stop; a part that dies by itself is started again.

    Returns 0 after an orderly stop, 1 when a port is taken.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    count_together()
    with ExitStack() as stack:
        try:
            doors = [_listen(stack, settings.host, port) for port in settings.ports]
        except OSError as error:
            LOG.critical("a port cannot be opened", exc_info=error)
            return 1
        _announce(settings)
        parts = [_Part("web", WEB, doors), _Part("worker", WORKER)]
        while not stop.wait(0.2):
            for part in parts:
                part.keep_up(stop)
        return _stop_all([part.process for part in parts], doors)


def count_together() -> None:
    """Let all processes that begin from here add up what they count; see `excise.metrics`."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        return
    folder, owner = tempfile.mkdtemp(prefix="excise-metrics-", dir=IN_MEMORY), os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder

    @atexit.register
    def clear() -> None:
        if os.getpid() == owner:  # not the forks
            shutil.rmtree(folder, ignore_errors=True)


def _listen(stack: ExitStack, host: str, port: int) -> socket.socket:
    """Open a port here, so that nobody is refused while the web server starts again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return stack.enter_context(socket.create_server((host, port), family=family, backlog=BACKLOG))


@dataclass
class _Part:
    """One of our programs, and the sockets that it serves."""

    name: str
    command: list[str]
    doors: list[socket.socket] = field(default_factory=list)
    process: subprocess.Popen[bytes] = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def keep_up(self, stop: threading.Event) -> None:
        """Start it again if it has ended, soon, but not in a tight circle."""
        code = self.process.poll()
        if code is None:
            return
        LOG.warning("a part ended", extra={"part": self.name, "code": code})
        _end_group(self.process)
        if time.monotonic() - self.began < 5 and stop.wait(1):
            return
        self._start()

    def _start(self) -> None:
        numbers = [door.fileno() for door in self.doors]
        told = {"EXCISE_SOCKETS": ",".join(map(str, numbers))} if numbers else {}
        self.began = time.monotonic()
        # A group of its own: Ctrl-C reaches only us, and we stop the parts in order.
        self.process = subprocess.Popen(  # noqa: S603  # our own programs
            self.command, env=os.environ | told, pass_fds=numbers, start_new_session=True
        )


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what a dead part left behind: it would hold the ports and answer for a while."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _stop_all(processes: list[subprocess.Popen[bytes]], doors: list[socket.socket]) -> int:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
        _turn_away(doors)
    for process in processes:
        if process.poll() is None:
            LOG.error("a part did not end in time", extra={"pid": process.pid})
            _end_group(process)
            process.wait()
    deadline = time.monotonic() + 1
    while _turn_away(doors) and time.monotonic() < deadline:
        pass
    return 0


def _turn_away(doors: list[socket.socket]) -> bool:
    """Tell those who still come that we end; a closed connection would leave them in doubt.

    False when nobody comes.
    """
    waiting = select.select(doors, [], [], 0.1)[0]
    for door in waiting:
        with suppress(OSError):  # taken by the web server, or gone already
            door.setblocking(False)
            visitor, _ = door.accept()
            with visitor:
                visitor.settimeout(0.5)
                visitor.recv(1 << 16)
                visitor.sendall(ENDING)
                visitor.shutdown(socket.SHUT_WR)
                visitor.recv(1 << 16)
    return bool(waiting)


def _announce(settings: Settings) -> None:
    print(f"Portal       {settings.public_url}")
    print(f"Back office  {settings.backoffice_url}")
    print(f"Exchange     {settings.exchange_url}")
    if settings.demo:
        print("Sign-ins     excise demo --accounts")
    print("Stop with Ctrl-C.", flush=True)
