"""A setting tried on what is past: what it would have found, and that nothing changes."""

import datetime as dt

import pytest
import sqlalchemy as sa

from excise import records, work
from excise.cases import actions as cases
from excise.cases.models import Discrepancy
from excise.cases.rules import DiscrepancyState
from excise.config import Settings
from excise.errors import Conflict, Invalid, NotAllowed
from excise.matching.actions import run_now
from excise.matching.models import Finding, Run
from excise.replays.actions import ask
from excise.replays.queries import records_of_rules, replay
from excise.replays.rules import Replay, Worth
from excise.tuning.models import RuleSetting
from tests import factories
from tests.excise.matching.test_runs import EXCISE_OF_100_CANS, LATER, filed, sold
from tests.excise.tuning.settings import (
    SettingState,
    drafted,
    from_day,
    in_force,
    tuner,
)
from tests.factories import AT, MONTH, TARIFF


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def ended(session, way, *, tax_id, difference):
    """A discrepancy that an officer ended, of so many ten-thousandths."""
    place = factories.establishment(session, tax_id=tax_id)
    product = factories.product(session, place)
    one = factories.discrepancy(
        session, product, difference=difference, evidence=difference, potential_satang=difference
    )
    by = factories.officer(session, roles=["auditor"]).id
    way(session, reference=one.reference, officer_id=by, reason="x", at=AT)
    return one


def asked(database, *, least, writer=None):
    with database.transaction() as session:
        writer = writer or tuner(session)
        number = drafted(session, writer, from_day(MONTH, least=least, share_bp=0)).id
        ask(session, number=number, since=MONTH, until=MONTH, officer_id=writer, at=AT)
        return number


def drained(settings, database):
    records.load_workflows()
    with work.worker(settings, database):
        work.drain(database)
    assert work.failed(database) == []


def made(settings, database, number):
    drained(settings, database)
    with database.reading() as session:
        one = session.get_one(RuleSetting, number)
        assert one.state is SettingState.REPLAYED
        return replay(session, settings, one.replay_key)


def test_a_replay_tells_hits_false_alarms_and_baht_and_writes_nothing(settings, database):
    filed(database, 1_000)
    sold(settings, database, 1_100)
    with database.transaction() as session:
        hit = ended(session, cases.close, tax_id=factories.tax_id(1), difference=3_000_000)
        hit.tell("amended", actor="system", at=AT)
        ended(session, cases.put_aside, tax_id=factories.tax_id(2), difference=150_000)
        ended(session, cases.void, tax_id=factories.tax_id(3), difference=2_000_000)
    drained(settings, database)  # what was filed and told asks for runs of its own
    number = asked(database, least=1_500_000)
    with database.reading() as session:
        kinds = (Run, Finding, Discrepancy)
        before = [session.scalar(sa.select(sa.func.count()).select_from(one)) for one in kinds]
    found = made(settings, database, number)
    assert (found.before.hits, found.before.false_alarms) == (1, 2)
    assert (found.after.hits, found.after.false_alarms) == (1, 1)
    assert (found.after.hit_satang, found.after.false_alarm_satang) == (3_000_000, 2_000_000)
    assert [(case.appears, case.worth) for case in found.cases] == [(False, Worth.FALSE_ALARM)]
    # Of the month itself: a hundred cans were not declared, which this draft would let pass.
    assert found.found == (1, 0)
    assert found.satang == (EXCISE_OF_100_CANS, 0)
    assert [(each.appears, each.difference) for each in found.changed] == [(False, 1_000_000)]
    assert Replay.from_json(found.to_json()) == found
    with database.reading() as session:
        after = [session.scalar(sa.select(sa.func.count()).select_from(one)) for one in kinds]
        assert after == before
        record = records_of_rules(session)["R01"]
        assert (record.waiting, record.hits, record.false_alarms) == (1, 1, 2)
        assert record.hit_bp == 3_333


def test_a_replay_gives_what_a_run_gives_once_the_setting_is_in_force(settings, database):
    filed(database, 1_000)
    sold(settings, database, 1_004)
    found = made(settings, database, asked(database, least=30_000))
    assert found.found == (0, 1)
    with database.transaction() as session:
        in_force(session, from_day(MONTH, least=30_000, share_bp=0))
    run_now(settings, database, TARIFF, period=MONTH, cause="test", at=LATER)
    with database.reading() as session:
        [opened] = session.scalars(sa.select(Discrepancy).where(Discrepancy.rule == "R01"))
        assert (opened.potential_satang, opened.state) == (found.satang[1], DiscrepancyState.QUEUED)


def test_the_same_replay_asked_again_is_there_at_once_and_others_ask_none(settings, database):
    with database.transaction() as session:
        writer = tuner(session)
    number = asked(database, least=10_000, writer=writer)
    made(settings, database, number)
    of = {"number": number, "since": MONTH, "until": MONTH, "at": AT}
    with database.transaction() as session:
        key = ask(session, officer_id=writer, **of)
        one = session.get_one(RuleSetting, number)
        assert (one.state, one.replay_key) == (SettingState.REPLAYED, key)
        with pytest.raises(NotAllowed):
            ask(session, officer_id=tuner(session), **of)
        with pytest.raises(Invalid):
            ask(session, officer_id=writer, **of | {"since": dt.date(2020, 1, 1)})


def test_what_is_in_force_is_not_replayed_and_its_months_are_compared_anew(settings, database):
    sold(settings, database, 10)
    with database.transaction() as session:
        one = in_force(session, at=LATER)
        with pytest.raises(Conflict):
            ask(
                session,
                number=one.id,
                since=MONTH,
                until=MONTH,
                officer_id=one.drafted_by,
                at=AT,
            )
        cause = f"setting:{one.id}:published"
    assert work.find(database, f"matching.run:{MONTH}:{cause}")
