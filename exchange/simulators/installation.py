"""An installation for one story only: a folder of its own, free ports, the commands of users."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests

PORTS = ("PORTAL_PORT", "BACKOFFICE_PORT", "EXCHANGE_PORT")
EXCISE = [sys.executable, "-c", "from cli import main; main()"]
START_SECONDS, STOP_SECONDS = 60, 40


class Unexpected(Exception):
    """Something did not come out right; says what was expected and what came."""


@dataclass(frozen=True)
class Installation:
    """The addresses of the three doors, and the environment of the service behind them."""

    portal: str
    backoffice: str
    exchange: str
    environ: dict[str, str]

    def excise(self, *words: str) -> str:
        """Run a command as an operator does; return what it printed."""
        command = [*EXCISE, *words]
        done = subprocess.run(command, env=self.environ, text=True, capture_output=True)  # noqa: S603  # our own program
        if done.returncode:
            raise Unexpected(f"excise {' '.join(words)} failed\n{done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def installed() -> Iterator[Installation]:
    """Serve an empty installation; service and folder are gone at the end, whatever happens."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCISE_")}
    ports = list(map(str, _free_ports(len(PORTS))))
    with tempfile.TemporaryDirectory(prefix="excise-story-") as folder:
        environ = kept | dict(zip(PORTS, ports, strict=True))
        environ |= {
            "EXCISE_DATA": folder,
            "EXCISE_DEMO": "1",
            "TMPDIR": folder,
            "METRICS_PORT": "0",
        }
        portal, backoffice, exchange = (f"http://localhost:{port}" for port in ports)
        place = Installation(portal, backoffice, exchange, environ)
        place.excise("migrate")
        with _serving(place, Path(folder, "log")):
            yield place


@contextmanager
def _serving(place: Installation, log: Path) -> Iterator[None]:
    with log.open("wb") as file:
        # A group of its own: Ctrl-C reaches only us, and we stop it in order.
        service = subprocess.Popen(  # noqa: S603  # our own program
            [*EXCISE, "serve"], env=place.environ, stdout=file, stderr=file, start_new_session=True
        )
    try:
        for url in (place.portal, place.backoffice, place.exchange):
            wait_for(f"{url} to be ready", partial(_is_ready, url), seconds=START_SECONDS)
        yield
    finally:
        service.terminate()
        service.wait(STOP_SECONDS)


def wait_for(what: str, found: Callable[[], object], *, seconds: float = 60) -> None:
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
