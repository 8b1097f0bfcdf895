"""A line while it is typed: what it comes to, and that nobody types it twice."""

import pytest
from flask import Flask

from tests.browser import Person, standing
from tests.portal import scenes

HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft(app: Flask, somchai: Person) -> str:
    number = scenes.brewery(app, somchai)
    somchai.sign_in()
    return scenes.begin_removal(somchai.browser, number)


def typed(somchai: Person, draft: str, units: str):
    """Type into the open form of a new line, as htmx tells it."""
    browser = somchai.browser
    browser.page(f"/returns/{draft}/lines/new")
    page = browser.submit()
    form = next(f for f in page.all("form") if f.get("method") == "post" and "units" in standing(f))
    [told] = [item for item in page.all("div") if item.get("hx-post")]
    answer = browser.post(told.get("hx-post"), data=standing(form) | {"units": units}, headers=HTMX)
    assert answer.status_code == 200
    return page.path, answer.text


def test_the_tax_of_a_line_is_told_while_it_is_typed(somchai: Person, draft: str) -> None:
    _, told = typed(somchai, draft, "๑,๐๐๐")
    assert "14,899.00" in told
    assert "<html" not in told


def test_what_is_typed_and_not_saved_stands_in_the_form_again(somchai: Person, draft: str) -> None:
    path, told = typed(somchai, draft, "12 ลัง")
    assert "14,899.00" not in told
    page = somchai.browser.page(path)
    assert "12 ลัง" in [item.get("value") for item in page.all("input")]
    page = somchai.browser.page(f"{path}?anew=1")
    assert "12 ลัง" not in [item.get("value") for item in page.all("input")]


def test_a_line_that_is_saved_is_no_longer_half_typed(somchai: Person, draft: str) -> None:
    path, _ = typed(somchai, draft, "5")
    somchai.browser.page(path)
    page = somchai.browser.submit(units="6", button="บันทึกและเพิ่มรายการอีก")
    assert page.path.endswith("/lines/new")
    page = somchai.browser.page(path)
    assert "5" not in [item.get("value") for item in page.all("input")]
    assert "6" in somchai.browser.page(f"/returns/{draft}/lines").said


def test_typing_changes_no_draft_that_is_finished(somchai: Person, draft: str) -> None:
    scenes.add_line(somchai.browser, draft, units="1000")
    somchai.browser.submit(more="no")
    typed(somchai, draft, "7")
    assert somchai.browser.page(f"/returns/{draft}/check").h1 == "ตรวจทานและส่ง"
