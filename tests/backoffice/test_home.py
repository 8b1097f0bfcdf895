"""The officer's first page."""

from tests import factories
from tests.browser import hire


def test_each_role_sees_what_waits_for_it(app):
    with app.extensions["database"].transaction() as session:
        factories.registration(session)
    registrar = hire(app, "registrar@office.example.org", "registrar")
    page = registrar.sign_in()
    assert "คำขอจดทะเบียนที่รอการพิจารณา1" in page.said
    assert "ยังไม่ตัดชำระ" not in page.said
    cashier = hire(app, "cashier@office.example.org", "cashier")
    assert "การชำระเงินที่ยังไม่ตัดชำระ0" in cashier.sign_in().said


def test_another_offices_applications_do_not_wait_for_you(app):
    with app.extensions["database"].transaction() as session:
        office = factories.registration(session).office_code
    assert office != "090100"
    registrar = hire(app, "south@office.example.org", "registrar", office="090100")
    assert "คำขอจดทะเบียนที่รอการพิจารณา0" in registrar.sign_in().said


def test_a_role_without_a_queue_is_told_so(app):
    auditor = hire(app, "auditor@office.example.org", "auditor")
    assert "ไม่มีงานที่รอดำเนินการ" in auditor.sign_in().said
