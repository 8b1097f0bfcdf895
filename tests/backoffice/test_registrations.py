"""Deciding about registrations, as officers meet it."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from excise.people.models import Person as PersonRow
from excise.taxpayers.models import Guarantee, Registration, RegistrationState
from tests import factories
from tests.browser import Browser, Person, hire, letters
from web.clock import now, today

BANGKOK, CHONBURI = "100100", "020100"


def database(app: Flask):
    return app.extensions["database"]


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A registrar of region 10, who is signed in."""
    registrar = hire(app, "registrar@excise.go.th", "registrar", office="100000")
    registrar.sign_in()
    return registrar.browser


def applied(app: Flask, **changes: Any) -> str:
    with database(app).transaction() as session:
        facts = {"office_code": BANGKOK, "name": "โรงเบียร์บางนา"} | changes
        return factories.registration(session, **facts).reference


def kept(app: Flask, reference: str) -> Registration:
    with database(app).reading() as session:
        row = session.scalars(
            sa.select(Registration).where(Registration.reference == reference)
        ).one()
        _ = row.steps, row.guarantees, row.taxpayer
        return row


def applicant_letters(app: Flask, reference: str) -> list[str]:
    with database(app).reading() as session:
        person = session.get_one(PersonRow, kept(app, reference).applicant_id)
    return [letter["subject"] for letter in letters(app, person.email)]


def test_the_queue_shows_what_waits_at_the_officers_offices_oldest_first(
    browser: Browser, app: Flask
) -> None:
    with database(app).transaction() as session:
        newer = factories.registration(session, office_code="100200", at=now()).reference
        older = factories.registration(
            session, office_code=BANGKOK, at=now() - timedelta(days=3)
        ).reference
        elsewhere = factories.registration(session, office_code=CHONBURI).reference
    page = browser.page("/registrations/")
    assert page.said.index(older) < page.said.index(newer)
    assert elsewhere not in page.said


def test_filters_narrow_the_queue(browser: Browser, app: Flask) -> None:
    one = applied(app)
    other = applied(app, name="ร้านอื่น", office_code="100200")
    browser.page("/registrations/")
    page = browser.submit(office="100200")
    assert other in page.said
    assert one not in page.said
    browser.page("/registrations/")
    page = browser.submit(q="บางนา")
    assert one in page.said
    assert other not in page.said
    assert one not in browser.page("/registrations/?state=approved").said
    assert one in browser.page("/registrations/?state=all").said
    assert one in browser.page("/registrations/?state=nonsense&page=x&office=999999").said
    assert one not in browser.page("/registrations/?q=%25_").said


def test_the_queue_asks_no_more_when_it_is_longer(browser: Browser, app: Flask) -> None:
    questions: list[str] = []
    engine = database(app).engine
    event.listen(engine, "before_cursor_execute", lambda *args: questions.append(args[2]))

    def asked() -> int:
        questions.clear()
        browser.page("/registrations/")
        return len(questions)

    applied(app)
    few = asked()
    with database(app).transaction() as session:
        for _ in range(30):
            factories.registration(session, office_code=BANGKOK)
    assert asked() == few
    page = browser.page("/registrations/?page=2")
    assert "2" in page.said
    assert len(page.tree.findall(".//tbody/tr")) == 6


def test_an_application_is_shown_with_everything(browser: Browser, app: Flask) -> None:
    reference = applied(app)
    page = browser.page(f"/registrations/{reference}")
    row = kept(app, reference)
    for seen in (row.name, row.address, row.postcode, row.phone, row.taxpayer_name):
        assert seen in page.said
    assert "เลขตรวจสอบถูกต้อง" in page.said


def test_other_establishments_of_the_owner_are_shown(browser: Browser, app: Flask) -> None:
    with database(app).transaction() as session:
        person = factories.person(session)
        first = factories.establishment(session, owner=person, office_code=BANGKOK)
        number = first.number
        second = factories.registration(
            session, applicant=person, tax_id=first.taxpayer.tax_id, office_code=BANGKOK
        ).reference
    assert str(number) in browser.page(f"/registrations/{second}").said


def test_an_approval_gives_the_number_and_writes_a_letter(browser: Browser, app: Flask) -> None:
    reference = applied(app)
    browser.page(f"/registrations/{reference}")
    page = browser.follow("อนุมัติ")
    assert page.h1 == "อนุมัติการจดทะเบียนนี้หรือไม่"
    assert kept(app, reference).state is RegistrationState.SUBMITTED
    page = browser.submit(button="อนุมัติ")
    row = kept(app, reference)
    assert row.number is not None
    assert row.number in page.said
    assert "สมศรี ตั้งใจ" in page.said  # who did it
    assert any(row.number in subject for subject in applicant_letters(app, reference))


