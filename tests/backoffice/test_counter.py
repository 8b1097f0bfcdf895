"""The counter, as cashiers and those who take the money over meet it."""

from typing import Any

import pypdfium2
import pytest
from flask import Flask

from excise.payments.models import Bill
from excise.returns.models import Basis
from tests import factories, hostile
from tests.backoffice import matters
from tests.browser import Browser
from tests.portal import scenes
from web.clock import now, today


@pytest.fixture
def cashier(app: Flask) -> Browser:
    return matters.employ(app, "cashier").browser


@pytest.fixture
def supervisor(app: Flask) -> Browser:
    return matters.employ(app, "accountant").browser


@pytest.fixture
def bill(app: Flask) -> Bill:
    removal: Any = {"basis": Basis.REMOVAL, "day": today()}
    with app.extensions["database"].transaction() as session:
        bill = factories.bill(session, factories.filed(session, at=now(), **removal))
        session.expunge(bill)
        return bill


def test_a_slip_is_scanned_paid_in_cash_and_the_drawer_handed_over(
    app: Flask, cashier: Browser, supervisor: Browser, bill: Bill
) -> None:
    assert "ยังไม่มีการเปิดเคาน์เตอร์" in cashier.page("/counter/").said
    cashier.page("/counter/open")
    assert cashier.submit(button="เริ่มรับชำระ").status == 422
    cashier.submit(float_satang="1000", button="เริ่มรับชำระ")
    page = cashier.page("/counter/take?q=999")
    assert "ไม่พบใบแจ้งการชำระเงิน" in page.said
    cashier.page(f"/counter/take?q=%7C099400016010101%0D{bill.ref1}%0D{bill.ref2}%0D1")
    page = cashier.submit(tendered="17,000", button="รับเงินและออกใบเสร็จ")
    assert (page.status, "อย่างน้อยเท่ากับ" in page.said) == (422, True)
    page = cashier.submit(tendered="20,000", button="รับเงินและออกใบเสร็จ")
    number = page.reference
    assert number == "2570-010100-0000001"
    assert "เงินทอน 2,493.67 บาท" in page.said
    assert "ชำระแล้ว" in cashier.page(f"/counter/take?q={bill.ref1}").said
    scenes.work_off(app)
    cashier.page(f"/counter/receipts/{number}")
    assert "Original" in text_of(cashier, f"/counter/receipts/{number}/paper/0.pdf")
    cashier.page(f"/counter/receipts/{number}")
    cashier.submit(button="ทำสำเนา")
    scenes.work_off(app)
    assert "Copy 1" in text_of(cashier, f"/counter/receipts/{number}/paper/1.pdf")
    cashier.page(f"/counter/receipts/{number}/paper/2.pdf", status=404)

    session = next(link for link in cashier.page("/counter/").links() if link.startswith("CS-"))
    cashier.page(f"/counter/sessions/{session}/count")
    page = cashier.submit(counted="18,506.00", button="ปิดรอบรับเงิน")
    assert (page.status, "กรอกเหตุผล" in page.said) == (422, True)
    page = cashier.submit(counted="18,506.00", reason="เหรียญหาย", button="ปิดรอบรับเงิน")
    assert "-0.33" in page.said.replace("−", "-")
    cashier.page(f"/counter/sessions/{session}/approve", status=403)
    supervisor.page(f"/counter/sessions/{session}/approve")
    assert supervisor.submit(button="รับมอบ").status == 422
    page = supervisor.submit(examined="y", button="รับมอบ")
    assert "17,506.00" in page.said
    slip = next(link for link in page.links() if "DS2570" in link)
    assert "17,506.00" in supervisor.page(f"/counter/deposits/{slip.split()[-1]}").said


def text_of(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    [first, *_] = pypdfium2.PdfDocument(answer.data)
    return first.get_textpage().get_text_range()


def test_nothing_that_is_typed_breaks_the_taking(app: Flask, cashier: Browser, bill: Bill) -> None:
    cashier.page("/counter/open")
    cashier.submit(float_satang="0", button="เริ่มรับชำระ")
    page = cashier.page(f"/counter/take?q={bill.ref1}")
    found = [form for form in hostile.forms_of(page) if form.typed]
    assert found
    assert hostile.all_faults(cashier, found) == ""
