"""Opening an account in the portal, signing in, and keeping others out."""

import re
import time
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask_security.utils import hash_data, hash_password, verify_hash

import portal
from excise.config import Settings
from excise.people.models import Person as PersonRow
from portal.accounts import TaxpayerAccount, TaxpayerSession
from tests.browser import PASSWORD, Browser, Person, letters, words


def database(app: Flask):
    return app.extensions["database"]


def test_a_person_opens_an_account_confirms_and_signs_in(app: Flask) -> None:
    somchai = Person(app, "somchai@example.com")
    somchai.sign_up()
    assert somchai.browser.last.path == "/account/sign-in"
    somchai.sign_in()
    page = somchai.browser.page("/account/")
    assert "สมชาย ใจดี" in page.said
    assert "somchai@example.com" in page.said


def test_guessing_a_password_is_dear(settings: Settings) -> None:
    """What OWASP asks of argon2id at least; the app of these tests hashes for less."""
    with portal.create_app(settings).app_context():
        assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_address_that_is_not_confirmed_opens_nothing(app: Flask) -> None:
    browser = Browser(app)
    browser.page("/account/register")
    browser.submit(name="ก ข", email="a@example.com", password=PASSWORD)
    browser.page("/account/sign-in")
    page = browser.submit(email="a@example.com", password=PASSWORD)
    assert page.errors
    assert browser.page("/account/").path == "/account/sign-in"


def test_the_same_address_in_capitals_is_the_same_person(somchai: Person) -> None:
    somchai.email = "SomChai@Example.com"
    somchai.sign_in()
    assert somchai.browser.page("/account/").path == "/account/"


def test_registering_answers_the_same_for_a_known_address(somchai: Person, app: Flask) -> None:
    answers = []
    for email in ("somchai@example.com", "new@example.com"):
        browser = Browser(app)
        browser.page("/account/register")
        page = browser.submit(name="ก ข", email=email, password=PASSWORD)
        answers.append((page.status, page.path, page.said.replace(email, "-")))
    assert answers[0] == answers[1]
    assert "/account/reset/" in letters(app, "somchai@example.com")[-1]["body"]


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    somchai: Person, app: Flask
) -> None:
    answers = []
    for email in ("somchai@example.com", "nobody@example.com"):
        browser = Browser(app)
        browser.page("/account/sign-in")
        answers.append(browser.submit(email=email, password="not the password").errors)
    assert answers[0] == answers[1]
    assert answers[0]


def test_somebody_known_to_the_department_keeps_one_person_row(app: Flask) -> None:
    with database(app).transaction() as session:
        from web.clock import now

        session.add(PersonRow(name="สมหญิง", email="Somying@example.com", created_at=now()))
    Person(app, "somying@example.com").sign_up("another name")
    with database(app).reading() as session:
        assert session.scalars(sa.select(PersonRow.name)).all() == ["สมหญิง"]


def test_an_easy_or_short_password_is_refused(app: Flask) -> None:
    browser = Browser(app)
    browser.page("/account/register")
    for password in ("short", "password12345", "abcabcabcabc", "somchai@example.com"):
        page = browser.submit(name="ก ข", email="somchai@example.com", password=password)
        assert page.errors, password
    assert letters(app, "somchai@example.com") == []


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(somchai: Person) -> None:
    for _ in range(5):
        somchai.browser.page("/account/sign-in")
        somchai.browser.submit(email=somchai.email, password="wrong wrong wrong")
    somchai.sign_in()
    assert somchai.browser.page("/account/").path == "/account/sign-in"


def test_the_lock_ends_by_itself(somchai: Person, app: Flask) -> None:
    from web.clock import now

    with database(app).transaction() as session:
        session.execute(
            sa.update(TaxpayerAccount).values(locked_until=now() - timedelta(seconds=1))
        )
    somchai.sign_in()
    assert somchai.browser.page("/account/").path == "/account/"


def test_a_forgotten_password_is_replaced_by_letter_and_ends_other_sessions(
    somchai: Person, app: Flask
) -> None:
    somchai.sign_in()
    other = Browser(app)
    other.page("/account/reset")
    other.submit(email=somchai.email)
    link = re.search(
        r"http://localhost:8000(/account/reset/\S+)", letters(app, somchai.email)[-1]["body"]
    )
    assert link
    other.page(link[1])
    other.submit(password="four loud crocodiles", password_confirm="four loud crocodiles")
    assert somchai.browser.page("/account/").path == "/account/sign-in"
    somchai.sign_in()
    assert somchai.browser.page("/account/").path == "/account/sign-in"
    somchai.password = "four loud crocodiles"
    somchai.sign_in()
    assert somchai.browser.page("/account/").path == "/account/"
    assert other.page(link[1]).path == "/account/reset", "a link works once"


