"""Many machines on one: network namespaces on a bridge, laid out as docs/deployment.md says.

What runs on them are the files of docs/examples/deployment, with other folders in them.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from prove.outages import run
from tests.journeys.conftest import ROOT, Service, answers
from tests.journeys.conftest import wait_for as wait_some_time_for

EXAMPLES = ROOT / "docs/examples/deployment"
POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
NETWORK, BRIDGE = "10.86.0", "excise0"
DOMAIN = "excise.example.org"
SITES = [f"{door}.{DOMAIN}" for door in ("portal", "backoffice", "exchange")]
NUMBERS = {
    "proxy": 2,
    "web-1": 11,
    "web-2": 12,
    "work-1": 21,
    "work-2": 22,
    "db-1": 31,
    "db-2": 32,
    "counts": 41,
}
NAMES = {name: f"{NETWORK}.{number}" for name, number in NUMBERS.items()}
NAMES |= dict.fromkeys(SITES, NAMES["proxy"])
PASSWORD = "kept-between-machines"
AS_POSTGRES = ["setpriv", "--reset-env", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
PROGRAMS = ("ip", "nginx", "redis-server", "openssl", "setpriv", "unshare")
_MISSING = [name for name in PROGRAMS if not shutil.which(name)]
needs_machines = pytest.mark.skipif(
    os.getuid() != 0 or bool(_MISSING) or not POSTGRESQL,
    reason=f"needs root, Debian's PostgreSQL, and {_MISSING or 'network namespaces'}",
)


def wait_for(found: Callable[[], object]) -> None:
    """Wait until something is so; many processes that begin at once take their time."""
    wait_some_time_for(found, seconds=300)


def kill_all(space: str) -> None:
    """Kill all that runs in a namespace."""
    for process in run("ip", "netns", "pids", space).split():
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)


class Machine:
    """A host with a name, an address and a cable."""

    def __init__(self, name: str) -> None:
        """Plug it in."""
        self.name, self.address = name, NAMES[name]
        self.space, self._cable = f"excise-{name}", f"ex-{name}"
        hosts = Path("/etc/netns", self.space, "hosts")
        hosts.parent.mkdir(parents=True, exist_ok=True)
        hosts.write_text("".join(f"{address} {each}\n" for each, address in NAMES.items()))
        run("ip", "netns", "add", self.space)
        there = ("peer", "name", "eth0", "netns", self.space)
        run("ip", "link", "add", self._cable, "type", "veth", *there)
        run("ip", "-n", self.space, "address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            run("ip", "-n", self.space, "link", "set", device, "up")
        run("ip", "link", "set", self._cable, "master", BRIDGE, "up")
        for line in (EXAMPLES / "sysctl.conf").read_text().splitlines():
            if not line.startswith("#"):
                name, _, value = line.partition(" = ")
                self.do("sh", "-c", f"echo {value} > /proc/sys/{name.replace('.', '/')}")

    def words(self, *command: object) -> list[str]:
        """Return the command that runs this one here."""
        named = ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', self.name]
        return ["ip", "netns", "exec", self.space, *named, *map(str, command)]

    def do(self, *command: object, **more: Any) -> str:
        """Run a program here to its end."""
        done = subprocess.run(self.words(*command), text=True, capture_output=True, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def unplug(self) -> None:
        """Pull the cable: nobody is told, what is sent is lost."""
        run("ip", "link", "set", self._cable, "down")

    def plug_in(self) -> None:
        """Put the cable back."""
        run("ip", "link", "set", self._cable, "up")

    def kill(self) -> None:
        """Kill all that runs here."""
        kill_all(self.space)


def remove_all() -> None:
    """Leave nothing behind, also of what was given up half-way."""
    there = run("ip", "netns").split()
    for name in NUMBERS:
        if f"excise-{name}" in there:
            kill_all(f"excise-{name}")
            run("ip", "netns", "delete", f"excise-{name}")
        shutil.rmtree(Path("/etc/netns", f"excise-{name}"), ignore_errors=True)
    for link in (BRIDGE, *(f"ex-{name}" for name in NUMBERS)):  # the last go by themselves, later
        subprocess.run(["ip", "link", "delete", link], capture_output=True)


@dataclass
class Unit:
    """A program that a machine is there for."""

    machine: Machine
    command: list[str]
    log: Path
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Begin."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.machine.words(*self.command),
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches only us
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it in order; return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(40)

    def kill(self) -> None:
        """Kill it and all that came from it."""
        self.machine.kill()
        self.process.wait()


class Deployment(Service):
    """Proxy, two web hosts, two workers, primary and replica, the store of the rate limits."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        """Lay out the machines and bring everything up, migrated."""
        self.folder, self.machines = folder, {name: Machine(name) for name in NUMBERS}
        self.units: dict[str, Unit] = {}
        self._moved = {
            "/etc/excise": str(folder),
            "/etc/nginx": str(folder),
            "/var/log/nginx": str(folder),
            "/run/nginx.pid": str(folder / "nginx.pid"),
            "/srv/excise": str(folder / "data"),
            "/var/cache/excise": str(folder / "cache"),
            "/opt/excise": str(ROOT),
            "PASSWORD": PASSWORD,
        }
        for name in ("data", "cache", "tls"):
            (folder / name).mkdir()
        for name in ("environment", "nginx.conf", "away.conf", "redis.conf"):
            (folder / name).write_text(self.example(name))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCISE_")}
        super().__init__(kept | _settings(folder / "environment") | dict(environ))
        self._certify()

    def example(self, name: str) -> str:
        """Return a file of the documentation with our folders in it."""
        text = (EXAMPLES / name).read_text()
        for there, here in self._moved.items():
            text = text.replace(there, here)
        return text

    def _certify(self) -> None:
        """Make an authority, and one certificate for the sites and the databases."""
        tls = self.folder / "tls"
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        (tls / "empty.cnf").write_text("[req]\ndistinguished_name = names\n[names]\n")
        make = ("openssl", "req", "-x509", "-config", tls / "empty.cnf", "-days", 2, *key)
        own = ("-keyout", tls / "ca.key", "-out", tls / "ca.pem")
        run(*make, *own, "-subj", "/CN=Authority", "-addext", "basicConstraints=critical,CA:TRUE")
        who = ",".join(f"DNS:{name}" for name in [*SITES, "db-1", "db-2"])
        by = ("-CA", tls / "ca.pem", "-CAkey", tls / "ca.key", "-addext", f"subjectAltName={who}")
        run(
            *make, *by, "-subj", "/CN=excise", "-keyout", tls / "site.key", "-out", tls / "site.pem"
        )
        for suffix in ("key", "pem"):
            shutil.copy(tls / f"site.{suffix}", tls / f"db.{suffix}")
            shutil.chown(tls / f"db.{suffix}", "postgres")
        (tls / "db.key").chmod(0o600)

    def begin(self, name: str, *command: object, environ: Mapping[str, str] = os.environ) -> Unit:
        """Let a machine run what it is there for, or something beside it: "web-1 beside"."""
        log = self.folder / f"{name}.log"
        unit = Unit(self.machines[name.split()[0]], [*map(str, command)], log, environ)
        if name in self.units:
            self.units[name].process.wait()
        unit.start()
        self.units[name] = unit
        return unit

    def begin_service(self, name: str, service: str) -> None:
        """Run what a unit of systemd says."""
        told = [
            line.partition("=") for line in self.example(f"systemd/{service}.service").splitlines()
        ]
        options = {name: value for name, _, value in told}
        environ = self.environ | dict([options["Environment"].split("=", 1)])
        self.begin(name, *shlex.split(options["ExecStart"]), environ=environ)

    def excise(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on a worker's machine, as an operator does."""
        command = self.machines["work-2"].words(ROOT / ".venv/bin/excise", *words)
        return subprocess.run(
            command, env=self.environ, text=True, capture_output=True, check=check
        )

    def begin_all(self) -> None:
        """Start everything, databases first, and wait until every web host is ready."""
        self.begin("counts", "redis-server", self.folder / "redis.conf")
        Primary(self).begin()
        self.excise("migrate")
        for name in ("web-1", "web-2"):
            self.begin_service(name, "excise-web")
        for name in ("work-1", "work-2"):
            self.begin_service(name, "excise-worker")
        for name in ("web-1", "web-2"):
            self.wait_until_ready(name)
        self.begin("proxy", "nginx", "-c", self.folder / "nginx.conf", "-g", "daemon off;")

    def wait_until_ready(self, name: str) -> None:
        """Wait until a web host can do its work."""
        for port in self.settings.ports:
            wait_for(lambda port=port: answers(f"http://{NAMES[name]}:{port}/readyz"))

    def lead_to(self, *hosts: str) -> None:
        """Let the proxy know these web hosts only, as an operator does for an upgrade."""
        lines = self.example("nginx.conf").splitlines()
        others = {"web-1", "web-2"} - set(hosts)
        kept = [line for line in lines if not any(f"server {each}:" in line for each in others)]
        (self.folder / "nginx.conf").write_text("\n".join(kept))
        old = self._of_proxy()
        self.units["proxy"].process.send_signal(signal.SIGHUP)
        wait_for(lambda: not old & self._of_proxy())

    def _of_proxy(self) -> set[int]:
        found = run("ip", "netns", "pids", self.machines["proxy"].space).split()
        return {int(each) for each in found} - {self.units["proxy"].process.pid}

    def end(self) -> None:
        """Let nothing run any more."""
        for machine in self.machines.values():
            machine.kill()
        for unit in self.units.values():
            unit.process.wait()


