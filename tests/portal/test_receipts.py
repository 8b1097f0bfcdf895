"""Receipts, from the moment the money comes."""

import hashlib

import pytest
from flask import Flask

from excise.config import Settings
from excise.documents.models import Document
from excise.documents.store import Store
from tests.browser import Browser, Person, enrol
from tests.portal import scenes
from web.clock import now

PDF = b"%PDF-1.7 the very bytes"


@pytest.fixture
def browser(somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


@pytest.fixture
def number(app: Flask, somchai: Person, browser: Browser) -> str:
    """The number of a receipt whose document is not made yet."""
    scenes.send(browser, scenes.ready(browser, scenes.brewery(app, somchai)))
    return scenes.pay(app)


def make(app: Flask, settings: Settings, number: str) -> None:
    """Do what the worker does at its end."""
    sha256 = Store(settings.documents).put(PDF)
    with scenes.database(app).transaction() as session:
        session.add(
            Document(
                number=number, kind="receipt", sha256=sha256, size_bytes=len(PDF), made_at=now()
            )
        )


def test_a_receipt_is_there_at_once_and_its_document_a_little_later(
    browser: Browser, number: str, app: Flask, settings: Settings
) -> None:
    page = browser.page(f"/receipts/{number}")
    assert page.reference == number
    assert "กำลังจัดทำเอกสาร" in page.said
    for amount in ("14,899.00", "1,489.90", "297.98", "223.49", scenes.TOTAL):
        assert amount in page.said
    assert browser.page(f"/receipts/{number}.pdf").path == f"/receipts/{number}"
    make(app, settings, number)
    assert hashlib.sha256(PDF).hexdigest() in browser.follow("ดูอีกครั้ง").said


def test_the_document_is_the_same_bytes_for_ever(
    browser: Browser, number: str, app: Flask, settings: Settings
) -> None:
    make(app, settings, number)
    for _ in range(2):
        answer = browser.get(f"/receipts/{number}.pdf")
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
        assert answer.headers["Cache-Control"].startswith("private")


def test_receipts_are_listed_with_number_amount_and_return(browser: Browser, number: str) -> None:
    page = browser.page("/receipts/")
    assert page.links()[number] == f"/receipts/{number}"
    assert scenes.TOTAL in page.said
    assert "PS0307-" in page.said


def test_a_receipt_is_nobody_elses(browser: Browser, number: str, app: Flask) -> None:
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    stranger.browser.page(f"/receipts/{number}", status=404)
    stranger.browser.page(f"/receipts/{number}.pdf", status=404)
    assert number not in stranger.browser.page("/receipts/").said
