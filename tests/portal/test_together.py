"""Two people on one draft: each is named, and nobody's figures are lost."""

import pytest
from flask import Flask

from tests.browser import Person
from tests.portal import scenes
from tests.portal.test_delegates import limited


@pytest.fixture
def both(app: Flask, somchai: Person):
    """The owner and a deputy, and a draft with one line that both have open."""
    number = scenes.brewery(app, somchai)
    somchai.sign_in()
    deputy = limited(app, to=number)
    draft = scenes.ready(somchai.browser, number)
    for browser in (somchai.browser, deputy):
        browser.page(f"/returns/{draft}/lines/1")
    return somchai.browser, deputy, draft


def test_who_saves_second_sees_both_and_decides(both):
    owner, deputy, draft = both
    owner.submit(units="400")
    page = deputy.submit(units="700")
    assert "สมชาย ใจดี" in page.errors[0]
    assert "400" in page.said
    assert [field.get("value") for field in page.all("input") if field.get("name") == "units"] == [
        "700"
    ]
    assert "400" in owner.page(f"/returns/{draft}/lines").said
    deputy.submit()
    assert "700" in owner.page(f"/returns/{draft}/lines").said


def test_ones_own_second_tab_asks_nothing(both):
    owner, _, draft = both
    owner.submit(units="400")
    owner.page(f"/returns/{draft}/lines/1")
    assert owner.submit(units="500").path == f"/returns/{draft}/lines"


def test_a_line_is_not_removed_under_somebodys_hands(both):
    owner, deputy, draft = both
    deputy.page(f"/returns/{draft}/lines/1/remove")
    owner.submit(units="400")
    page = deputy.submit()
    assert page.errors
    assert "400" in owner.page(f"/returns/{draft}/lines").said
    deputy.submit()
    assert owner.page(f"/returns/{draft}/lines/1", status=404)


def test_who_else_works_on_a_draft_is_named(both):
    owner, deputy, draft = both
    owner.submit(units="400")
    assert "สมชาย ใจดี" in deputy.page(f"/returns/{draft}").said
    assert "สมชาย ใจดี" not in owner.page(f"/returns/{draft}").said
