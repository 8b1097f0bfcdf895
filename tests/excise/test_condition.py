"""Whether the service is ready, what it lacks, and what Prometheus is told."""

import threading
import time
import urllib.request
from dataclasses import replace

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

import portal
from exchange.app import create_app as create_exchange
from excise import condition, work
from excise.condition import Gauges, Readiness, serve_metrics
from excise.config import Settings
from excise.db import Database
from tests.journeys.conftest import free_ports, wait_for


@work.workflow("tests.nothing")
def nothing(_number: int) -> None:
    """Be done at once."""


@pytest.fixture
def here(settings: Settings) -> Database:
    return Database(settings.database_url)


def gauges(database: Database) -> dict[str, float]:
    samples = [sample for found in Gauges(database).collect() for sample in found.samples]
    return {".".join([one.name, *one.labels.values()]): one.value for one in samples}


def test_what_is_missing_is_said_in_words_at_both_kinds_of_door(settings, here, tmp_path):
    def told():
        doors = portal.create_app(settings), create_exchange(settings)
        return [(a.status_code, a.text) for a in (d.test_client().get("/readyz") for d in doors)]

    assert told() == [(200, "ready\n")] * 2
    with here.engine.connect() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        connection.commit()
    assert told() == [(503, "the database does not have the newest schema: excise migrate\n")] * 2
    settings = replace(settings, database_url=f"sqlite:///{tmp_path}/no/such.db")
    assert told() == [(503, "the database cannot be reached\n")] * 2
    settings = replace(settings, data=tmp_path / "gone")
    assert Readiness(settings, here).missing()[-1] == "the data folder cannot be written"


def test_a_database_that_hangs_is_told_soon_and_by_one_thread(settings, here, monkeypatch):
    monkeypatch.setattr(condition, "LIMIT_SECONDS", 0.1)
    hang = threading.Event()
    monkeypatch.setattr("excise.schema.is_current", lambda _database: hang.wait(30))
    readiness, before = Readiness(settings, here), threading.active_count()
    for _ in range(3):
        assert readiness.missing() == ["the database does not answer within 0.1 seconds"]
    assert threading.active_count() == before + 1
    hang.set()
    wait_for(lambda: readiness.missing() == [])


def test_gauges_tell_what_waits_and_who_works(settings, database):
    for number in range(3):
        with database.transaction() as session:
            work.enqueue(session, "tests.nothing", str(number), number)
    time.sleep(0.1)
    found = gauges(database)
    assert found["excise_work.tests.nothing.waiting"] == 3
    assert found["excise_work_oldest_waiting_seconds"] > 0
    assert (found["excise_database_up"], found["excise_schema_current"]) == (1, 1)
    assert found["excise_workers_alive"] == 0
    done = {"name": "tests.nothing", "outcome": "done"}
    before = REGISTRY.get_sample_value("excise_work_runs_total", done) or 0
    with work.worker(settings, database):
        work.drain(database)
        assert gauges(database)["excise_workers_alive"] == 1
    assert REGISTRY.get_sample_value("excise_work_runs_total", done) == before + 3
    assert "excise_work.tests.nothing.waiting" not in gauges(database)


def test_a_database_that_is_away_is_one_gauge(tmp_path):
    assert gauges(Database(f"sqlite:///{tmp_path}/no/such.db")) == {"excise_database_up": 0}


def test_metrics_have_a_port_of_their_own_and_none_of_the_doors_shows_them(settings, here):
    [port] = free_ports(1)
    serve_metrics(replace(settings, metrics_port=port), here)

    def scraped():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    app = portal.create_app(settings)
    app.test_client().get("/contact")
    wait_for(scraped)
    line = 'endpoint="pages.contact",method="GET",site="portal",status="200"'
    assert f"excise_http_requests_total{{{line}}}" in scraped()
    assert app.test_client().get("/metrics").status_code == 404
    assert create_exchange(settings).test_client().get("/metrics").status_code == 404
