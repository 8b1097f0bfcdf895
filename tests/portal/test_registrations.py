"""Applying for a registration, as an applicant meets it."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from excise.people.models import Officer
from excise.taxpayers import actions
from excise.taxpayers.models import Registration, RegistrationState
from tests import factories
from tests.browser import Browser, Page, Person, enrol, letters
from web.clock import now

ANSWERS: dict[str, Any] = {
    "tax_id": "๐-๑๐๕๕-58096 34 8",
    "taxpayer_name": "บริษัท  ตัวอย่างเบียร์ จำกัด",
    "establishment_type": "1",
    "duty_groups": ["7001", "0201"],
    "starts_on-day": "15",
    "starts_on-month": "1",
    "starts_on-year": "2570",
    "name": "โรงเบียร์บางนา",
    "address": "99 ถนนเทพรัตน\r\nแขวงบางนา เขตบางนา",
    "province": "กรุงเทพมหานคร",
    "postcode": "๑๐๒๖๐",
    "phone": "0 2241 5600 ต่อ 12",
    "office_code": "100100",
}


def database(app: Flask):
    return app.extensions["database"]


@pytest.fixture
def browser(somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


def fill(browser: Browser, **other: Any) -> Page:
    browser.page("/registrations/new")
    return browser.submit({**ANSWERS, **other})


def apply(browser: Browser, **other: Any) -> str:
    fill(browser, **other)
    return browser.submit(button="ส่งคำขอ").reference


def registrar(session: Session) -> Officer:
    return factories.officer(session, office="000000")


def decide(app: Flask, act: str, reference: str, **facts: Any) -> None:
    with database(app).transaction() as session:
        getattr(actions, act)(
            session, reference=reference, officer_id=registrar(session).id, at=now(), **facts
        )


def count(app: Flask) -> int:
    with database(app).reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Registration))


def test_an_application_is_checked_sent_and_acknowledged(browser: Browser, app: Flask) -> None:
    page = fill(browser)
    assert "ยังไม่ได้ส่ง" in page.said
    for seen in ("0-1055-58096-34-8", "โรงเบียร์บางนา", "สุราแช่", "15 มกราคม 2570", "โรงอุตสาหกรรม"):
        assert seen in page.said
    assert count(app) == 0
    page = browser.submit(button="ส่งคำขอ")
    assert page.path == f"/registrations/{page.reference}/sent"
    assert browser.page(page.path).reference == page.reference
    with database(app).reading() as session:
        kept = session.scalars(sa.select(Registration)).one()
        assert kept.reference == page.reference
        assert kept.taxpayer.tax_id == "0105558096348"
        assert kept.taxpayer.name_th == "บริษัท ตัวอย่างเบียร์ จำกัด"
        assert sorted(kept.duty_groups) == ["0201", "7001"]
        assert (kept.postcode, kept.phone) == ("10260", "0 2241 5600 ต่อ 12")
        assert str(kept.starts_on) == "2027-01-15"
    assert page.reference in letters(app, "somchai@example.com")[-1]["subject"]


def test_the_year_may_be_of_either_era(browser: Browser, app: Flask) -> None:
    apply(browser, **{"starts_on-year": "2027"})
    with database(app).reading() as session:
        assert str(session.scalars(sa.select(Registration.starts_on)).one()) == "2027-01-15"


def test_what_was_typed_stays_when_the_applicant_changes_it(browser: Browser, app: Flask) -> None:
    fill(browser)
    page = browser.submit(button="แก้ไขคำตอบ")
    assert page.h1 == "ขอจดทะเบียนสถานประกอบการ"
    assert not page.errors
    page = browser.submit(name="โรงเบียร์บางนา 2")
    assert "โรงเบียร์บางนา 2" in page.said
    assert "สุราแช่" in page.said
    browser.submit(button="ส่งคำขอ")
    assert count(app) == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tax_id": "0105558096349"}, "13 หลัก"),
    ({"tax_id": "123"}, "13 หลัก"),
    ({"tax_id": ""}, "13 หลัก"),
    ({"taxpayer_name": " "}, "ชื่อ"),
    ({"establishment_type": None}, "ประเภท"),
    ({"duty_groups": None}, "อย่างน้อย"),
    ({"duty_groups": ["1101"]}, "ไม่เลือกบริการ"),
    ({"establishment_type": "2"}, "เฉพาะบริการ"),
    ({"starts_on-day": "31", "starts_on-month": "2"}, "วัน"),
    ({"starts_on-day": "", "starts_on-month": "", "starts_on-year": ""}, "วัน"),
    ({"postcode": "02600"}, "5 หลัก"),
    ({"phone": "call me"}, "โทรศัพท์"),
    ({"province": ""}, "จังหวัด"),
    ({"office_code": ""}, "สำนักงาน"),
    ({"name": "ก" * 201}, "200"),
    ({"address": "ก" * 5000}, "500"),
]


def test_each_wrong_answer_is_named_and_the_rest_stays(browser: Browser, app: Flask) -> None:
    for wrong, said in WRONG:
        page = fill(browser, **wrong)
        assert len(page.errors) == 1, wrong
        assert said in page.errors[0], wrong
        assert page.h1 == "ขอจดทะเบียนสถานประกอบการ"
        assert "โรงเบียร์บางนา" in page.text or "name" in wrong
    assert count(app) == 0


def test_a_double_press_gives_the_same_reference(browser: Browser, app: Flask) -> None:
    fill(browser)
    check = browser.last
    first = browser.submit(button="ส่งคำขอ").reference
    browser.last = check
    assert browser.submit(button="ส่งคำขอ").reference == first
    assert count(app) == 1


def test_eight_presses_at_once_make_one_application(
    browser: Browser, somchai: Person, app: Flask
) -> None:
    fill(browser)
    token = {
        item.get("name"): item.get("value")
        for item in browser.last.tree.find(".//main").iter("input")
        if item.get("name") in ("csrf_token", "submission_id")
    }
    cookie = browser.get_cookie("portal").value
    answers: list[str] = []

    def press() -> None:
        other = Browser(app)
        other.set_cookie("portal", cookie)
        response = other.post("/registrations/send", data={**ANSWERS, **token})
        answers.append(response.headers["Location"])

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert count(app) == 1


def test_a_check_page_opened_again_begins_with_the_form(browser: Browser) -> None:
    assert browser.page("/registrations/check").path == "/registrations/new"
    assert browser.page("/registrations/send").path == "/registrations/new"


def test_nobody_else_sees_an_application(browser: Browser, app: Flask) -> None:
    reference = apply(browser)
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    for place in ("", "/sent", "/correct"):
        stranger.browser.page(f"/registrations/{reference}{place}", status=404)
    assert reference not in stranger.browser.page("/registrations/").said


def test_the_applicant_edits_only_what_the_officer_objected_to(
    browser: Browser, app: Flask
) -> None:
    reference = apply(browser)
    decide(
        app,
        "object_to",
        reference,
        objections={"postcode": "รหัสไปรษณีย์ไม่ตรงกับเขต", "taxpayer_name": "ไม่ตรงกับหนังสือรับรอง"},
    )
    browser.page("/registrations/")
    page = browser.follow("แก้ไขแล้วส่งอีกครั้ง โรงเบียร์บางนา")
    assert "รหัสไปรษณีย์ไม่ตรงกับเขต" in page.said
    names = {item.get("name") for item in page.tree.find(".//main").iter("input")}
    assert names == {"csrf_token", "postcode", "taxpayer_name"}
    page = browser.submit(postcode="1")
    assert len(page.errors) == 1
    page = browser.submit(postcode="10261", taxpayer_name="บริษัท ชื่อถูก จำกัด")
    assert page.path == f"/registrations/{reference}"
    assert "รอตรวจสอบ" in page.said
    assert "บริษัท ชื่อถูก จำกัด" in page.said
    assert "10261" in page.said
    assert [step in page.said for step in ("ได้รับคำขอ", "ส่งกลับให้แก้ไข", "ได้รับการแก้ไข")]


def test_corrections_pressed_twice_are_taken_once(browser: Browser, app: Flask) -> None:
    reference = apply(browser)
    decide(app, "object_to", reference, objections={"postcode": "ผิด"})
    form = browser.page(f"/registrations/{reference}/correct")
    browser.submit(postcode="10261")
    browser.last = form
    page = browser.submit(postcode="10261")
    assert page.path == f"/registrations/{reference}"
    with database(app).reading() as session:
        assert len(session.scalars(sa.select(Registration)).one().steps) == 3


def test_a_field_that_was_not_objected_to_is_not_changed_by_a_forged_form(
    browser: Browser, app: Flask
) -> None:
    reference = apply(browser)
    decide(app, "object_to", reference, objections={"postcode": "ผิด"})
    page = browser.page(f"/registrations/{reference}/correct")
    token = next(i.get("value") for i in page.all("input") if i.get("name") == "csrf_token")
    forged = {"csrf_token": token, "postcode": "10261", "name": "ชื่ออื่น", "tax_id": "0994000160101"}
    browser.post(f"/registrations/{reference}/correct", data=forged)
    with database(app).reading() as session:
        kept = session.scalars(sa.select(Registration)).one()
        assert (kept.name, kept.postcode) == ("โรงเบียร์บางนา", "10261")
        assert kept.taxpayer.tax_id == "0105558096348"


def test_an_approved_applicant_gets_the_number_and_the_way_to_the_products(
    browser: Browser, app: Flask
) -> None:
    reference = apply(browser)
    decide(app, "approve", reference)
    page = browser.page(f"/registrations/{reference}")
    assert "01055580963481001" in page.said
    assert "ยังไม่มีหลักประกัน" in page.said
    page = browser.follow("สินค้าและราคา")
    assert page.path == "/establishments/01055580963481001/products"


def test_a_guarantee_on_record_is_shown(browser: Browser, app: Flask) -> None:
    reference = apply(browser)
    decide(app, "approve", reference)
    with database(app).transaction() as session:
        registration = session.scalars(sa.select(Registration)).one()
        actions.record_guarantee(
            session,
            registration=registration,
            document_number="LG-2570/1",
            amount_satang=500_000_000,
            valid_from=now().date(),
            valid_until=now().date().replace(year=now().year + 1),
            officer_id=registrar(session).id,
            at=now(),
        )
    page = browser.page(f"/registrations/{reference}")
    assert "LG-2570/1" in page.said
    assert "5,000,000.00" in page.said


def test_a_rejected_applicant_reads_the_reason(browser: Browser, app: Flask) -> None:
    reference = apply(browser)
    decide(app, "reject", reference, reason="สถานที่ไม่ตรงตามผังเมือง")
    page = browser.page(f"/registrations/{reference}")
    assert "สถานที่ไม่ตรงตามผังเมือง" in page.said
    assert "ไม่อนุมัติ" in page.said


def test_who_does_not_manage_a_taxpayer_cannot_register_for_it(
    browser: Browser, app: Flask
) -> None:
    decide(app, "approve", apply(browser))
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    fill(stranger.browser)
    page = stranger.browser.submit(button="ส่งคำขอ")
    assert len(page.errors) == 1
    assert "ผู้ดูแล" in page.errors[0]
    assert page.links()[page.errors[0]] == "#tax_id"
    assert "โรงเบียร์บางนา" in page.text  # what was typed stays


def test_two_applicants_for_one_taxpayer_do_not_both_become_its_owner(
    browser: Browser, app: Flask
) -> None:
    first = apply(browser)
    rival = enrol(app, "rival@example.com")
    rival.sign_in()
    second = apply(rival.browser)
    decide(app, "approve", first)
    with pytest.raises(actions.TaxpayerHasOwner):
        decide(app, "approve", second)
    with database(app).reading() as session:
        states = session.scalars(sa.select(Registration.state).order_by(Registration.id)).all()
        assert states == [RegistrationState.APPROVED, RegistrationState.SUBMITTED]


def test_a_name_that_a_stranger_typed_before_does_not_stay(browser: Browser, app: Flask) -> None:
    rival = enrol(app, "rival@example.com")
    rival.sign_in()
    decide(app, "reject", apply(rival.browser, taxpayer_name="ชื่อปลอม"), reason="ไม่มีอำนาจ")
    reference = apply(browser)
    assert "ชื่อปลอม" not in browser.page(f"/registrations/{reference}").said


def test_the_form_speaks_english_too(browser: Browser) -> None:
    page = browser.page("/registrations/new?lang=en")
    assert page.h1 == "Register an establishment"
    assert "Bangkok Area Office 1" in page.said
    assert "Fermented liquor" in page.said
    page = browser.submit({})
    assert len(page.errors) >= 9


def test_signs_of_html_and_invisible_letters_do_no_harm(browser: Browser) -> None:
    page = fill(browser, name="a\x00b<script>alert(1)</script>")
    assert "<script>alert" not in page.text
    assert "ab<script>alert(1)</script>" in page.said
