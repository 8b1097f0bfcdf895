"""Clients at work all at once, the book of what each was told, and the books of the service."""

import hashlib
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import backoffice
import portal
from backoffice.accounts import OfficerAccount
from exchange.clients.excise import Caller
from excise.agencies.actions import Entry, register, renew_password
from excise.agencies.models import Message
from excise.agencies.rules import RIGHTS
from excise.audit import AuditEntry
from excise.db import Database
from excise.evidence.models import Delivery
from excise.money import baht
from excise.payments.actions import BankMessage
from excise.payments.files import COLUMNS
from excise.payments.models import BankFile, Payment
from excise.periods import add_months, local_date
from excise.products.models import Product
from excise.returns.models import Basis, Return
from portal.accounts import TaxpayerAccount
from prove.clients import OFFICER, OWNER, TELEPHONE, Agency, Clerk, Taxpayer
from tests import factories
from tests.browser import PASSWORD
from tests.exchange.test_services import sale
from tests.journeys.conftest import Service
from web.accounts.store import open_account
from web.clock import now

RECEIPT = re.compile("<receiptNo>([^<]+)<")
ROWS = 2  # of each bank file


@dataclass
class Errand:
    """One thing to be done once, by one who has the role; `go` returns what they are told."""

    role: str
    key: str
    go: Callable[[Any], str]


@dataclass
class Crowd:
    """Clients with their errands, and the book of what each was told first."""

    service: Service
    errands: list[Errand]
    callers: dict[str, Caller]
    told: dict[str, str] = field(default_factory=dict)
    _aim: tuple[int, int] = (0, 0)
    _running: list[Future[None]] = field(default_factory=list)
    _people: list[Any] = field(default_factory=list)

    def come_in(self, role: str, service: Service | None = None) -> Any:
        """Return a new client with the role."""
        service = service or self.service
        if role in self.callers:
            return Agency(service, self.callers[role])
        return {"taxpayer": Taxpayer, "cashier": Clerk}[role](service)

    @contextmanager
    def at_work(self, number: int | None = None) -> Iterator[None]:
        """Let nine clients do the next errands while the block goes on, and then to the end."""
        errands = [errand for errand in self.errands if errand.key not in self.told][:number]
        self._aim = len(self.told), len(errands)
        roles = [*["taxpayer"] * 5, "cashier", "RD", "RD", "KTB"]
        waiting = {role: deque[Errand]() for role in roles}
        for errand in errands:
            waiting[errand.role].append(errand)
        self._people = [self.come_in(role) for role in roles]
        with ThreadPoolExecutor(len(roles)) as threads:
            self._running = [
                threads.submit(self._work, person, waiting[role])
                for person, role in zip(self._people, roles, strict=True)
            ]
            try:
                yield
            except BaseException:
                self.go_home()
                raise
            for each in self._running:
                each.result()

    def _work(self, client: Any, errands: deque[Errand]) -> None:
        while errands:
            try:
                errand = errands.popleft()
            except IndexError:
                return  # another client took the last one
            self.told[errand.key] = errand.go(client)

    def go_home(self) -> None:
        """Let everybody give up what they are at."""
        for each in self._people:
            each.patience_seconds = 0

    def refusals(self) -> set[int | str]:
        """Return how clients were told to come again later: HTTP's status, SOAP's fault."""
        return {refusal for each in self._people for refusal in each.refusals}

    def dropped(self) -> int:
        """Count the requests that were taken and not answered."""
        return sum(each.dropped for each in self._people)

    def wait_for(self, share: float) -> None:
        """Wait until this share of the errands under way is done."""
        before, number = self._aim
        while len(self.told) < before + number * share:
            for each in self._running:
                if each.done():
                    each.result()  # its error ends the proof now, not after an hour
            time.sleep(0.005)

    def ask_again(self, only: Mapping[str, str], service: Service | None = None) -> None:
        """Let new clients do again what was told before: each must hear the same again."""
        clients: dict[str, Any] = {}
        for errand in self.errands:
            if errand.key in only:
                if errand.role not in clients:
                    clients[errand.role] = self.come_in(errand.role, service)
                assert errand.go(clients[errand.role]) == only[errand.key], errand.key

    def compare(self, database: Database) -> None:
        """Hold the service's books against ours: nothing lost or doubled, each act logged once."""
        with database.reading() as session:
            assert lost(self.told, session) == []
            done = [errand.role for errand in self.errands if errand.key in self.told]
            paid = done.count("cashier") * ROWS + done.count("KTB")
            assert len(session.scalars(sa.select(Payment.id)).all()) == paid
            assert len(session.scalars(sa.select(Delivery.id)).all()) == done.count("RD")
            assert faults_of_numbers(session) == []


def lost(told: Mapping[str, str], session: Session) -> list[str]:
    """Return the keys of which the database does not hold what was told."""
    kept = _kept(session)
    return [key for key, answer in told.items() if kept.get(key) != answer]


def _kept(session: Session) -> dict[str, str]:
    kept: dict[str, str] = {}
    for draft, reference in session.execute(sa.select(Return.draft_reference, Return.reference)):
        kept[draft] = reference
    for number, sha256 in session.execute(sa.select(BankFile.id, BankFile.sha256)):
        kept[sha256] = str(number)
    for message in session.scalars(sa.select(Message)):
        receipt = RECEIPT.search(message.response)
        assert receipt
        kept[message.message_id] = f"{message.server_message_id} {receipt[1]}"
    return kept


