"""From a filed return and a delivery to the officers' queue, by the worker."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from excise import work
from excise.cases.models import Discrepancy
from excise.cases.rules import DiscrepancyState
from excise.config import Settings
from excise.documents.store import Store
from excise.evidence.actions import land
from excise.evidence.models import Channel
from excise.evidence.workflows import read_now
from excise.matching import actions, workflows
from excise.matching.actions import run_now
from excise.matching.models import Finding, Outcome, Run
from excise.matching.queries import beside_draft
from excise.payments.actions import receive
from excise.people.models import Person
from excise.returns.models import Return
from tests import factories
from tests.excise.evidence.samples import sale
from tests.factories import AT, MONTH, TARIFF, TODAY

GTIN = "8850124003225"
CODE = GTIN.zfill(14)
UNIT = 10_000
EXCISE_OF_100_CANS = 1_489_90
LATER = AT + timedelta(days=20)


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def draft(session, quantity=1000):
    place = factories.establishment(session)
    begun = factories.start(session, place)
    factories.line(session, begun, factories.product(session, place, gtin=GTIN), quantity=quantity)
    return factories.finished(session, begun)


def filed(database, quantity=1000):
    with database.transaction() as session:
        return factories.file(session, draft(session, quantity)).reference


def sold(settings, database, *units, document_no="1", at=LATER, **changes):
    """Sales of so many units each, brought in and compared at some moment."""
    sales = [
        sale(
            document_no=f"{document_no}-{number}",
            document_on=MONTH + timedelta(days=number),
            units=each * UNIT,
            **{"product_code": CODE} | changes,
        )
        for number, each in enumerate(units)
    ]
    with database.transaction() as session:
        landed = land(
            session,
            Store(settings.documents),
            source_code="RD",
            document_no=document_no,
            name="sales.csv",
            content=document_no.encode(),
            channel=Channel.FILE,
            sales=sales,
            row_count=len(sales),
            by="officer:1",
            at=AT,
        )
        receipt_no = landed.delivery.receipt_no
    read_now(settings, database, receipt_no)
    compare(settings, database, at)


def compare(settings, database, at=LATER):
    run_now(settings, database, TARIFF, period=MONTH, cause="test", at=at)


def do_the_work(settings, database):
    with work.worker(settings, database):
        work.drain(database)
    assert work.failed(database) == []


def discrepancies(database):
    with database.reading() as session:
        return [
            (each.rule, each.difference, each.potential_satang, each.state)
            for each in session.scalars(sa.select(Discrepancy).order_by(Discrepancy.id))
            if each.rule in ("R01", "R11")
        ]


def findings(database):
    with database.reading() as session:
        last = session.scalar(sa.select(sa.func.max(Run.id)))
        rows = session.scalars(sa.select(Finding).where(Finding.run_id == last))
        return {
            (row.rule, row.product_code): row.outcome for row in rows if row.rule in ("R01", "R11")
        }


def test_the_worker_takes_a_delivery_and_a_return_to_the_queue(settings, database):
    with database.transaction() as session:
        reference = draft(session, 900).draft_reference
    sold(settings, database, 700, 300)
    with database.transaction() as session:
        ready = session.scalars(sa.select(Return).where(Return.draft_reference == reference)).one()
        factories.file(session, ready)
    do_the_work(settings, database)
    assert discrepancies(database) == [
        ("R01", 100 * UNIT, EXCISE_OF_100_CANS, DiscrepancyState.QUEUED)
    ]
    with database.reading() as session:
        causes = session.scalars(sa.select(Run.cause).order_by(Run.id)).all()
    assert sorted(cause.partition(":")[0] for cause in causes) == ["delivery", "return", "test"]
    assert list((settings.data / "temporary" / "verdicts").iterdir()) == [], "nothing is left over"


def test_what_was_sold_and_not_declared_reaches_the_queue_with_its_tax(settings, database):
    filed(database)
    sold(settings, database, 700, 400)
    assert discrepancies(database) == [
        ("R01", 100 * UNIT, EXCISE_OF_100_CANS, DiscrepancyState.QUEUED)
    ]


def test_a_second_delivery_updates_what_stands(settings, database):
    filed(database)
    sold(settings, database, 1100)
    sold(settings, database, 50, document_no="2")
    ((_, difference, _, state),) = discrepancies(database)
    assert (difference, state) == (150 * UNIT, DiscrepancyState.QUEUED)


def test_the_same_run_again_writes_findings_and_changes_no_discrepancy(settings, database):
    filed(database)
    sold(settings, database, 1100)
    with database.reading() as session:
        before = session.scalar(sa.select(Discrepancy.changed_at))
    compare(settings, database, LATER + timedelta(hours=1))
    with database.reading() as session:
        assert session.scalar(sa.select(Discrepancy.changed_at)) == before
        assert session.scalar(sa.select(Discrepancy.run_id)) == session.scalar(
            sa.select(sa.func.max(Run.id))
        )


def test_a_run_says_which_keys_it_judged_and_how(settings, database):
    filed(database)
    sold(settings, database, 1000)
    assert findings(database) == {
        ("R01", CODE): Outcome.MATCHED,
        ("R11", ""): Outcome.MATCHED,
    }


def found_by(database, rule):
    """The open discrepancies of a rule, by key."""
    with database.reading() as session:
        query = sa.select(Discrepancy).where(Discrepancy.rule == rule)
        return {
            each.product_code: (each.outcome, each.difference, each.state)
            for each in session.scalars(query)
        }


def test_a_return_that_is_late_is_one_case_of_its_establishment(settings, database):
    with database.transaction() as session:
        begun = draft(session)
        place, reference = begun.registration.number, begun.draft_reference
    compare(settings, database, AT)
    assert found_by(database, "R22") == {}
    compare(settings, database, LATER)
    assert found_by(database, "R22") == {place: ("missing-in-return", 1, DiscrepancyState.QUEUED)}
    with database.transaction() as session:
        query = sa.select(Return).where(Return.draft_reference == reference)
        factories.file(session, session.scalars(query).one(), at=LATER)
    compare(settings, database, LATER)
    assert found_by(database, "R22")[place][:2] == ("under-declared", 1)


def test_a_nil_return_is_contradicted_by_any_source(settings, database):
    with database.transaction() as session:
        place = factories.establishment(session)
        factories.product(session, place, gtin=GTIN)
        begun = factories.start(session, place)
        factories.file(session, factories.finished(session, begun))
    sold(settings, database, 5)
    assert found_by(database, "R20") == {"": ("under-declared", 1, DiscrepancyState.QUEUED)}


def test_the_department_s_own_money_agrees_and_is_judged_by_bank_and_series(settings, database):
    with database.transaction() as session:
        filed_one = factories.filed(session)
        receive(
            session,
            factories.bank_message(factories.bill(session, filed_one)),
            actor="system",
            at=AT,
        )
    run_now(settings, database, TARIFF, period=date(2026, 11, 1), cause="test", at=LATER)
    with database.reading() as session:
        rows = session.scalars(sa.select(Finding).where(Finding.rule.in_(("R24", "R24b"))))
        told = {(row.rule, row.outcome) for row in rows}
    assert told == {("R24", Outcome.MATCHED), ("R24b", Outcome.MATCHED)}


def test_a_month_nobody_told_of_is_not_even_kept(settings, database):
    filed(database)
    do_the_work(settings, database)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Run.id))) == 0


def test_a_return_that_is_not_late_yet_is_not_missing(settings, database):
    with database.transaction() as session:
        draft(session)
    sold(settings, database, 1000, at=AT)
    assert findings(database)["R01", CODE] is Outcome.NOT_COMPARABLE
    compare(settings, database, LATER)
    assert findings(database)["R01", CODE] is Outcome.MISSING_IN_RETURN
    assert [each[1] for each in discrepancies(database)] == [1000 * UNIT]


def test_a_draft_is_held_beside_the_evidence_by_the_same_rules(settings, database):
    with database.transaction() as session:
        draft_id = draft(session, 900).id
    sold(settings, database, 1000, at=AT)
    with database.reading() as session:
        begun = session.get_one(Return, draft_id)
        judged = beside_draft(session, settings, TARIFF, begun, on=TODAY)
    told = {each.rule.id: (each.outcome, each.difference) for each in judged}
    assert told["R01"] == (Outcome.UNDER_DECLARED, 100 * UNIT)
    assert discrepancies(database) == []


def test_a_draft_does_not_stand_for_the_return_of_another_establishment(settings, database):
    with database.transaction() as session:
        begun = draft(session, 900)
        draft_id, owner = begun.id, session.get_one(Person, begun.created_by)
        second = factories.establishment(session, owner=owner, name="โรงงาน 2")
        factories.product(session, second, gtin=GTIN)
    sold(settings, database, 1000, at=AT)
    with database.reading() as session:
        begun = session.get_one(Return, draft_id)
        judged = beside_draft(session, settings, TARIFF, begun, on=TODAY)
    assert {each.rule.id: each.reason for each in judged} == dict.fromkeys(
        ("R01", "R11"), "return-not-due"
    )


def test_strangers_sales_do_not_reach_a_draft(settings, database):
    with database.transaction() as session:
        draft_id = draft(session, 900).id
    sold(settings, database, 5, tax_id="0994000160101")
    with database.reading() as session:
        begun = session.get_one(Return, draft_id)
        judged = beside_draft(session, settings, TARIFF, begun, on=TODAY)
        assert {each.tax_id for each in judged} == {begun.registration.taxpayer.tax_id}


def test_a_night_compares_each_of_the_last_months_once(settings, database):
    sold(settings, database, 5)
    waiting = work.unfinished(database)
    for _ in range(2):
        with database.transaction() as session:
            workflows._ask_for_runs(session, LATER.isoformat())
    assert work.unfinished(database) == waiting + workflows.NIGHTLY_MONTHS


def test_a_run_that_was_overtaken_compares_again(settings, database, monkeypatch):
    """What it read is older than what another run has kept meanwhile."""
    with database.transaction() as session:
        reference = draft(session).draft_reference
    sold(settings, database, 1000)
    assert [each[3] for each in discrepancies(database)] == [DiscrepancyState.QUEUED]
    compared = actions.compare_month
    begun = []

    def slow(*args, **words):
        old = compared(*args, **words)
        if not begun:
            begun.append(True)
            with database.transaction() as session:
                query = sa.select(Return).where(Return.draft_reference == reference)
                factories.file(session, session.scalars(query).one())
            compare(settings, database)
        return old

    monkeypatch.setattr(actions, "compare_month", slow)
    compare(settings, database)
    assert [each[3] for each in discrepancies(database)] == [DiscrepancyState.CLOSED]


def test_runs_of_other_months_and_taxpayers_overtake_nothing(settings, database):
    filed(database)
    sold(settings, database, 1100)
    what = {"period": MONTH, "at": LATER}
    compared = actions.compare_month(settings, database, TARIFF, tax_id=factories.TAX_ID, **what)
    for others in ({"tax_id": "0994000160101"}, {"period": date(2026, 9, 1)}):
        run_now(settings, database, TARIFF, **{**what, "cause": "other", **others})
    with database.transaction() as session:
        kept = actions.keep(
            session, TARIFF, compared, tax_id=factories.TAX_ID, cause="test", **what
        )
        assert kept is not None
        again = actions.keep(
            session, TARIFF, compared, tax_id=factories.TAX_ID, cause="test", **what
        )
        assert again is None


def test_absurd_sales_of_one_end_the_run_for_nobody(settings, database):
    filed(database)
    most = 10**12  # what one line may say
    sold(settings, database, *[most] * 30, document_no="absurd", tax_id=factories.tax_id(9))
    with database.transaction() as session:
        place = factories.establishment(session, tax_id=factories.tax_id(9))
        factories.product(session, place, gtin=GTIN, retail_satang=100_000_00)
    sold(settings, database, 1100)
    assert [each[1] for each in discrepancies(database) if each[2] is not None] == [100 * UNIT]
