"""What nobody should enter, entered everywhere in the back office."""

from flask import Flask

from tests import factories, hostile
from tests.backoffice import matters
from tests.browser import hire


def test_nothing_that_is_typed_breaks_a_form_or_is_forgotten(app: Flask) -> None:
    officer = hire(app, "all@office.example.org", "registrar", "cashier", "accountant")
    officer.sign_in()
    with app.extensions["database"].transaction() as session:
        asked = factories.registration(session).reference
        approved = factories.establishment(session, tax_id=factories.tax_id(7)).reference
    pages = [f"/registrations/{asked}/{page}" for page in ("objections", "reject", "approve")]
    found = hostile.forms(
        officer.browser, "/", "/account/", *pages, f"/registrations/{approved}/guarantee"
    )
    assert len(found) >= 5, [form.action for form in found]
    assert hostile.all_faults(officer.browser, found) == ""


def test_nothing_that_is_typed_breaks_a_discrepancy_or_an_assessment(app: Flask) -> None:
    auditor = matters.employ(app, "auditor").browser
    case = matters.undeclared(app)
    auditor.page(f"/cases/{case}")
    draft = auditor.submit(button="จัดทำการประเมิน").path
    pages = [f"{draft}/{page}" for page in ("terms", "lines/1", "lines/new")]
    pages += [f"/cases/{case}/{page}" for page in ("aside", "close")]
    found = hostile.forms(auditor, "/cases/", "/assessments/", *pages)
    assert len(found) >= 6, [form.action for form in found]
    assert hostile.all_faults(auditor, found) == ""


def test_nothing_that_is_typed_breaks_a_decision(app: Flask) -> None:
    auditor, assessor = (matters.employ(app, role).browser for role in ("auditor", "assessor"))
    reference = matters.proposed(auditor, matters.undeclared(app))
    pages = [f"/assessments/{reference}/{page}" for page in ("approve", "give-back")]
    found = [form for page in pages for form in hostile.forms_of(assessor.page(page)) if form.typed]
    assert len(found) == 2, [form.action for form in found]
    assert hostile.all_faults(assessor, found) == ""