def faults_of_numbers(session: Session) -> list[str]:
    """Return the acts that are not in the log exactly once, and the gaps in references."""
    filed = session.scalars(sa.select(Return.reference).where(Return.reference.is_not(None))).all()
    payments = session.execute(sa.select(Payment.bank_code, Payment.transaction_id))
    subjects = {
        "return.file": [f"return:{each}" for each in filed],
        "payment.receive": [f"payment:{bank}:{number}" for bank, number in payments],
        "delivery.land": [f"delivery:{e}" for e in session.scalars(sa.select(Delivery.receipt_no))],
        "bank-file.import": [f"bank-file:{e}" for e in session.scalars(sa.select(BankFile.sha256))],
    }
    faults = []
    for act, expected in subjects.items():
        query = sa.select(AuditEntry.subject).where(AuditEntry.act == act)
        if sorted(session.scalars(query)) != sorted(expected):
            faults.append(act)
    split = sorted((str(each).rpartition("-")[0], int(str(each)[-7:])) for each in filed)
    for series, numbers in groupby(split, key=lambda pair: pair[0]):
        found = [number for _, number in numbers]
        if found != list(range(1, len(found) + 1)):
            faults.append(series)
    return faults


def gather(service: Service, database: Database, total: int) -> Crowd:
    """Let there be accounts, agencies and about `total` errands of all kinds, half of them filings.

    The rest are deliveries by SOAP, payments that a bank tells by SOAP, and files of a bank.
    """
    filings, files, messages = total // 2, total // 10 or 1, total // 5 or 1
    _hire(service)
    errands = [
        Errand("taxpayer", draft, lambda client, draft=draft: client.file(draft))
        for draft in _drafts(service, filings)
    ]
    errands += [_delivery(number) for number in range(messages)]
    with database.transaction() as session:
        owed = [_owed(session) for _ in range(messages + files * ROWS)]
    errands += [_notification(told) for told in owed[:messages]]
    rest = owed[messages:]
    errands += [_file(rest[first : first + ROWS]) for first in range(0, len(rest), ROWS)]
    callers = {code: _agency(service, database, code) for code in ("RD", "KTB")}
    Random(0).shuffle(errands)
    return Crowd(service, errands, callers)


def _hire(service: Service) -> None:
    app = backoffice.create_app(service.settings)
    with app.app_context(), app.extensions["database"].transaction() as session:
        one = factories.officer(session, roles=("cashier",), office="000000")
        person = session.get_one(factories.Person, one.person_id)
        person.email = OFFICER
        told = {"person": person, "password": PASSWORD, "totp_key": TELEPHONE}
        open_account(session, OfficerAccount, **told)
    app.extensions["database"].close()


def _drafts(service: Service, count: int) -> list[str]:
    """Let one person have drafts that only need to be sent."""
    app = portal.create_app(service.settings)
    with app.app_context(), app.extensions["database"].transaction() as session:
        owner = factories.person(session, email=OWNER)
        open_account(session, TaxpayerAccount, person=owner, password=PASSWORD)
        beer = _beer(session, owner=owner)
        names = [_finished(session, beer).draft_reference for _ in range(count)]
    app.extensions["database"].close()
    return names


def _beer(session: Session, **changes: Any) -> Product:
    since = add_months(local_date(now()).replace(day=1), -1)
    place = factories.establishment(session, at=now(), starts_on=since, **changes)
    return factories.product(session, place, price_from=since, at=now())


def _finished(session: Session, beer: Product) -> Return:
    today, at = local_date(now()), now()
    draft = factories.start(session, beer.registration, basis=Basis.REMOVAL, day=today, at=at)
    factories.line(session, draft, beer, at=at)
    return factories.finished(session, draft, at=at)


def _owed(session: Session) -> BankMessage:
    """Return what a bank says of a bill that somebody pays."""
    if "beer" not in session.info:
        session.info["beer"] = _beer(session, tax_id=factories.tax_id(7))
    filed = factories.file(session, _finished(session, session.info["beer"]), at=now())
    return factories.bank_message(factories.bill(session, filed), paid_at=now())


def _delivery(number: int) -> Errand:
    told = {"documentNo": f"D-{number}", "record": [sale(documentNo=f"INV-{number}")]}
    return _message("RD", "third-party-data", "SubmitVatSales", told)


def _notification(said: BankMessage) -> Errand:
    told = {
        "bankCode": said.bank_code,
        "transactionId": said.transaction_id,
        "paidAt": said.paid_at,
        "amount": baht(said.amount_satang),
        "ref1": said.ref1,
        "ref2": said.ref2,
        "channel": said.channel,
    }
    return _message("KTB", "payment", "NotifyPayment", told)


def _message(by: str, service: str, operation: str, told: Mapping[str, Any]) -> Errand:
    number = str(uuid.uuid4())
    return Errand(by, number, lambda client: client.send(service, operation, number, told))


def _file(told: list[BankMessage]) -> Errand:
    lines = [
        f"{one.bank_code},{one.transaction_id},{one.paid_at.isoformat()},"
        f"{baht(one.amount_satang):f},{one.ref1},{one.ref2},{one.channel}"
        for one in told
    ]
    content = "\n".join([",".join(COLUMNS), *lines]) + "\n"
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Errand("cashier", digest, lambda client: client.bring_in(content))


def _agency(service: Service, database: Database, code: str) -> Caller:
    entry = Entry(code=code, name_th=code, name_en=code, rights=list(RIGHTS))
    key = service.settings.secret("agencies")
    with database.transaction() as session:
        register(session, entry, actor="terminal", at=now())
        password = renew_password(session, code, key=key, actor="terminal", at=now())
    return Caller(agency=code, password=password)
