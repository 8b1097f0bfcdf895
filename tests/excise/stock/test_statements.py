"""Stock statements: what is accepted, what is refused, and what a correction leaves."""

from datetime import date

import pytest
import sqlalchemy as sa

from excise.config import Settings
from excise.documents.store import Store
from excise.errors import Invalid, NotAllowed, NotFound
from excise.evidence.parquet import connect, view
from excise.evidence.workflows import read_now
from excise.people.models import Delegation
from excise.stock.accounts import ACCOUNTS, LINES
from excise.stock.actions import SheetChanged, save_lines
from excise.stock.models import Statement, StockEntry
from excise.stock.queries import in_force, items_of
from tests import factories
from tests.conftest import count
from tests.factories import AT

GTIN, CODE = "8850124003225", "08850124003225"
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def place(session):
    brewery = factories.establishment(session)
    factories.product(session, brewery, gtin=GTIN)
    return brewery


def line(day, *, code=GTIN, action="", **figures):
    """A line as typed: a day of October, and the figures that differ from nothing."""
    return {"product_code": code, "day_on": f"2026-10-{day:02}", "action": action, **figures}


def send(session, place, *lines, **changes):
    return factories.stock(session, place, *lines, **changes)


def refused(session, place, *lines, **changes):
    """What is wrong, by row, column and code."""
    with pytest.raises(Invalid) as error:
        send(session, place, *lines, **changes)
    assert error.value.reason == "evidence-rows"
    return [(fault.row, fault.column, fault.code) for fault in error.value.facts["errors"]]


def left(session, place, form="0702"):
    return {item.product_code: item.closing for item in items_of(session, place.id)}


def test_an_opening_is_carried_over_and_a_closing_added_up(session, place):
    sent = send(
        session,
        place,
        line(5, opening="100", received="20", issued="50", lost="1.5"),
        line(6, issued="8.5"),
    )
    assert sent.entry_count == 2
    assert left(session, place) == {CODE: 60_0000}
    assert sent.delivery.receipt_no.startswith("EV-")


def test_an_account_goes_on_where_it_ended(session, place):
    send(session, place, line(5, opening="100", issued="40"))
    assert refused(session, place, line(6, opening="61", closing="61")) == [
        (2, "opening", "opening-differs")
    ]
    send(session, place, line(6, opening="60", issued="10"))
    assert left(session, place) == {CODE: 50_0000}


def test_an_entry_that_does_not_add_up_is_refused_by_row_and_column(session, place):
    wrong = line(5, opening="100", issued="40", closing="61")
    assert refused(session, place, wrong) == [(2, "closing", "not-balanced")]
    assert count(session, StockEntry) == 0


def test_a_row_of_a_product_that_is_not_yours_is_refused(session, place):
    other = line(5, code="96385074", opening="1")
    assert refused(session, place, other) == [(2, "product_code", "not-your-product")]
    send(session, place, line(5, code="MALT-01", opening="1"), account="0701")


def test_a_day_between_must_fit_both_neighbours(session, place):
    send(session, place, line(5, opening="10"), line(9, issued="10"))
    wrong = line(7, opening="10", received="5", closing="15")
    assert refused(session, place, wrong) == [(2, "closing", "closing-differs")]
    both = (wrong, line(9, action="C", opening="15", issued="10", closing="5"))
    send(session, place, *both)
    assert left(session, place) == {CODE: 5_0000}


def test_a_late_correction_is_dated_and_writes_nothing_over(session, place):
    send(session, place, line(5, opening="10", issued="1"))
    again = line(5, opening="10", issued="2")
    assert refused(session, place, again) == [(2, "day_on", "told-before")]
    send(session, place, again | {"action": "C"})
    told = session.execute(sa.select(StockEntry.version, StockEntry.issued, StockEntry.action))
    assert sorted(told.all()) == [(1, 1_0000, "N"), (2, 2_0000, "C")]
    send(session, place, again | {"action": "A"})
    assert left(session, place) == {}
    send(session, place, line(5, opening="7"))
    days = in_force(session, place.id, "0702", [CODE])[CODE]
    assert days[date(2026, 10, 5)][0] == 4


