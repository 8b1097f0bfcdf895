"""The help as people meet it."""

from flask import Flask

from excise.knowledge.actions import vain_searches
from tests.browser import Browser, Person
from tests.portal.scenes import database


def test_help_is_searched_and_what_finds_nothing_is_kept(app: Flask) -> None:
    browser = Browser(app, use_cookies=True)
    browser.page("/help/")
    page = browser.submit(q="ราคาขายปลีก")
    page = browser.follow("ราคาขายปลีกแนะนำ")
    assert "มาตรา 17" in page.said
    browser.page("/help/")
    page = browser.submit(q="ใบขับขี่รถบรรทุก")
    assert "ไม่พบ" in page.said
    with database(app).reading() as session:
        assert [one.words for one in session.scalars(vain_searches())] == ["ใบขับขี่รถบรรทุก"]


def test_a_field_says_what_it_means(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    page = somchai.browser.page("/registrations/new")
    assert "/help/tax-id" in page.links().values()
