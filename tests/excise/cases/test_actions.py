from dataclasses import replace
from datetime import timedelta

import pytest

from excise.cases.actions import close, explain, put_aside, take, take_note
from excise.cases.models import Discrepancy, Explanation, NotInThisState
from excise.cases.queries import discrepancies, discrepancy_for
from excise.cases.rules import OPEN, DiscrepancyState, Found, Reason
from excise.errors import Invalid, NotAllowed, NotFound
from excise.matching.models import Run
from excise.returns.actions import discard_draft
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT, MONTH

CODE = "08850124003225"
UNIT = 10_000


@pytest.fixture
def filed(session):
    return factories.filed(session)


def found(filed, difference=100, **changes):
    one = Found(
        rule="R01",
        taxpayer_id=filed.registration.taxpayer_id,
        registration_id=filed.registration_id,
        product_id=filed.lines[0].product_id,
        product_code=CODE,
        period=MONTH,
        measure="units",
        outcome="under-declared",
        declared=1000 * UNIT,
        evidence=(1000 + difference) * UNIT,
        difference=difference * UNIT,
        tolerance=5 * UNIT,
        potential_satang=difference * 1490,
    )
    return replace(one, **changes)


def run(session, differences, *, unknown=(), taxpayer_id=None, at=AT):
    made = Run(period=MONTH, tax_id=None, cause="test", ran_at=at, rules_sha256="", counts={})
    session.add(made)
    session.flush()
    take_note(
        session,
        differences,
        unknown=unknown,
        run_id=made.id,
        period=MONTH,
        taxpayer_id=taxpayer_id,
        at=at,
    )
    return made


def only(session) -> Discrepancy:
    (one,) = session.query(Discrepancy)
    return one


def auditor(session, office="010100"):
    return factories.officer(session, roles=("auditor",), office=office).id


def test_a_difference_opens_one_discrepancy_and_says_so(session, filed):
    made = run(session, [found(filed)])
    one = only(session)
    assert (one.state, one.difference, one.run_id) == (
        DiscrepancyState.QUEUED,
        100 * UNIT,
        made.id,
    )
    assert [event.act for event in one.events] == ["found"]


def test_the_same_run_again_changes_nothing(session, filed):
    run(session, [found(filed)])
    run(session, [found(filed)], at=AT + timedelta(hours=1))
    one = only(session)
    assert one.changed_at == AT
    assert len(one.events) == 1


def test_other_figures_update_it(session, filed):
    run(session, [found(filed)])
    run(session, [found(filed, 80)])
    one = only(session)
    assert one.difference == 80 * UNIT
    assert [event.act for event in one.events] == ["found", "figures-changed"]


def test_what_is_gone_is_closed_and_may_come_back(session, filed):
    run(session, [found(filed)])
    run(session, [])
    assert only(session).state is DiscrepancyState.CLOSED
    run(session, [found(filed)])
    assert [each.state for each in session.query(Discrepancy).order_by(Discrepancy.id)] == [
        DiscrepancyState.CLOSED,
        DiscrepancyState.QUEUED,
    ]


def test_what_could_not_be_compared_stays_open(session, filed):
    run(session, [found(filed)])
    run(session, [], unknown={found(filed).key})
    assert only(session).state is DiscrepancyState.QUEUED


def test_a_run_for_one_taxpayer_leaves_the_others_alone(session, filed):
    run(session, [found(filed)])
    run(session, [], taxpayer_id=filed.registration.taxpayer_id + 1)
    assert only(session).state is DiscrepancyState.QUEUED


def test_what_was_put_aside_stays_so_until_it_grows(session, filed):
    run(session, [found(filed)])
    reference = only(session).reference
    put_aside(session, reference=reference, officer_id=auditor(session), reason="คืนสินค้า", at=AT)
    run(session, [found(filed, 104)])  # within the tolerance of five
    assert only(session).state is DiscrepancyState.SUPPRESSED
    run(session, [found(filed, 106)])
    assert count(session, Discrepancy) == 2


@pytest.mark.parametrize("end", [put_aside, close])
def test_an_end_needs_its_reason(session, filed, end):
    run(session, [found(filed)])
    with pytest.raises(Invalid) as caught:
        end(
            session,
            reference=only(session).reference,
            officer_id=auditor(session),
            reason=" ",
            at=AT,
        )
    assert caught.value.facts["field"] == "reason"


def test_an_officer_takes_it_once_and_may_end_it(session, filed):
    run(session, [found(filed)])
    reference, officer = only(session).reference, auditor(session)
    for _ in range(2):
        take(session, reference=reference, officer_id=officer, at=AT)
    one = close(session, reference=reference, officer_id=officer, reason="อธิบายแล้ว", at=AT)
    assert [event.act for event in one.events] == ["found", "taken", "closed"]
    with pytest.raises(NotInThisState):
        take(session, reference=reference, officer_id=officer, at=AT)


