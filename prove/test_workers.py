"""The worker, killed while it reads and serves, and joined by a second one.

Whatever is done twice for being interrupted has its effect once.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import work
from excise.assessments.models import Assessment, AssessmentState
from excise.cases.models import Discrepancy
from excise.db import Database
from excise.documents.models import Document
from excise.documents.store import Store
from excise.evidence.actions import land
from excise.evidence.models import Channel, Delivery, DeliveryState
from excise.evidence.parquet import totals_of
from excise.matching.models import Run
from excise.payments.actions import receive
from excise.periods import add_months, local_date
from excise.products.models import Product
from excise.returns.models import Basis, Return
from prove.conftest import KILLS
from prove.installations import check, process_of
from tests import factories
from tests.conftest import count
from tests.excise.evidence.samples import sale
from tests.journeys.conftest import ROOT, Service
from web.clock import now

GTIN = "8850124003225"


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


def last_month() -> date:
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
    check(service)


def paid(database: Database, total: int, *, number: int = 7) -> None:
    """Let a taxpayer of that number have paid as many bills; receipts are still to be made."""
    with database.transaction() as session:
        place = factories.establishment(session, tax_id=factories.tax_id(number), at=now())
        since = local_date(now()).replace(day=1)
        beer = factories.product(session, place, price_from=since, at=now())
        for _ in range(total):
            bill = factories.bill(session, filed_today(session, beer))
            receive(session, factories.bank_message(bill, paid_at=now()), actor="system", at=now())


def test_a_second_worker_that_comes_and_goes_disturbs_nothing(
    service: Service, database: Database
) -> None:
    total = 10 * KILLS
    paid(database, total)
    command = [sys.executable, "-c", "from cli import main; main(['worker'])"]
    with (service.settings.data / "second").open("wb") as log:
        for _ in range(KILLS):
            second = subprocess.Popen(
                command, cwd=ROOT, env=service.environ, stdout=log, stderr=log
            )
            time.sleep(8)  # it has begun to work by then; nothing tells so
            second.terminate()
            assert second.wait(40) == 0
    work.drain(database, limit_seconds=240)
    with database.reading() as session:
        made = session.scalars(sa.select(Document.number)).all()
    assert len(made) == len(set(made)) == total
    check(service)
    assert b"Traceback" not in (service.settings.data / "second").read_bytes()


def filed_today(session: Session, beer: Product) -> Return:
    today, at = local_date(now()), now()
    draft = factories.start(session, beer.registration, basis=Basis.REMOVAL, day=today, at=at)
    factories.line(session, draft, beer, at=at)
    return factories.file(session, factories.finished(session, draft, at=at), at=at)
