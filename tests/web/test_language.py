"""Thai first, English at a click, and never a lost query."""

import pytest
from flask import Flask

import portal
from excise.config import Settings
from tests.browser import Browser


@pytest.fixture
def browser(settings: Settings) -> Browser:
    app: Flask = portal.create_app(settings)
    return Browser(app)


def test_a_visitor_without_wishes_reads_thai(browser: Browser) -> None:
    assert browser.page("/contact").tree.get("lang") == "th"


def test_the_browsers_own_language_is_respected(browser: Browser) -> None:
    page = browser.page("/contact", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert page.tree.get("lang") == "en"


def test_the_choice_is_remembered(browser: Browser) -> None:
    browser.page("/contact")
    assert browser.follow("English").h1 == "Contact"
    assert browser.page("/privacy").tree.get("lang") == "en"
    assert browser.follow("ภาษาไทย").tree.get("lang") == "th"


def test_the_language_link_keeps_the_page_and_its_query(browser: Browser) -> None:
    page = browser.page("/contact?q=a%26b&q=c")
    assert page.links()["English"] == "/contact?q=a%26b&q=c&lang=en"


def test_an_unknown_language_is_ignored(browser: Browser) -> None:
    assert browser.page("/contact?lang=xx").tree.get("lang") == "th"
