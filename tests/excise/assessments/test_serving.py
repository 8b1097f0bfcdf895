"""An approved assessment is served once, and paid with a receipt that says what it was for."""

import io
import json
from email import message_from_bytes, policy

import pypdfium2
import pytest
import sqlalchemy as sa
from pyhanko.pdf_utils.reader import PdfFileReader

from excise import work
from excise.assessments.models import Assessment, AssessmentState
from excise.assessments.queries import bill_of_assessment, notice_for, notices_within
from excise.config import Settings
from excise.documents.models import Document, Original
from excise.documents.seal import seal_of
from excise.documents.store import Store
from excise.documents.verification import verify_code
from excise.errors import NotFound
from excise.payments.actions import receive
from excise.people.models import Delegation
from excise.receipts.models import Receipt
from excise.taxpayers.queries import Reach
from excise.verification import verified
from tests import factories
from tests.conftest import count
from tests.excise.assessments.test_approval import NUMBER, proposed
from tests.excise.documents.test_receipt import squeezed, text_of
from tests.factories import AT, TODAY


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def do_all(settings, database):
    with work.worker(settings, database):
        work.drain(database)
    assert work.failed(database) == []


@pytest.fixture
def served(settings, database):
    with database.transaction() as session:
        factories.approved(session, proposed(session))
    do_all(settings, database)
    return NUMBER


def letters(settings):
    found = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in settings.inbox.glob("*.eml")
    ]
    return [letter for letter in found if NUMBER in letter["subject"]]


def test_a_notice_is_made_sealed_served_and_told_once(settings, database, served):
    with database.reading() as session:
        one = session.scalars(sa.select(Assessment)).one()
        document = session.scalars(sa.select(Document).where(Document.number == served)).one()
        assert (one.state, document.kind) == (AssessmentState.SERVED, "assessment")
        assert one.served_at
        original = session.get_one(Original, one.original_sha256).content
        code = verify_code(settings.secret("verification"), served, one.facts_hash)
        facts_hash, made_at = one.facts_hash, document.made_at
    pdf = Store(settings.documents).get(document.sha256)
    assert seal_of(settings, at=made_at).is_on(pdf)
    assert len(PdfFileReader(io.BytesIO(pdf)).embedded_signatures) == 1
    text = text_of(pdf)
    for told in (served, facts_hash[:32], "SAMPLE,NOLEGALEFFECT", "เบี้ยปรับมาตรา1402เท่าของภาษี"):
        assert told in text
    inside = pypdfium2.PdfDocument(pdf)
    files = [inside.get_attachment(number) for number in range(inside.count_attachments())]
    [calculation] = [file for file in files if file.get_name() == "calculation.json"]
    assert bytes(calculation.get_data()).decode() == original
    [letter] = letters(settings)
    assert f"http://localhost:8000/assessments/{served}" in letter.get_content()
    with database.transaction() as session:
        work.enqueue(session, "assessments.serve", "again", served)
        assert verified(session, settings.secret("verification"), served, code)
    do_all(settings, database)
    assert len(letters(settings)) == 1
    with database.reading() as session:
        assert count(session, Document) == 1


def test_only_the_taxpayers_people_see_a_notice_and_only_when_served(session):
    one = factories.approved(session, proposed(session))
    owner = one.registration.applicant_id
    with pytest.raises(NotFound):
        notice_for(session, one.number, person_id=owner, on=TODAY)
    one.state, one.served_at = AssessmentState.SERVED, AT
    session.flush()
    assert notice_for(session, one.number, person_id=owner, on=TODAY) is one
    query = notices_within(Reach([one.registration.taxpayer_id]))
    assert session.scalars(query).all() == [one]
    with pytest.raises(NotFound):
        notice_for(session, one.number, person_id=factories.person(session).id, on=TODAY)
    with pytest.raises(NotFound):
        notice_for(session, "TS0118-2570-010100-0000009", person_id=owner, on=TODAY)


def test_who_lost_the_right_gets_no_letter(settings, database):
    with database.transaction() as session:
        one = factories.approved(session, proposed(session))
        held = session.scalars(
            sa.select(Delegation).where(Delegation.taxpayer_id == one.registration.taxpayer_id)
        )
        for delegation in held:
            delegation.revoked_at = AT
    do_all(settings, database)
    assert letters(settings) == []
    with database.reading() as session:
        assert session.scalars(sa.select(Assessment.state)).one() is AssessmentState.SERVED


def test_the_receipt_of_a_paid_assessment_says_what_it_was_for(settings, database, served):
    with database.transaction() as session:
        bill = bill_of_assessment(session, served)
        receive(session, factories.bank_message(bill), actor="system", at=AT)
    do_all(settings, database)
    with database.reading() as session:
        issued = session.scalars(sa.select(Receipt).where(Receipt.main_id.is_(None))).one()
        document = session.scalars(
            sa.select(Document).where(Document.number == issued.number)
        ).one()
        one = session.scalars(sa.select(Assessment)).one()
        told = json.loads(issued.facts)
        assert told["tax_return"]["original_sha256"] == one.original_sha256
        assert told["total_satang"] == one.total_satang
    text = text_of(Store(settings.documents).get(document.sha256))
    for words in ("ตส.01-18", served, "ตุลาคม 2569", "ลงวันที่ 10 พ.ย. 2569", "เบี้ยปรับ Penalty"):
        assert squeezed(words) in text, words


def test_a_stranger_learns_little_from_number_and_code(session, settings):
    one = factories.approved(session, proposed(session))
    secret = b"secret"
    code = verify_code(secret, one.number, one.facts_hash)
    found = verified(session, secret, one.number, code)
    assert (found.kind, found.total_satang) == ("assessment", one.total_satang)
    assert found.issued_at == AT
    assert found.payer == "บริษัท ตัว••• จำกัด"
    assert verified(session, secret, one.number, "0" * 12) is None
