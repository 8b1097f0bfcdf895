"""What nobody should enter, entered everywhere in the back office."""

from flask import Flask

from tests import factories, hostile
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
