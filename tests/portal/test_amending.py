"""Amending what was sent, as the taxpayer sees it."""

from flask import Flask

from tests.browser import Person
from tests.portal import scenes


def sent(somchai: Person, app: Flask) -> str:
    number = scenes.brewery(app, somchai)
    somchai.sign_in()
    return scenes.send(somchai.browser, scenes.ready(somchai.browser, number)).reference


def begin(somchai: Person, reference: str) -> str:
    page = somchai.browser.page(f"/returns/sent/{reference}")
    somchai.browser.page(page.links()["แก้ไขแบบนี้"])
    return somchai.browser.submit().path.rpartition("/")[2]


def change(somchai: Person, draft: str, units: str):
    somchai.browser.page(f"/returns/{draft}/lines/1")
    somchai.browser.submit(units=units)
    somchai.browser.page(f"/returns/{draft}/lines")
    somchai.browser.submit(more="no")
    return somchai.browser.page(f"/returns/{draft}/check")


def test_a_return_is_amended_and_both_versions_stay(app, somchai):
    first = sent(somchai, app)
    draft = begin(somchai, first)
    page = change(somchai, draft, "400")
    assert "10,503.81" in page.said  # what 1,000 cans cost, less what 400 do
    page = scenes.send(somchai.browser, draft)
    assert page.reference != first
    assert "400" in page.said
    assert first in page.said
    old = somchai.browser.page(f"/returns/sent/{first}")
    assert page.reference in old.said
    assert "แก้ไขแบบนี้" not in old.links()
    bills = [link for link in somchai.browser.page("/bills/").links().values()
             if link.startswith("/bills/2")]  # fmt: skip
    assert "ถอน" in somchai.browser.page(bills[-1]).said
    assert "7,002.52" in somchai.browser.page(bills[0]).said


def test_an_old_version_leads_to_the_one_that_counts(app, somchai):
    first = sent(somchai, app)
    draft = begin(somchai, first)
    change(somchai, draft, "900")
    second = scenes.send(somchai.browser, draft).reference
    page = somchai.browser.page(f"/returns/sent/{first}/amend")
    assert f"/returns/sent/{second}/amend" in page.links().values()


def test_an_amendment_that_was_begun_is_continued_or_thrown_away(app, somchai):
    first = sent(somchai, app)
    draft = begin(somchai, first)
    assert begin(somchai, first) == draft
    somchai.browser.page(f"/returns/{draft}/discard")
    somchai.browser.submit()
    assert begin(somchai, first) != draft
