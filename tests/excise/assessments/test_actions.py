"""From a discrepancy to a proposal."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from excise.assessments import actions
from excise.assessments.actions import AlreadyPrepared, NotYours, Terms
from excise.assessments.models import Assessment, AssessmentState, NotInThisState
from excise.assessments.queries import (
    assessment_for,
    assessments,
    standing_assessment,
    work_out_assessment,
)
from excise.cases import actions as casework
from excise.cases.models import NotInThisState as CaseNotInThisState
from excise.errors import Invalid, NotAllowed, NotFound
from excise.returns.actions import LineEntry
from tests import factories
from tests.conftest import count
from tests.factories import AT, MONTH, TARIFF

BOTTLE = {"volume_l": Decimal("0.62"), "degree": Decimal(5)}


def case(session, **changes):
    place = changes.pop("place", None) or factories.establishment(session)
    made = factories.product(
        session, place, measures=BOTTLE, retail_satang=69_00, name="เบียร์ขวด", unit="ขวด"
    )
    return factories.discrepancy(session, made, **changes)


def auditor(session, office="010100"):
    return factories.officer(session, roles=("auditor",), office=office)


def prepare(session, found, officer, **changes):
    asked = {
        "tariff": TARIFF,
        "discrepancy_reference": found.reference,
        "officer_id": officer.id,
        "submission_id": factories.fresh("assessment"),
        "at": AT,
    }
    return actions.prepare(session, **asked | changes)


def taken(session, found, officer):
    casework.take(session, reference=found.reference, officer_id=officer.id, at=AT)
    return found


def terms(of, **changes):
    given = {
        "computed_to": of.computed_to,
        "was_filed": of.was_filed,
        "consenting": False,
        "facts": of.facts,
        "law": of.law,
        "discretion": "ไม่ลด",
    }
    return Terms(**given | changes)


def act(of, **more):
    return {"reference": of.reference, "officer_id": of.prepared_by, "at": AT, **more}


def test_a_draft_begins_with_everything_that_is_known(session):
    officer = auditor(session)
    found = taken(session, case(session), officer)
    draft = prepare(session, found, officer)
    session.flush()
    assert draft.reference == "AS-2570-0000001"
    assert (draft.period, draft.due_on) == (MONTH, date(2026, 11, 16))
    assert draft.computed_to == date(2026, 11, 16)
    assert (draft.was_filed, draft.remaining_pct) == (False, "100")
    [line] = draft.lines
    assert (line.units, line.tax_point_on) == (10_000 * 10_000, date(2026, 10, 31))
    assert work_out_assessment(TARIFF, draft).additions.net_excise_satang == 275_178_00
    for told in ("10,000 ขวด", "0 ขวด", "ตุลาคม 2569", found.reference, "บริษัท ตัวอย่าง จำกัด"):
        assert told in draft.facts
    for told in (
        "มาตรา 140",
        "2 เท่า",
        "เงินเพิ่มร้อยละ 1.5",
        "มาตรา 141",
        "17 พฤศจิกายน 2569",
        "มาตรา 88",
    ):
        assert told in draft.law
    assert draft.discretion == ""
    assert found.events[-1].act == "assessment-prepared"


def test_a_filed_return_makes_the_penalty_once_the_tax(session):
    place = factories.establishment(session)
    factories.filed(session, place=place)
    officer = auditor(session)
    draft = prepare(session, taken(session, case(session, place=place), officer), officer)
    assert draft.was_filed
    assert "1 เท่า" in draft.law
    assert "ยื่นแบบรายการภาษีไว้แต่ชำระภาษีขาด" in draft.law


def test_the_line_takes_the_day_it_is_told(session):
    officer = auditor(session)
    found = taken(session, case(session), officer)
    draft = prepare(session, found, officer, tax_point_on=date(2026, 10, 12))
    assert draft.lines[0].tax_point_on == date(2026, 10, 12)


def test_a_service_is_assessed_on_its_receipts(session):
    place = factories.service(session)
    club = factories.product(
        session, place, item="nightclub", measures={}, retail_satang=None, name="ค่าบริการ"
    )
    found = factories.discrepancy(
        session, club, rule="R11", measure="satang", declared=1_000_00, evidence=501_000_00,
        difference=500_000_00, tolerance=100_000_00,
    )  # fmt: skip
    officer = auditor(session)
    draft = prepare(session, taken(session, found, officer), officer)
    assert draft.lines[0].receipts_satang == 500_000_00
    assert work_out_assessment(TARIFF, draft).additions.net_excise_satang == 50_000_00
    assert "501,000.00 บาท" in draft.facts


@pytest.mark.parametrize(
    "changes",
    [
        {"measure": "satang", "rule": "R11"},  # baht do not say how many cans
        {"evidence": 5, "declared": 10, "difference": -5},
        {"product_id": None},
    ],
)
def test_no_line_is_guessed(session, changes):
    officer = auditor(session)
    assert prepare(session, taken(session, case(session, **changes), officer), officer).lines == []


def test_a_product_without_a_price_that_day_leaves_the_line_to_the_officer(session):
    place = factories.establishment(session)
    made = factories.product(session, place, retail_satang=None)
    officer = auditor(session)
    found = taken(session, factories.discrepancy(session, made), officer)
    assert prepare(session, found, officer).lines == []


def test_only_who_has_it_under_review_prepares(session):
    found, officer, other = case(session), auditor(session), auditor(session)
    with pytest.raises(CaseNotInThisState):
        prepare(session, found, officer)
    taken(session, found, officer)
    with pytest.raises(CaseNotInThisState):
        prepare(session, found, other)
    with pytest.raises(NotAllowed):
        prepare(session, found, factories.officer(session, roles=("assessor",)))
    with pytest.raises(NotFound):
        prepare(session, found, auditor(session, "020100"))
    assert count(session, Assessment) == 0


def test_a_discrepancy_has_one_assessment_at_a_time(session):
    officer = auditor(session)
    found = taken(session, case(session), officer)
    first = prepare(session, found, officer, submission_id="one")
    session.flush()
    assert prepare(session, found, officer, submission_id="one") is first
    with pytest.raises(AlreadyPrepared) as refused:
        prepare(session, found, officer, submission_id="two")
    assert refused.value.facts["reference"] == first.reference
    actions.withdraw(session, **act(first))
    second = prepare(session, found, officer, submission_id="three")
    session.flush()
    assert second.reference == "AS-2570-0000002"
    assert standing_assessment(session, found.id) is second


def test_terms_change_the_figures_and_the_words_that_are_ours(session):
    draft = factories.assessment(session, case(session))
    later = datetime(2027, 1, 20, 3, tzinfo=UTC)
    changed = terms(draft, computed_to=date(2027, 1, 20), was_filed=True, consenting=True)
    actions.set_terms(session, changed, tariff=TARIFF, **act(draft, at=later))
    tax = work_out_assessment(TARIFF, draft)
    assert (tax.penalty_satang, tax.arrears.months) == (137_589_00, 3)
    assert "1 เท่า" in draft.law
    assert "คงเรียกเก็บร้อยละ 50" in draft.law


def test_words_that_an_officer_wrote_stay(session):
    draft = factories.assessment(session, case(session))
    actions.set_terms(session, terms(draft, law="ตามกฎหมาย"), tariff=TARIFF, **act(draft))
    actions.set_terms(session, terms(draft, was_filed=True), tariff=TARIFF, **act(draft))
    assert draft.law == "ตามกฎหมาย"


@pytest.mark.parametrize("day", [date(2026, 11, 15), date(2026, 12, 1)])
def test_the_surcharge_is_not_computed_to_another_time(session, day):
    draft = factories.assessment(session, case(session))
    with pytest.raises(Invalid, match="computed-to-outside"):
        actions.set_terms(session, terms(draft, computed_to=day), tariff=TARIFF, **act(draft))


def entry(product, **changes):
    given = {
        "product_id": product.id,
        "tax_point_on": MONTH,
        "quantity": Decimal(5),
        "measures": {},
    }
    return LineEntry(**given | changes)


def test_a_line_is_added_replaced_and_taken_out(session):
    draft = factories.assessment(session, case(session))
    product = draft.lines[0].product

    def put(position, **changes):
        return actions.set_line(
            session, entry(product, **changes), tariff=TARIFF, position=position, **act(draft)
        )

    put(2)
    put(2, quantity=Decimal("7.5"))
    assert [line.units for line in draft.lines] == [10_000 * 10_000, 75_000]
    for gone in (1, 1):
        actions.remove_line(session, position=gone, **act(draft))
    session.flush()
    assert [line.position for line in draft.lines] == [2]
    with pytest.raises(NotFound):
        put(9)


def test_a_line_that_cannot_be_worked_out_is_refused_with_its_field(session):
    draft = factories.assessment(session, case(session))
    product = draft.lines[0].product
    for changes, field in (
        ({"quantity": Decimal(0)}, "units"),
        ({"quantity": Decimal("0.00001")}, "units"),
        ({"tax_point_on": date(2026, 11, 1)}, "tax_point_on"),
    ):
        with pytest.raises(Invalid) as refused, session.begin_nested():
            actions.set_line(
                session, entry(product, **changes), tariff=TARIFF, position=1, **act(draft)
            )
        assert refused.value.facts["field"] == field
    stranger = factories.product(
        session, factories.establishment(session, tax_id=factories.tax_id(7))
    )
    with pytest.raises(NotFound):
        actions.set_line(session, entry(stranger), tariff=TARIFF, position=1, **act(draft))


@pytest.mark.parametrize("missing", ["facts", "law", "discretion"])
def test_all_three_reasons_are_needed(session, missing):
    draft = factories.assessment(session, case(session), **{missing: "  "})
    with pytest.raises(Invalid, match="reasons-missing") as refused:
        actions.propose(session, tariff=TARIFF, **act(draft))
    assert refused.value.facts["field"] == missing
    assert draft.state is AssessmentState.DRAFT


def test_nothing_is_not_assessed(session):
    draft = factories.assessment(session, case(session))
    actions.remove_line(session, position=1, **act(draft))
    with pytest.raises(Invalid, match="nothing-to-assess"):
        actions.propose(session, tariff=TARIFF, **act(draft))


def test_a_proposal_is_not_changed_and_may_be_given_back(session):
    draft = factories.assessment(session, case(session), proposed=True)
    actions.propose(session, tariff=TARIFF, **act(draft))
    with pytest.raises(NotInThisState):
        actions.set_terms(session, terms(draft), tariff=TARIFF, **act(draft))
    assessor = factories.officer(session, roles=("assessor",))
    back = {"reference": draft.reference, "officer_id": assessor.id, "at": AT}
    with pytest.raises(Invalid, match="reason-missing"):
        actions.give_back(session, reason=" ", **back)
    actions.give_back(session, reason="ขาดเหตุผล", **back)
    assert (draft.state, draft.return_note) == (AssessmentState.DRAFT, "ขาดเหตุผล")
    with pytest.raises(NotInThisState):
        actions.give_back(session, reason="อีก", **back)
    actions.propose(session, tariff=TARIFF, **act(draft))
    assert draft.return_note == ""


def test_only_the_preparer_touches_a_draft(session):
    draft = factories.assessment(session, case(session))
    other = auditor(session)
    for doing in (
        lambda: actions.set_terms(
            session, terms(draft), tariff=TARIFF, **act(draft, officer_id=other.id)
        ),
        lambda: actions.remove_line(session, position=1, **act(draft, officer_id=other.id)),
        lambda: actions.propose(session, tariff=TARIFF, **act(draft, officer_id=other.id)),
        lambda: actions.withdraw(session, **act(draft, officer_id=other.id)),
    ):
        with pytest.raises(NotYours):
            doing()


def test_another_office_does_not_see_it(session):
    draft = factories.assessment(session, case(session))
    stranger, region = auditor(session, "020100"), auditor(session, "010000")
    with pytest.raises(NotFound):
        assessment_for(session, draft.reference, officer_id=stranger.id)
    assert assessment_for(session, draft.reference, officer_id=region.id) is draft
    listed = assessments(["020100"], list(AssessmentState))
    assert session.scalars(listed).all() == []
    assert session.scalars(assessments(["010100"], [AssessmentState.DRAFT])).all() == [draft]
