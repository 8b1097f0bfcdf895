"""What officers see of registrations, and who did what."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from excise.db import Database
from excise.errors import NotFound
from excise.offices.queries import offices_under
from excise.taxpayers import actions
from excise.taxpayers.models import NotAwaitingDecision, RegistrationState
from excise.taxpayers.queries import applications, deeds_about, registration_for_officer
from tests.factories import AT, officer, person, registration


def test_an_office_sees_itself_and_all_below_it(session: Session) -> None:
    codes = {
        code: [o.code for o in offices_under(session, code)]
        for code in ("010100", "010000", "000000")
    }
    assert codes["010100"] == ["010100"]
    assert codes["010000"] == ["010000", "010100", "010200"]
    assert len(codes["000000"]) == 24
    assert offices_under(session, "999999") == []


def test_the_queue_is_found_by_office_state_and_words(session: Session) -> None:
    later = registration(session, at=AT + timedelta(days=1), name="โรงงาน_ก%")
    first = registration(session)
    elsewhere = registration(session, office_code="020100")

    def found(*offices: str, **asked: object) -> list[int]:
        query = applications(office_codes=offices, **asked)  # type: ignore[arg-type]
        return [row.id for row in session.scalars(query)]

    assert found("010100") == [first.id, later.id]
    assert found("010100", "020100", words="0105558096348") == [first.id, elsewhere.id, later.id]
    assert found("010100", words="_ก%") == [later.id]
    assert found("010100", words=first.reference.lower()) == [first.id]
    assert found("010100", state=RegistrationState.APPROVED) == []


def test_an_officer_of_another_office_neither_finds_nor_decides(session: Session) -> None:
    asked = registration(session)
    stranger, region = officer(session, office="020100"), officer(session, office="010000")
    with pytest.raises(NotFound):
        registration_for_officer(session, asked.reference, stranger)
    with pytest.raises(NotFound):
        actions.approve(session, reference=asked.reference, officer_id=stranger.id, at=AT)
    actions.approve(session, reference=asked.reference, officer_id=region.id, at=AT)
    assert asked.state is RegistrationState.APPROVED


def test_the_second_to_decide_is_told_who_was_first_and_when(database: Database) -> None:
    with database.transaction() as session:
        reference = registration(session).reference
        first, second = officer(session).id, officer(session).id
    with database.transaction() as session:
        actions.reject(session, reference=reference, officer_id=first, reason="ไม่ครบ", at=AT)
    with database.transaction() as session:
        with pytest.raises(NotAwaitingDecision) as refused:
            actions.approve(session, reference=reference, officer_id=second, at=AT)
        assert refused.value.facts["by"] == "สมศรี ตรวจการ"
        assert refused.value.facts["on"] == AT
    with database.reading() as session:
        deeds = deeds_about(session, reference)
        assert [deed.act for deed in deeds] == ["registration.submit", "registration.reject"]
        assert [deed.by for deed in deeds] == ["สมชาย ใจดี", "สมศรี ตรวจการ"]


def test_two_applicants_for_one_taxpayer_do_not_both_become_its_owner(session: Session) -> None:
    first, second = registration(session), registration(session, applicant=person(session))
    decider = officer(session).id
    actions.approve(session, reference=first.reference, officer_id=decider, at=AT)
    with pytest.raises(actions.TaxpayerHasOwner):
        actions.approve(session, reference=second.reference, officer_id=decider, at=AT)


def test_a_taxpayer_without_an_owner_takes_the_name_of_the_latest_application(
    session: Session,
) -> None:
    registration(session, taxpayer_name="ชื่อปลอม")
    assert registration(session, taxpayer_name="ชื่อจริง").taxpayer_name == "ชื่อจริง"
