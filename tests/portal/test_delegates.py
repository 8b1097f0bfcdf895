"""People who act for a part of a business see and do that part, and nothing else exists."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from excise.people.models import Delegation
from excise.people.models import Person as PersonRow
from excise.people.queries import readers_of
from excise.taxpayers.models import Registration
from tests.browser import Browser, Person, enrol
from tests.portal import scenes
from web.clock import now

LISTS = ("/returns/", "/bills/", "/receipts/", "/assessments/", "/discrepancies/")
EVERYTHING = ["view", "prepare", "submit", "pay"]


def limited(app: Flask, *, to: str) -> Browser:
    """Somebody who may do everything for establishments like this one, signed in."""
    deputy = enrol(app, "deputy@example.com")
    with scenes.database(app).transaction() as session:
        person = session.scalars(
            sa.select(PersonRow).where(PersonRow.email == "deputy@example.com")
        ).one()
        place = session.scalars(sa.select(Registration).where(Registration.number == to)).one()
        session.add(
            Delegation(
                person_id=person.id,
                taxpayer_id=place.taxpayer_id,
                rights=EVERYTHING,
                granted_at=now() - timedelta(days=1),
                granted_by=place.applicant_id,
                duty_groups=place.duty_groups,
            )
        )
    deputy.sign_in()
    return deputy.browser


def reached(browser: Browser, path: str) -> set[str]:
    """The pages that the rows of a list lead to."""
    found = browser.page(path).links().values()
    return {link for link in found if link.startswith(path) and "?" not in link} - {
        path,
        "/returns/new",
    }


@pytest.fixture
def places(app: Flask, somchai: Person) -> tuple[str, str]:
    """A brewery with one of everything, and a night club with nothing, of one owner."""
    brewery, club = scenes.brewery(app, somchai), scenes.night_club(app, somchai)
    somchai.sign_in()
    scenes.send(somchai.browser, scenes.ready(somchai.browser, brewery))
    scenes.pay(app)
    scenes.noticed(app, brewery)
    scenes.assessed(app, brewery)
    return brewery, club


def test_who_acts_for_the_club_finds_nothing_of_the_brewery(app, somchai, places):
    brewery, club = places
    deputy, owner = limited(app, to=club), somchai.browser
    for path in LISTS:
        rows = reached(owner, path)
        assert rows, path
        assert reached(deputy, path) == set()
        for row in rows:
            owner.page(row)
            deputy.page(row, status=404)
    assert brewery not in deputy.page("/").said
    assert brewery not in deputy.page("/registrations/").said
    assert deputy.page("/statement/").said.count("บริษัท ตัวอย่าง จำกัด") == 0
    deputy.page(f"/returns/new/{brewery}", status=404)
    deputy.page(f"/returns/new/{club}/month")


def test_who_acts_for_the_brewery_does_all_of_it(app, somchai, places):
    brewery, club = places
    deputy, owner = limited(app, to=brewery), somchai.browser
    for path in LISTS:
        rows = reached(owner, path)
        assert rows
        assert rows == reached(deputy, path)
        for row in rows:
            deputy.page(row)
    deputy.page(f"/returns/new/{club}", status=404)
    page = scenes.send(deputy, scenes.ready(deputy, brewery))
    assert page.reference.startswith("PS0307-")


def test_letters_go_to_those_they_concern(app, somchai, places):
    limited(app, to=places[1])
    with scenes.database(app).reading() as session:
        brewing, singing = (
            session.scalars(sa.select(Registration).where(Registration.number == number)).one()
            for number in places
        )
        asked = {"session": session, "taxpayer_id": singing.taxpayer_id, "on": now().date()}
        for groups, deputies in (
            (singing.duty_groups, ["deputy@example.com"]),
            (brewing.duty_groups, []),
            (None, []),
        ):
            told = [one.email for one in readers_of(duty_groups=groups, **asked)]
            assert told == [somchai.email, *deputies]
