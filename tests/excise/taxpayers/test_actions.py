from datetime import date

import pytest
import sqlalchemy as sa

from excise.audit import AuditEntry
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.people.models import Delegation
from excise.people.queries import require_right
from excise.people.rules import OWNER, Right
from excise.taxpayers import actions
from excise.taxpayers.models import (
    NotAwaitingDecision,
    NotOpenForCorrection,
    Registration,
    RegistrationState,
    Taxpayer,
)
from excise.taxpayers.queries import (
    establishment,
    registration_of_applicant,
    registrations_for,
)
from excise.taxpayers.rules import EstablishmentType
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT, TAX_ID, TODAY


def apply(session, applicant, *, submission_id="form-1", **changes):
    return actions.apply(
        session,
        factories.application(**changes),
        person_id=applicant.id,
        submission_id=submission_id,
        at=AT,
    )


def object_to(session, asked, **objections):
    return actions.object_to(
        session,
        reference=asked.reference,
        officer_id=factories.officer(session).id,
        objections=objections,
        at=AT,
    )


def correct(session, asked, person_id=None, **changes):
    return actions.correct(
        session,
        reference=asked.reference,
        person_id=person_id or asked.applicant_id,
        changes=changes,
        at=AT,
    )


def approve(session, asked, officer=None):
    officer = officer or factories.officer(session, office=asked.office_code)
    return actions.approve(session, reference=asked.reference, officer_id=officer.id, at=AT)


def test_an_application_goes_through_objection_and_correction_to_its_number(session):
    asked = factories.registration(session)
    assert asked.reference == "REG2570000001"
    object_to(session, asked, address="เลขที่ไม่ตรงกับเอกสาร")
    assert asked.objections == {"address": "เลขที่ไม่ตรงกับเอกสาร"}
    correct(session, asked, address="100 หมู่ 4")
    assert (asked.address, asked.objections) == ("100 หมู่ 4", {})
    approve(session, asked)
    assert asked.number == f"{TAX_ID}1001"
    session.flush()
    session.expire(asked)
    assert [step.state.value for step in asked.steps] == [
        "submitted",
        "returned",
        "submitted",
        "approved",
    ]


def test_only_what_was_objected_to_can_be_corrected(session):
    asked = factories.registration(session)
    object_to(session, asked, address="ผิด")
    with pytest.raises(Invalid) as refused:
        correct(session, asked, address="100", name="อื่น")
    assert (refused.value.reason, refused.value.facts["field"]) == ("field-not-objected-to", "name")
    assert asked.name == "โรงงานตัวอย่าง 1"


def test_nothing_can_be_corrected_before_an_objection_or_twice(session):
    asked = factories.registration(session)
    with pytest.raises(NotOpenForCorrection):
        correct(session, asked, address="100")
    object_to(session, asked, address="ผิด")
    correct(session, asked, address="100")
    with pytest.raises(NotOpenForCorrection):
        correct(session, asked, address="101")


@pytest.mark.parametrize(
    ("objections", "reason"),
    [({}, "no-objection-named"), ({"tax_id": "ผิด"}, "field-not-correctable")],
)
def test_an_objection_names_fields_that_can_be_corrected(session, objections, reason):
    asked = factories.registration(session)
    with pytest.raises(Invalid) as refused:
        object_to(session, asked, **objections)
    assert refused.value.reason == reason
    assert asked.state is RegistrationState.SUBMITTED


def test_numbers_run_for_each_taxpayer_and_type(session):
    owner, other = factories.person(session), factories.person(session)
    numbers = [
        factories.establishment(session, owner=who, establishment_type=kind, tax_id=tax_id).number
        for who, kind, tax_id in [
            (owner, EstablishmentType.FACTORY, TAX_ID),
            (owner, EstablishmentType.FACTORY, TAX_ID),
            (owner, EstablishmentType.IMPORTER, TAX_ID),
            (other, EstablishmentType.FACTORY, factories.tax_id(7)),
        ]
    ]
    assert numbers == [
        f"{TAX_ID}1001",
        f"{TAX_ID}1002",
        f"{TAX_ID}3001",
        f"{factories.tax_id(7)}1001",
    ]
    assert {len(number) for number in numbers} == {17}


def test_a_second_decision_is_a_conflict(session):
    asked = factories.registration(session)
    approve(session, asked)
    session.flush()
    decider = factories.officer(session)
    for decide in (
        lambda: approve(session, asked),
        lambda: object_to(session, asked, name="ผิด"),
        lambda: actions.reject(
            session, reference=asked.reference, officer_id=decider.id, reason="ผิด", at=AT
        ),
    ):
        with pytest.raises(NotAwaitingDecision):
            decide()
    assert asked.state is RegistrationState.APPROVED


