"""The mailbox as people meet it."""

from flask import Flask

from tests.browser import Person
from tests.portal import scenes


def test_a_message_says_why_by_when_and_what_to_do(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    browser, number = somchai.browser, scenes.brewery(app, somchai)
    reference = scenes.noticed(app, number)
    page = browser.page("/messages/")
    assert "ข้อความ (2" in browser.page("/").text
    page = browser.page("/messages/")
    assert reference in page.said
    page = browser.follow(f"ตอบหนังสือแจ้งผลการตรวจสอบข้อมูล {reference}")
    assert "ไม่ตรงกับ" in page.said
    assert "ภายในวันที่" in page.said
    page = browser.follow("อ่านตัวเลขและตอบ")
    assert page.path == f"/discrepancies/{reference}"
    assert "ข้อความ (1" in browser.page("/").text


def test_an_application_that_was_approved_is_told(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    scenes.night_club(app, somchai)
    somchai.browser.page("/messages/")
    page = somchai.browser.follow(
        next(link for link in somchai.browser.last.links() if link.startswith("อนุมัติการจดทะเบียน"))
    )
    assert "เลขทะเบียน" in page.said
