"""Several hosts over one PostgreSQL, and each of them dies in its turn while people file.

By kill, where the system says so at once, and by a pulled cable, where nobody says anything.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import requests
import sqlalchemy as sa

from exchange.simulators.people import CODE_SECONDS, PASSWORD, code_of
from excise import work
from excise.db import Database
from excise.documents.models import Document
from prove.clients import OFFICER, TELEPHONE, Clerk, Insistent, Taxpayer
from prove.conftest import KILLS, note
from prove.crowd import Crowd, gather
from prove.machines import NAMES, Deployment, Primary, deployed, needs_machines, wait_for
from prove.test_workers import paid

pytestmark = needs_machines
ERRANDS_A_FAULT = 5 * KILLS
HELD = "SELECT pg_advisory_xact_lock(86)"
LATER = {503, "Server.Unavailable"}
SILENCE_SECONDS = 14  # until PostgreSQL gives up a client, see excise/db.py


def succeed(place: Deployment, *words: str) -> None:
    """Run a command that must succeed."""
    done = place.excise(*words, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Scene:
    """The machines, the people, and the books."""

    place: Deployment
    crowd: Crowd
    database: Database

    def ends_well(self) -> None:
        """Nothing that was told is lost, doubled or told otherwise."""
        self.crowd.ask_again(self.crowd.told)
        self.crowd.compare(self.database)
        work.drain(self.database, limit_seconds=300)
        succeed(self.place, "check")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A deployment that serves, and stops in order."""
    folder = tmp_path_factory.mktemp("machines")
    told = {"REQUESTS_CA_BUNDLE": str(folder / "tls/ca.pem"), "EXCISE_SMTP_URL": ""}
    limits = dict.fromkeys(("EXCISE_SIGN_IN_LIMIT", "EXCISE_ADDRESS_LIMIT"), "1000000 per minute")
    with (
        deployed(folder, EXCISE_DEMO="1", **told, **limits) as place,
        closing(Database(place.settings.database_url)) as database,
    ):
        yield Scene(place, gather(place, database, 5 * ERRANDS_A_FAULT), database)
        for name in ("web-1", "web-2", "work-1", "work-2"):
            assert place.units[name].stop() == 0, name


def test_a_sign_in_a_form_and_a_code_hold_on_every_web_host(scene: Scene) -> None:
    place = scene.place
    filing = next(each for each in scene.crowd.errands if each.role == "taxpayer")
    place.lead_to("web-1")
    owner, clerk = Taxpayer(place), Clerk(place)
    owner.open(f"/returns/{filing.key}/check")
    code = code_of(TELEPHONE, Clerk._used[""] * CODE_SECONDS)
    place.lead_to("web-2")
    owner.send(declared="y")  # the form of the one host, sent to the other
    scene.crowd.told[filing.key] = owner.reference
    twin = Insistent(place, place.settings.backoffice_url, OFFICER)
    twin._sign_in()
    twin.send(code=code, refused=True)  # taken once, wherever
    brought = next(each for each in scene.crowd.errands if each.role == "cashier")
    scene.crowd.told[brought.key] = brought.go(clerk)
    place.lead_to("web-1", "web-2")
    for _ in range(4):
        clerk.open(f"/payments/files/{scene.crowd.told[brought.key]}")
        owner.open(f"/returns/sent/{scene.crowd.told[filing.key]}")


def asked(host: str, address: str) -> int:
    """Ask a web host from an address, as the proxy does, for what is limited."""
    url = f"http://{NAMES[host]}:8000/v"
    return requests.get(url, headers={"X-Forwarded-For": address}, timeout=20).status_code


def test_the_hosts_count_together_and_do_without_when_the_counts_are_away(scene: Scene) -> None:
    place = scene.place
    told = [asked(f"web-{number % 2 + 1}", "192.0.2.1") for number in range(34)]
    assert told == [200] * 30 + [429] * 4
    place.machines["counts"].unplug()
    since = time.monotonic()
    told = [asked(f"web-{number % 2 + 1}", "192.0.2.2") for number in range(8)]
    assert told == [200] * 8
    note(f"machines: 8 answers in {time.monotonic() - since:.1f} s while the counts fell silent")
    place.machines["counts"].plug_in()


