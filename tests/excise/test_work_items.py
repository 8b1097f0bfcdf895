"""What waits, runs and gave up; what officers may do about it; what becomes of the dead's work."""

import subprocess
import sys
import time

import pytest
from dbos import DBOS

from excise import numbering, work
from excise.config import Settings
from excise.errors import Conflict, NotFound
from excise.logs import reference
from excise.work import State
from excise.work.presence import presences
from tests.excise import work_to_do
from tests.excise.at_once import at_once
from tests.journeys.conftest import wait_for


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def enqueue(database, name, key, *args):
    with database.transaction() as session:
        work.enqueue(session, name, key, *args)


def effects(database):
    with database.reading() as session:
        return numbering.taken(session, "effect:")


def state(database, item):
    return work.find(database, item).state


def test_work_that_failed_goes_on_from_its_failed_step_when_it_is_retried(
    settings, database, tmp_path, monkeypatch
):
    heard: list[str] = []
    monkeypatch.setattr(work_to_do, "HEARD", heard)
    file = tmp_path / "needed"
    item = "test.guarded:a"
    with work.worker(settings, database):
        token = reference.set("request-17")
        enqueue(database, "test.guarded", "a", str(file))
        reference.reset(token)
        wait_for(lambda: state(database, item) is State.FAILED, seconds=10)
        found = work.find(database, item)
        assert (found.name, found.error, found.progress) == ("test.guarded", "Refused", (1, 2))
        assert found.may_be_retried
        assert work.failed(database) == [item]
        assert work.counts(database)["test.guarded", State.FAILED][0] == 1
        file.touch()
        work.retry(database, item)
        wait_for(lambda: state(database, item) is State.DONE, seconds=10)
    assert effects(database) == {"effect:before": 1, "effect:after": 1}
    assert work.failed(database) == []
    assert set(heard) == {"request-17"}


def test_work_can_be_stopped_and_goes_on_where_it_was(settings, database):
    item = "test.long:a"
    with work.worker(settings, database):
        enqueue(database, "test.long", "a", "")
        wait_for(lambda: len(effects(database)) > 3, seconds=10)
        assert state(database, item) is State.RUNNING
        work.stop(database, item)
        assert state(database, item) is State.STOPPED
        time.sleep(0.3)
        done = len(effects(database))
        time.sleep(0.3)
        assert len(effects(database)) == done < 200
        with pytest.raises(Conflict, match="work-ended"):
            work.stop(database, item)
        work.retry(database, item)
        wait_for(lambda: len(effects(database)) > done + 3, seconds=10)
        work.stop(database, item)
    assert set(effects(database).values()) == {1}


def test_work_that_waits_can_be_stopped_and_asked_for_again(settings, database):
    enqueue(database, "test.long", "a", "")
    assert state(database, "test.long:a") is State.WAITING
    work.stop(database, "test.long:a")
    assert [item.id for item in work.items(database, [State.STOPPED], limit=5)] == ["test.long:a"]
    work.retry(database, "test.long:a")
    assert state(database, "test.long:a") is State.WAITING
    with pytest.raises(Conflict, match="work-not-halted"):
        work.retry(database, "test.long:a")
    with pytest.raises(NotFound):
        work.find(database, "test.long:b")


def test_a_dead_workers_work_is_taken_over_by_one_that_lives_and_a_slow_ones_is_not(
    settings, database
):
    enqueue(database, "test.long", "a", "")
    command = [sys.executable, "-m", "tests.excise.interrupted_worker", settings.database_url]
    other = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        wait_for(lambda: len(effects(database)) > 3, seconds=20)
        with work.worker(settings, database):
            assert work.workers_alive(database) == 2
            time.sleep(2.5)  # longer than a round: what lives keeps its work
            assert work.find(database, "test.long:a").worker != own_name(database)
            other.kill()
            other.wait()
            wait_for(
                lambda: work.find(database, "test.long:a").worker == own_name(database), seconds=10
            )
            assert work.workers_alive(database) == 1
            work.stop(database, "test.long:a")
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    assert set(effects(database).values()) == {1}
    assert work.workers_alive(database) == 0


def own_name(database):
    return DBOS.executor_id


def test_a_worker_whose_presence_is_lost_says_so(settings, database):
    if database.is_sqlite:
        pytest.skip("the operating system holds a file lock as long as the process")
    with work.worker(settings, database) as keeper:
        with database.engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            )
        assert keeper.is_lost.wait(10)


def test_of_many_at_once_one_holds_a_name(database):
    held = [presences(database) for _ in range(6)]
    taken = [False] * 6

    def take(number):
        taken[number] = held[number].take("w")

    at_once(6, take)
    assert sorted(taken) == [False] * 5 + [True]
    assert held[0].alive() == 1
    held[taken.index(True)].release("w")
    assert held[0].alive() == 0


def test_a_full_disk_is_waited_for_however_often_it_refuses(settings, database, monkeypatch):
    monkeypatch.setattr("excise.work.running.OUTAGE_SECONDS", 0.01)
    work_to_do.FULL.clear()
    enqueue(database, "test.written", "a", "written")
    with work.worker(settings, database):
        wait_for(lambda: state(database, "test.written:a") is State.DONE, seconds=15)
    assert effects(database) == {"effect:written": 1}
    assert len(work_to_do.FULL) == 20
