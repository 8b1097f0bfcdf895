"""Power of the operating system: `kill -9` while agencies send, and while their data is read.

An agency that gets no answer sends the same message again under the same number: what
was acknowledged stands once, and the answer is the first one.
"""

import os
import signal
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from requests import RequestException
from zeep.exceptions import Fault

from exchange.clients.excise import BrokenReply, Caller, connect
from exchange.clients.excise import Service as Exchange
from excise import work
from excise.agencies.actions import Entry, register, renew_password
from excise.agencies.models import Message
from excise.agencies.rules import RIGHTS
from excise.assessments.models import Assessment, AssessmentState
from excise.cases.models import Discrepancy
from excise.db import Database
from excise.documents.models import Document
from excise.documents.store import Store
from excise.evidence.actions import land
from excise.evidence.models import Channel, Delivery, DeliveryState
from excise.evidence.parquet import totals_of
from excise.matching.models import Run
from excise.money import baht
from excise.payments.models import Payment
from excise.periods import add_months, local_date
from excise.receipts.models import Receipt, ReceiptKind
from prove.conftest import CLIENTS, KILLS, check, process_of
from tests import factories
from tests.conftest import count
from tests.exchange.test_services import sale as record
from tests.excise.evidence.samples import sale
from tests.journeys.conftest import Service
from web.clock import now

GTIN = "8850124003225"


def agency(service: Service, database: Database, code: str) -> Caller:
    entry = Entry(code=code, name_th=code, name_en=code, rights=list(RIGHTS))
    key = service.settings.secret("agencies")
    with database.transaction() as session:
        register(session, entry, actor="terminal", at=now())
        password = renew_password(session, code, key=key, actor="terminal", at=now())
    return Caller(agency=code, password=password)


def insist(door: Exchange, operation: str, **told: Any) -> Any:
    """Send a message until it is answered, always under the same number."""
    for _ in range(600):
        try:
            return door.call(operation, **told)
        except Fault as fault:
            if not door.detail(fault).retryable:
                raise
        except (RequestException, BrokenReply):
            pass  # the answer is lost; whether the message arrived, nobody knows
        time.sleep(0.1)
    raise TimeoutError(operation)


def bills(database: Database, total: int) -> list[dict[str, Any]]:
    """What a bank tells of bills that are paid, a message each."""
    with database.transaction() as session:
        since = local_date(now()).replace(day=1)
        place = factories.establishment(session, at=now())
        beer = factories.product(session, place, price_from=since, at=now())
        told = []
        for _ in range(total):
            day = local_date(now())
            basis = factories.Basis.REMOVAL
            draft = factories.start(session, place, basis=basis, day=day, at=now())
            factories.line(session, draft, beer, at=now())
            ready = factories.finished(session, draft, at=now())
            bill = factories.bill(session, factories.file(session, ready, at=now()))
            said = factories.bank_message(bill, paid_at=now())
            told.append(
                {
                    "bankCode": said.bank_code,
                    "transactionId": said.transaction_id,
                    "paidAt": said.paid_at,
                    "amount": baht(said.amount_satang),
                    "ref1": said.ref1,
                    "ref2": said.ref2,
                    "channel": said.channel,
                }
            )
        return told


def test_what_agencies_were_told_before_a_kill_of_the_server_stands_once(
    service: Service, database: Database
) -> None:
    total = 15 * KILLS
    deliveries = [
        {"documentNo": f"D-{number}", "record": [record(documentNo=f"INV-{number}")]}
        for number in range(total)
    ]
    sent = [("third-party-data", "SubmitVatSales", "RD", each) for each in deliveries]
    sent += [("payment", "NotifyPayment", "KTB", each) for each in bills(database, total)]
    callers = {code: agency(service, database, code) for code in ("RD", "KTB")}
    numbers = [str(uuid.uuid4()) for _ in sent]
    told: dict[int, Any] = {}

    def tell(number: int) -> Any:
        name, operation, by, values = sent[number]
        door = connect(name, service.settings.exchange_url, callers[by])
        return insist(door, operation, message_id=numbers[number], **values)

    def tell_all(mine: range) -> None:
        for number in mine:
            told[number] = tell(number)

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [
            clients.submit(tell_all, range(first, len(sent), CLIENTS)) for first in range(CLIENTS)
        ]
        for kill in range(KILLS):
            while len(told) < len(sent) * (kill + 1) // (KILLS + 2):
                assert not any(each.done() and each.exception() for each in running)
                time.sleep(0.01)
            os.kill(process_of(service, "gunicorn"), signal.SIGKILL)
        for each in running:
            each.result()
    for number, first in told.items():
        again = tell(number)
        assert again.header.replayed
        assert again.header.serverMessageId == first.header.serverMessageId
        assert again.acknowledgement.receiptNo == first.acknowledgement.receiptNo
    with database.reading() as session:
        of_tax = sa.select(sa.func.count()).where(Receipt.kind == ReceiptKind.TAX)
        assert session.scalar(of_tax) == total
        assert [count(session, each) for each in (Delivery, Payment)] == [total, total]
        assert count(session, Message) == len(sent)
    work.drain(database, limit_seconds=240)
    check(service)


