import json
import re
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa

from excise import audit
from excise.audit import AuditEntry, AuditHead, Head
from excise.config import ROOT
from excise.db import Database
from excise.documents.issue import REGISTERED
from excise.returns.filing import FILED
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once


def record(session, act="test.act", **facts):
    audit.record(session, actor="system", act=act, subject="test:1", at=factories.AT, **facts)


@contextmanager
def undone(work):
    """Do what follows in `work` and roll it back."""
    with suppress(LookupError), work as session:
        yield session
        raise LookupError


def acts(session):
    return list(session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.seq)))


def whole_chain(database, entries=4):
    for number in range(entries):
        with database.transaction() as session:
            record(session, f"act.{number}", number=number, word="ภาษี")


def tamper(database, *statements):
    """Change the table as somebody with all rights could: without its triggers."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            for name in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER audit_entry_no_{name}")
        else:
            connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount == 1


def fault(database):
    with database.reading() as session:
        return audit.first_fault(session)


def test_an_act_is_written_with_the_commit_of_its_transaction(database):
    with database.transaction() as session:
        record(session, "first", word="ภาษี")
        record(session, "second")
        assert count(session, AuditEntry) == 0
    with database.reading() as session:
        assert acts(session) == ["first", "second"]
        assert audit.first_fault(session) is None


def test_a_rolled_back_act_leaves_no_entry(database):
    with undone(database.transaction()) as session:
        record(session)
    whole_chain(database, 1)
    with database.reading() as session:
        assert acts(session) == ["act.0"]


def test_a_session_used_again_after_a_rollback_forgets_what_did_not_happen(database):
    with sa.orm.Session(database.engine) as session:
        factories.person(session)
        record(session, "undone")
        session.rollback()
        record(session, "done")
        session.commit()
        assert acts(session) == ["done"]


def test_a_rolled_back_savepoint_forgets_only_its_own_acts(database):
    with database.transaction() as session:
        record(session, "before")
        with undone(session.begin_nested()):
            record(session, "inside")
        with session.begin_nested():
            record(session, "kept")
        record(session, "after")
    with database.reading() as session:
        assert acts(session) == ["before", "kept", "after"]


def test_a_rolled_back_savepoint_forgets_the_acts_of_savepoints_within_it(database):
    with database.transaction() as session:
        with undone(session.begin_nested()), session.begin_nested():
            record(session, "inside")
        record(session, "after")
    with database.reading() as session:
        assert acts(session) == ["after"]


def test_a_flush_that_fails_in_a_savepoint_forgets_only_the_acts_of_it(database):
    with database.transaction() as session:
        record(session, "before")
        one = factories.person(session)
        with suppress(sa.exc.IntegrityError), session.begin_nested():
            record(session, "inside")
            factories.person(session, email=one.email)
        record(session, "after")
    with database.reading() as session:
        assert acts(session) == ["before", "after"]


def test_eight_threads_leave_one_whole_chain(database):
    def write(number):
        for turn in range(6):
            with database.transaction() as session:
                record(session, f"act.{number}.{turn}")

    assert at_once(8, write) == [None] * 8
    with database.reading() as session:
        assert len(set(acts(session))) == 48
        assert audit.first_fault(session) is None


def test_a_chain_without_entries_is_whole(database):
    assert fault(database) is None


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET actor = 'person:1' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET subject = 'test:2' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET at = '2026-01-01 00:00:00' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET hash = 'x' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET body = 'x' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET body = '[]' WHERE seq = 2", "entry 2 was changed"),
        (
            "UPDATE audit_entry SET body = replace(body, 'act.1', 'act.9') WHERE seq = 2",
            "entry 2 was changed",
        ),
        ("DELETE FROM audit_entry WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM audit_entry WHERE seq = 1", "entry 1 is missing"),
        ("DELETE FROM audit_entry WHERE seq = 4", "entries after 3 are missing"),
        ("DELETE FROM audit_head", "entries after 4 are missing"),
    ],
)
def test_what_was_done_to_the_log_is_found(database, statement, found):
    whole_chain(database)
    assert fault(database) is None
    tamper(database, statement)
    assert fault(database) == found


def test_an_entry_forged_with_its_right_hash_breaks_the_chain_after_it(database):
    whole_chain(database)
    with database.reading() as session:
        entry = session.get_one(AuditEntry, 2)
        forged = audit._entry(
            audit._Act(entry.at, "person:1", entry.act, entry.subject, {}, None),
            seq=2,
            previous=entry.__dict__["body"].split('"previous":"')[1][:64],
        )
    tamper(
        database,
        f"UPDATE audit_entry SET actor='person:1', hash='{forged['hash']}', body='{forged['body']}'"
        " WHERE seq = 2",
    )
    assert fault(database) == "entry 3 was changed"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'person:1' WHERE seq = 1",
        "DELETE FROM audit_entry WHERE seq = 1",
        "TRUNCATE audit_entry",
        "REPLACE INTO audit_entry (seq,at,actor,act,subject,body,hash) VALUES (1,'','','','','','')",
    ],
)
def test_the_database_refuses_to_change_the_log(database, statement):
    if database.is_sqlite == statement.startswith("TRUNCATE"):
        pytest.skip("only one engine knows this statement")
    if "REPLACE" in statement and not database.is_sqlite:
        pytest.skip("only one engine knows this statement")
    whole_chain(database, 1)
    refused = pytest.raises(sa.exc.IntegrityError, match="does not change")
    with refused, database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert fault(database) is None


def test_the_head_of_the_chain_is_one_row(database):
    whole_chain(database, 2)
    with database.reading() as session:
        assert count(session, AuditHead) == 1
        assert session.scalars(sa.select(AuditHead)).one().seq == 2


def test_an_end_told_before_shows_that_the_chain_was_cut_and_grown_anew(database):
    whole_chain(database, entries=4)
    with database.reading() as session:
        told = audit.head(session)
        assert told.seq == 4
        assert audit.holds(session, told)
        assert audit.holds(session, Head(0, audit.GENESIS))
        before = session.scalars(sa.select(AuditEntry.hash).where(AuditEntry.seq == 3)).one()
    tamper(
        database,
        "DELETE FROM audit_entry WHERE seq = 4",
        f"UPDATE audit_head SET seq = 3, hash = '{before}'",
    )
    with database.transaction() as session:
        record(session, "act.other")
    with database.reading() as session:
        assert audit.first_fault(session) is None  # whole in itself
        assert not audit.holds(session, told)


PAGE = (ROOT / "docs/audit.md").read_text()
(VERIFIER,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def verified(database):
    """Let the program of the page check an export of the log."""
    with database.reading() as session:
        rows = session.execute(sa.select(AuditEntry.body, AuditEntry.hash).order_by(AuditEntry.seq))
        lines = [json.dumps({"body": body, "hash": digest}) for body, digest in rows]
        told = audit.head(session)
    command = [sys.executable, "-c", VERIFIER]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip(), f"{told.seq}:{told.hash}"


def test_the_program_of_the_page_finds_what_we_find(sqlite_url):
    database = Database(sqlite_url)
    whole_chain(database)
    said, end = verified(database)
    assert said == end
    tamper(database, "UPDATE audit_entry SET body = replace(body, 'ภาษี', 'ภาสี') WHERE seq = 2")
    assert verified(database)[0] == "entry 2 was changed"
    database.close()


def test_the_page_names_every_act_that_ties_the_log_to_what_is_kept():
    assert f"`{FILED}`" in PAGE
    assert f"`{REGISTERED}`" in PAGE
