"""Every address of both sites: who may open it, and how it behaves when it should not be opened."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

import backoffice
import portal
from excise.config import Settings
from tests.browser import Page, audit

SITES = {"portal": portal, "backoffice": backoffice}
# Addresses that take what was typed into a form and therefore have no page of their own.
FILLED = {"token": "x", "name": "x", "filename": "js/base64.js"}


@pytest.fixture(params=SITES)
def app(request: pytest.FixtureRequest, settings: Settings) -> Flask:
    return SITES[request.param].create_app(settings)


def rules(app: Flask) -> Iterator[Rule]:
    yield from app.url_map.iter_rules()


def address(rule: Rule) -> str:
    """Return the rule as an address, with something in each place."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda m: FILLED.get(m[1], "1"), rule.rule)


def test_every_page_that_is_not_listed_asks_to_sign_in(app: Flask) -> None:
    client = app.test_client()
    for rule in rules(app):
        if rule.endpoint in app.extensions["public_endpoints"]:
            continue
        for method in rule.methods & {"GET", "POST"}:
            with app.test_request_context():
                pass
            app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the guard must hold by itself
            response = client.open(address(rule), method=method)
            assert response.status_code == 302, f"{method} {rule} answered {response.status_code}"
            assert response.headers["Location"].startswith("/account/sign-in"), rule


def test_every_listed_page_exists_and_opens_without_signing_in(app: Flask) -> None:
    known = {rule.endpoint for rule in rules(app)}
    optional = {"security.register", "security.send_confirmation", "security.confirm_email"}
    assert app.extensions["public_endpoints"] - known <= optional
    client = app.test_client()
    for rule in rules(app):
        if rule.endpoint in app.extensions["public_endpoints"] and "GET" in rule.methods:
            response = client.get(address(rule), follow_redirects=True)
            assert response.status_code in (200, 404, 503), f"{rule}: {response.status_code}"
            if response.mimetype == "text/html":
                assert not list(audit(Page(response))), rule
            response.close()


def test_numbers_in_addresses_are_bounded(app: Flask) -> None:
    """A number beyond 64 bits would reach the database and end as a fault."""
    for rule in rules(app):
        for converter, arguments in re.findall(r"<(int)(\([^)]*\))?:", rule.rule):
            assert "max=" in arguments, f"{rule} takes any {converter}"


def test_every_change_is_a_post(app: Flask) -> None:
    """Links and prefetching browsers open addresses; only forms may change something."""
    for rule in rules(app):
        assert not rule.methods & {"PUT", "DELETE", "PATCH"}, rule


def test_an_unknown_address_is_a_page_that_says_so(app: Flask) -> None:
    response = app.test_client().get("/no-such-page")
    assert response.status_code == 404
    assert not list(audit(Page(response)))


def test_the_health_answer_needs_no_database_and_sets_no_cookie(app: Flask) -> None:
    app.extensions["database"].close()
    app.extensions.pop("database")
    response = app.test_client().get("/healthz")
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


def test_every_answer_carries_the_protecting_headers(app: Flask) -> None:
    for url in ("/account/sign-in", "/no-such-page", "/healthz"):
        headers = app.test_client().get(url).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-ID"]
