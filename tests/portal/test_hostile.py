"""What nobody should enter, entered everywhere in the portal."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

import portal
from excise.config import Settings
from excise.people.models import Person as PersonRow
from excise.taxpayers.actions import object_to
from tests import factories, hostile
from tests.browser import Browser, Person, enrol, letters
from tests.portal import scenes
from tests.sites import light
from web.clock import now


def furnished(app: Flask, person: Person) -> list[str]:
    """Give somebody one of everything; return pages that no link leads to."""
    browser = person.browser
    place = scenes.brewery(app, person, guarantee=True)
    draft = scenes.begin_removal(browser, place)
    scenes.add_line(browser, draft, units="10")
    with scenes.database(app).transaction() as session:
        row = session.scalars(sa.select(PersonRow).where(PersonRow.email == person.email)).one()
        asked = factories.registration(session, applicant=row, tax_id=factories.tax_id(7))
        wrong = dict.fromkeys(("name", "address", "duty_groups", "postcode"), "ผิด")
        decider = factories.officer(session, office=asked.office_code).id
        object_to(
            session, reference=asked.reference, officer_id=decider, objections=wrong, at=now()
        )
    return [f"/returns/{draft}/lines/new/1", f"/returns/{draft}/check", "/account/verify"]


def test_nothing_that_is_typed_breaks_a_form_or_is_forgotten(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    pages = furnished(app, somchai)
    found = [
        form
        for form in hostile.forms(somchai.browser, "/", "/account/", *pages)
        if form.endpoint not in portal.PUBLIC  # below, by visitors
    ]
    assert len(found) > 12, [form.action for form in found]
    assert hostile.all_faults(somchai.browser, found) == ""


@pytest.fixture
def engine_app(settings: Settings, database_url: str) -> Iterator[Flask]:
    """The portal on either database: what one stores the other may refuse."""
    app = light(portal.create_app(replace(settings, database_url=database_url)))
    yield app
    scenes.database(app).close()


def test_nothing_that_a_visitor_sends_breaks_a_page(engine_app: Flask) -> None:
    visitor = Browser(engine_app, use_cookies=True)
    pages = ("/account/sign-in", "/account/register", "/account/reset", "/account/confirm")
    found = hostile.forms(visitor, "/", *pages)
    assert len(found) >= 4
    if not scenes.database(engine_app).is_sqlite:  # the calculators alike store nothing
        found = list({form.endpoint: form for form in found}.values())
    assert hostile.all_faults(visitor, found) == ""


ODD = [
    "%00",
    "%2e%2e%2f",
    "..%2f..%2fetc%2fpasswd",
    str(2**63),
    "-1",
    "%ff",
    "%0d%0aX-Y: 1",
    "a" * 5000,
    "%",
    "*",
    "'",
]


def test_odd_references_in_addresses_are_not_found(engine_app: Flask) -> None:
    person = enrol(engine_app, "malee@example.com")
    person.sign_in()
    for rule in engine_app.url_map.iter_rules():
        if not rule.arguments or "GET" not in rule.methods:
            continue
        for odd in ODD:
            url = re.sub("<[^>]+>", odd, rule.rule)
            answer = person.browser.quiet(url)
            assert answer.status_code in (302, 308, 404, 429), f"{url}: {answer.status_code}"
            assert "X-Y" not in answer.headers


def test_odd_words_in_the_query_change_nothing(engine_app: Flask) -> None:
    person = enrol(engine_app, "malee@example.com")
    person.sign_in()
    names = ("page", "lang", "state", "month", "product", "q", "next", "added", "office", "%00")
    for rule in engine_app.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods:
            continue
        usual = person.browser.quiet(rule.rule).status_code
        for odd in (*ODD, "1" + "0" * 30, "๑", "th%00"):
            query = "&".join(f"{name}={odd}" for name in names)
            answer = person.browser.quiet(f"{rule.rule}?{query}")
            assert answer.status_code == usual, f"{rule} {odd}: {answer.status_code}"


@pytest.mark.parametrize(
    "leading",
    [
        "//evil.example/",
        "https://evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_led_away_after_signing_in(app: Flask, somchai: Person, leading: str) -> None:
    browser = somchai.browser
    browser.get("/account/sign-in", query_string={"next": leading})
    form = hostile.forms_of(browser.last)[0]
    sent = {**form.standing, "email": somchai.email, "password": somchai.password, "next": leading}
    answer = browser.quiet(form.action, method="POST", data=sent)
    led = urlsplit(urljoin("http://localhost/account/sign-in", answer.headers.get("Location", "")))
    assert (led.scheme, led.netloc) == ("http", "localhost")


def test_a_forged_host_and_referrer_stand_in_no_letter_and_no_redirect(
    app: Flask, somchai: Person
) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    browser = Browser(app, use_cookies=True)
    browser.get("/account/reset", headers=forged, base_url="http://evil.example")
    form = hostile.forms_of(browser.last)[0]
    sent = {**form.standing, "email": somchai.email}
    browser.quiet(
        form.action, method="POST", data=sent, headers=forged, base_url="http://evil.example"
    )
    assert "evil" not in letters(app, somchai.email)[-1]["body"]
    answer = browser.post(
        "/returns/new",
        data={"csrf_token": form.standing["csrf_token"]},
        headers={"Referer": "http://evil.example/x", **forged},
    )
    assert "evil" not in answer.headers.get("Location", "")
