"""The checks find what they are there to find."""

import pytest

from excise import numbering
from excise.checks import CHECKS, documents_registered, notices_complete, returns_recorded
from excise.config import Settings
from excise.documents.issue import enter
from excise.documents.models import Document
from excise.documents.store import Store
from excise.evidence.actions import land
from excise.evidence.models import Channel
from tests import factories
from tests.excise.evidence.samples import sale
from tests.factories import AT


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


@pytest.mark.parametrize("which", ["content_sha256", "rows_sha256"])
def test_a_delivery_whose_bytes_changed_is_named(settings, database, which):
    store = Store(settings.documents)
    with database.transaction() as session:
        landed = land(
            session,
            store,
            source_code="RD",
            document_no="1",
            name="sales.csv",
            content=b"as it came",
            channel=Channel.FILE,
            sales=[sale()],
            row_count=1,
            by="officer:1",
            at=AT,
        )
        receipt_no, sha256 = landed.delivery.receipt_no, getattr(landed.delivery, which)
    check = CHECKS["deliveries intact"]
    assert check(settings, database) is None
    (settings.documents / sha256[:2] / sha256[2:]).write_bytes(b"changed")
    assert check(settings, database) == f"{receipt_no}: file-damaged"


def test_a_notice_number_without_its_assessment_is_found(session):
    factories.filed(session)
    assert notices_complete(session) is None
    numbering.take(session, "notice:2570-010100")
    assert notices_complete(session) == "1 numbers were taken, 0 assessments have one"


def register(session, number="R1"):
    made = {"sha256": "ab" * 32, "size_bytes": "7", "made_at": AT.isoformat()}
    assert enter(session, number, "receipt", made)


def change(database, table, statement):
    """Change a row as somebody with all rights could: without its triggers."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
            for (name,) in connection.exec_driver_sql(query, (table,)).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        assert connection.exec_driver_sql(statement).rowcount == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE document SET size_bytes = 8 WHERE number = 'R1'", "R1 is not as the audit log"),
        (f"UPDATE document SET sha256 = '{'cd' * 32}' WHERE number = 'R2'", "R2 is not"),
        ("UPDATE document SET number = 'R9' WHERE number = 'R1'", "R9 is not"),
        ("DELETE FROM document WHERE number = 'R1'", "the audit log tells of 2, 1 are there"),
    ],
)
def test_a_document_changed_or_taken_away_is_missed(database, statement, found):
    with database.transaction() as session:
        register(session, "R1")
        register(session, "R2")
    with database.reading() as session:
        assert documents_registered(session) is None
    change(database, "document", statement)
    with database.reading() as session:
        assert found in documents_registered(session)


def test_a_document_slipped_in_beside_the_log_is_found(database):
    other = Document(number="R2", kind="receipt", sha256="0" * 64, size_bytes=1, made_at=AT)
    with database.transaction() as session:
        register(session, "R1")
        session.add(other)
    with database.reading() as session:
        assert documents_registered(session) == "R2 is not as the audit log has it"


@pytest.mark.parametrize(
    ("table", "statement", "found"),
    [
        ("original", "UPDATE original SET content = content || ' '", "the original {} was changed"),
        ("tax_return", "UPDATE tax_return SET total_satang = 1", "PS0307-2570-0000001 is not"),
    ],
)
def test_a_filed_return_that_was_changed_is_found(database, table, statement, found):
    with database.transaction() as session:
        sha256 = factories.filed(session).original_sha256
    with database.reading() as session:
        assert returns_recorded(session) is None
    change(database, table, statement)
    with database.reading() as session:
        assert found.format(sha256) in returns_recorded(session)
