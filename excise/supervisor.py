"""Run the web server and the worker as one service, and end them together."""

import atexit
import ctypes
import gc
import logging
import multiprocessing
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

from excise import metrics
from excise.config import Settings

Parts = Mapping[str, Callable[[], object]]
FORK = multiprocessing.get_context("fork")
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # <linux/prctl.h>
SIGNALS = (signal.SIGTERM, signal.SIGINT)
GRACE_SECONDS = 28  # more than either part takes, less than the 30 that who stops us waits
BACKLOG = 2048
GARBAGE = (20_000, 20, 20)  # a page makes some ten thousand objects, almost none in a circle
ENDING = (
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    "ระบบกำลังเริ่มใหม่ โปรดลองอีกครั้งในอีกสักครู่\n"
    "The service is being restarted. Please try again in a moment.\n"
).encode()
# Where counts and signs of life go: they must not need the disk.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
LOG = logging.getLogger("excise.supervisor")


def serve_all(settings: Settings, load: Callable[[], Parts]) -> int:
    """Serve until told to stop; a part that dies by itself is started again.

    `load` imports all that the parts need and returns what each of them runs. It is
    called once and the parts are forks of us, so that a new one serves at once. The
    numbers of the open ports are in EXCISE_SOCKETS.

    Returns 0 after an orderly stop, 1 when a port is taken.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in SIGNALS:
        signal.signal(number, end)
    count_together()
    with ExitStack() as stack:
        try:
            doors = [_listen(stack, settings.host, port) for port in settings.ports]
        except OSError as error:
            LOG.critical("a port cannot be opened", exc_info=error)
            return 1
        _announce(settings)
        os.environ["EXCISE_SOCKETS"] = ",".join(str(door.fileno()) for door in doors)
        mains = load()
        settle()
        parts = [_Part(name, main) for name, main in mains.items()]
        while not stop.wait(0.2):
            for part in parts:
                part.keep_up(stop)
        return _stop_all([part.process for part in parts], doors)


def settle() -> None:
    """Let the collector of garbage leave alone what is loaded: it lives as long as the process.

    To walk through it all, some hundred thousand objects, took every request that came to it
    a tenth of a second; and each walk made the forks copy what they share.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


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
    """One of the processes that make up the service."""

    name: str
    main: Callable[[], object]
    process: BaseProcess = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def keep_up(self, stop: threading.Event) -> None:
        """Start it again if it has ended, soon, but not in a tight circle."""
        if self.process.is_alive():
            return
        LOG.warning("a part ended", extra={"part": self.name, "code": self.process.exitcode})
        _end_group(self.process)
        metrics.forget_the_dead(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
        if time.monotonic() - self.began < 5 and stop.wait(1):
            return
        self._start()

    def _start(self) -> None:
        self.began = time.monotonic()
        self.process = FORK.Process(target=self._run, args=(os.getpid(),), name=self.name)
        with _undisturbed():
            self.process.start()

    def _run(self, supervisor: int) -> None:
        os.setsid()  # Ctrl-C reaches only the supervisor, which stops its parts in order
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        _bind(f"excise-{self.name}")
        if os.getppid() == supervisor:
            self.main()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back: a fork that was told to end as it began would not have heard it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _bind(name: str) -> None:
    """Show this process under a name, and end it when its parent dies without a word.

    It would hold the ports. Only Linux offers either.
    """
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_SET_NAME, name.encode())
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end_group(process: BaseProcess) -> None:
    """End what a dead part left behind: it would hold the ports and answer for a while."""
    assert process.pid is not None, "it was started"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _stop_all(processes: list[BaseProcess], doors: list[socket.socket]) -> int:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    while any(process.is_alive() for process in processes) and time.monotonic() < deadline:
        _turn_away(doors)
    for process in processes:
        if process.is_alive():
            LOG.error("a part did not end in time", extra={"pid": process.pid})
            _end_group(process)
            process.join()
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
