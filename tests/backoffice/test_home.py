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


def test_who_has_no_queue_is_told_so(app):
    newcomer = hire(app, "new@office.example.org")
    assert "ไม่มีงานที่รอดำเนินการ" in newcomer.sign_in().said


def test_auditors_see_discrepancies_and_assessors_what_others_proposed(app):
    with app.extensions["database"].transaction() as session:
        one = factories.discrepancy(
            session, factories.product(session, factories.establishment(session))
        )
        other = factories.product(
            session, factories.establishment(session, tax_id=factories.tax_id(1))
        )
        factories.assessment(session, one, proposed=True)
        factories.discrepancy(session, other)
    auditor = hire(app, "auditor@office.example.org", "auditor")
    assert "รายการที่ไม่ตรงกันรอตรวจ1" in auditor.sign_in().said
    assessor = hire(app, "assessor@office.example.org", "assessor")
    assert "การประเมินรอพิจารณา1" in assessor.sign_in().said
    south = hire(app, "south@office.example.org", "auditor", "assessor", office="090100")
    page = south.sign_in()
    assert "รายการที่ไม่ตรงกันรอตรวจ0" in page.said
    assert "การประเมินรอพิจารณา0" in page.said
