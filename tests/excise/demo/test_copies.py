"""Many taxpayers made of few: nothing about them is wrong, and their pages open."""

import shutil
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from excise import numbering
from excise.audit import AuditEntry
from excise.checks import CHECKS
from excise.config import Settings
from excise.db import Database
from excise.demo import copies, officers, sales, story
from excise.documents.models import Original
from excise.documents.receipt import ReceiptFacts
from excise.payments.models import Bill, Payment, PaymentState
from excise.people.models import Person
from excise.receipts.models import Receipt
from excise.returns.models import Return
from excise.tariff.schema import first_edition
from excise.taxpayers.models import Registration, Taxpayer
from excise.taxpayers.rules import parse_registration_number, tax_id
from tests.conftest import count

AT = datetime(2026, 11, 23, tzinfo=UTC)
TAXPAYERS = 60


@pytest.fixture(scope="module")
def settings(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("copies")
    shutil.copy(sqlite_template, folder / "excise.db")
    settings = Settings(data=folder, database_url=f"sqlite:///{folder}/excise.db", demo=True)
    database = Database(settings.database_url)
    with database.transaction() as session:
        staff = officers.hire(session, at=AT)
    for _ in story.play(
        database.transaction, first_edition(), staff, today=date(2026, 11, 23), months=2
    ):
        pass
    interrupted = copies.multiply(database.transaction, taxpayers=TAXPAYERS)
    assert next(interrupted) == len(story.businesses()) + 1
    interrupted.close()
    for _ in copies.multiply(database.transaction, taxpayers=TAXPAYERS):
        pass
    sales.deliver(settings, database, first_edition(), at=AT, taxpayers=TAXPAYERS)
    database.close()
    return settings


@pytest.fixture(scope="module")
def database(settings):
    database = Database(settings.database_url)
    yield database
    database.close()


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_finds_nothing_wrong(settings, database, check):
    assert CHECKS[check](settings, database) is None


def test_as_many_stand_as_were_asked_for_and_one_has_many_establishments(database):
    with database.reading() as session:
        assert count(session, Taxpayer) == TAXPAYERS + len(story.NEWCOMERS)
        of_chain = sa.select(sa.func.count()).where(
            Registration.taxpayer_id == Taxpayer.id, Registration.applicant_id == Person.id
        )
        held = session.scalar(of_chain.where(Person.email == copies.CHAIN_EMAIL))
        assert held == copies.ESTABLISHMENTS
        numbers = set(session.scalars(sa.select(Registration.number)))
        for number in session.scalars(sa.select(Taxpayer.tax_id)):
            assert tax_id(number) == number
        for number in numbers - {None}:
            parse_registration_number(number)


def test_a_copy_says_of_itself_what_its_own_rows_say(database):
    with database.reading() as session:
        email = f"copy{TAXPAYERS - len(story.businesses())}@business.example.org"
        person = session.scalars(sa.select(Person).where(Person.email == email)).one()
        rows = session.scalars(sa.select(Return).where(Return.created_by == person.id)).all()
        assert rows
        for row in rows:
            told = session.get_one(Original, row.original_sha256).content
            taxpayer = row.registration.taxpayer
            for word in (row.reference, taxpayer.tax_id, f"person:{person.id}"):
                assert f'"{word}"' in told
            bill = session.scalar(sa.select(Bill).where(Bill.cause == f"return:{row.reference}"))
            if bill:
                assert bill.particulars["payer"]["name"] == taxpayer.name_th
                assert bill.particulars["tax_return"]["original_sha256"] == row.original_sha256


def test_a_receipt_of_a_copy_names_its_own_bill(database):
    with database.reading() as session:
        query = sa.select(Receipt, Bill, Taxpayer).where(
            Receipt.payment_id == Payment.id,
            Payment.bill_id == Bill.id,
            Bill.taxpayer_id == Taxpayer.id,
            Receipt.main_id.is_(None),
        )
        for receipt, bill, taxpayer in session.execute(query):
            facts = ReceiptFacts.model_validate_json(receipt.facts)
            assert (facts.number, facts.payment.ref1) == (receipt.number, bill.ref1)
            assert (facts.payer.tax_id, facts.payer.name) == (taxpayer.tax_id, taxpayer.name_th)


def test_no_text_of_the_business_copied_from_is_left(database):
    """Every reference is one row's alone: the audit log tells of each filing once."""
    with database.reading() as session:
        acts = session.scalars(sa.select(AuditEntry.subject).where(AuditEntry.act == "return.file"))
        filed = [
            f"return:{reference}" for reference in session.scalars(sa.select(Return.reference))
        ]
        assert sorted(acts) == sorted(filed)
        assert session.scalar(
            sa.select(sa.func.count()).where(Payment.state == PaymentState.UNALLOCATED)
        ) < count(session, Payment)


def test_the_next_person_gets_the_next_number(database):
    with database.reading() as session:
        year = 2570
        drafts = sa.select(sa.func.max(Return.draft_reference)).where(
            Return.draft_reference.startswith(f"D{year}")
        )
        assert session.scalar(drafts) == f"D{year}{numbering.last(session, f'draft:{year}'):07d}"
