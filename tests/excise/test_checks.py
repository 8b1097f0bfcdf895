"""The checks find what they are there to find."""

import pytest

from excise import numbering
from excise.checks import CHECKS, notices_complete
from excise.config import Settings
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
