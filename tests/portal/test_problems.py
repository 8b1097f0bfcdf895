"""Reporting a problem with a page, and following it."""

import io
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from flask import Flask

import portal
from excise.config import Settings
from excise.problems import actions
from excise.problems.models import Problem
from excise.problems.rules import ProblemKind, ProblemState
from tests import factories
from tests.browser import Browser, Person, letters
from tests.portal import scenes
from tests.sites import light
from web.clock import now

LINK = "แจ้งปัญหาของหน้านี้"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def last(app: Flask) -> Problem:
    with scenes.database(app).reading() as session:
        one = session.scalars(sa.select(Problem).order_by(Problem.id.desc())).first()
        assert one is not None
        _ = one.picture, one.events
        return one


def answered(app: Flask, one: Problem, state: ProblemState, words: str) -> None:
    """Let support staff answer; a change is made public too."""
    with scenes.database(app).transaction() as session:
        helper = factories.officer(session, roles=("support",)).id
        on = {"reference": one.reference, "officer_id": helper, "at": now()}
        actions.triage(session, **on, kind=ProblemKind.FAULT)
        actions.note(session, **on, words="บันทึกภายใน")
        actions.answer(session, **on, state=state, words=words, link_to=lambda _: "http://x/")
        if state is ProblemState.CHANGED:
            actions.draft_news(session, **on, th="แก้ไขปุ่มแล้ว", en="The button works")
            actions.publish_news(session, **on)


def test_a_visitor_reports_a_page_and_follows_it_by_a_mailed_link(app: Flask) -> None:
    browser = Browser(app, use_cookies=True)
    browser.page("/tariff?q=beer&key=secret")
    asked = parse_qs(urlsplit(browser.last.links()[LINK]).query)
    assert asked["page"] == ["/tariff"], "no query: it may hold a secret"
    page = browser.follow(LINK)
    page = browser.submit(what="x", email="no address", category="stuck")
    assert page.errors == ["กรอกที่อยู่อีเมล เช่น name@example.com"]
    page = browser.submit(email="visitor@example.org")
    one = last(app)
    assert page.reference == one.reference
    assert (one.page, one.request_id, one.language) == ("/tariff", asked["ref"][0], "th")
    letter = letters(app, "visitor@example.org")[-1]
    assert one.reference in letter["subject"]
    link = re.search(r"http://localhost:8000(/problems/followed/\S+)", letter["body"])
    assert link is not None
    answered(app, one, ProblemState.CHANGED, "ปุ่มใช้ได้แล้ว ขอบคุณ")
    page = Browser(app).page(link[1])
    assert "ปุ่มใช้ได้แล้ว ขอบคุณ" in page.said
    assert "บันทึกภายใน" not in page.said
    assert one.token not in Browser(app).page(link[1]).links()[LINK], "a link is a secret"
    Browser(app).page("/problems/followed/guessed", status=404)
    page = browser.follow("เรื่องที่มีผู้แจ้ง")
    assert "แก้ไขปุ่มแล้ว" in page.said
    assert "visitor@example.org" not in page.text
    assert "The button works" in browser.page("/changes/?lang=en").said
    browser.page("/changes/2020-13", status=404)
    browser.page("/changes/2990-01", status=404)


def test_a_person_reports_with_a_picture_and_sees_only_their_own(
    app: Flask, somchai: Person
) -> None:
    somchai.sign_in()
    browser = somchai.browser
    browser.page("/problems/new?page=/account/reset/abc?x=1")
    assert "abc" not in browser.last.said, "a token in the address opens something"
    said = {"category": "idea", "what": "อยากได้ปุ่ม\nใหญ่ขึ้น"}
    page = browser.submit(said, picture=(io.BytesIO(b"<svg>"), "x.png"))
    assert page.errors == ["ไฟล์ x.png ไม่ใช่ JPEG หรือ PNG โปรดเลือกรูปภาพ"]
    assert "อยากได้ปุ่ม\nใหญ่ขึ้น" in page.text
    page = browser.submit(picture=(io.BytesIO(PNG), "ภาพ.png"))
    one = last(app)
    assert one.page == "/account/reset/<token>"
    assert one.picture is not None
    assert one.picture.media_type == "image/png"
    assert page.path == f"/problems/{one.reference}"
    assert letters(app, somchai.email)[-1]["body"].count(one.reference) == 3
    assert one.reference in browser.page("/problems/").said
    with scenes.database(app).transaction() as session:
        other = factories.problem(session).reference
    browser.page(f"/problems/{other}", status=404)


def test_pages_that_say_an_error_have_the_link_too(app: Flask) -> None:
    browser = Browser(app)
    page = browser.page("/no-such-page", status=404)
    asked = parse_qs(urlsplit(page.links()[LINK]).query)
    assert asked["page"] == ["/no-such-page"]
    assert asked["ref"] == [page.response.headers["X-Request-ID"]]


def test_one_address_sends_no_endless_stream(settings: Settings) -> None:
    app = light(portal.create_app(replace(settings, report_limit="1 per hour")))
    browser = Browser(app, use_cookies=True)
    for wanted in (200, 429):
        browser.page("/problems/new")
        said = {"category": "idea", "what": "x", "email": "visitor@example.org"}
        assert browser.submit(said).status == wanted
    app.extensions["database"].close()
