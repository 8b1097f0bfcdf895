"""Closing the books, as those who propose and decide meet it."""

from datetime import timedelta

import pypdfium2
import pytest
from flask import Flask

from excise.payments.actions import receive
from excise.periods import local_date
from tests import factories
from tests.backoffice import matters
from tests.browser import Browser
from tests.factories import AT
from tests.portal import scenes
from web.clock import now

EARLIER = AT - timedelta(days=10)
DAY = local_date(EARLIER).isoformat()


@pytest.fixture
def accountant(app: Flask) -> Browser:
    return matters.employ(app, "accountant").browser


@pytest.fixture
def head(app: Flask) -> Browser:
    return matters.employ(app, "finance_head").browser


def paid(app: Flask) -> None:
    with app.extensions["database"].transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        receive(session, factories.bank_message(bill), actor="system", at=EARLIER)


def test_days_are_closed_by_two_and_get_a_certificate(
    app: Flask, accountant: Browser, head: Browser
) -> None:
    paid(app)
    page = accountant.page(f"/closings/new/{DAY}")
    assert "ใบเสร็จรับเงินที่ยังไม่ได้จัดทำเอกสาร 1" in page.said
    scenes.work_off(app)
    accountant.page(f"/closings/new/{DAY}")
    page = accountant.submit(button="ส่งขออนุมัติ")
    reference = page.reference
    assert "17,506.33" in page.said
    accountant.page(f"/closings/{reference}/close", status=403)
    head.page(f"/closings/{reference}/close")
    assert head.submit(button="ปิดบัญชี").status == 422
    page = head.submit(examined="y", button="ปิดบัญชี")
    assert "กำลังจัดทำใบรับรอง" in page.said
    scenes.work_off(app)
    answer = head.get(f"/closings/{reference}/certificate.pdf")
    [first, *_] = pypdfium2.PdfDocument(answer.data)
    text = first.get_textpage().get_text_range()
    assert reference in text
    assert "17,506.33" in text
    assert reference in head.page("/closings/").links()

    head.page(f"/closings/{reference}/reopen")
    head.submit(reason="ลืมรายการ")
    head.page(f"/closings/{reference}/agree", status=403)
    other = matters.employ(app, "finance_head", name="other").browser
    other.page(f"/closings/{reference}/agree")
    assert "ลืมรายการ" in other.last.said
    assert "เปิดอีกครั้งแล้ว" in other.submit(examined="y", button="เปิดบัญชี").said


def test_a_period_that_is_not_over_says_so_and_a_wrong_one_is_nothing(accountant: Browser) -> None:
    page = accountant.page(f"/closings/new/{now():%Y-%m}")
    assert "ปิดบัญชีได้หลังสิ้นวันนั้นหนึ่งชั่วโมง" in page.said
    assert "ส่งขออนุมัติ" not in page.said
    for wrong in ("2026-13", "fyx", "x"):
        accountant.page(f"/closings/new/{wrong}", status=404)
    assert "เดือน" in accountant.page("/closings/").said
