"""How much may differ, as officers set it: four eyes, dated, and back again at once."""

import datetime as dt

import pytest

from excise.config import Settings
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.matching.actions import run_now
from excise.matching.models import Finding, Outcome, Run
from excise.matching.rules import RULES
from excise.matching.tolerances import tolerances_on
from excise.tuning import actions
from tests import factories
from tests.excise.matching.test_runs import LATER, filed, sold
from tests.excise.tuning.settings import (
    FIGURES,
    SettingState,
    drafted,
    from_day,
    head,
    in_force,
    replayed,
    tuner,
)
from tests.factories import AT, MONTH, TARIFF

NEXT_MONTH = dt.date(2026, 11, 1)


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def held(session, day=MONTH, rule="R01"):
    return tolerances_on(session, day)[rule].least


def test_without_a_setting_the_text_of_the_rule_holds(session):
    assert tolerances_on(session, MONTH) == {
        rule: each.tolerance_on(MONTH) for rule, each in RULES.items()
    }


def test_a_setting_holds_from_its_month_on_and_for_its_rule_only(session):
    in_force(session, from_day(NEXT_MONTH))
    package = RULES["R01"].tolerance_on(MONTH).least
    assert held(session, MONTH) == package
    assert held(session, NEXT_MONTH) == held(session, dt.date(2027, 6, 1)) == FIGURES.least
    assert held(session, NEXT_MONTH, "R11") == RULES["R11"].tolerance_on(NEXT_MONTH).least


def test_of_two_from_one_month_the_later_published_holds_and_rolled_back_the_earlier_again(session):
    in_force(session, from_day(MONTH, least=20))
    later = in_force(session, from_day(MONTH, least=30), at=AT + dt.timedelta(days=1))
    assert held(session) == 30
    actions.roll_back(session, number=later.id, reason="x", officer_id=head(session), at=AT)
    assert held(session) == 20


def test_only_what_was_replayed_as_it_stands_is_proposed(session):
    writer = tuner(session)
    number = drafted(session, writer).id
    with pytest.raises(Conflict):
        actions.propose(session, number=number, officer_id=writer, at=AT)
    one = replayed(session, writer)
    other = from_day(MONTH, least=5)
    actions.change(session, other, number=one.id, officer_id=writer, at=AT)
    assert (one.state, one.replay_key, one.least) == (SettingState.DRAFT, None, 5)
    assert not actions.note_replay(session, number=one.id, key="as-it-is", at=AT)


def test_whoever_drafted_it_never_publishes_or_rolls_it_back_in_whatever_role(session):
    both = factories.officer(session, roles=["rule_officer", "rule_head"]).id
    one = replayed(session, both)
    actions.propose(session, number=one.id, officer_id=both, at=AT)
    with pytest.raises(actions.AuthorCannotDecide):
        actions.publish(session, number=one.id, officer_id=both, at=AT)
    actions.publish(session, number=one.id, officer_id=head(session), at=AT)
    with pytest.raises(actions.AuthorCannotDecide):
        actions.roll_back(session, number=one.id, reason="x", officer_id=both, at=AT)


def test_each_step_asks_for_its_permission_and_its_author(session):
    auditor = factories.officer(session, roles=["auditor"]).id
    with pytest.raises(NotAllowed):
        drafted(session, auditor)
    one = replayed(session, tuner(session))
    with pytest.raises(actions.NotTheAuthor):
        actions.propose(session, number=one.id, officer_id=tuner(session), at=AT)
    with pytest.raises(NotAllowed):
        actions.publish(session, number=one.id, officer_id=tuner(session), at=AT)
    with pytest.raises(NotFound):
        actions.publish(session, number=999, officer_id=head(session), at=AT)


def test_a_repeat_changes_nothing(session):
    one = in_force(session)
    decided = one.decided_at
    boss = head(session)
    again = AT + dt.timedelta(days=1)
    assert actions.publish(session, number=one.id, officer_id=boss, at=again).decided_at == decided
    for _ in range(2):
        actions.roll_back(session, number=one.id, reason="x", officer_id=boss, at=AT)
    with pytest.raises(Conflict):
        actions.publish(session, number=one.id, officer_id=boss, at=AT)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"share_bp": 10_001}, "share_bp"),
        ({"least": -1}, "least"),
        ({"why_th": " "}, "why_th"),
        ({"why_en": ""}, "why_en"),
        ({"starts_on": dt.date(2026, 10, 2)}, "starts_on"),
    ],
)
def test_what_no_rule_can_take_is_refused(session, wrong, field):
    with pytest.raises(Invalid) as error:
        drafted(session, tuner(session), from_day(MONTH, **{"least": 1} | wrong))
    assert error.value.facts["field"] == field


def test_a_run_judges_by_the_setting_and_keeps_what_it_used(settings, database):
    filed(database, 100)
    sold(settings, database, 110)
    with database.transaction() as session:
        before = session.query(Finding).filter(Finding.rule == "R01").one()
        assert (before.outcome, before.base) == (Outcome.UNDER_DECLARED, 1_100_000)
        number = in_force(session).id
    run_id = run_now(settings, database, TARIFF, period=MONTH, cause="test", at=LATER)
    with database.transaction() as session:
        tuned = session.query(Finding).filter(Finding.rule == "R01", Finding.run_id == run_id).one()
        assert (tuned.outcome, tuned.tolerance) == (Outcome.WITHIN_TOLERANCE, FIGURES.least)
        kept = session.get_one(Run, run_id).tolerances["R01"]
        assert kept == {"from": "2026-10-01", "share_bp": 100, "least": FIGURES.least}
        boss = head(session)
        actions.roll_back(session, number=number, reason="x", officer_id=boss, at=AT)
    run_id = run_now(settings, database, TARIFF, period=MONTH, cause="test", at=LATER)
    with database.reading() as session:
        again = session.query(Finding).filter(Finding.rule == "R01", Finding.run_id == run_id).one()
        assert again.outcome is Outcome.UNDER_DECLARED
