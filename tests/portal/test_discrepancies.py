"""A notice of a difference, as those meet it who have to answer."""

from io import BytesIO

import pytest
from flask import Flask

from excise.cases.models import Answer, CorrectionRequest, Discrepancy
from tests.browser import Person
from tests.portal import scenes
from tests.portal.scenes import database


@pytest.fixture
def notice(app: Flask, somchai: Person) -> str:
    somchai.sign_in()
    return scenes.noticed(app, scenes.brewery(app, somchai))


def test_a_notice_leads_from_the_first_page_to_one_kept_answer(
    app: Flask, somchai: Person, notice: str
) -> None:
    browser = somchai.browser
    browser.page("/")
    page = browser.follow(f"ตอบหนังสือเลขที่ {notice}")
    for told in ("10,000", "โปรดตอบภายในวันที่", "เหตุที่เปรียบเทียบ", "กรมไม่มีใบกำกับภาษีของรายการนี้"):
        assert told in page.said
    assert notice in browser.page("/discrepancies/").said
    english = browser.page(f"/discrepancies/{notice}?lang=en").said
    assert "How do you want to answer?" in english
    browser.page(f"/discrepancies/{notice}?lang=th")
    for kind in ("pay", "amend", "dispute", "explain"):
        browser.page(f"/discrepancies/{notice}/answer/{kind}")
    url = f"/discrepancies/{notice}/answer/explain"
    assert browser.submit(words="พิมพ์ไว้แล้ว").errors
    assert "พิมพ์ไว้แล้ว" in browser.last.text
    sent = {i.get("name"): i.get("value") for i in browser.last.all("input") if i.get("value")}
    sent |= {"reason": "timing", "words": "เดือนถัดไป"}
    wrong = sent | {"files": [(BytesIO(b"<html>"), "a.pdf")]}
    refused = browser.post(url, data=wrong, content_type="multipart/form-data")
    assert "a.pdf" in refused.text
    for _ in range(2):
        files = {"files": [(BytesIO(b"%PDF-1.7 x"), "บิล.pdf"), (BytesIO(b"\xff\xd8\xff"), "b.jpg")]}
        answer = browser.post(url, data=sent | files, content_type="multipart/form-data")
        assert answer.status_code == 303
    page = browser.page(answer.headers["Location"])
    assert page.reference == notice
    assert browser.get(page.links()["บิล.pdf"]).data == b"%PDF-1.7 x"
    assert "b.jpg" in page.links()
    assert browser.page(url).path == f"/discrepancies/{notice}"  # it was answered
    assert "เดือนถัดไป" in browser.page(f"/discrepancies/{notice}").said
    assert f"ตอบหนังสือเลขที่ {notice}" not in browser.page("/").said
    with database(app).reading() as session:
        assert [len(each.files) for each in session.query(Answer)] == [2]


def test_a_dispute_asks_the_source(app: Flask, somchai: Person, notice: str) -> None:
    browser = somchai.browser
    browser.page(f"/discrepancies/{notice}/answer/dispute")
    assert len(browser.submit().errors) == 2
    assert browser.submit(source="RD", words="ไม่ใช่ของเรา").reference == notice
    with database(app).reading() as session:
        assert session.query(CorrectionRequest).one().source == "RD"
        assert session.query(Discrepancy).one().state.value == "source-disputed"
