"""What the pages about returns need before they can be opened, and the walk to a sent return."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from excise import work
from excise.assessments.models import Assessment
from excise.cases.actions import take
from excise.cases.notices import notify
from excise.documents.store import Store
from excise.evidence.actions import land
from excise.evidence.models import Channel
from excise.evidence.rules import Sale
from excise.payments.actions import receive
from excise.payments.models import Bill
from excise.people.models import Person as PersonRow
from excise.periods import add_months
from excise.products.models import Product
from excise.receipts.queries import receipt_of_payment
from excise.taxpayers.actions import record_guarantee
from excise.taxpayers.models import Registration
from tests import factories
from tests.browser import Browser, Page, Person
from web.clock import now, today

SEND = "ยืนยันและส่งแบบ"
GTIN = "8850124003225"  # of the beer, where a test gives it one
BEER = "08850124003225"
TOTAL = "17,506.33"  # 1,000 cans of beer at 39 baht: 14,899.00 of tax, 10% local, four funds


def months_ago(number: int) -> date:
    return add_months(today().replace(day=1), -number)


def database(app: Flask) -> Any:
    return app.extensions["database"]


def _owner(session: Any, person: Person) -> PersonRow:
    return session.scalars(sa.select(PersonRow).where(PersonRow.email == person.email)).one()


def brewery(
    app: Flask,
    person: Person,
    *,
    guarantee: bool = False,
    price: bool = True,
    gtin: str | None = None,
    **changes: Any,
) -> str:
    """Register a brewery with one beer for somebody; its number."""
    with database(app).transaction() as session:
        place = factories.establishment(
            session,
            owner=_owner(session, person),
            guarantee=False,
            at=now(),
            **{"starts_on": months_ago(2)} | changes,
        )
        if guarantee:
            record_guarantee(
                session,
                registration=place,
                document_number="LG-1",
                amount_satang=100_000_000,
                valid_from=months_ago(2),
                valid_until=add_months(months_ago(0), 6),
                officer_id=factories.officer(session).id,
                at=now(),
            )
        factories.product(
            session,
            place,
            retail_satang=39_00 if price else None,
            price_from=months_ago(2),
            gtin=gtin,
            at=now(),
        )
        return str(place.number)


def night_club(app: Flask, person: Person) -> str:
    """Register a night club with its service; its number."""
    with database(app).transaction() as session:
        owner = _owner(session, person)
        place = factories.service(session, owner=owner, starts_on=months_ago(1), at=now())
        factories.product(
            session,
            place,
            item="nightclub",
            measures={},
            retail_satang=None,
            name="ค่าบริการ",
            unit="ครั้ง",
            at=now(),
        )
        return str(place.number)


def begin_removal(browser: Browser, number: str) -> str:
    """Begin a return for goods that leave today; its draft reference."""
    browser.page(f"/returns/new/{number}/removal")
    return browser.submit().path.rsplit("/", 1)[1]


def add_line(browser: Browser, draft: str, **figures: Any) -> Page:
    """Choose the only product and enter its figures."""
    browser.page(f"/returns/{draft}/lines/new")
    browser.submit()
    return browser.submit(figures)


def ready(browser: Browser, number: str) -> str:
    """Write a return of 1,000 cans that only needs to be sent; its draft reference."""
    draft = begin_removal(browser, number)
    add_line(browser, draft, units="1000")
    browser.submit(more="no")
    return draft


def send(browser: Browser, draft: str) -> Page:
    """Check and send; the confirmation."""
    browser.page(f"/returns/{draft}/check")
    return browser.submit(declared="y", button=SEND)


def pay(app: Flask, **changes: Any) -> str:
    """Let the bank say that the last bill was paid; the number of its receipt."""
    with database(app).transaction() as session:
        bill = session.scalars(sa.select(Bill).order_by(Bill.id.desc())).first()
        message = factories.bank_message(bill, paid_at=now(), **changes)
        receive(session, message, actor="system", at=now())
        session.refresh(bill)
        return str(receipt_of_payment(session, bill.payments[0].id).number)


def begin_month(browser: Browser, number: str) -> str:
    """Begin the return of last month; its draft reference."""
    browser.page(f"/returns/new/{number}/month?month={months_ago(1)}")
    return browser.submit().path.rsplit("/", 1)[1]


def invoice(units: int = 0, *, baht: int = 0, **changes: Any) -> Sale:
    """One line of a tax invoice of the brewery, on the 5th of last month."""
    on = changes.get("document_on", months_ago(1).replace(day=5))
    told: dict[str, Any] = {
        "tax_id": factories.TAX_ID,
        "branch": "00000",
        "document_no": factories.fresh("INV"),
        "line_no": 1,
        "document_type": 388,
        "document_on": on,
        "period": on.replace(day=1),
        "product_code": BEER,
        "units": units * 10_000,
        "amount_satang": baht * 100,
        "vat_satang": baht * 7,
    }
    return Sale(**told | changes)


def told(app: Flask, *sales: Sale, at: datetime | None = None) -> None:
    """Let the Revenue Department tell of sales, and the worker read them."""
    settings = app.extensions["settings"]
    with database(app).transaction() as session:
        land(
            session,
            Store(settings.documents),
            source_code="RD",
            document_no=factories.fresh("delivery"),
            name="sales.csv",
            content=factories.fresh("content").encode(),
            channel=Channel.FILE,
            sales=sales,
            row_count=len(sales),
            by="officer:1",
            at=at or now(),
        )
    work_off(app)


def work_off(app: Flask) -> None:
    """Let the worker do all that waits."""
    with work.worker(app.extensions["settings"], database(app)):
        work.drain(database(app))
    assert work.failed(database(app)) == []


def proposed(app: Flask, number: str, *, at: datetime | None = None) -> int:
    """Let an auditor propose an assessment of last month's beer; its id."""
    at = at or now()
    with database(app).transaction() as session:
        query = sa.select(Product).join(Registration).where(Registration.number == number)
        beer = session.scalars(query).first()
        found = factories.discrepancy(session, beer, month=months_ago(1), at=at)
        return int(factories.assessment(session, found, proposed=True, at=at).id)


def assessed(app: Flask, number: str, *, at: datetime | None = None, served: bool = True) -> str:
    """Let last month's beer be assessed and the notice be served; the notice's number."""
    waiting = proposed(app, number, at=at)
    with database(app).transaction() as session:
        one = factories.approved(session, session.get_one(Assessment, waiting), at=at or now())
        notice = str(one.number)
    if served:
        work_off(app)
    return notice


def noticed(app: Flask, number: str) -> str:
    """Let an auditor send notice of a difference in the month before last; its reference."""
    with database(app).transaction() as session:
        query = sa.select(Product).join(Registration).where(Registration.number == number)
        beer = session.scalars(query).first()
        found = factories.discrepancy(session, beer, month=months_ago(2), at=now())
        office = beer.registration.office_code
        auditor = factories.officer(session, office=office, roles=["auditor"]).id
        how = {"reference": found.reference, "officer_id": auditor, "at": now()}
        take(session, **how)
        notify(session, **how)
        return str(found.reference)
