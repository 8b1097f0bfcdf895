"""What the pages about returns need before they can be opened, and the walk to a sent return."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask

from excise.payments.actions import receive
from excise.payments.models import Bill
from excise.people.models import Person as PersonRow
from excise.periods import add_months
from excise.receipts.queries import receipt_of_payment
from excise.taxpayers.actions import record_guarantee
from tests import factories
from tests.browser import Browser, Page, Person
from web.clock import now, today

SEND = "ยืนยันและส่งแบบ"
TOTAL = "17,506.33"  # 1,000 cans of beer at 39 baht: 14,899.00 of tax, 10% local, four funds


def months_ago(number: int) -> date:
    return add_months(today().replace(day=1), -number)


def database(app: Flask) -> Any:
    return app.extensions["database"]


def _owner(session: Any, person: Person) -> PersonRow:
    return session.scalars(sa.select(PersonRow).where(PersonRow.email == person.email)).one()


def brewery(
    app: Flask, person: Person, *, guarantee: bool = False, price: bool = True, **changes: Any
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


def pay(app: Flask) -> str:
    """Let the bank say that the last bill was paid; the number of its receipt."""
    with database(app).transaction() as session:
        bill = session.scalars(sa.select(Bill).order_by(Bill.id.desc())).first()
        receive(session, factories.bank_message(bill, paid_at=now()), actor="system", at=now())
        session.refresh(bill)
        return str(receipt_of_payment(session, bill.payments[0].id).number)
