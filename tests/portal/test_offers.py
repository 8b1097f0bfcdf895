"""Lines that need not be typed."""

from datetime import timedelta

import pytest
from flask import Flask

from excise.evidence import parquet
from tests.browser import Person
from tests.portal import scenes


@pytest.fixture
def draft(app: Flask, somchai: Person) -> str:
    """A month of a brewery, of which two tax invoices tell."""
    number = scenes.brewery(app, somchai, guarantee=True, gtin=scenes.GTIN)
    somchai.sign_in()
    draft = scenes.begin_month(somchai.browser, number)
    day = scenes.months_ago(1)
    scenes.told(
        app,
        scenes.invoice(300, document_on=day + timedelta(days=2)),
        scenes.invoice(200, document_on=day + timedelta(days=9), document_no="INV-2"),
    )
    scenes.work_off(app)
    return draft


def test_what_is_ticked_becomes_a_line_once(somchai: Person, draft: str) -> None:
    browser = somchai.browser
    page = browser.page(f"/returns/{draft}/offers")
    assert "500" in page.said
    boxes = [item.get("value") for item in page.all("input") if item.get("type") == "checkbox"]
    assert len(boxes) == 1
    assert "500" in browser.submit(vat_sales=boxes).said
    browser.page(f"/returns/{draft}/offers")
    assert browser.submit(vat_sales=[]).errors


def test_a_source_that_is_down_keeps_nobody_from_going_on(
    app: Flask, somchai: Person, draft: str
) -> None:
    settings = app.extensions["settings"]
    [path] = parquet.files(settings, [scenes.months_ago(1)])
    with open(path, "wb") as file:
        file.write(b"rotten")
    page = somchai.browser.page(f"/returns/{draft}/offers")
    assert "อ่านไม่ได้" in page.said
    assert f"/returns/{draft}/lines/new" in page.links().values()


def test_the_last_return_is_offered_on_the_day_of_this_one(app: Flask, somchai: Person) -> None:
    number = scenes.brewery(app, somchai)
    somchai.sign_in()
    scenes.send(somchai.browser, scenes.ready(somchai.browser, number))
    draft = scenes.begin_removal(somchai.browser, number)
    page = somchai.browser.page(f"/returns/{draft}/offers")
    boxes = [item.get("value") for item in page.all("input") if item.get("type") == "checkbox"]
    assert "14,899.00" in somchai.browser.submit(last_return=boxes).said