def test_asking_for_a_new_password_answers_the_same_for_an_unknown_address(
    somchai: Person, app: Flask
) -> None:
    answers = []
    for email in ("somchai@example.com", "nobody@example.com"):
        browser = Browser(app)
        browser.page("/account/reset")
        answers.append(browser.submit(email=email).said.replace(email, "-"))
    assert answers[0] == answers[1]
    assert letters(app, "nobody@example.com") == []


def test_a_letter_to_a_known_address_takes_no_slow_hash(app: Flask) -> None:
    with app.app_context():
        start = time.process_time()
        for _ in range(20):
            assert verify_hash(hash_data("somchai@example.com"), "somchai@example.com")
        assert time.process_time() - start < 0.5


def test_changing_the_password_keeps_this_browser_and_ends_the_others(
    somchai: Person, app: Flask
) -> None:
    somchai.sign_in()
    elsewhere = Person(app, somchai.email)
    elsewhere.sign_in()
    somchai.browser.page("/account/change")
    new = "four loud crocodiles"
    somchai.browser.submit(password=PASSWORD, new_password=new, new_password_confirm=new)
    assert somchai.browser.page("/account/").path == "/account/"
    assert elsewhere.browser.page("/account/").path == "/account/sign-in"


def test_a_copied_cookie_dies_at_sign_out(somchai: Person, app: Flask) -> None:
    somchai.sign_in()
    cookie = somchai.browser.get_cookie("portal")
    assert cookie
    somchai.browser.page("/account/")
    somchai.sign_out()
    thief = Browser(app)
    thief.set_cookie("portal", cookie.value)
    assert thief.page("/account/").path == "/account/sign-in"


def test_signing_in_gives_the_browser_a_new_session(somchai: Person) -> None:
    somchai.sign_in()
    with somchai.browser.session_transaction() as before:
        first = before["sid"]
    somchai.browser.page("/account/change")
    new = "four loud crocodiles"
    somchai.browser.submit(password=PASSWORD, new_password=new, new_password_confirm=new)
    with somchai.browser.session_transaction() as after:
        assert after["sid"] != first


def test_a_session_ends_after_idle_time_and_after_twelve_hours(somchai: Person, app: Flask) -> None:
    from web.clock import now

    for column, age in (("seen_at", timedelta(minutes=31)), ("started_at", timedelta(hours=13))):
        somchai.sign_in()
        assert somchai.browser.page("/account/").path == "/account/"
        with database(app).transaction() as session:
            session.execute(sa.update(TaxpayerSession).values({column: now() - age}))
        assert somchai.browser.page("/account/").path == "/account/sign-in", column


def test_the_session_row_does_not_hold_what_the_cookie_holds(somchai: Person, app: Flask) -> None:
    somchai.sign_in()
    with somchai.browser.session_transaction() as kept, database(app).reading() as session:
        assert session.scalars(sa.select(TaxpayerSession.digest)).one() != kept["sid"]


def test_another_device_is_signed_out_from_the_list(somchai: Person, app: Flask) -> None:
    elsewhere = Person(app, somchai.email)
    elsewhere.sign_in()
    somchai.sign_in()
    page = somchai.browser.page("/account/devices")
    buttons = [words(button) for button in page.all("button")]
    others = [text for text in buttons if text.startswith("ออกจากระบบ Werkzeug")]
    assert len(others) == 1, "this very browser has no button"
    somchai.browser.submit(button=others[0])
    assert somchai.browser.page("/account/").path == "/account/"
    assert elsewhere.browser.page("/account/").path == "/account/sign-in"


def test_a_device_of_another_account_cannot_be_signed_out(somchai: Person, app: Flask) -> None:
    victim = Person(app, "victim@example.com")
    victim.sign_up()
    victim.sign_in()
    with database(app).reading() as session:
        row_id = session.scalars(sa.select(TaxpayerSession.id)).one()
    elsewhere = Person(app, somchai.email)
    elsewhere.sign_in()
    somchai.sign_in()
    somchai.browser.page("/account/devices")
    token = next(
        i.get("value") for i in somchai.browser.last.all("input") if i.get("name") == "csrf_token"
    )
    somchai.browser.post(f"/account/devices/{row_id}/end", data={"csrf_token": token})
    assert victim.browser.page("/account/").path == "/account/"


def test_codes_of_an_app_protect_the_account_and_each_works_once(
    somchai: Person, app: Flask
) -> None:
    somchai.sign_in()
    somchai.browser.page("/account/tf-setup")
    somchai.set_up_codes()
    elsewhere = Person(app, somchai.email)
    elsewhere.browser.page("/account/sign-in")
    page = elsewhere.browser.submit(email=somchai.email, password=PASSWORD)
    assert page.path == "/account/tf-validate"
    assert elsewhere.browser.page("/account/").path == "/account/sign-in", "half way is not in"
    elsewhere.browser.page("/account/sign-in")
    elsewhere.browser.submit(email=somchai.email, password=PASSWORD)
    code = somchai.code()
    elsewhere.browser.submit(code=f"{code[:3]} {code[3:]}")
    assert elsewhere.browser.page("/account/").path == "/account/"
    thief = Browser(app)
    thief.page("/account/sign-in")
    thief.submit(email=somchai.email, password=PASSWORD)
    assert thief.submit(code=code).errors, "a code that was seen is worth nothing"


