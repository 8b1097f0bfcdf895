"""An installation for one story only: a folder of its own, free ports, the commands of users."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests

PORTS = ("PORTAL_PORT", "BACKOFFICE_PORT", "EXCHANGE_PORT")
START_SECONDS = 60
STOP_SECONDS = 40
EXCISE = [sys.executable, "-c", "from cli import main; main()"]


class Unexpected(Exception):
    """Something did not come out right; says what was expected and what came."""


@dataclass(frozen=True)
class Installation:
    """A service that runs, with its addresses and its environment."""

    environ: dict[str, str]

    @property
    def portal(self) -> str:
        """Address of the taxpayers' site."""
        return self._at("PORTAL_PORT")

    @property
    def backoffice(self) -> str:
        """Address of the officers' site."""
        return self._at("BACKOFFICE_PORT")

    @property
    def exchange(self) -> str:
        """Address of the agencies' door."""
        return self._at("EXCHANGE_PORT")

    def _at(self, port: str) -> str:
        return f"http://localhost:{self.environ[port]}"

    def excise(self, *commands: Sequence[str]) -> list[str]:
        """Run commands as an operator does, side by side; return what each printed."""
        running = [
            subprocess.Popen(  # noqa: S603  # our own program
                [*EXCISE, *words],
                env=self.environ,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for words in commands
        ]
        ended = [process.communicate() for process in running]
        for words, process, (printed, complaint) in zip(commands, running, ended, strict=True):
            if process.returncode:
                raise Unexpected(f"excise {' '.join(words)} failed\n{printed}{complaint}")
        return [printed for printed, _ in ended]


@contextmanager
def installed() -> Iterator[Installation]:
    """Make an empty installation; its folder is removed at the end, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="excise-story-"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCISE_")}
    ports = dict(zip(PORTS, map(str, _free_ports(len(PORTS))), strict=True))
    try:
        place = Installation(kept | ports | {"EXCISE_DATA": str(folder), "EXCISE_DEMO": "1"})
        place.excise(["migrate"])
        yield place
    finally:
        shutil.rmtree(folder)


@contextmanager
def serving(place: Installation) -> Iterator[None]:
    """Run `excise serve` for as long as the block lasts."""
    log_name = Path(place.environ["EXCISE_DATA"], "log")
    with log_name.open("wb") as log:
        # A group of its own: Ctrl-C reaches only us, and we stop it in order.
        service = subprocess.Popen(  # noqa: S603  # our own program
            [*EXCISE, "serve"], env=place.environ, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_ready(place, log_name)
        yield
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(STOP_SECONDS)


def _wait_until_ready(place: Installation, log_name: Path) -> None:
    try:
        for url in (place.portal, place.backoffice, place.exchange):
            wait_for(f"{url} to be ready", partial(_is_ready, url), seconds=START_SECONDS)
    except Unexpected as error:
        tail = "\n".join(log_name.read_text(errors="replace").splitlines()[-20:])
        raise Unexpected(f"{error}\nThe end of its log:\n{tail}") from error


def wait_for(what: str, found: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait until something is so; raises Unexpected when it takes too long."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise Unexpected(f"waited {seconds:g} s for {what}")
        time.sleep(0.25)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
