"""The lines of a whole story: each is JSON, traceable, and names nobody."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from prometheus_client import REGISTRY

import backoffice
import portal
from exchange.app import create_app as create_exchange
from excise import logs
from excise.agencies.actions import Entry, register, renew_password
from excise.config import Settings
from excise.payments.models import Bill
from tests import factories
from tests.browser import PASSWORD, Person, hire, letters
from tests.exchange.envelopes import MEDIA, envelope, get_taxpayer, header, token
from tests.portal import scenes

NAME, EMAIL, PHONE = "สมหญิง รักไทย", "somying@example.com", "035123456"


@dataclass
class Log:
    """What the processes would have written."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the lines with these fields."""
        found = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in found if wanted.items() <= line.items()]


@pytest.fixture
def log() -> Iterator[Log]:
    """Catch the log of this process as a file would."""
    log = Log()
    handler = logging.StreamHandler(log.stream)
    handler.setFormatter(logs.Lines())
    logging.root.addHandler(handler)
    logging.getLogger("excise").setLevel(logging.INFO)
    yield log
    logging.getLogger("excise").setLevel(logging.NOTSET)
    logging.root.removeHandler(handler)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def cookies(person: Person) -> set[str]:
    return {cookie.value for cookie in person.browser._cookies.values()}


def taxpayer_files(app: Flask, somying: Person) -> str:
    """Sign up, in wrongly and rightly, file; the id of the request that filed."""
    somying.sign_up(NAME)
    somying.password = "three loud elephants"
    somying.sign_in()
    somying.password = PASSWORD
    somying.sign_in()
    draft = scenes.ready(somying.browser, scenes.brewery(app, somying, phone=PHONE))
    answer = scenes.send(somying.browser, draft).response
    return answer.history[0].headers["X-Request-ID"]


def bank_reports(app: Flask, cashier: Person) -> str:
    """Let the officer bring in the bank's file; the id of that request."""
    key, cashier.key = cashier.key, "A" * 32
    cashier.sign_in()
    cashier.key = key
    cashier.sign_in()
    with app.extensions["database"].reading() as session:
        bill = session.scalars(sa.select(Bill)).one()
    cashier.browser.page("/payments/files/new")
    text = (
        "bank_code,transaction_id,paid_at,amount,ref1,ref2,channel\n"
        f"KTB,T1,2026-11-23T10:15:00,{bill.amount_satang / 100:.2f},{bill.ref1},{bill.ref2},X\n"
    )
    answer = cashier.browser.submit(file=(io.BytesIO(text.encode()), "bank.csv")).response
    return answer.history[0].headers["X-Request-ID"]


def agency_asks(app: Flask, password: str) -> None:
    body = get_taxpayer(factories.TAX_ID, head=header(userId=EMAIL))
    for given in ("wrong " + password, password):
        app.test_client().post(
            "/ws/taxpayer-registry/v1",
            data=envelope(body, security=token("RD", given)),
            content_type=next(iter(MEDIA.values())),
        )


def agency(settings: Settings, app: Flask) -> str:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    rights = ["taxpayer-registry.GetTaxpayer"]
    entry = Entry(code="RD", name_th="กรมสรรพากร", name_en="Revenue Department", rights=rights)
    with app.extensions["database"].transaction() as session:
        register(session, entry, actor="terminal", at=at)
        return renew_password(
            session, "RD", key=settings.secret("agencies"), actor="terminal", at=at
        )


def test_the_story_is_told_without_a_name_and_every_line_can_be_traced(
    settings: Settings, log: Log
) -> None:
    site, office = portal.create_app(settings), backoffice.create_app(settings)
    exchange = create_exchange(settings)
    refused = counted("excise_sign_in_failures_total", site="portal", factor="password")
    codes = counted("excise_sign_in_failures_total", site="backoffice", factor="code")

    somying, cashier = Person(site, EMAIL), hire(office, "cashier@office.example.org", "cashier")
    filing = taxpayer_files(site, somying)
    paying = bank_reports(office, cashier)
    scenes.work_off(site)
    password = agency(settings, exchange)
    agency_asks(exchange, password)

    links = re.findall(r"/account/confirm/(\S+)", str(letters(site, EMAIL)))
    secrets = {NAME, EMAIL, PHONE, PASSWORD, "three loud elephants", factories.TAX_ID, password}
    secrets |= {cashier.email, str(cashier.key), *links} | cookies(somying) | cookies(cashier)
    assert len(links) == 1
    told = log.text + str(log.lines())  # as it is written, and as it is read
    assert not [secret for secret in secrets if secret in told]
    work = {line["work"].partition(":")[0]: line for line in log.lines(message="work done")}
    assert work["receipts.render"]["request"] == paying
    [filed] = log.lines(request=filing, logger="excise.access")
    assert (filed["endpoint"], filed["method"], filed["site"]) == (
        "returns.check",
        "POST",
        "portal",
    )
    outcomes = [line["outcome"] for line in log.lines(logger="excise.exchange")]
    assert outcomes == ["Client.AuthenticationFailed", "accepted"]
    assert counted("excise_sign_in_failures_total", site="portal", factor="password") == refused + 1
    assert counted("excise_sign_in_failures_total", site="backoffice", factor="code") == codes + 1


def test_a_fault_is_told_by_its_kind_and_place_under_the_reference_on_the_page(
    settings: Settings, log: Log
) -> None:
    app = portal.create_app(settings)

    def fail() -> str:
        raise RuntimeError("Somchai said 'Geheim'")

    app.add_url_rule("/fail", "home.fail", fail)
    app.extensions["public_endpoints"] |= {"home.fail"}
    page = app.test_client().get("/fail")
    [fault] = log.lines(message="fault")
    assert fault["request"] == page.headers["X-Request-ID"]
    assert fault["request"] in page.text
    assert fault["error"]["type"] == "RuntimeError"
    assert fault["error"]["places"][-1].endswith(" fail")
    assert "Geheim" not in log.text
    assert [line["status"] for line in log.lines(logger="excise.access")] == [500]


@pytest.mark.parametrize("given", ["0123456789abcdef", "a b", "x" * 65, "รหัส-รหัส"])
def test_only_the_proxy_names_a_request_and_only_in_plain_letters(
    settings: Settings, given: str
) -> None:
    for behind in (False, True):
        chosen = replace(settings, https=behind)
        for app in (portal.create_app(chosen), create_exchange(chosen)):
            client = app.test_client()
            answer = client.get(
                "/healthz", headers={"X-Request-ID": given.encode().decode("latin1")}
            )
            taken = behind and given == "0123456789abcdef"
            assert (answer.headers["X-Request-ID"] == given) == taken
            assert len(answer.headers.getlist("X-Request-ID")) == 1


def test_only_the_proxy_says_from_where_a_request_came(settings: Settings, log: Log) -> None:
    for behind in (False, True):
        chosen = replace(settings, https=behind)
        for app in (portal.create_app(chosen), create_exchange(chosen)):
            headers = {"X-Forwarded-For": "192.0.2.7"}
            assert app.test_client().get("/nothing", headers=headers).status_code == 404
    told = [line["address"] for line in log.lines(logger="excise.access")]
    assert told == ["127.0.0.1", "127.0.0.1", "192.0.2.7", "192.0.2.7"]