def test_eight_officers_at_once_decide_once(database):
    with database.transaction() as session:
        asked = factories.registration(session).reference
        officers = [factories.officer(session).id for _ in range(8)]

    def decide(number):
        with database.transaction() as session:
            return actions.approve(
                session, reference=asked, officer_id=officers[number], at=AT
            ).number

    answers = at_once(8, decide)
    assert sorted(type(answer).__name__ for answer in answers) == ["NotAwaitingDecision"] * 7 + [
        "str"
    ]
    with database.reading() as session:
        assert count(session, Delegation) == 1


def test_an_application_read_before_the_lock_is_decided_on_what_it_is_now(database):
    with database.transaction() as session:
        asked = factories.registration(session).reference
        first, second = factories.officer(session).id, factories.officer(session).id
    with sa.orm.Session(database.engine.execution_options(readonly=True)) as session:
        page = session.scalar(sa.select(Registration).where(Registration.reference == asked))
        assert page.state is RegistrationState.SUBMITTED
        if database.is_sqlite:
            pytest.skip("a writer of SQLite reads nothing older than its lock")
        with database.transaction() as other:
            actions.approve(other, reference=asked, officer_id=first, at=AT)
        with pytest.raises(NotAwaitingDecision):
            actions.approve(session, reference=asked, officer_id=second, at=AT)


def test_rejection_ends_the_application_with_its_reason(session):
    asked = factories.registration(session)
    decider = factories.officer(session).id
    decide = {"reference": asked.reference, "officer_id": decider, "at": AT}
    with pytest.raises(Invalid):
        actions.reject(session, reason="  ", **decide)
    actions.reject(session, reason="ไม่มีโรงงาน", **decide)
    assert (asked.state, asked.number) == (RegistrationState.REJECTED, None)
    assert asked.steps[-1].note == "ไม่มีโรงงาน"


@pytest.mark.parametrize("roles", [(), ("cashier",), ("king",)])
def test_who_is_no_registrar_decides_nothing(session, roles):
    asked = factories.registration(session)
    with pytest.raises(NotAllowed):
        approve(session, asked, factories.officer(session, roles=roles))


def test_a_registrar_who_left_decides_nothing(session):
    asked, decider = factories.registration(session), factories.officer(session)
    decider.active = False
    with pytest.raises(NotAllowed):
        approve(session, asked, decider)


def test_an_officer_of_another_region_does_not_find_the_application(session):
    asked = factories.registration(session)
    with pytest.raises(NotFound):
        approve(session, asked, factories.officer(session, office="020100"))
    approve(session, asked, factories.officer(session, office="010000"))


def test_a_stranger_cannot_see_or_correct_an_application(session):
    asked, stranger = factories.registration(session), factories.person(session)
    object_to(session, asked, address="ผิด")
    with pytest.raises(NotFound):
        registration_of_applicant(session, asked.reference, stranger.id)
    with pytest.raises(NotFound):
        correct(session, asked, person_id=stranger.id, address="100")
    assert session.scalars(registrations_for(session, stranger.id, on=TODAY)).all() == []
    mine = registrations_for(session, asked.applicant_id, on=TODAY)
    assert session.scalars(mine).all() == [asked]


def test_a_stranger_cannot_act_for_an_establishment(session):
    place, stranger = factories.establishment(session), factories.person(session)
    rights = {"right": Right.VIEW, "on": TODAY}
    assert establishment(session, place.number, person_id=place.applicant_id, **rights) is place
    for number in (place.number, "0" * 17):
        with pytest.raises(NotFound):
            establishment(session, number, person_id=stranger.id, **rights)


def test_the_same_submission_again_gets_the_same_reference(session):
    applicant = factories.person(session)
    first = apply(session, applicant)
    assert apply(session, applicant) is first
    assert count(session, Registration) == 1


def test_a_submission_repeated_after_the_decision_still_gets_its_reference(session):
    applicant = factories.person(session)
    first = apply(session, applicant)
    object_to(session, first, address="ผิด")
    assert apply(session, applicant) is first
    correct(session, first, address="100 หมู่ 4")
    assert apply(session, applicant) is first
    approve(session, first)
    assert apply(session, applicant) is first


