"""Filed returns, as officers see them."""

import hashlib

import pytest
from flask import Flask
from sqlalchemy import event

from excise.payments.actions import receive
from excise.returns.queries import filed_by_reference
from tests import factories
from tests.backoffice.matters import database, employ
from tests.browser import Browser, hire
from tests.factories import AT


@pytest.fixture
def auditor(app: Flask) -> Browser:
    return employ(app, "auditor", office="010100").browser


def filed(app: Flask, *, tax_id: int = 1, **changes: object) -> str:
    """File a return of an establishment of its own."""
    with database(app).transaction() as session:
        place = factories.establishment(
            session, tax_id=factories.tax_id(tax_id), **changes.pop("place", {})
        )
        reference = factories.filed(session, place=place, **changes).reference
        assert reference
        return reference


def test_a_filed_return_is_shown_with_its_calculation_payment_and_original(
    app: Flask, auditor: Browser
) -> None:
    reference = filed(app)
    page = auditor.page(f"/returns/{reference}")
    assert reference in page.h1
    for told in ("เบียร์", "ตุลาคม 2569", "สมชาย ใจดี", "มาตรา 17", "ยังไม่ชำระ"):
        assert told in page.said, told
    answer = auditor.get(page.links()["ดาวน์โหลดต้นฉบับ (JSON)"])
    assert hashlib.sha256(answer.data).hexdigest() in page.said
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with database(app).transaction() as session:
        one = factories.bill(session, filed_by_reference(session, reference))
        receive(session, factories.bank_message(one), actor="bank:KTB", at=AT)
        ref1 = one.ref1
    page = auditor.page(f"/returns/{reference}")
    assert ref1 in page.said
    assert "ยังไม่ชำระ" not in page.said


def test_the_list_is_narrowed_by_number_tax_id_month_form_and_office(
    app: Flask, auditor: Browser
) -> None:
    first, second = filed(app), filed(app, tax_id=2)
    page = auditor.page("/returns/")
    assert page.said.index(second) < page.said.index(first)
    auditor.submit(q=factories.tax_id(2))
    assert first not in auditor.last.said
    for q in (first, first.lower(), factories.tax_id(1)):
        page = auditor.page(f"/returns/?q={q}")
        assert first in page.said
        assert second not in page.said
    assert first in auditor.page("/returns/?month=2026-10&form=0307&office=010100").said
    assert first not in auditor.page("/returns/?form=0308").said
    assert first not in auditor.page("/returns/?month=2026-09").said
    assert first in auditor.page("/returns/?month=nonsense&form=9&office=999999&page=x").said


def test_what_belongs_to_another_office_is_not_seen(app: Flask, auditor: Browser) -> None:
    reference = filed(app, place={"office_code": "020100"})
    assert reference not in auditor.page("/returns/").said
    assert reference not in auditor.page(f"/returns/?q={reference}").said
    auditor.page(f"/returns/{reference}", status=404)
    auditor.page(f"/returns/{reference}/original.json", status=404)
    centre = employ(app, "assessor", name="centre").browser
    assert reference in centre.page("/returns/").said


def test_who_keeps_the_system_running_sees_no_returns(app: Flask) -> None:
    operator = hire(app, "operator@office.example.org", "operator")
    operator.sign_in()
    operator.browser.page("/returns/", status=403)


def test_a_longer_list_takes_no_more_queries(app: Flask, auditor: Browser) -> None:
    def queries() -> int:
        sent: list[str] = []

        def count(*args: object) -> None:
            sent.append(str(args[2]))

        event.listen(database(app).engine, "before_cursor_execute", count)
        auditor.page("/returns/")
        event.remove(database(app).engine, "before_cursor_execute", count)
        return len(sent)

    filed(app)
    auditor.page("/returns/")
    one = queries()
    for number in range(2, 6):
        filed(app, tax_id=number)
    assert queries() == one