def test_the_same_again_changes_nothing(session, place, tmp_path):
    one = line(5, opening="10", issued="1")
    first = send(session, place, one)
    assert send(session, place, one) is first
    # With a row that is new, the old one is told again: it says nothing.
    assert send(session, place, one, line(6, issued="1")).entry_count == 1
    assert count(session, Statement) == 2


def test_the_same_press_twice_is_one_statement(session, place):
    first = send(session, place, line(5, opening="10"), submission_id="press")
    other = send(session, place, line(8, opening="10"), submission_id="press")
    assert other is first
    assert count(session, StockEntry) == 1


def test_only_who_may_submit_sends_and_a_stranger_finds_nothing(session, place):
    clerk, stranger = factories.person(session), factories.person(session)
    session.add(
        Delegation(
            person_id=clerk.id,
            taxpayer_id=place.taxpayer_id,
            rights=["view", "prepare"],
            granted_by=place.applicant_id,
            granted_at=AT,
        )
    )
    session.flush()
    with pytest.raises(NotAllowed):
        send(session, place, line(5, opening="10"), person_id=clerk.id)
    with pytest.raises(NotFound):
        send(session, place, line(5, opening="10"), person_id=stranger.id)
    typed = {"number": str(place.number), "account": "0702", "at": AT}
    save_lines(session, [line(5)], revision=0, person_id=clerk.id, **typed)
    with pytest.raises(SheetChanged):
        save_lines(session, [], revision=0, person_id=place.applicant_id, **typed)


def test_stamps_issued_are_not_the_taxpayers_to_tell(session, place):
    stamps = {"product_code": GTIN, "serial_from": "1", "serial_to": "9", "event_on": "2026-10-05"}
    told = refused(session, place, stamps | {"event": "issued"}, account="stamp_ranges")
    assert told == [(2, "event", "not-yours-to-tell")]
    assert (
        send(session, place, stamps | {"event": "packed"}, account="stamp_ranges").entry_count == 0
    )


def test_the_database_itself_refuses_an_entry_that_does_not_add_up(session, place):
    send(session, place, line(5, opening="10"))
    entry = session.scalars(sa.select(StockEntry)).one()
    facts = {name: getattr(entry, name) for name in ("registration_id", "form", "product_code")}
    wrong = {"opening": 1, "received": 0, "issued": 0, "lost": 0, "closing": 2}
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.add(
            StockEntry(
                statement=entry.statement, day_on=entry.day_on, version=9,
                action=entry.action, **facts, **wrong,
            )
        )  # fmt: skip


def test_every_account_has_a_page_to_type_into_and_an_example():
    assert {"0701", "0702", "0704", "service_tickets", "stamp_ranges"} <= set(ACCOUNTS)
    for account in ACCOUNTS.values():
        names = [column.name for column in account.columns]
        assert "tax_id" not in names
        assert names[-1] == "action"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rules_read_a_statement_like_any_other_source(database, database_url, tmp_path):
    settings = Settings(data=tmp_path, database_url=database_url, demo=True)
    with database.transaction() as session:
        brewery = factories.establishment(session)
        factories.product(session, brewery, gtin=GTIN)
        store = Store(settings.documents)
        sent = [
            send(session, brewery, line(5, opening="10", issued="1"), store=store),
            send(session, brewery, line(5, action="C", opening="10", issued="3"), store=store),
        ]
        numbers = [one.delivery.receipt_no for one in sent]
    for number in numbers:
        read_now(settings, database, number)
    with connect(settings) as connection:
        view(connection, settings, LINES, [OCTOBER])
        query = "SELECT source_code, product_code, issued, closing FROM stock_lines"
        assert connection.execute(query).fetchall() == [("OWN", CODE, 3_0000, 7_0000)]
