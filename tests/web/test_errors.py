"""What a visitor sees when something goes wrong."""

import errno
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

import portal
from excise.config import Settings
from excise.db import Database
from excise.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from tests.browser import Browser, Page, audit, enrol


@pytest.fixture
def app(settings: Settings) -> Flask:

    return portal.create_app(settings)


def failing(app: Flask, error: Exception) -> Page:
    """Return the page of a view that raises the error."""

    def fail() -> str:
        raise error

    app.add_url_rule("/fail", "home.fail", fail)
    app.extensions["public_endpoints"] |= {"home.fail"}
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = Page(app.test_client().get("/fail?lang=th"))
    assert not list(audit(page))
    return page


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(what="x"), 404),
        (NotAllowed(), 403),
        (Invalid("reason-missing"), 422),
        (Conflict("return-already-filed"), 409),
        (Unavailable(), 503),
        (sa.exc.OperationalError("", {}, Exception("database or disk is full")), 503),
        (sa.exc.IntegrityError("", {}, Exception("UNIQUE constraint failed: x")), 409),
        (sa.exc.IntegrityError("", {}, Exception("NOT NULL constraint failed: x")), 500),
        (sa.exc.TimeoutError("QueuePool limit of size 10 reached"), 503),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (FileNotFoundError(errno.ENOENT, "No such file"), 500),
        (sa.exc.OperationalError("", {}, Exception("no such column: x")), 500),
        (ZeroDivisionError(), 500),
    ],
)
def test_each_error_has_its_status_and_its_page(app: Flask, error: Exception, status: int) -> None:
    assert failing(app, error).status == status


def test_a_refusal_says_why_in_the_visitors_language(app: Flask) -> None:
    page = failing(app, Invalid("too-many-lines", limit=1000))
    assert "แบบหนึ่งฉบับมีได้ไม่เกิน 1000 รายการ" in page.said


def test_a_fault_gives_a_reference_and_no_secrets(app: Flask) -> None:
    page = failing(app, RuntimeError("secret detail"))
    assert "secret detail" not in page.text
    assert page.response.headers["X-Request-ID"] in page.said


def test_the_page_of_a_dead_database_needs_no_database(app: Flask) -> None:
    person = enrol(app, "somchai@example.com")
    person.sign_in()
    app.extensions["database"] = Database("sqlite:////no-such-folder/excise.db")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = Page(person.browser.get("/account/"))
    assert page.status == 503
    assert "ขออภัย" in page.said


def test_a_failing_commit_of_an_account_is_no_success(app: Flask) -> None:
    """The commit happens after the view answered: its failure must replace that answer."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.extensions["database"].transaction() as session:
        session.execute(
            sa.text(
                "CREATE TRIGGER full BEFORE INSERT ON taxpayer_account "
                "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
        )
    browser = Browser(app)
    browser.page("/account/register")
    with pytest.raises(AssertionError, match="/account/register: 5"):
        browser.submit(name="ก ข", email="a@example.com", password="three quiet elephants")


def test_too_large_a_form_is_told_so(settings: Settings) -> None:
    app = portal.create_app(settings)
    app.config["MAX_CONTENT_LENGTH"] = 1000
    response = app.test_client().post("/account/sign-in", data={"email": "x" * 2000})
    assert response.status_code == 413
    assert not list(audit(Page(response)))


def test_too_many_requests_are_told_so(settings: Settings) -> None:
    app = portal.create_app(replace(settings, address_limit="2 per minute"))
    client = app.test_client()
    statuses = [client.get("/contact").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert client.get("/healthz").status_code == 200, "the supervisor is never refused"