@pytest.mark.parametrize(
    "change", [{"name": "อื่น"}, {"starts_on": date(2026, 2, 1)}, {"tax_id": factories.tax_id(9)}]
)
def test_the_same_submission_with_other_content_is_a_conflict(session, change):
    applicant = factories.person(session)
    first = apply(session, applicant)
    with pytest.raises(actions.SubmissionReused):
        apply(session, applicant, **change)
    approve(session, first)
    with pytest.raises(actions.SubmissionReused):
        apply(session, applicant, **change)


def test_a_submission_of_somebody_else_is_a_conflict_that_tells_nothing(session):
    apply(session, factories.person(session))
    with pytest.raises(actions.SubmissionReused) as refused:
        apply(session, factories.person(session))
    assert refused.value.facts == {}


def test_eight_equal_submissions_at_once_get_one_reference(database):
    with database.transaction() as session:
        applicant = factories.person(session)

    def submit(_number):
        with database.transaction() as session:
            return apply(session, session.merge(applicant)).reference

    answers = at_once(8, submit)
    assert set(answers) == {"REG2570000001"}
    with database.reading() as session:
        assert count(session, Taxpayer) == count(session, AuditEntry) == 1


def test_who_is_approved_first_is_the_owner_and_nobody_else_becomes_one(session):
    first, second = factories.person(session), factories.person(session)
    earlier = factories.registration(session, applicant=second)
    place = factories.establishment(session, owner=first)
    with pytest.raises(actions.TaxpayerHasOwner):
        apply(session, second)
    with pytest.raises(actions.TaxpayerHasOwner):
        approve(session, earlier)
    [delegation] = session.scalars(sa.select(Delegation))
    assert (delegation.person_id, delegation.rights) == (first.id, OWNER)
    assert delegation.taxpayer_id == place.taxpayer_id


def test_the_owner_registers_a_second_establishment_without_a_second_delegation(session):
    owner = factories.person(session)
    factories.establishment(session, owner=owner)
    factories.establishment(session, owner=owner)
    assert count(session, Delegation) == 1


def test_a_right_ends_with_its_last_day_and_with_its_revocation(session):
    place, deputy = factories.establishment(session), factories.person(session)
    delegation = Delegation(
        person_id=deputy.id,
        taxpayer_id=place.taxpayer_id,
        rights=["view", "prepare"],
        granted_at=AT,
        granted_by=place.applicant_id,
        until=TODAY,
    )
    session.add(delegation)
    asked = {"person_id": deputy.id, "taxpayer_id": place.taxpayer_id, "duty_groups": None}
    require_right(session, right=Right.PREPARE, on=TODAY, **asked)
    with pytest.raises(NotAllowed):
        require_right(session, right=Right.SUBMIT, on=TODAY, **asked)
    with pytest.raises(NotFound):
        require_right(session, right=Right.VIEW, on=date(2026, 11, 11), **asked)
    delegation.revoked_at = AT
    with pytest.raises(NotFound):
        require_right(session, right=Right.VIEW, on=TODAY, **asked)


@pytest.mark.parametrize(
    ("month", "covered"),
    [
        (date(2025, 12, 1), False),
        (date(2026, 1, 31), True),
        (date(2026, 12, 1), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_guarantee_of_a_year_covers_its_twelve_months(session, month, covered):
    assert factories.establishment(session).has_guarantee(month) is covered


def test_a_guarantee_that_ends_in_a_month_does_not_cover_it(session):
    place = factories.establishment(session, guarantee=False)
    record(session, place, valid_from=date(2026, 3, 2), valid_until=date(2026, 5, 30))
    assert [month for month in range(1, 13) if place.has_guarantee(date(2026, month, 1))] == [4]


def record(session, place, **changes):
    told = {
        "document_number": "LG-1",
        "amount_satang": 100_00,
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2026, 12, 31),
        "officer_id": factories.officer(session).id,
    }
    return actions.record_guarantee(session, registration=place, at=AT, **told | changes)


def test_a_guarantee_must_make_sense_and_counts_once(session):
    place = factories.establishment(session, guarantee=False)
    for change in ({"amount_satang": 0}, {"valid_until": date(2026, 1, 1)}):
        with pytest.raises(Invalid):
            record(session, place, **change)
    record(session, place)
    with pytest.raises(Conflict):
        record(session, place)
    cashier = factories.officer(session, roles=("cashier",)).id
    with pytest.raises(NotAllowed):
        record(session, place, officer_id=cashier)


def test_an_e_mail_address_is_one_person_whatever_its_case(session):
    factories.person(session, email=" Somchai@Example.com ")
    with pytest.raises(sa.exc.IntegrityError):
        factories.person(session, email="somchai@example.COM")