def test_a_recovery_code_works_once(somchai: Person, app: Flask) -> None:
    somchai.sign_in()
    somchai.browser.page("/account/tf-setup")
    somchai.set_up_codes()
    somchai.browser.page("/account/mf-recovery-codes")
    page = somchai.browser.submit()
    codes = [code.text for code in page.all("code")]
    assert len(codes) == 8
    with database(app).reading() as session:
        stored = session.scalars(sa.select(TaxpayerAccount.mf_recovery_codes)).one()
    assert codes[0] not in stored, "kept encrypted"
    for turn, opened in ((1, True), (2, False)):
        browser = Browser(app)
        browser.page("/account/sign-in")
        browser.submit(email=somchai.email, password=PASSWORD)
        browser.page("/account/mf-recovery")
        browser.submit(code=codes[0].upper())
        assert (browser.page("/account/").path == "/account/") is opened, turn


def test_wrong_codes_lock_the_account_too(somchai: Person, app: Flask) -> None:
    somchai.sign_in()
    somchai.browser.page("/account/tf-setup")
    somchai.set_up_codes()
    guesser = Browser(app)
    guesser.page("/account/sign-in")
    guesser.submit(email=somchai.email, password=PASSWORD)
    for _ in range(5):
        guesser.submit(code="000000")
    page = guesser.submit(code=somchai.code())
    assert "15" in page.errors[0]


def test_recovery_codes_need_a_fresh_sign_in(somchai: Person) -> None:
    somchai.sign_in()
    with somchai.browser.session_transaction() as session:
        session["fs_paa"] = time.time() - 16 * 60
    assert somchai.browser.page("/account/mf-recovery-codes").path == "/account/verify"
    somchai.browser.submit(password=PASSWORD)
    assert somchai.browser.last.path == "/account/mf-recovery-codes"


def test_what_matters_asks_for_the_password_when_it_was_given_a_while_ago(
    somchai: Person, app: Flask
) -> None:
    elsewhere = Person(app, somchai.email)
    elsewhere.sign_in()
    somchai.sign_in()
    somchai.browser.page("/account/devices")
    with somchai.browser.session_transaction() as session:
        session["fs_paa"] = time.time() - 16 * 60
    page = somchai.browser.submit(button="ออกจากระบบในอุปกรณ์อื่นทั้งหมด")
    assert page.path == "/account/verify"
    assert elsewhere.browser.page("/account/").path == "/account/"
    somchai.browser.page("/account/verify")
    somchai.browser.submit(password=PASSWORD)
    somchai.browser.page("/account/devices")
    somchai.browser.submit(button="ออกจากระบบในอุปกรณ์อื่นทั้งหมด")
    assert elsewhere.browser.page("/account/").path == "/account/sign-in"


def test_a_form_without_its_token_is_refused_with_a_page(somchai: Person) -> None:
    somchai.sign_in()
    response = somchai.browser.post("/account/devices/end-others")
    assert response.status_code == 400
    assert "เปิดแบบฟอร์มไว้นานเกินไป" in response.text


def test_a_part_of_a_page_gets_an_address_to_sign_in_at_not_a_page(app: Flask) -> None:
    response = app.test_client().get(
        "/account/devices",
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/account/devices"},
    )
    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/account/sign-in?next=")
    assert response.text == ""


def test_after_signing_in_one_is_back_where_one_was_going(somchai: Person) -> None:
    somchai.browser.page("/account/devices?lang=th")
    page = somchai.browser.submit(email=somchai.email, password=PASSWORD)
    assert page.path == "/account/devices"


def test_nobody_is_led_to_another_site_after_signing_in(somchai: Person) -> None:
    somchai.browser.page("/account/sign-in?next=https://evil.example/")
    page = somchai.browser.submit(email=somchai.email, password=PASSWORD)
    assert page.response.request.host == "localhost"


def test_too_many_tries_from_one_address_are_stopped(settings: Settings) -> None:
    app = portal.create_app(replace(settings, sign_in_limit="3 per minute"))
    browser = Browser(app)
    browser.page("/account/sign-in")
    for _ in range(3):
        browser.submit(email="a@example.com", password="wrong wrong wrong")
    page = browser.submit(email="a@example.com", password="wrong wrong wrong")
    assert page.status == 429
    assert page.response.headers["Retry-After"]
    assert browser.page("/account/sign-in").status == 200, "reading goes on"
