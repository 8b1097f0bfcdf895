"""Documents made before the log told of them are entered when the database moves up."""

from excise import audit, schema
from excise.checks import documents_registered
from excise.documents.models import Document
from tests.factories import AT


def test_documents_that_were_there_before_are_entered_in_the_log(database):
    with database.transaction() as session:
        audit.record(session, actor="system", act="test", subject="test:1", at=AT)
        for number in ("R1", "R2"):
            session.add(
                Document(number=number, kind="receipt", sha256="ab" * 32, size_bytes=7, made_at=AT)
            )
    schema.migrate(database, "0007")
    schema.migrate(database)
    with database.reading() as session:
        assert documents_registered(session) is None
        assert audit.first_fault(session) is None
        assert audit.head(session).seq == 3