def landed(service: Service, database: Database, total: int) -> None:
    """Deliveries of the same month that the worker has to read, half of each told before."""
    store, month = Store(service.settings.documents), last_month()
    for number in range(total):
        sales = [
            sale(
                document_no=f"INV-{number * 100 + line}", document_on=month,
                product_code=GTIN.zfill(14), units=10_000,
            )
            for line in range(200)
        ]  # fmt: skip
        with database.transaction() as session:
            land(
                session, store, source_code="RD", document_no=f"D-{number}", name="sales",
                content=str(number).encode(), channel=Channel.SOAP, sales=sales,
                row_count=len(sales), by="agency:RD", at=now(),
            )  # fmt: skip


def last_month() -> Any:
    return add_months(local_date(now()).replace(day=1), -1)


def kill_while(service: Service, done: Callable[[], int], total: int) -> None:
    """Kill the worker as often as asked, while it goes through the work."""
    for number in range(KILLS):
        while done() < total * (number + 1) // (KILLS + 2):
            time.sleep(0.02)
        os.kill(process_of(service, "worker"), signal.SIGKILL)


def test_a_worker_that_is_killed_reads_and_compares_everything_once(
    service: Service, database: Database
) -> None:
    total = 10 * KILLS
    with database.transaction() as session:
        place = factories.establishment(session, at=now())
        factories.product(session, place, gtin=GTIN, price_from=last_month(), at=now())
    landed(service, database, total)

    def read() -> int:
        with database.reading() as session:
            states = session.scalars(sa.select(Delivery.state)).all()
        return states.count(DeliveryState.READ)

    kill_while(service, read, total)
    work.drain(database, limit_seconds=240)
    rows = (total + 1) * 100
    asked = {"tax_id": factories.TAX_ID, "period": last_month()}
    assert totals_of(service.settings, **asked).count == rows
    with database.reading() as session:
        deliveries = session.scalars(sa.select(Delivery)).all()
        assert sum(each.new_count for each in deliveries) == rows
        causes = session.scalars(sa.select(Run.cause)).all()
        assert sorted(causes) == sorted(f"delivery:{each.receipt_no}" for each in deliveries)
        assert session.scalars(sa.select(Discrepancy.evidence)).all() == [rows * 10_000]
    check(service)


def test_a_worker_that_is_killed_serves_every_notice_once(
    service: Service, database: Database
) -> None:
    total = 4 * KILLS
    at = now() - timedelta(minutes=1)
    with database.transaction() as session:
        for number in range(total):
            place = factories.establishment(session, tax_id=factories.tax_id(number), at=at)
            made = factories.product(session, place, price_from=last_month(), at=at)
            found = factories.discrepancy(session, made, month=last_month(), at=at)
            proposal = factories.assessment(session, found, proposed=True, at=at)
            factories.approved(session, proposal, at=at)

    def served() -> int:
        with database.reading() as session:
            return count(session, Document)

    kill_while(service, served, total)
    work.drain(database, limit_seconds=240)
    with database.reading() as session:
        assert set(session.scalars(sa.select(Assessment.state))) == {AssessmentState.SERVED}
        numbers = session.scalars(sa.select(Document.number)).all()
    assert len(numbers) == len(set(numbers)) == total
    letters = list(service.settings.inbox.glob("*.eml"))
    assert len(letters) == len({letter.name for letter in letters})
    check(service)
