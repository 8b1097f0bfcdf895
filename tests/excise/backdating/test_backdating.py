"""Who decides on an edition sees whose filed returns it would have taxed otherwise."""

import datetime as dt

import pytest

from excise.backdating.actions import FilingsChanged, approve, count_touched
from excise.backdating.queries import filings_touched
from excise.tariff import actions
from excise.tariff.models import EditionState
from excise.tariff.queries import tariff_in_force, tariff_of
from tests import factories
from tests.excise.tariff.editions import author, beer_from, drafted, head
from tests.factories import AT, MONTH


def touched(session, edition):
    query = filings_touched(tariff_in_force(session), tariff_of(session, edition.digest))
    return list(session.scalars(query))


@pytest.fixture
def filed(session):
    """A return for October with a line of beer."""
    return factories.filed(session)


def first_line_on(filed):
    return filed.lines[0].tax_point_on


def test_a_return_with_a_line_on_the_first_day_is_touched_and_one_before_is_not(session, filed):
    day = first_line_on(filed)
    writer = author(session)
    assert touched(session, drafted(session, writer, beer_from(day))) == [filed]
    later = drafted(session, writer, beer_from(day + dt.timedelta(days=1)))
    assert touched(session, later) == []


def test_the_same_rate_in_a_new_row_touches_nobody(session, filed):
    same = beer_from(MONTH, baht="430")
    assert touched(session, drafted(session, author(session), same)) == []


def test_a_confirmed_source_touches_nobody_and_local_tax_everybody(session, filed):
    writer = author(session)
    made = drafted(session, writer)
    local = made.text.replace("value: 10, unit: pct", "value: 9, unit: pct", 1)
    actions.replace_text(session, local, number=made.number, officer_id=writer, at=AT)
    assert touched(session, made) == [filed]
    worded = made.text.replace("value: 9,", "value: 10,").replace("Excise Dept slide", "Gazette")
    actions.replace_text(session, worded, number=made.number, officer_id=writer, at=AT)
    assert touched(session, made) == []


def test_nobody_approves_without_having_seen_how_many(session, filed):
    writer, decider = author(session), head(session)
    made = drafted(session, writer, beer_from(MONTH))
    actions.propose(session, number=made.number, officer_id=writer, at=AT)
    told = {"number": made.number, "officer_id": decider, "at": AT}
    assert count_touched(session, made.number) == 1
    with pytest.raises(FilingsChanged) as refused:
        approve(session, agreed_filings=0, **told)
    assert refused.value.facts["filings"] == 1
    assert approve(session, agreed_filings=1, **told).state is EditionState.APPROVED


def test_the_return_stays_as_it_was_filed(session, filed):
    total, original = filed.total_satang, filed.original_sha256
    writer, decider = author(session), head(session)
    made = drafted(session, writer, beer_from(MONTH))
    actions.propose(session, number=made.number, officer_id=writer, at=AT)
    approve(session, number=made.number, officer_id=decider, agreed_filings=1, at=AT)
    actions.publish(session, number=made.number, officer_id=decider, allow_assumed=False, at=AT)
    session.refresh(filed)
    assert (filed.total_satang, filed.original_sha256) == (total, original)


def test_another_surcharge_touches_only_what_was_filed_late(session, filed):
    """Due on Monday 16 November; midnight in Bangkok is five in the afternoon in London."""
    places = [factories.establishment(session, tax_id=factories.tax_id(n)) for n in (2, 3)]
    last_minute, too_late = (
        factories.filed(session, place=place, at=at)
        for place, at in zip(
            places,
            (
                dt.datetime(2026, 11, 16, 16, 59, tzinfo=dt.UTC),
                dt.datetime(2026, 11, 16, 17, 1, tzinfo=dt.UTC),
            ),
            strict=True,
        )
    )
    assert last_minute.due_on == too_late.due_on == dt.date(2026, 11, 16)
    writer = author(session)
    made = drafted(session, writer)
    milder = made.text.replace("value: 1.5, unit: pct", "value: 1.25, unit: pct")
    assert milder != made.text
    actions.replace_text(session, milder, number=made.number, officer_id=writer, at=AT)
    assert touched(session, made) == [too_late]
