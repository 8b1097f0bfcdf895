"""Many taxpayers made of few: nothing about them is wrong, and their lists open as fast."""

import dataclasses
import shutil
from datetime import UTC, date, datetime

import pyotp
import pytest
import sqlalchemy as sa

import backoffice
import portal
from backoffice.accounts import OfficerAccount
from excise import numbering, work
from excise.assessments.models import Assessment, AssessmentState
from excise.audit import AuditEntry
from excise.cases.models import Discrepancy
from excise.checks import CHECKS
from excise.config import Settings
from excise.db import Database
from excise.demo import copies, officers, sales, story
from excise.documents.models import Original
from excise.documents.receipt import ReceiptFacts
from excise.evidence.models import Channel, Delivery
from excise.payments.models import BankFile, Bill, Payment
from excise.people.models import Officer
from excise.people.models import Person as PersonRow
from excise.products.models import Product
from excise.receipts.models import Receipt
from excise.returns.models import Return
from excise.tariff.schema import first_edition
from excise.taxpayers.models import Registration, Taxpayer
from excise.taxpayers.rules import parse_registration_number, tax_id
from portal.accounts import TaxpayerAccount
from tests.browser import PASSWORD, Person
from tests.conftest import count
from web import paging
from web.accounts.store import open_account

AT = datetime(2026, 11, 23, tzinfo=UTC)
TAXPAYERS = 60
FEW, MANY = "owner23@business.example.org", copies.CHAIN_EMAIL


