"""Claims as a taxpayer's people meet them."""

import io

import pytest
from flask import Flask

from excise.claims.models import Claim
from tests.browser import Browser, Person
from tests.conftest import count
from tests.portal import scenes
from tests.portal.scenes import database
from web.clock import today

SEND = "ยอมรับและส่ง"
PROOF = b"%PDF-1.7 proof"


@pytest.fixture
def number(app: Flask, somchai: Person) -> str:
    return scenes.brewery(app, somchai)


@pytest.fixture
def browser(app: Flask, number: str, somchai: Person) -> Browser:
    """Somchai, who paid for 1,000 cans."""
    somchai.sign_in()
    scenes.send(somchai.browser, scenes.ready(somchai.browser, number))
    scenes.pay(app)
    return somchai.browser


def claim(browser: Browser, number: str, cans: str, **changes):
    browser.page(f"/claims/new/{number}/0501")
    return fill(browser, cans, **changes)


def fill(browser: Browser, cans: str, **changes):
    boxes = [box.get("name") for box in browser.last.all("input")]
    box = next(name for name in boxes if name and name[:1].isdigit())
    day = today()
    said = {
        box: cans,
        "declaration_no": "A0201691000456",
        "happened_on-day": str(day.day),
        "happened_on-month": str(day.month),
        "happened_on-year": str(day.year + 543),
        "reason": "ส่งออกไปลาว",
        "payee": "ธนาคารตัวอย่าง 123-4-56789-0",
        "files": (io.BytesIO(PROOF), "proof.pdf"),
        "declared": "y",
    }
    return browser.submit(said | changes)


def sent(app: Flask) -> int:
    with database(app).reading() as session:
        return count(session, Claim)


def test_what_was_paid_is_claimed_once_and_a_repeat_gives_the_original(
    browser: Browser, number: str, app: Flask
) -> None:
    form = browser.page(f"/claims/new/{number}/0501")
    page = fill(browser, "1,000")
    assert "16,388.90" in page.said  # 14,899.00 of excise and a tenth of it
    browser.last = form
    assert fill(browser, "1,000").reference == page.reference
    assert sent(app) == 1
    assert "ไม่มีรายการให้ขอคืน" in browser.page(f"/claims/new/{number}/0501").said
    assert page.reference in browser.page("/claims/").said
    shown = browser.page(f"/claims/{page.reference}")
    assert "ส่งออกไปลาว" in shown.said
    answer = browser.get(shown.links()["proof.pdf"])
    assert answer.get_data() == PROOF
    assert "attachment" in answer.headers["Content-Disposition"]


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    browser: Browser, number: str, app: Flask
) -> None:
    for wrong in (
        {"cans": "1,001"},
        {"cans": ""},
        {"declaration_no": ""},
        {"payee": ""},
        {"reason": ""},
        {"happened_on-year": "2580"},
        {"files": (io.BytesIO(b"MZ"), "proof.exe")},
        {"declared": None},
    ):
        page = claim(browser, number, **({"cans": "5"} | wrong))
        assert page.status == 422, wrong
        assert page.errors, wrong
        assert "proof" not in page.path
    assert "A0201691000456" in page.text
    assert sent(app) == 0


def test_a_claim_that_is_withdrawn_may_be_made_again(
    browser: Browser, number: str, app: Flask
) -> None:
    reference = claim(browser, number, "1000").reference
    browser.page(f"/claims/{reference}")
    page = browser.submit(button="ถอนคำขอ")
    assert "นำไปขอใหม่ได้" in page.text
    assert claim(browser, number, "1000").reference != reference
