"""Officers and the worker at the same moment: one of them wins, nothing is half done."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise.assessments import actions
from excise.assessments.approval import approve
from excise.assessments.models import Assessment, AssessmentState
from excise.assessments.queries import work_out_assessment
from excise.cases.actions import put_aside, take, take_note
from excise.cases.models import Discrepancy
from excise.cases.rules import DiscrepancyState
from excise.errors import ExciseError
from excise.matching.models import Run
from excise.payments.models import Bill
from tests import factories
from tests.conftest import count
from tests.excise.assessments.test_actions import case
from tests.excise.at_once import at_once
from tests.factories import AT, MONTH, TARIFF


@pytest.fixture
def proposal(database):
    """A proposal with its preparer and two approvers, as plain values."""
    with database.transaction() as session:
        one = factories.assessment(session, case(session), proposed=True)
        assessors = [factories.officer(session, roles=("assessor",)).id for _ in range(2)]
        return {
            "reference": one.reference,
            "case": one.discrepancy.reference,
            "taxpayer_id": one.registration.taxpayer_id,
            "preparer": one.prepared_by,
            "assessors": assessors,
            "total": work_out_assessment(TARIFF, one).total_satang,
        }


def approval(database, told, officer_id):
    with database.transaction() as session:
        return approve(
            session,
            tariff=TARIFF,
            reference=told["reference"],
            officer_id=officer_id,
            agreed_satang=told["total"],
            allow_assumed=True,
            at=AT,
        ).number


def states(database):
    with database.reading() as session:
        one = session.scalars(sa.select(Assessment)).one()
        return one.state, one.discrepancy.state, count(session, Bill)


def test_of_two_approvers_at_once_one_decides(database, proposal):
    answers = at_once(8, lambda n: approval(database, proposal, proposal["assessors"][n % 2]))
    numbers = [each for each in answers if isinstance(each, str)]
    refused = [each for each in answers if isinstance(each, ExciseError)]
    assert (len(numbers), len(refused), len(set(numbers))) == (4, 4, 1)
    assert states(database) == (AssessmentState.APPROVED, DiscrepancyState.ASSESSED, 1)


@pytest.mark.parametrize("other", ["withdraw", "give-back"])
def test_an_approval_and_its_opposite_at_once_never_both_happen(database, proposal, other):
    def decide(number):
        if number % 2:
            return approval(database, proposal, proposal["assessors"][0])
        who = {"reference": proposal["reference"], "at": AT}
        with database.transaction() as session:
            if other == "withdraw":
                actions.withdraw(session, officer_id=proposal["preparer"], **who)
            else:
                second = proposal["assessors"][1]
                actions.give_back(session, officer_id=second, reason="แก้", **who)
        return other

    answers = at_once(4, decide)
    assert not [each for each in answers if not isinstance(each, str | ExciseError)]
    done = {each for each in answers if isinstance(each, str)}
    assert len(done) == 1
    ended = {"withdraw": AssessmentState.WITHDRAWN, "give-back": AssessmentState.DRAFT}
    assert states(database) == (
        (ended[other], DiscrepancyState.UNDER_REVIEW, 0)
        if other in done
        else (AssessmentState.APPROVED, DiscrepancyState.ASSESSED, 1)
    )


def test_of_officers_who_take_one_case_at_once_each_finds_it_whole(database):
    with database.transaction() as session:
        reference = case(session).reference
        officers = [factories.officer(session, roles=("auditor",)).id for _ in range(2)]

    def work_on(number):
        with database.transaction() as session:
            take(session, reference=reference, officer_id=officers[number % 2], at=AT)
        return officers[number % 2]

    answers = at_once(8, work_on)
    with database.reading() as session:
        (one,) = session.scalars(sa.select(Discrepancy))
        assert {each for each in answers if isinstance(each, int)} == {one.officer_id}
        assert [event.act for event in one.events].count("taken") == 1


def settle(session, told):
    """A run that finds the difference gone."""
    run = Run(period=MONTH, tax_id=None, cause="x", ran_at=AT, rules_sha256="", counts={})
    session.add(run)
    session.flush()
    take_note(
        session,
        [],
        run_id=run.id,
        period=MONTH,
        taxpayer_id=told["taxpayer_id"],
        at=AT + timedelta(hours=1),
    )


def put_aside_by_officer(session, told):
    who = {"reference": told["case"], "officer_id": told["preparer"]}
    put_aside(session, reason="ชี้แจงแล้ว", at=AT, **who)


def approved(session, told):
    one = session.scalars(sa.select(Assessment)).one()
    assessor = session.get_one(factories.Officer, told["assessors"][0])
    factories.approved(session, one, assessor=assessor)


@pytest.mark.parametrize(
    ("decide", "state", "act"),
    [
        (approved, DiscrepancyState.ASSESSED, "assessed"),
        (put_aside_by_officer, DiscrepancyState.SUPPRESSED, "put-aside"),
    ],
)
def test_a_run_leaves_alone_what_is_being_decided(database, proposal, decide, state, act):
    def keep_run():
        with database.transaction() as session:
            settle(session, proposal)

    run = threading.Thread(target=keep_run)
    with database.transaction() as session:
        decide(session, proposal)
        session.flush()
        run.start()
        run.join(0.5)  # it gets as far as it can before the decision commits
    run.join()
    with database.reading() as session:
        one = session.scalars(sa.select(Discrepancy)).one()
        assert (one.state, one.events[-1].act) == (state, act)
