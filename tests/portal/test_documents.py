"""The public check of a document."""

import pytest
from flask import Flask

from excise.config import Settings
from excise.documents.verification import code_text, verify_code, verify_url
from excise.receipts.queries import receipt
from portal.documents import views
from tests.browser import Browser, Person
from tests.portal import scenes


@pytest.fixture
def number(app: Flask, somchai: Person) -> str:
    somchai.sign_in()
    number = scenes.brewery(app, somchai)
    scenes.send(somchai.browser, scenes.ready(somchai.browser, number))
    return scenes.pay(app)


@pytest.fixture
def code(app: Flask, number: str, settings: Settings) -> str:
    with scenes.database(app).reading() as session:
        facts_hash = receipt(session, number).facts_hash
    return verify_code(settings.secret("verification"), number, facts_hash)


@pytest.fixture
def passer_by(app: Flask) -> Browser:
    return Browser(app)


def test_who_holds_number_and_code_learns_that_it_is_real_and_little_more(
    passer_by: Browser, number: str, code: str
) -> None:
    passer_by.page("/v")
    page = passer_by.submit(number=f" {number} ", code=code_text(code).lower())
    assert page.h1 == "เอกสารนี้เป็นของจริง"
    assert number in page.said
    assert scenes.TOTAL in page.said
    assert "บริษัท ตัว••• จำกัด" in page.said
    for private in ("0105558096348", "ตัวอย่าง จำกัด", "เบียร์", "PS0307"):
        assert private not in page.said


def test_the_address_in_the_qr_code_leads_there(passer_by: Browser, number: str, code: str) -> None:
    page = passer_by.page(verify_url("", number, code))
    assert page.h1 == "เอกสารนี้เป็นของจริง"


def test_a_wrong_code_and_an_unknown_number_are_one_answer(
    passer_by: Browser, number: str, code: str
) -> None:
    wrong = "0" * 12 if code != "0" * 12 else "1" * 12
    answers = [
        passer_by.page(f"/v/{asked}", status=404).said
        for asked in (f"{number}/{wrong}", f"2570-010100-9999999/{code}", "x/y")
    ]
    assert len(set(answers)) == 1
    assert "ไม่พบเอกสาร" in answers[0]


def test_an_empty_form_says_what_is_missing(passer_by: Browser) -> None:
    passer_by.page("/v")
    assert len(passer_by.submit().errors) == 2


def test_codes_are_not_tried_by_the_thousand(passer_by: Browser) -> None:
    allowed = int(views.LIMIT.split()[0])
    for _ in range(allowed):
        assert passer_by.get("/v/2570-1/x").status_code == 404
    answer = passer_by.get("/v/2570-1/x")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
