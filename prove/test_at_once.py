"""The same thing many times at the same moment, through the doors and two web processes."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
import sqlalchemy as sa

import backoffice
from backoffice.accounts import OfficerAccount
from excise.assessments.models import Assessment, AssessmentState
from excise.audit import AuditEntry
from excise.db import Database
from excise.payments.models import Bill
from prove.clients import TELEPHONE, Clerk, Insistent
from prove.crowd import faults_of_numbers, gather
from prove.installations import Installed, check, installed
from tests import factories
from tests.browser import PASSWORD
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.journeys.conftest import Service
from web.accounts.store import open_account

REFERENCE = re.compile(r'data-reference="([^"]+)"')
SUBMISSIONS, APPROVALS = 20, 12


@pytest.fixture
def installation(engine: str, tmp_path: Path) -> Iterator[Installed]:
    """Two web processes, so that no lock within one of them is enough."""
    with installed(tmp_path, engine, WEB_CONCURRENCY="2", WEB_THREADS="8") as one:
        one.service.start()
        yield one
        assert one.service.stop() == 0


def press_many(person: Insistent, times: int, **typed: str) -> list[requests.Response]:
    """Press the button of the form that somebody sees so many times at once."""
    form = next(each for each in person.main.forms if set(typed) <= set(each.fields))
    sent = dict(form.form_values()) | typed
    address = urljoin(person.address, form.action or person.address)
    cookies = person._browser.cookies

    def press(_number: int) -> requests.Response:
        return requests.post(address, sent, cookies=cookies, timeout=60)

    return at_once(times, press)


def test_a_return_sent_twenty_times_at_once_has_one_reference(
    service: Service, database: Database
) -> None:
    """G6: 20 equal submissions at once, one reference."""
    crowd = gather(service, database, 10)
    person = crowd.come_in("taxpayer")
    for errand in [errand for errand in crowd.errands if errand.role == "taxpayer"][:3]:
        person.open(f"/returns/{errand.key}/check")
        answers = press_many(person, SUBMISSIONS, declared="y")
        assert {answer.status_code for answer in answers} == {200}
        assert len({REFERENCE.search(answer.text)[1] for answer in answers}) == 1
    with database.reading() as session:
        assert faults_of_numbers(session) == []
    check(service)


@pytest.mark.parametrize("role", ["RD", "KTB", "cashier"])
def test_what_agencies_and_banks_say_twenty_times_at_once_happens_once(
    service: Service, database: Database, role: str
) -> None:
    """G6: 20 equal messages, payments and bank files at once have one effect and one answer."""
    crowd = gather(service, database, 10)
    errand = next(errand for errand in crowd.errands if errand.role == role)
    first = crowd.come_in(role)
    # An officer's telephone has a new code every half a minute: one signs in, in many windows.
    again = partial(window, service, first) if role == "cashier" else partial(crowd.come_in, role)
    clients = [first, *(again() for _ in range(SUBMISSIONS - 1))]
    answers = at_once(SUBMISSIONS, lambda number: errand.go(clients[number]))
    assert len(set(answers)) == 1, answers
    crowd.told[errand.key] = answers[0]
    crowd.compare(database)
    check(service)


def window(service: Service, clerk: Clerk) -> Clerk:
    """Open another window of an officer who is signed in."""
    other = Clerk.__new__(Clerk)
    Insistent.__init__(other, service, clerk.site, clerk.email)
    other._browser.cookies.update(clerk._browser.cookies)
    return other


def proposal(service: Service, database: Database) -> tuple[str, str]:
    """Return an assessment that waits, and the address of an officer who may approve it."""
    app = backoffice.create_app(service.settings)
    with app.app_context(), app.extensions["database"].transaction() as session:
        place = factories.establishment(session)
        found = factories.discrepancy(session, factories.product(session, place))
        one = factories.assessment(session, found, proposed=True)
        officer = factories.officer(session, roles=("assessor",), office="000000")
        person = session.get_one(factories.Person, officer.person_id)
        told = {"person": person, "password": PASSWORD, "totp_key": TELEPHONE}
        open_account(session, OfficerAccount, **told)
        names = one.reference, person.email
    app.extensions["database"].close()
    return names


def test_an_assessment_approved_twelve_times_at_once_is_charged_once(
    service: Service, database: Database
) -> None:
    """G6: 12 equal approvals at once, one effect."""
    reference, email = proposal(service, database)
    officer = Clerk(service, email)
    officer.open(f"/assessments/{reference}/approve")
    answers = press_many(officer, APPROVALS, examined="y")
    assert {answer.status_code for answer in answers} <= {200, 409}
    with database.reading() as session:
        one = session.scalars(sa.select(Assessment)).one()
        assert one.state in (AssessmentState.APPROVED, AssessmentState.SERVED)
        assert count(session, Bill) == 1
        approved = sa.select(AuditEntry.seq).where(AuditEntry.act == "assessment.approve")
        assert len(session.scalars(approved).all()) == 1
    check(service)
