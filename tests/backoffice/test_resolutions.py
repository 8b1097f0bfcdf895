"""Money that found no bill, as those who propose and decide meet it."""

from datetime import timedelta

import pytest

from excise.periods import local_date
from excise.receipts.models import Receipt
from tests import factories, hostile
from tests.backoffice import matters
from tests.conftest import count
from web.clock import now

PAYEE = "นายสมชาย ใจดี ธนาคารกรุงไทย 123-4-56789-0"


@pytest.fixture
def accountant(app):
    return matters.employ(app, "accountant").browser


@pytest.fixture
def head(app):
    return matters.employ(app, "finance_head").browser


@pytest.fixture
def bill(app):
    with app.extensions["database"].transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        session.expunge(bill)
        return bill


def stray(app, bill, **changes):
    with app.extensions["database"].transaction() as session:
        return factories.stray(session, bill, **changes).id


def day(on):
    return {"paid_on-day": on.day, "paid_on-month": on.month, "paid_on-year": on.year + 543}


def counted(app, record):
    with app.extensions["database"].reading() as session:
        return count(session, record)


def test_a_wrong_reference_is_looked_up_proposed_and_approved(app, bill, accountant, head):
    payment = stray(app, bill, ref1="2569010100000000")
    assert "จัดการ" in accountant.page("/payments/?state=unallocated").said
    page = accountant.page(f"/resolutions/payments/{payment}")
    assert bill.ref1 in page.links()  # of the same amount
    page = accountant.page(f"/resolutions/payments/{payment}?ref1=1")
    assert "ไม่พบใบแจ้งการชำระเงิน" in page.said
    accountant.page(f"/resolutions/payments/{payment}?ref1={bill.ref1}")
    page = accountant.submit(button="ส่งขออนุมัติ")
    assert (page.status, len(page.errors)) == (422, 1)
    page = accountant.submit(reason="เลขอ้างอิงผิดหนึ่งหลัก", button="ส่งขออนุมัติ")
    reference = page.reference
    assert "รอการอนุมัติ" in page.said
    again = accountant.page(f"/resolutions/payments/{payment}?ref1={bill.ref1}")
    assert again.reference == reference
    assert counted(app, Receipt) == 0
    assert "ข้อเสนอเรื่องเงินที่รออนุมัติ1" in head.page("/").said
    assert reference in head.page("/resolutions/").links()
    head.page(f"/resolutions/{reference}/approve")
    assert head.submit(button="อนุมัติ").status == 422
    page = head.submit(examined="y", button="อนุมัติ")
    assert "อนุมัติแล้ว" in page.said
    assert counted(app, Receipt) == 5


def test_what_is_over_is_paid_back_and_its_transfer_recorded(app, bill, accountant, head):
    payment = stray(app, bill, amount_satang=bill.amount_satang + 50_000)
    page = accountant.page(f"/resolutions/payments/{payment}")
    assert "500.00" in page.said
    page = accountant.submit(reason="ชำระเกิน", button="ส่งขออนุมัติ")
    assert (page.status, len(page.errors)) == (422, 1)
    reference = accountant.submit(payee=PAYEE, button="ส่งขออนุมัติ").reference
    head.page(f"/resolutions/{reference}/approve")
    head.submit(examined="y", button="อนุมัติ")
    assert "เงินที่ต้องคืน1" in accountant.page("/").said
    assert reference in accountant.page("/resolutions/?state=due").links()
    accountant.page(f"/resolutions/{reference}/paid")
    page = accountant.submit(day(local_date(now()) + timedelta(1)) | {"transfer_no": "F-1"})
    assert page.errors
    assert "F-1" in accountant.submit(day(local_date(now())) | {"transfer_no": "F-1"}).said
    assert reference not in accountant.page("/resolutions/?state=due").links()


def test_money_that_came_twice_is_paid_back_whole(app, bill, accountant, head):
    stray(app, bill, ref2=bill.ref2)
    payment = stray(app, bill, ref2=bill.ref2)
    assert "ชำระแล้ว" in accountant.page(f"/resolutions/payments/{payment}").said
    accountant.page(f"/resolutions/payments/{payment}/refund")
    page = accountant.submit(payee=PAYEE, reason="ชำระซ้ำ")
    reference = page.reference
    head.page(f"/resolutions/{reference}/give-back")
    head.submit(note="ขาดคำร้อง")
    assert "ขาดคำร้อง" in accountant.page(f"/resolutions/{reference}").said
    accountant.page(f"/resolutions/payments/{payment}/refund")
    reference = accountant.submit(payee=PAYEE, reason="ชำระซ้ำ มีคำร้องแล้ว").reference
    head.page(f"/resolutions/{reference}/approve")
    head.submit(examined="y", button="อนุมัติ")
    assert "คืนเงิน" in accountant.page("/payments/").said


def test_each_does_only_what_their_role_permits(app, bill, accountant, head):
    payment = stray(app, bill, ref1="X")
    head.page(f"/resolutions/payments/{payment}", status=403)
    accountant.page(f"/resolutions/payments/{payment}?ref1={bill.ref1}")
    reference = accountant.submit(reason="ตรงกัน", button="ส่งขออนุมัติ").reference
    for page in ("approve", "give-back"):
        accountant.page(f"/resolutions/{reference}/{page}", status=403)
    both = matters.employ(app, "accountant", "finance_head", name="both").browser
    other = stray(app, bill, ref1="Y")
    both.page(f"/resolutions/payments/{other}?ref1={bill.ref1}")
    mine = both.submit(reason="ตรงกัน", button="ส่งขออนุมัติ").reference
    for page in ("approve", "give-back"):
        assert "อีกคนหนึ่ง" in both.page(f"/resolutions/{mine}/{page}", status=403).said
    head.page("/resolutions/RS-2570-9999999", status=404)
    accountant.page("/resolutions/payments/99", status=404)


def test_nothing_that_is_typed_breaks_a_form_or_is_forgotten(app, bill, accountant, head):
    first = stray(app, bill, amount_satang=bill.amount_satang + 1)
    second = stray(app, bill, ref1="X")
    pages = [f"/resolutions/payments/{first}", f"/resolutions/payments/{second}/refund"]
    found = [form for form in hostile.forms(accountant, *pages) if form.typed]
    assert len(found) >= 2, [form.action for form in found]
    assert hostile.all_faults(accountant, found) == ""
