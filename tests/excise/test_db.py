import errno
import socket
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from excise import work
from excise.db import Database, insert, is_outage, lock
from excise.numbering import Series, take
from excise.people.models import Officer
from excise.turns import Gate
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once


def test_writers_pass_the_gate_in_the_order_they_came():
    gate, order = Gate(None), []

    def write(number):
        with gate:
            order.append(number)

    with gate:
        writers = []
        for number in range(20):
            writers.append(threading.Thread(target=write, args=(number,)))
            writers[-1].start()
            while len(gate._queue) <= number:
                time.sleep(0.001)
    for writer in writers:
        writer.join()
    assert order == list(range(20))


def test_a_failing_writer_opens_the_gate_for_the_next():
    gate = Gate(None)
    with pytest.raises(LookupError), gate:
        raise LookupError
    with gate:
        pass


def test_the_processes_of_a_machine_take_turns_at_the_gate(tmp_path):
    ours, theirs, passed = Gate(str(tmp_path / "x")), Gate(str(tmp_path / "x")), threading.Event()

    def write():
        with theirs:
            passed.set()

    with ours:
        other = threading.Thread(target=write)
        other.start()
        assert not passed.wait(0.05)
    other.join(5)
    assert passed.is_set()


def test_a_disk_that_takes_no_lock_leaves_the_refusal_to_the_write(tmp_path):
    with Gate(str(tmp_path / "missing" / "x")):
        pass


def test_a_reading_session_cannot_write(database):
    with database.reading() as session, pytest.raises(sa.exc.DBAPIError):
        factories.person(session)
    with database.reading() as session, pytest.raises(sa.exc.DBAPIError):
        session.execute(sa.text("DELETE FROM office"))
    with database.transaction() as session:
        factories.person(session)  # the connection that read may write again


def test_a_reader_does_not_wait_for_a_writer_nor_see_what_is_not_committed(database):
    with database.transaction() as writing:
        take(writing, "open")
        with database.reading() as reading:
            assert count(reading, Series) == 0
    with database.reading() as reading:
        assert count(reading, Series) == 1


def test_an_error_rolls_the_transaction_back(database):
    with pytest.raises(LookupError), database.transaction() as session:  # noqa: PT012
        take(session, "x")
        raise LookupError
    with database.reading() as session:
        assert count(session, Series) == 0


def test_writers_who_read_first_do_not_lose_each_others_change(database):
    def add_one(_number):
        with database.transaction() as session:
            lock(session, "counter")
            series = session.get(Series, "counter", with_for_update=True)
            if series is None:
                session.add(Series(code="counter", last=1))
            else:
                series.last += 1

    assert set(at_once(8, add_one)) == {None}
    with database.reading() as session:
        assert session.get_one(Series, "counter").last == 8


def test_a_datetime_without_its_zone_is_refused(session):
    person = factories.person(session)
    person.created_at = datetime(2026, 11, 10)  # noqa: DTZ001  the fault itself
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        session.flush()


def test_a_datetime_comes_back_in_utc_to_the_microsecond(session):
    person = factories.person(session)
    bangkok = datetime(2026, 11, 10, 7, 0, 0, 123456, timezone(timedelta(hours=7)))
    person.created_at = bangkok
    session.flush()
    session.expire(person)
    assert person.created_at == bangkok
    assert person.created_at.tzinfo is UTC


