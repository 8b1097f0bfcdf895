"""Power of the operating system: `kill -9` while people file and while receipts are made.

What was acknowledged exists once, whoever asks again gets the same reference,
and `excise check` finds nothing wrong.
"""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests
import sqlalchemy as sa
from sqlalchemy.orm import Session

import portal
from excise import work
from excise.db import Database
from excise.documents.models import Document
from excise.payments.actions import receive
from excise.payments.models import Bill
from excise.periods import add_months, local_date
from excise.products.models import Product
from excise.returns.models import Basis, Return
from portal.accounts import TaxpayerAccount
from prove.conftest import CLIENTS, KILLS, check, process_of
from tests import factories
from tests.browser import PASSWORD
from tests.journeys.conftest import ROOT, Service
from web.accounts.store import open_account
from web.clock import now

TOKEN = re.compile(r'name="csrf_token" type="hidden" value="([^"]+)"')
AGREED = re.compile(r'name="agreed_satang" type="hidden" value="(\d+)"')
REFERENCE = re.compile(r'data-reference="([^"]+)"')


def drafts(service: Service, database: Database, count: int) -> list[str]:
    """Let one person have an account and drafts that only need to be sent."""
    app = portal.create_app(service.settings)
    with app.app_context(), database.transaction() as session:
        owner = factories.person(session, email="owner@example.com")
        open_account(session, TaxpayerAccount, person=owner, password=PASSWORD)
        today = local_date(now())
        since = add_months(today.replace(day=1), -1)
        place = factories.establishment(session, owner=owner, at=now(), starts_on=since)
        beer = factories.product(session, place, price_from=since, at=now())
        names = []
        for _ in range(count):
            draft = factories.start(session, place, basis=Basis.REMOVAL, day=today, at=now())
            factories.line(session, draft, beer, at=now())
            names.append(factories.finished(session, draft, at=now()).draft_reference)
    app.extensions["database"].close()
    return names


class Client:
    """A taxpayer's program that tries again until it is told a reference."""

    def __init__(self, site: str) -> None:
        self.site, self.session = site, requests.Session()

    def sign_in(self) -> None:
        page = self.session.get(f"{self.site}/account/sign-in").text
        sent = {"csrf_token": TOKEN.search(page)[1], "email": "owner@example.com"}
        answer = self.session.post(f"{self.site}/account/sign-in", {**sent, "password": PASSWORD})
        assert "sign-in" not in answer.url

    def file(self, draft: str) -> str:
        """Send a draft; a lost or failed answer is tried again, as people do."""
        for _ in range(300):
            try:
                return self._try(f"{self.site}/returns/{draft}/check")
            except (requests.RequestException, LookupError):
                time.sleep(0.1)
        raise TimeoutError(draft)

    def _try(self, address: str) -> str:
        answer = self.session.get(address, timeout=10)
        if agreed := AGREED.search(answer.text):
            sent = {"csrf_token": TOKEN.search(answer.text)[1], "declared": "y"}
            sent["agreed_satang"] = agreed[1]
            answer = self.session.post(address, sent, timeout=10)
        if answer.status_code != 200 or "/returns/sent/" not in answer.url:
            raise LookupError(answer.url)
        return REFERENCE.search(answer.text)[1]


def test_what_was_acknowledged_before_a_kill_of_the_server_is_there_once(
    service: Service, database: Database
) -> None:
    names = drafts(service, database, 25 * KILLS)
    told: dict[str, str] = {}
    done: list[str] = []

    def file_all(mine: list[str]) -> None:
        client = Client(service.settings.public_url)
        client.sign_in()
        for name in mine:
            told[name] = client.file(name)
            done.append(name)

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(file_all, names[first::CLIENTS]) for first in range(CLIENTS)]
        for number in range(KILLS):
            while len(done) < len(names) * (number + 1) // (KILLS + 2):
                time.sleep(0.01)
            os.kill(process_of(service, "gunicorn"), signal.SIGKILL)
        for each in running:
            each.result()
    again = Client(service.settings.public_url)
    again.sign_in()
    assert {name: again.file(name) for name in names} == told
    with database.reading() as session:
        kept = sa.select(Return.draft_reference, Return.reference)
        assert dict(session.execute(kept).all()) == told
        assert session.scalar(sa.select(sa.func.count(Bill.id))) == len(names)
    numbers = sorted(int(reference.rpartition("-")[2]) for reference in told.values())
    assert numbers == list(range(1, len(names) + 1))
    work.drain(database, limit_seconds=120)
    check(service)


def paid(database: Database, total: int) -> None:
    """Let as many bills be paid; their receipts are still to be made."""
    with database.transaction() as session:
        place = factories.establishment(session, tax_id=factories.tax_id(7), at=now())
        since = local_date(now()).replace(day=1)
        beer = factories.product(session, place, price_from=since, at=now())
        for _ in range(total):
            bill = factories.bill(session, filed_today(session, beer))
            receive(session, factories.bank_message(bill, paid_at=now()), actor="system", at=now())


def documents(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Document.number)))


def test_a_worker_that_is_killed_makes_every_receipt_once(
    service: Service, database: Database
) -> None:
    total = 10 * KILLS
    paid(database, total)
    for number in range(KILLS):
        while len(documents(database)) < total * (number + 1) // (KILLS + 2):
            time.sleep(0.05)
        os.kill(process_of(service, "worker"), signal.SIGKILL)
    work.drain(database, limit_seconds=240)
    made = documents(database)
    assert len(made) == len(set(made)) == total
    check(service)


def test_a_second_worker_that_comes_and_goes_disturbs_nothing(
    service: Service, database: Database
) -> None:
    total = 10 * KILLS
    paid(database, total)
    command = [sys.executable, "-c", "from cli import main; main(['worker'])"]
    with (service.settings.data / "second").open("wb") as log:
        for _ in range(KILLS):
            second = subprocess.Popen(  # noqa: S603  # our own program
                command, cwd=ROOT, env=service.environ, stdout=log, stderr=log
            )
            time.sleep(8)  # it has begun to work by then; nothing tells so
            second.terminate()
            assert second.wait(40) == 0
    work.drain(database, limit_seconds=240)
    assert sorted(set(documents(database))) == sorted(documents(database))
    assert len(documents(database)) == total
    letters = list(service.settings.inbox.glob("*.eml"))
    assert len(letters) == len({letter.name for letter in letters})
    check(service)
    assert b"Traceback" not in (service.settings.data / "second").read_bytes()


def filed_today(session: Session, beer: Product) -> Return:
    today, at = local_date(now()), now()
    draft = factories.start(session, beer.registration, basis=Basis.REMOVAL, day=today, at=at)
    factories.line(session, draft, beer, at=at)
    return factories.file(session, factories.finished(session, draft, at=at), at=at)
