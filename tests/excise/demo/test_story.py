"""The demonstration data: complete, balanced, and the same every time."""

import shutil
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from excise.checks import ledger_balanced, money_matches, receipts_complete
from excise.db import Database
from excise.demo import officers, story
from excise.people.models import Person
from excise.receipts.models import Receipt
from excise.returns.models import Return, ReturnState
from excise.tariff.schema import first_edition
from excise.taxpayers.models import Registration
from excise.taxpayers.rules import tax_id

TODAY = date(2026, 11, 23)


def played(path):
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        staff = officers.hire(session, at=datetime(2026, 1, 1, tzinfo=UTC))
    for _ in story.play(database.transaction, first_edition(), staff, today=TODAY, months=2):
        pass
    return database


@pytest.fixture(scope="module")
def demo(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "excise.db"
    shutil.copy(sqlite_template, path)
    database = played(path)
    yield database
    database.close()


def test_every_duty_group_has_a_business_and_there_are_thirty(demo):
    with demo.reading() as session:
        rows = session.scalars(sa.select(Registration)).all()
        groups = {group for row in rows for group in row.duty_groups}
    assert len(rows) >= 30
    assert groups == set(first_edition().duty_groups)


def test_every_tax_number_of_the_list_is_right():
    for business in story.businesses():
        assert tax_id(business.tax_id) == business.tax_id


def test_the_books_of_the_demonstration_are_right(demo):
    with demo.reading() as session:
        assert ledger_balanced(session) is None
        assert money_matches(session) is None
        assert receipts_complete(session) is None
        filed = sa.select(sa.func.count()).where(Return.state == ReturnState.FILED)
        assert session.scalar(filed) > 50


def test_it_knows_that_it_is_there(demo, sqlite_url):
    with demo.reading() as session:
        assert story.is_there(session)
    empty = Database(sqlite_url)
    with empty.reading() as session:
        assert not story.is_there(session)
    empty.close()


def test_the_same_day_gives_the_same_data_even_after_an_interruption(demo, sqlite_url):
    interrupted = Database(sqlite_url)
    with interrupted.transaction() as session:
        staff = officers.hire(session, at=datetime(2026, 1, 1, tzinfo=UTC))
    story_told = story.play(interrupted.transaction, first_edition(), staff, today=TODAY, months=2)
    for _ in range(3):
        next(story_told)
    story_told.close()
    interrupted.close()
    again = played(sqlite_url.removeprefix("sqlite:///"))
    query = sa.select(Receipt.number, Receipt.amount_satang).order_by(Receipt.number)
    with demo.reading() as first, again.reading() as second:
        assert first.execute(query).all() == second.execute(query).all()
    again.close()


def test_officers_are_hired_once(sqlite_url):
    database = Database(sqlite_url)
    for _ in range(2):
        with database.transaction() as session:
            officers.hire(session, at=datetime(2026, 1, 1, tzinfo=UTC))
    with database.reading() as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(Person))
    assert count == len(officers.STAFF)
    database.close()
