"""The first page: what is due stands first."""

from flask import Flask

from tests.browser import Browser, Person, words
from tests.portal import scenes
from web.i18n import formats


def statuses(person: Person) -> list[str]:
    """What stands behind each row, in the order of the page."""
    page = person.browser.page("/")
    return [words(item) for item in page.all("strong") if "govuk-tag" in item.get("class", "")][1:]


def test_a_visitor_is_told_what_this_is_and_may_check_a_document(app: Flask) -> None:
    page = Browser(app).page("/")
    assert {"เข้าสู่ระบบ", "เปิดบัญชีผู้ใช้", "ตรวจสอบว่าเอกสารเป็นของจริง"} <= set(page.links())


def test_who_has_no_establishment_is_led_to_registration(somchai: Person) -> None:
    somchai.sign_in()
    page = somchai.browser.page("/")
    assert page.links()["ขอจดทะเบียนสถานประกอบการ"] == "/registrations/new"


def test_months_that_are_owed_stand_first_the_oldest_on_top(app: Flask, somchai: Person) -> None:
    scenes.brewery(app, somchai, guarantee=True)
    somchai.sign_in()
    page = somchai.browser.page("/")
    months = [formats.date_text(scenes.months_ago(n), "th", "month") for n in (2, 1)]
    owed = [text for text in page.links() if text.startswith("แบบรายการภาษีเดือน")]
    assert owed == [f"แบบรายการภาษีเดือน {month}" for month in months]
    assert statuses(somchai)[0] == "เกินกำหนด", "the month before last is past its day"


def test_a_month_leads_to_its_form_and_then_to_its_draft(app: Flask, somchai: Person) -> None:
    scenes.brewery(app, somchai, guarantee=True)
    somchai.sign_in()
    browser = somchai.browser
    month = formats.date_text(scenes.months_ago(2), "th", "month")
    browser.page("/")
    browser.follow(f"แบบรายการภาษีเดือน {month}")
    draft = browser.submit().path
    assert browser.page("/").links()[f"แบบรายการภาษีเดือน {month}"] == draft
    assert f"แบบรายการภาษีเดือน {month}" in browser.last.said
    assert "แบบที่ทำค้างไว้" not in browser.last.said, "it stands in one place only"


def test_a_draft_and_an_unpaid_bill_are_there_until_they_are_done(
    app: Flask, somchai: Person
) -> None:
    number = scenes.brewery(app, somchai)
    somchai.sign_in()
    browser = somchai.browser
    assert "ขณะนี้ไม่มีสิ่งที่ต้องทำ" in browser.page("/").said
    draft = scenes.ready(browser, number)
    assert f"/returns/{draft}" in browser.page("/").links().values()
    scenes.send(browser, draft)
    page = browser.page("/")
    assert f"/returns/{draft}" not in page.links().values()
    assert page.links()[f"ชำระ {scenes.TOTAL} บาท"].startswith("/bills/")
    scenes.pay(app)
    assert "ขณะนี้ไม่มีสิ่งที่ต้องทำ" in browser.page("/").said
