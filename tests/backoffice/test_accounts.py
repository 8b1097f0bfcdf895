"""Officers: invited, with two factors, and out on the day they leave."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.typing import ResponseReturnValue

import backoffice
import portal
from backoffice.accounts import OfficerAccount, OfficerSession, may
from excise.config import Settings
from excise.people.models import Officer
from tests.browser import PASSWORD, Browser, Person, hire
from web.access import requires
from web.clock import now


def database(app: Flask):
    return app.extensions["database"]


@pytest.fixture
def somsri(app: Flask) -> Person:
    return hire(app, "somsri@excise.go.th", "registrar")


def test_an_officer_signs_in_with_password_and_code(somsri: Person) -> None:
    assert "สมศรี ตั้งใจ" in somsri.sign_in().said


def test_nobody_registers_here(app: Flask) -> None:
    assert app.test_client().get("/account/register").status_code == 404


def test_a_password_alone_opens_nothing(somsri: Person) -> None:
    somsri.browser.page("/account/sign-in")
    page = somsri.browser.submit(email=somsri.email, password=PASSWORD)
    assert page.path == "/account/tf-validate"
    assert somsri.browser.page("/").path == "/account/sign-in"


def test_a_new_officer_sets_up_the_app_before_anything_else(app: Flask) -> None:
    newcomer = hire(app, "new@excise.go.th", codes=False)
    newcomer.browser.page("/account/sign-in")
    page = newcomer.browser.submit(email=newcomer.email, password=PASSWORD)
    assert page.path == "/account/tf-setup"
    assert newcomer.browser.page("/").path == "/account/sign-in"
    newcomer.browser.page("/account/sign-in")
    newcomer.browser.submit(email=newcomer.email, password=PASSWORD)
    newcomer.set_up_codes()
    assert newcomer.browser.page("/").path == "/"


def test_an_officer_cannot_stop_using_the_app(somsri: Person, app: Flask) -> None:
    somsri.sign_in()
    somsri.browser.page("/account/tf-setup")
    assert "เลิกใช้แอป" not in somsri.browser.last.said
    token = next(
        i.get("value") for i in somsri.browser.last.all("input") if i.get("name") == "csrf_token"
    )
    somsri.browser.post("/account/tf-setup", data={"csrf_token": token, "setup": "disable"})
    with database(app).reading() as session:
        assert session.scalars(sa.select(OfficerAccount.tf_primary_method)).one()


def test_who_leaves_the_department_is_out_at_the_next_page(somsri: Person, app: Flask) -> None:
    somsri.sign_in()
    with database(app).transaction() as session:
        session.execute(sa.update(Officer).values(active=False))
    assert somsri.browser.page("/").path == "/account/sign-in"
    somsri.browser.page("/account/sign-in")
    page = somsri.browser.submit(email=somsri.email, password=PASSWORD)
    assert page.path == "/account/sign-in"


def test_fifteen_idle_minutes_end_the_session(somsri: Person, app: Flask) -> None:
    somsri.sign_in()
    with database(app).transaction() as session:
        session.execute(sa.update(OfficerSession).values(seen_at=now() - timedelta(minutes=16)))
    assert somsri.browser.page("/").path == "/account/sign-in"


def test_a_page_opens_only_to_those_whose_role_permits_it(settings: Settings) -> None:
    app = backoffice.create_app(settings)

    @app.get("/registrations-only")
    @requires("registration.decide")
    def only() -> ResponseReturnValue:
        assert may("registration.decide")
        return "open", {"Content-Type": "text/plain"}

    registrar, auditor = hire(app, "a@excise.go.th", "registrar"), hire(app, "b@excise.go.th")
    registrar.sign_in()
    assert registrar.browser.get("/registrations-only").status_code == 200
    auditor.sign_in()
    page = auditor.browser.page("/registrations-only", status=403)
    assert "หัวหน้าหน่วยงาน" in page.said


def test_cookies_of_one_site_are_nothing_to_the_other(somsri: Person, settings: Settings) -> None:
    somsri.sign_in()
    cookie = somsri.browser.get_cookie("backoffice")
    assert cookie
    other = portal.create_app(settings)
    browser = Browser(other)
    for name in ("backoffice", "portal"):
        browser.set_cookie(name, cookie.value)
    assert browser.page("/account/").path == "/account/sign-in"


def test_behind_tls_the_cookie_is_for_this_host_and_tls_only(settings: Settings) -> None:
    app = backoffice.create_app(replace(settings, https=True))
    response = app.test_client().get("/account/sign-in", base_url="https://localhost")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-backoffice=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "max-age" in response.headers["Strict-Transport-Security"]