@pytest.fixture(scope="module")
def settings(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("copies")
    shutil.copy(sqlite_template, folder / "excise.db")
    settings = Settings(data=folder, database_url=f"sqlite:///{folder}/excise.db", demo=True)
    database = Database(settings.database_url)
    with database.transaction() as session:
        staff = officers.hire(session, at=AT)
    played = story.play(
        database.transaction, first_edition(), staff, today=date(2026, 11, 23), months=2
    )
    assert len(list(played)) == len(story.businesses())
    interrupted = copies.multiply(database.transaction, taxpayers=TAXPAYERS)
    assert next(interrupted) == len(story.businesses()) + 1
    interrupted.close()
    *_, stand = copies.multiply(database.transaction, taxpayers=TAXPAYERS)
    assert stand == TAXPAYERS
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


def test_as_many_stand_as_were_asked_for_with_right_numbers(database):
    with database.reading() as session:
        assert count(session, Taxpayer) == TAXPAYERS + len(story.NEWCOMERS)
        for number in session.scalars(sa.select(Taxpayer.tax_id)):
            assert tax_id(number) == number
        for number in set(session.scalars(sa.select(Registration.number))) - {None}:
            parse_registration_number(number)


def test_one_owner_has_many_establishments(database):
    with database.reading() as session:
        places = establishments(session, MANY)
        assert len(places) == copies.ESTABLISHMENTS
        assert len({place.taxpayer_id for place in places}) == 1
        assert [place.sequence for place in places] == [*range(1, copies.ESTABLISHMENTS + 1)]


def establishments(session, email):
    query = sa.select(Registration).join(PersonRow, PersonRow.id == Registration.applicant_id)
    return session.scalars(query.where(PersonRow.email == email).order_by(Registration.id)).all()


def test_what_a_copy_filed_names_the_copy_alone(database):
    with database.reading() as session:
        place = establishments(
            session, f"copy{TAXPAYERS - len(story.businesses())}@business.example.org"
        )[0]
        rows = session.scalars(sa.select(Return).where(Return.registration_id == place.id)).all()
        assert rows
        for row in rows:
            told = session.get_one(Original, row.original_sha256).content
            for word in (row.reference, place.number, f"person:{place.applicant_id}"):
                assert f'"{word}"' in told
            acts = sa.select(AuditEntry.act).where(AuditEntry.subject == f"return:{row.reference}")
            assert session.scalars(acts).all() == ["return.file"]


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
            assert facts.tax_return.reference == bill.cause.removeprefix("return:")


def test_the_next_person_gets_the_next_number(database):
    with database.reading() as session:
        last = session.scalar(sa.select(sa.func.max(Return.draft_reference)))
        assert last == f"D2570{numbering.last(session, 'draft:2570'):07d}"


# From here on about their pages: a list opens like another, however long it is.


def thirty_more(session):
    """Rows in the lists that the demonstration leaves short."""
    places = establishments(session, MANY)
    found = session.scalars(sa.select(Discrepancy)).first()
    bill = session.scalars(sa.select(Bill).where(Bill.taxpayer_id == places[0].taxpayer_id)).first()
    officer = session.scalars(sa.select(Officer.id)).first()
    for n in range(30):
        yield BankFile(
            sha256=f"{n}", name="x.csv", imported_at=AT, imported_by="", row_count=1, total_satang=1
        )
        yield Delivery(
            receipt_no=f"VS-{n}", source_code="RD", document_no=f"{n}", channel=Channel.FILE,
            name="x.csv", content_sha256="", rows_sha256="", received_at=AT, received_by="officer:1",
            row_count=1, accepted_count=1, amount_satang=1, periods=["2026-10-01"],
        )  # fmt: skip
        yield Product(
            submission_id=f"product-{n}", registration_id=places[0].id, item="nightclub",
            name=f"ค่าบริการ {n}", unit="ครั้ง", created_at=AT,
        )  # fmt: skip
        yield Assessment(
            reference=f"AS-{n}", submission_id=f"as-{n}", discrepancy_id=found.id,
            registration_id=places[n].id, period=found.period, due_on=found.period,
            computed_to=found.period, was_filed=True, remaining_pct="100", facts="", law="",
            discretion="", prepared_by=officer, prepared_at=AT, changed_at=AT, number=f"TS-{n}",
            state=AssessmentState.SERVED, served_at=AT,
        )  # fmt: skip
        yield Bill(
            cause=f"assessment:TS-{n}", taxpayer_id=bill.taxpayer_id, office_code=bill.office_code,
            ref1=f"{n}", ref2="1", amount_satang=bill.amount_satang, due_on=bill.due_on, issued_at=AT,
            particulars=bill.particulars,
        )  # fmt: skip


@pytest.fixture(scope="module")
def site(settings, database):
    """Both sites with everybody let in."""
    with database.transaction() as session:
        session.add_all([*thirty_more(session)])
    calm = dataclasses.replace(settings, address_limit="100000 per minute")
    apps = {"portal": portal.create_app(calm), "backoffice": backoffice.create_app(calm)}
    yield apps
    for app in apps.values():
        app.extensions["database"].close()


@pytest.fixture(scope="module")
def owners(site):
    """Who has one establishment, and who has many, signed in."""
    app, people = site["portal"], {}
    for email in (FEW, MANY):
        with app.app_context(), app.extensions["database"].transaction() as session:
            row = session.scalars(sa.select(PersonRow).where(PersonRow.email == email)).one()
            open_account(session, TaxpayerAccount, person=row, password=PASSWORD)
        people[email] = Person(app, email)
        people[email].sign_in()
    return people


@pytest.fixture(scope="module")
def chief(site):
    """An officer of the centre in every role, signed in."""
    app, email, key = site["backoffice"], officers.email_of("assessor"), pyotp.random_base32()
    with app.app_context(), app.extensions["database"].transaction() as session:
        row = session.scalars(sa.select(Officer).join(PersonRow).where(PersonRow.email == email))
        officer = row.one()
        officer.roles = [*officers.STAFF]
        open_account(
            session, OfficerAccount, person=officer.person, password=PASSWORD, totp_key=key
        )
    person = Person(app, email)
    person.key = key
    person.sign_in()
    return person


def queries(person, url):
    """The statements behind a page, once what is kept for later is loaded."""
    sent, engine = [], person.app.extensions["database"].engine
    person.browser.page(url)

    def add(_connection, _cursor, statement, *_):
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", add)
    person.browser.page(url)
    sa.event.remove(engine, "before_cursor_execute", add)
    return sent


PORTAL = (
    "/registrations/",
    "/returns/",
    "/returns/new",
    "/bills/",
    "/receipts/",
    "/assessments/",
    "/establishments/{number}/products",
)


@pytest.mark.parametrize("url", PORTAL)
def test_a_list_of_the_portal_asks_as_much_for_one_row_as_for_many(
    owners, database, url, monkeypatch
):
    with database.reading() as session:
        number = establishments(session, MANY)[0].number
    assert_same(owners[MANY], url.format(number=number), monkeypatch)


def assert_same(person, url, monkeypatch):
    many = queries(person, url)
    monkeypatch.setattr(paging, "PER_PAGE", 1)
    one = queries(person, url)
    assert "page=2" in person.browser.last.text, "the list needs more rows"
    assert len(one) == len(many), many


@pytest.mark.parametrize(
    "url",
    [
        "/registrations/?state=all",
        "/registrations/?state=all&q=1",
        "/payments/",
        "/payments/files/",
        "/cases/?state=all",
        "/assessments/?state=served",
        "/evidence/",
    ],
)
def test_a_list_of_the_back_office_asks_as_much_for_one_row_as_for_many(chief, url, monkeypatch):
    assert_same(chief, url, monkeypatch)


def test_what_is_due_takes_as_many_questions_for_a_hundred_establishments_as_for_one(owners):
    few, many = queries(owners[FEW], "/"), queries(owners[MANY], "/")
    assert len(many) <= len(few) + 2, many  # what is only asked when something is owed


def test_the_last_page_is_shown_to_who_asks_for_one_further(owners):
    page = owners[MANY].browser.page("/registrations/?page=4000")
    assert "หน้า 4 จาก 4" in page.said


def test_a_document_is_made_when_somebody_opens_the_receipt(owners, database):
    page = owners[MANY].browser.page("/receipts/")
    number = next(words for words, link in page.links().items() if link.startswith("/receipts/2"))
    waiting = work.unfinished(database)
    for _ in range(2):
        assert "กำลังจัดทำเอกสาร" in owners[MANY].browser.page(f"/receipts/{number}").said
    assert work.unfinished(database) == waiting + 1