def lines(file: Path) -> list[dict[str, object]]:
    """Return the lines of a log that are ours."""
    return [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{")]


def test_a_web_host_that_dies_is_done_without(scene: Scene, chance: Random) -> None:
    place, crowd = scene.place, scene.crowd
    with crowd.at_work(ERRANDS_A_FAULT):
        crowd.wait_for(chance.random() / 2)
        place.units["web-1"].kill()
    place.begin_service("web-1", "excise-web")
    place.wait_until_ready("web-1")
    assert crowd.refusals() <= LATER
    scene.ends_well()


def test_a_web_host_that_falls_silent_is_done_without(scene: Scene, chance: Random) -> None:
    place, crowd = scene.place, scene.crowd
    with crowd.at_work(ERRANDS_A_FAULT):
        crowd.wait_for(chance.random() / 2)
        place.machines["web-1"].unplug()
    place.machines["web-1"].plug_in()
    place.wait_until_ready("web-1")
    assert crowd.refusals() <= LATER
    scene.ends_well()
    slowest = max(float(str(each["seconds"])) for each in lines(place.folder / "access.log"))
    assert slowest < 45
    note(f"machines: a silent web host held one up for {slowest:.1f} s at most")


def test_what_a_silent_web_host_had_locked_is_free_again_soon(scene: Scene) -> None:
    place = scene.place
    program = (
        "from excise.config import from_environment as f; from excise.db import Database as D;"
        "import sqlalchemy as sa, time; s = D(f().database_url).transaction().__enter__();"
        f"s.execute(sa.text('{HELD}')); print('held', flush=True); time.sleep(600)"
    )
    other = place.begin("web-1 beside", sys.executable, "-c", program, environ=place.environ)
    wait_for(lambda: "held" in other.log.read_text())
    place.machines["web-1"].unplug()
    since = time.monotonic()
    with scene.database.transaction() as session:
        session.execute(sa.text(HELD))
    waited = time.monotonic() - since
    place.machines["web-1"].plug_in()
    other.process.kill()
    assert SILENCE_SECONDS / 2 < waited < SILENCE_SECONDS + 6
    note(f"machines: locks of a silent web host are free after {waited:.1f} s")


def begin_anew(place: Deployment, name: str) -> None:
    """Start a worker that ends itself because its work is others', as systemd does."""
    assert place.units[name].process.wait(90) == 75
    place.begin_service(name, "excise-worker")


def test_the_replica_has_everything_when_the_primary_is_gone(scene: Scene, chance: Random) -> None:
    place, crowd, primary = scene.place, scene.crowd, Primary(scene.place)
    with crowd.at_work(2 * ERRANDS_A_FAULT):
        crowd.wait_for(0.3 + 0.2 * chance.random())
        place.machines["db-1"].unplug()
        place.units["db-1"].kill()
        time.sleep(3)
        primary.promote("db-2")
        before, since = len(crowd.told), time.monotonic()
        wait_for(lambda: len(crowd.told) > before)
        away = time.monotonic() - since
    assert crowd.refusals() <= LATER
    for name in ("work-1", "work-2"):  # their locks went with the primary
        begin_anew(place, name)
    scene.ends_well()
    succeed(place, "backup", str(place.folder / "backup"))
    note(f"machines: primary gone, {len(crowd.told)} acknowledged, 0 lost;")
    note(f"  filed again {away:.1f} s after the replica was promoted")


def held_by(database: Database, host: str) -> int:
    """Count the work that a worker on this host holds."""
    running = work.items(database, [work.State.RUNNING], limit=1000)
    return sum((item.worker or "").startswith(f"{host}-") for item in running)


def taken_over(scene: Scene, total: int, *, silent: bool) -> float:
    """Let the first worker die at work; return the seconds until the other has its work."""
    place, database = scene.place, scene.database
    wait_for(lambda: work.workers_alive(database) == 2)  # else the other does it all
    paid(database, total, number=100 + silent)
    while not held_by(database, "work-1"):
        assert work.unfinished(database), "the other did everything"
        time.sleep(0.01)
    if silent:
        place.machines["work-1"].unplug()
    else:
        place.units["work-1"].kill()
    since = time.monotonic()
    wait_for(lambda: not held_by(database, "work-1"))
    return time.monotonic() - since


def test_what_a_worker_held_when_it_died_or_fell_silent_the_other_does(scene: Scene) -> None:
    place, total = scene.place, 10 * KILLS
    by_kill = taken_over(scene, total, silent=False)
    place.begin_service("work-1", "excise-worker")
    by_silence = taken_over(scene, total, silent=True)
    work.drain(scene.database, limit_seconds=300)
    place.machines["work-1"].plug_in()
    begin_anew(place, "work-1")  # it knows that others have its work
    wait_for(lambda: work.workers_alive(scene.database) == 2)
    with scene.database.reading() as session:
        numbers = session.scalars(sa.select(Document.number)).all()
    assert len(numbers) == len(set(numbers))
    succeed(place, "check")
    assert by_kill < 15
    assert by_silence < SILENCE_SECONDS + 15
    note(f"machines: work of a dead worker taken over after {by_kill:.1f} s by kill,")
    note(f"  {by_silence:.1f} s by silence")


def test_a_request_has_one_name_from_the_proxy_to_the_worker(scene: Scene) -> None:
    folder = scene.place.folder
    proxy = {line["request"] for line in lines(folder / "access.log")}
    web = {each.get("request") for n in (1, 2) for each in lines(folder / f"web-{n}.log")}
    done = {each.get("request") for n in (1, 2) for each in lines(folder / f"work-{n}.log")}
    done -= {None}
    assert len(done) > 10
    assert done <= proxy
    assert done <= web
    assert PASSWORD not in (folder / "access.log").read_text()