def test_a_second_decision_says_who_decided_before_and_when(browser: Browser, app: Flask) -> None:
    reference = applied(app)
    form = browser.page(f"/registrations/{reference}/approve")
    browser.submit(button="อนุมัติ")
    browser.last = form
    page = browser.submit(button="อนุมัติ")
    assert page.status == 409
    assert "สมศรี ตั้งใจ" in page.said
    assert f"{today().year + 543}" in page.said
    for act in ("approve", "objections", "reject"):
        browser.page(f"/registrations/{reference}/{act}", status=409)
    number = kept(app, reference).number
    assert number is not None
    assert number.endswith("1001")


def test_the_officer_objects_field_by_field(browser: Browser, app: Flask) -> None:
    reference = applied(app)
    browser.page(f"/registrations/{reference}/objections")
    page = browser.submit(
        wrong_postcode="y", why_postcode="ไม่ตรงกับเขต", wrong_name="y", why_name=""
    )
    assert [page.links()[said] for said in page.errors] == ["#why_name"]
    assert "ไม่ตรงกับเขต" in page.text
    page = browser.submit(why_name="ชื่อซ้ำ")
    assert page.path == f"/registrations/{reference}"
    row = kept(app, reference)
    assert row.state is RegistrationState.RETURNED
    assert row.objections == {"postcode": "ไม่ตรงกับเขต", "name": "ชื่อซ้ำ"}
    assert len(applicant_letters(app, reference)) == 2


def test_a_return_names_at_least_one_field(browser: Browser, app: Flask) -> None:
    reference = applied(app)
    browser.page(f"/registrations/{reference}/objections")
    assert browser.submit({}, button="ส่งกลับให้แก้ไข").errors
    browser.page(f"/registrations/{reference}/objections")
    page = browser.submit(why_phone="ไม่มีผู้รับสาย")
    assert [page.links()[said] for said in page.errors] == ["#wrong_phone"]
    assert kept(app, reference).state is RegistrationState.SUBMITTED


def test_a_rejection_needs_a_reason(browser: Browser, app: Flask) -> None:
    reference = applied(app)
    browser.page(f"/registrations/{reference}/reject")
    assert browser.submit(reason="  ").errors
    page = browser.submit(reason="ผังเมืองไม่อนุญาต")
    assert "ผังเมืองไม่อนุญาต" in page.said
    assert kept(app, reference).state is RegistrationState.REJECTED


def test_a_guarantee_is_recorded_once(browser: Browser, app: Flask) -> None:
    with database(app).transaction() as session:
        reference = factories.establishment(session, office_code=BANGKOK, guarantee=False).reference
    lodged = {
        "document_number": "LG-1/2569",
        "amount_satang": "1,000,000.50",
        "valid_from-day": "1",
        "valid_from-month": "10",
        "valid_from-year": "2569",
        "valid_until-day": "30",
        "valid_until-month": "9",
        "valid_until-year": "2570",
    }
    form = browser.page(f"/registrations/{reference}/guarantee")
    page = browser.submit(lodged)
    assert "1,000,000.50" in page.said
    assert "LG-1/2569" in page.said
    browser.last = form
    page = browser.submit(lodged)
    assert [page.links()[said] for said in page.errors] == ["#document_number"]
    browser.page(f"/registrations/{reference}/guarantee")
    page = browser.submit({**lodged, "document_number": "LG-2", "valid_until-year": "2568"})
    assert [page.links()[said] for said in page.errors] == ["#valid_until-day"]
    with database(app).reading() as session:
        assert session.scalars(sa.select(Guarantee.amount_satang)).all() == [100_000_050]


def test_an_officer_of_another_office_finds_nothing(browser: Browser, app: Flask) -> None:
    reference = applied(app, office_code=CHONBURI)
    for place in ("", "/approve", "/objections", "/reject", "/guarantee"):
        browser.page(f"/registrations/{reference}{place}", status=404)


def test_the_centre_sees_every_office(app: Flask) -> None:
    centre = hire(app, "centre@excise.go.th", "registrar", office="000000")
    centre.sign_in()
    references = [applied(app), applied(app, office_code=CHONBURI)]
    said = centre.browser.page("/registrations/").said
    assert all(reference in said for reference in references)


def test_who_may_not_decide_sees_but_gets_no_buttons(app: Flask) -> None:
    auditor: Person = hire(app, "auditor@excise.go.th", "auditor", office="100000")
    auditor.sign_in()
    reference = applied(app)
    page = auditor.browser.page(f"/registrations/{reference}")
    assert "อนุมัติ" not in page.links()
    for act in ("approve", "objections", "reject", "guarantee"):
        auditor.browser.page(f"/registrations/{reference}/{act}", status=403)


def test_who_may_not_see_registrations_has_no_menu_for_them(app: Flask) -> None:
    nobody = hire(app, "nobody@excise.go.th", office="100000")
    page = nobody.sign_in()
    assert "ทะเบียน" not in page.links()
    nobody.browser.page("/registrations/", status=403)


def test_the_pages_speak_english_too(browser: Browser, app: Flask) -> None:
    reference = applied(app)
    assert browser.page("/registrations/?lang=en").h1 == "Applications for registration"
    for place in ("", "/approve", "/objections", "/reject"):
        browser.page(f"/registrations/{reference}{place}")