def test_a_colleague_cannot_take_what_is_taken(session, filed):
    run(session, [found(filed)])
    reference = only(session).reference
    take(session, reference=reference, officer_id=auditor(session), at=AT)
    with pytest.raises(NotInThisState):
        take(session, reference=reference, officer_id=auditor(session), at=AT)


def test_only_auditors_of_the_office_and_above_see_and_work(session, filed):
    run(session, [found(filed)])
    reference = only(session).reference
    with pytest.raises(NotFound):
        take(session, reference=reference, officer_id=auditor(session, "020200"), at=AT)
    cashier = factories.officer(session, roles=("cashier",)).id
    with pytest.raises(NotAllowed):
        take(session, reference=reference, officer_id=cashier, at=AT)
    assert discrepancy_for(session, reference, officer_id=auditor(session, "010000"))


def explained(session, *, difference=100):
    draft = factories.draft(session)
    explain_it(session, draft, difference)
    return factories.file(session, draft)


def explain_it(session, draft, difference=100):
    return explain(
        session,
        draft_reference=draft.draft_reference,
        rule="R01",
        product_code=CODE,
        reason=Reason.TIMING,
        words="ส่งของวันที่ 31 ออกใบกำกับวันที่ 1",
        declared=1000 * UNIT,
        evidence=(1000 + difference) * UNIT,
        person_id=draft.created_by,
        at=AT,
    )


def test_an_explained_difference_opens_no_case_by_itself(session):
    filed = explained(session)
    run(session, [found(filed)])
    one = only(session)
    assert (one.state, one.explanation.reason) == (DiscrepancyState.EXPLAINED, Reason.TIMING)
    queue = session.scalars(discrepancies(["010100"], [DiscrepancyState.QUEUED])).all()
    assert queue == []


def test_an_explanation_does_not_hold_for_a_larger_difference(session):
    filed = explained(session)
    run(session, [found(filed, 200)])
    assert only(session).state is DiscrepancyState.QUEUED


def test_a_difference_that_outgrows_its_explanation_joins_the_queue(session):
    filed = explained(session)
    run(session, [found(filed)])
    run(session, [found(filed, 300)])
    one = only(session)
    assert one.state is DiscrepancyState.QUEUED
    assert one.events[-1].act == "outgrew-explanation"


def test_small_steps_do_not_carry_a_difference_away_from_its_explanation(session):
    filed = explained(session)
    run(session, [found(filed)])
    for difference in (104, 108):  # each within the tolerance of the run before
        run(session, [found(filed, difference)])
    assert only(session).state is DiscrepancyState.QUEUED


def test_an_explanation_that_comes_with_a_late_return_takes_it_out_of_the_queue(session):
    draft = factories.draft(session)
    missing = replace(found(draft, 1100), declared=None, outcome="missing-in-return")
    run(session, [missing])
    assert only(session).state is DiscrepancyState.QUEUED
    given = explain_it(session, draft)
    factories.file(session, draft)
    run(session, [found(draft)])
    one = only(session)
    assert (one.state, one.explanation_id) == (DiscrepancyState.EXPLAINED, given.id)
    assert [event.act for event in one.events] == ["found", "figures-changed", "explained"]


def test_a_filed_return_takes_no_explanation(session, filed):
    with pytest.raises(Exception, match="already-filed"):
        explain(
            session,
            draft_reference=filed.draft_reference,
            rule="R01",
            product_code=CODE,
            reason=Reason.TIMING,
            words="",
            declared=0,
            evidence=1,
            person_id=filed.created_by,
            at=AT,
        )


def test_the_reason_other_needs_words(session):
    draft = factories.draft(session)
    with pytest.raises(Invalid, match="words-missing"):
        explain(
            session,
            draft_reference=draft.draft_reference,
            rule="R01",
            product_code=CODE,
            reason=Reason.OTHER,
            words="",
            declared=0,
            evidence=1,
            person_id=draft.created_by,
            at=AT,
        )


def test_a_draft_that_is_thrown_away_takes_its_explanations_along(session):
    draft = factories.draft(session)
    explain_it(session, draft)
    discard_draft(session, draft_reference=draft.draft_reference, person_id=draft.created_by, at=AT)
    session.flush()
    assert count(session, Explanation) == 0


def test_runs_at_once_open_one(database):
    with database.transaction() as session:
        found_one = found(factories.filed(session))

    def again(_number):
        with database.transaction() as session:
            return run(session, [found_one]).id

    assert sorted(at_once(4, again)) == [1, 2, 3, 4]
    with database.reading() as session:
        assert only(session).state in OPEN