class Primary:
    """The database that writes, and the replica that has all that was acknowledged."""

    def __init__(self, deployment: Deployment) -> None:
        """Give each its folder."""
        self._deployment = deployment

    def _folder(self, name: str) -> Path:
        return self._deployment.folder / name

    def begin(self) -> None:
        """Make the primary, then the replica from it, then let commits wait for the replica."""
        self._configure("db-1")
        self.do("db-1", "initdb", "-D", "data", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
        self._launch("db-1")
        for words in (
            f"CREATE ROLE excise LOGIN PASSWORD '{PASSWORD}'",
            f"CREATE ROLE replicator LOGIN REPLICATION PASSWORD '{PASSWORD}'",
            "CREATE DATABASE excise OWNER excise",
        ):
            self.say("db-1", words)
        self._configure("db-2")
        self.follow("db-2", "db-1")

    def follow(self, name: str, leader: str) -> None:
        """Make a replica, as the documentation says."""
        where = f"host={leader} user=replicator password={PASSWORD} sslmode=require"
        self.do(name, "pg_basebackup", "-D", "data", "-d", where, "-R", "-c", "fast")
        self._launch(name)
        kept = self._deployment.example("postgresql/synchronous.conf")
        (self._folder(leader) / "conf.d/synchronous.conf").write_text(kept)
        self.say(leader, "SELECT pg_reload_conf()")
        wait_for(lambda: self.say(leader, "SELECT sync_state FROM pg_stat_replication") == "quorum")

    def promote(self, name: str) -> None:
        """Make the replica the one that writes."""
        self.do(name, "pg_ctl", "promote", "-D", "data")

    def do(self, name: str, program: str, *words: str) -> str:
        """Run a program of PostgreSQL as its user."""
        command = (*AS_POSTGRES, POSTGRESQL[-1] / program, *words)
        return self._deployment.machines[name].do(*command, cwd=self._folder(name))

    def say(self, name: str, words: str) -> str:
        """Say something as the administrator."""
        return self.do(name, "psql", "-h", str(self._folder(name)), "-U", "postgres", "-Atc", words)

    def _configure(self, name: str) -> None:
        folder = self._folder(name)
        (folder / "conf.d").mkdir(parents=True)
        example = self._deployment.example
        (folder / "conf.d/excise.conf").write_text(example("postgresql/excise.conf"))
        (folder / "pg_hba.conf").write_text(example("postgresql/pg_hba.conf"))
        (folder / "postgresql.conf").write_text(
            f"hba_file = '{folder}/pg_hba.conf'\nunix_socket_directories = '{folder}'\n"
            "include_dir 'conf.d'\n"
        )
        run("chown", "-R", "postgres:", folder)

    def _launch(self, name: str) -> None:
        folder = self._folder(name)
        command = (*AS_POSTGRES, POSTGRESQL[-1] / "postgres", "-D", folder / "data")
        self._deployment.begin(name, *command, "-c", f"config_file={folder}/postgresql.conf")
        wait_for(lambda: self._answers(name))

    def _answers(self, name: str) -> bool:
        with suppress(AssertionError):
            return self.say(name, "SELECT 1") == "1"
        return False


def _settings(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@contextmanager
def network() -> Iterator[None]:
    """Let there be a bridge, and let this process know the names of the machines."""
    remove_all()
    ask = socket.getaddrinfo
    try:
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        socket.getaddrinfo = lambda host, *more, **told: ask(NAMES.get(host, host), *more, **told)
        yield
    finally:
        socket.getaddrinfo = ask
        remove_all()


@contextmanager
def deployed(folder: Path, **environ: str) -> Iterator[Deployment]:
    """Yield a deployment that serves; nothing of it stays."""
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(0o755)  # the database's user must get through
    with network():
        deployment = Deployment(folder, environ)
        try:
            deployment.begin_all()
            yield deployment
        finally:
            deployment.end()