def test_sqlite_refuses_a_number_where_text_belongs_and_keeps_foreign_keys(sqlite_url):
    database = Database(sqlite_url)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.execute(sa.text("INSERT INTO series (code, last) VALUES ('x', 'not a number')"))
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.execute(
            insert(session, Officer).values(
                person_id=4711, office_code="010100", position_th="", roles=[], active=True
            )
        )
    with database.reading() as session:
        settings = {
            name: session.execute(sa.text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }
    database.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


@pytest.mark.parametrize(
    "text",
    [
        "database or disk is full",
        "disk I/O error",
        "database is locked",
        "attempt to write a readonly database",
        "connection failed: Connection refused",
        "server closed the connection unexpectedly",
        'could not extend file "base/1/2": No space left on device',
        "unable to open database file",
    ],
)
def test_a_full_locked_or_absent_database_is_an_outage(text):
    assert is_outage(sa.exc.OperationalError("select 1", {}, sqlite3.OperationalError(text)))


@pytest.mark.parametrize(
    "error",
    [
        sa.exc.OperationalError("select 1", {}, sqlite3.OperationalError("no such table: bill")),
        sa.exc.IntegrityError("insert", {}, sqlite3.IntegrityError("UNIQUE constraint failed")),
        sa.exc.ProgrammingError("x", {}, Exception('relation "connection" does not exist')),
    ],
)
def test_a_fault_of_ours_is_no_outage(error):
    assert not is_outage(error)


def test_a_server_that_is_not_there_is_an_outage():
    database = Database("postgresql://postgres@127.0.0.1:1/nothing")
    with pytest.raises(sa.exc.DBAPIError) as raised, database.reading() as session:
        session.execute(sa.text("select 1"))
    assert is_outage(raised.value)
    database.close()


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
        psycopg.errors.CannotConnectNow("the database system is in recovery mode"),
        psycopg.errors.TooManyConnections("sorry, too many clients already"),
        psycopg.errors.IoError("could not write block 7"),
        psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"),
    ],
)
def test_what_an_operator_or_the_machine_does_to_postgresql_is_an_outage(error):
    assert is_outage(sa.exc.DBAPIError("insert", {}, error))


def test_a_pool_without_a_connection_left_and_a_disk_without_room_are_outages():
    assert is_outage(sa.exc.TimeoutError("QueuePool limit reached"))
    assert is_outage(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_outage(OSError(errno.ENOENT, "No such file"))


def test_a_file_that_was_opened_for_reading_only_is_written_when_it_may_be_again(sqlite_url):
    path = sa.make_url(sqlite_url).database
    database = Database(sqlite_url)
    # The way in which a disk mounted for reading only leaves a connection behind.
    with database.engine.connect() as connection:
        connection.commit()
    event.listen(database.engine, "do_connect", opened_for_reading(path), once=True)
    database.engine.dispose()
    with pytest.raises(sa.exc.OperationalError) as caught, database.transaction() as session:
        take(session, "x")
    assert is_outage(caught.value)
    with database.transaction() as session:
        assert take(session, "x") == 1
    database.close()


def opened_for_reading(path):
    def connect(*_):
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    return connect


def test_a_server_that_became_a_standby_is_left_for_the_one_that_takes_over(pg_url):
    database = Database(pg_url)
    with database.engine.connect() as connection:
        connection.execute(sa.text("SET default_transaction_read_only = on"))
        connection.commit()
    with pytest.raises(sa.exc.DBAPIError) as caught, database.transaction() as session:
        take(session, "x")
    assert is_outage(caught.value)
    with database.transaction() as session:
        assert take(session, "x") == 1
    database.close()


def test_a_damaged_file_of_sqlite_can_not_be_taken_for_an_empty_one(tmp_path):
    (tmp_path / "excise.db").write_bytes(b"this is no database" * 100)
    database = Database(f"sqlite:///{tmp_path}/excise.db")
    with pytest.raises(sa.exc.DatabaseError), database.reading() as session:
        session.execute(sa.text("select 1"))
    database.close()


def test_of_several_servers_the_one_that_writes_is_found(pg_url):
    there = sa.make_url(pg_url)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
    database = Database(
        f"postgresql://{there.username}@127.0.0.1:{closed},{there.host}:{there.port}"
        f"/{there.database}"
    )
    with database.transaction() as session:
        assert take(session, "x") == 1
    assert work.unfinished(database) == 0  # the library of durable work finds it too
    with database.engine.connect() as connection:
        told = connection.connection.driver_connection.info.dsn
        assert "target_session_attrs=read-write" in told
    database.close()


def test_the_server_soon_asks_whether_a_client_who_fell_silent_still_lives(pg_url):
    database = Database(pg_url)
    with database.reading() as session:
        names = ("idle", "interval", "count")
        told = [session.scalar(sa.text(f"SHOW tcp_keepalives_{name}")) for name in names]
    assert told == ["5", "3", "3"]
    database.close()


def test_a_server_that_only_reads_is_not_taken_for_one_that_writes(pg_url):
    there = sa.make_url(pg_url)
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {there.database} SET default_transaction_read_only = on")
    server = f"{there.host}:{there.port}"
    database = Database(f"postgresql://{there.username}@{server},{server}/{there.database}")
    with pytest.raises(sa.exc.OperationalError) as caught, database.reading() as session:
        session.execute(sa.select(1))
    assert is_outage(caught.value)
    database.close()
