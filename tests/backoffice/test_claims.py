"""Claims in the back office: examined, decided by another, paid."""

import pytest
from flask import Flask

from excise.checks import money_matches
from excise.claims.queries import first_fault
from tests import factories
from tests.browser import hire
from tests.portal.scenes import database
from web.clock import now, today

OFFICE = "100100"


@pytest.fixture
def reference(app: Flask) -> str:
    with database(app).transaction() as session:
        place = factories.establishment(session, office_code=OFFICE)
        return factories.claim(session, factories.paid(session, place=place), at=now()).reference


def signed_in(app: Flask, role: str):
    officer = hire(app, f"{role}@office.example.org", role, office=OFFICE)
    officer.sign_in()
    return officer.browser


def test_a_claim_is_examined_decided_by_another_and_paid(app: Flask, reference: str) -> None:
    auditor = signed_in(app, "auditor")
    assert reference in auditor.page("/claims/").said
    auditor.page(f"/claims/{reference}/examine")
    assert auditor.submit(proposes="approve", finding=" ").status == 422
    page = auditor.submit(proposes="approve", finding="เอกสารครบ")
    assert "รออนุมัติ" in page.said
    auditor.page(f"/claims/{reference}/decide", status=403)
    assessor = signed_in(app, "assessor")
    assessor.page(f"/claims/{reference}/decide")
    assert assessor.submit().status == 422
    page = assessor.submit(examined="y")
    assert "อนุมัติแล้ว รอจ่ายเงิน" in page.said
    accountant = signed_in(app, "accountant")
    accountant.page(f"/claims/{reference}/paid")
    day = today()
    page = accountant.submit(
        {
            "bank_code": "006",
            "transfer_no": "T-1",
            "paid_on-day": str(day.day),
            "paid_on-month": str(day.month),
            "paid_on-year": str(day.year + 543),
        }
    )
    assert "จ่ายคืนแล้ว" in page.said
    with database(app).reading() as session:
        assert first_fault(session) is None
        assert money_matches(session) is None


def test_an_examination_is_given_back_or_leads_to_a_refusal(app: Flask, reference: str) -> None:
    auditor, assessor = signed_in(app, "auditor"), signed_in(app, "assessor")
    auditor.page(f"/claims/{reference}/examine")
    auditor.submit(proposes="approve", finding="เอกสารครบ")
    assessor.page(f"/claims/{reference}/give-back")
    assert "ใบขนไม่ชัด" in assessor.submit(note="ใบขนไม่ชัด").said
    auditor.page(f"/claims/{reference}/examine")
    auditor.submit(proposes="refuse", finding="ไม่มีใบขน")
    assessor.page(f"/claims/{reference}/decide")
    page = assessor.submit(examined="y", button="ไม่อนุมัติคำขอ")
    assert "ไม่อนุมัติ" in page.said
    assessor.page(f"/claims/{reference}/decide", status=409)
