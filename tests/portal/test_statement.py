"""The statement of account, as a taxpayer reads it."""

import sqlalchemy as sa
from flask import Flask

from excise.payments.actions import receive
from excise.payments.models import Bill, Payment
from excise.payments.resolving import approve, propose_bill
from tests import factories
from tests.browser import Page, Person, words
from tests.portal import scenes
from web.clock import now


def figures(page: Page) -> list[list[str]]:
    return [[words(cell) for cell in row][2:] for row in page.all("tr")[1:]]


def test_every_charge_and_payment_stands_there_with_what_is_owed_after_it(
    app: Flask, somchai: Person
) -> None:
    browser = somchai.browser
    somchai.sign_in()
    assert "ยังไม่มีรายการ" in browser.page("/statement/").said
    draft = scenes.ready(browser, scenes.brewery(app, somchai))
    sent = scenes.send(browser, draft)
    page = browser.page("/statement/")
    assert figures(page) == [[scenes.TOTAL, "", scenes.TOTAL]]
    assert f"/returns/sent/{sent.reference}" in page.links().values()

    with app.extensions["database"].transaction() as session:
        bill = session.scalars(sa.select(Bill)).one()
        over = bill.amount_satang + 50_000
        message = factories.bank_message(bill, amount_satang=over, ref2="X", paid_at=now())
        receive(session, message, actor="system", at=now())
        ref1 = bill.ref1
    assert "18,006.33 บาท" in browser.page(f"/bills/{ref1}").said  # it came, and waits
    with app.extensions["database"].transaction() as session:
        accountant, head = (
            factories.officer(session, roles=[role]).id for role in ("accountant", "finance_head")
        )
        proposal = propose_bill(
            session,
            payment_ids=list(session.scalars(sa.select(Payment.id))),
            ref1=ref1,
            payee="somchai",
            reason="paid too much",
            submission_id="s",
            officer_id=accountant,
            at=now(),
        )
        approve(session, reference=proposal.reference, officer_id=head, at=now())
    page = browser.page("/statement/")
    assert figures(page)[0] == ["", "18,006.33", "-500.00"]
    assert "กรมฯ ต้องคืนท่าน" in page.said


def test_nobody_sees_the_statement_of_another(app: Flask, somchai: Person) -> None:
    with app.extensions["database"].transaction() as session:
        place = factories.filed(session).registration
        other = place.taxpayer.tax_id
    somchai.sign_in()
    page = somchai.browser.page(f"/statement/?tax_id={other}")
    assert other not in page.said.replace("-", "")
    assert "ยังไม่มีรายการ" in page.said
