"""The real thing: `excise serve` with its worker, and Debian's Chromium in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from excise.config import Settings, from_environment

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "web/frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Put together in the page: reading all that axe says takes us 0.2 s a page.
FAULTS = """async rules => {
    const found = await axe.run({runOnly: rules, resultTypes: ["violations"]});
    return found.violations.flatMap(fault =>
        fault.nodes.map(node => `${fault.id}: ${node.target} ${fault.help}`));
}"""


@dataclass
class Service:
    """A running installation in a folder of its own."""

    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def settings(self) -> Settings:
        return from_environment(self.environ)

    def excise(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as an operator does."""
        command = [sys.executable, "-c", "from cli import main; main()", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environ, text=True, capture_output=True, check=check
        )

    def launch(self) -> None:
        """Begin to serve, and do not wait for it."""
        command = [sys.executable, "-c", "from cli import main; main(['serve'])"]
        with Path(self.environ["EXCISE_DATA"], "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )

    def start(self) -> None:
        """Serve, and wait until every door is ready."""
        self.launch()
        settings = self.settings
        for url in (settings.public_url, settings.backoffice_url, settings.exchange_url):
            wait_for(lambda url=url: answers(f"{url}/readyz"))

    def stop(self) -> int:
        """Stop it as a supervisor does; return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_for(found: Callable[[], object], *, seconds: int = 60) -> None:
    """Wait until something is so; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"not in {seconds} s: {found}"
        time.sleep(0.2)


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def install(folder: Path, **settings: str) -> Service:
    """Make a migrated installation, with these settings, that does not serve yet."""
    names = ("PORTAL_PORT", "BACKOFFICE_PORT", "EXCHANGE_PORT", "METRICS_PORT")
    ports = {name: str(port) for name, port in zip(names, free_ports(4), strict=True)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCISE_")}
    environ = {**kept, **ports, "EXCISE_DATA": str(folder), "EXCISE_DEMO": "1"} | settings
    service = Service(environ)
    service.excise("migrate")
    return service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An installation that serves all journeys; it must stop in an orderly way."""
    service = install(tmp_path_factory.mktemp("service"))
    service.start()
    yield service
    assert service.stop() == 0


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that ends with its module: while it lives, nothing else may start an event loop."""
    assert CHROMIUM, "apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def new_page(browser: Browser, *, language: str = "th-TH", width: int = 1280) -> Page:
    """Open a browser window of one person."""
    context = browser.new_context(locale=language, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def axe(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it stands.

    A page that shows how far some work is renews itself: then it is looked at anew.
    """
    for _ in range(5):
        try:
            # The page's own policy lets no foreign script in; the debugger may evaluate one.
            page.evaluate(AXE.read_text())
            found: list[str] = page.evaluate(FAULTS, RULES)
        except Error as error:
            if "context was destroyed" not in error.message and "axe" not in error.message:
                raise
            page.wait_for_load_state()
        else:
            return found
    raise AssertionError(f"{page.url} never stands still")
