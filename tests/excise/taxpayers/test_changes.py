"""Changes of a registration: asked for, decided, in effect from their day."""

from datetime import date, timedelta

import pytest

from excise.documents.uploads import Upload
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.returns.obligations import obligations_of
from excise.returns.queries import months_owed
from excise.taxpayers import changing
from excise.taxpayers.actions import SubmissionReused
from excise.taxpayers.models import ChangeNotAwaitingDecision, Registration
from excise.taxpayers.queries import history_of, taken_over_by
from excise.taxpayers.rules import ChangeKind
from tests import factories
from tests.factories import AT, TARIFF, TODAY

PROOF = Upload(name="แผนที่.pdf", media_type="application/pdf", sha256="a" * 64, size_bytes=9)


def approved(session, change, *, at=AT):
    officer = factories.officer(session, office=change.registration.office_code)
    return changing.approve_change(
        session, reference=change.reference, officer_id=officer.id, at=at
    )


def test_a_move_takes_effect_on_its_day_and_the_old_address_stays_known(session):
    place = factories.establishment(session)
    day = TODAY + timedelta(days=20)
    move = factories.change(
        session, place, effective_on=day, entries={"office_code": "100100"}, files=[PROOF]
    )
    approved(session, move)
    number = place.number
    assert changing.let_changes_take_effect(session, at=AT + timedelta(days=19)) == 0
    assert place.address == "99 หมู่ 4"
    assert changing.let_changes_take_effect(session, at=AT + timedelta(days=20)) == 1
    assert changing.let_changes_take_effect(session, at=AT + timedelta(days=20)) == 0
    assert (place.address, place.office_code, place.number) == ("1 ถนนใหม่", "100100", number)
    now, before = history_of(place)
    assert (now.since, now.entries["address"]) == (day, "1 ถนนใหม่")
    assert (before.until, before.entries["address"]) == (day - timedelta(days=1), "99 หมู่ 4")
    session.flush()
    session.refresh(place)
    assert [each.name for each in place.changes[0].files] == ["แผนที่.pdf"]


def test_the_same_submission_is_one_change_and_other_content_is_refused(session):
    place = factories.establishment(session)
    first = factories.change(session, place, submission_id="one")
    assert factories.change(session, place, submission_id="one") is first
    with pytest.raises(SubmissionReused):
        factories.change(session, place, submission_id="one", entries={"phone": "0 2999 9999"})


def test_only_one_change_of_a_kind_is_undecided_at_a_time(session):
    place = factories.establishment(session)
    factories.change(session, place)
    with pytest.raises(Conflict) as refused:
        factories.change(session, place)
    assert refused.value.reason == "change-undecided"
    factories.change(session, place, kind=ChangeKind.CLOSING)


def test_only_what_the_officer_objected_to_can_be_corrected(session):
    place = factories.establishment(session)
    move = factories.change(session, place)
    officer = factories.officer(session, office=place.office_code).id
    changing.object_to_change(
        session,
        reference=move.reference,
        officer_id=officer,
        objections={"postcode": "ไม่ตรงกับจังหวัด"},
        at=AT,
    )
    sent = {
        "reference": move.reference,
        "person_id": place.applicant_id,
        "effective_on": move.effective_on,
        "files": (),
        "at": AT,
    }
    with pytest.raises(Invalid):
        changing.correct_change(session, entries={"address": "x"}, **sent)
    with pytest.raises(Invalid):
        changing.correct_change(
            session, entries={}, **sent | {"effective_on": TODAY.replace(day=1)}
        )
    changing.correct_change(session, entries={"postcode": "13160"}, **sent)
    assert approved(session, move).registration.postcode == "13160"
    with pytest.raises(ChangeNotAwaitingDecision):
        approved(session, move)


def test_closing_ends_what_is_owed_after_its_last_day(session):
    place = factories.service(session, starts_on=date(2026, 7, 1))
    closing = factories.change(
        session, place, kind=ChangeKind.CLOSING, effective_on=date(2026, 9, 30)
    )
    approved(session, closing)
    assert place.closes_on == date(2026, 9, 30)
    assert [f"{month:%m}" for _, month in months_owed(session, [place], today=TODAY)] == [
        "07",
        "08",
        "09",
    ]
    assert len(obligations_of(session, TARIFF, [place], today=TODAY)) == 3
    with pytest.raises(Invalid) as refused:
        factories.start(session, place, day=date(2026, 10, 1))
    assert refused.value.reason == "registration-closed"
    with pytest.raises(Conflict):
        factories.change(session, place)


def test_a_transfer_ends_the_day_before_and_the_new_owner_gets_a_number_of_their_own(session):
    place = factories.establishment(session)
    transfer = factories.change(
        session, place, kind=ChangeKind.TRANSFER, effective_on=date(2026, 12, 1)
    )
    approved(session, transfer)
    assert place.closes_on == date(2026, 11, 30)
    taken = factories.establishment(session, tax_id=factories.tax_id(77))
    assert taken_over_by(session, transfer) == [taken]
    assert taken.number != place.number
    other = factories.establishment(session, tax_id=factories.tax_id(78))
    entries = {"new_owner_tax_id": other.taxpayer.tax_id}
    with pytest.raises(Invalid):
        factories.change(session, other, kind=ChangeKind.TRANSFER, entries=entries)


def test_nothing_new_and_a_day_before_the_beginning_are_refused(session):
    place = factories.establishment(session)
    for wrong in ({"entries": {"address": place.address}}, {"effective_on": date(2025, 12, 31)}):
        with pytest.raises(Invalid):
            factories.change(session, place, **wrong)


def test_a_change_is_for_who_manages_and_is_decided_within_the_office_tree(session):
    place = factories.establishment(session)
    with pytest.raises(NotFound):
        factories.change(session, place, person_id=factories.person(session).id)
    move = factories.change(session, place)
    act = {"reference": move.reference, "at": AT}
    stranger = factories.officer(session, office="100100").id
    with pytest.raises(NotFound):
        changing.approve_change(session, officer_id=stranger, **act)
    cashier = factories.officer(session, roles=["cashier"], office=place.office_code).id
    with pytest.raises(NotAllowed):
        changing.approve_change(session, officer_id=cashier, **act)


def test_documents_join_an_application_once_and_until_it_is_decided(session):
    asked: Registration = factories.registration(session)
    add = {"reference": asked.reference, "person_id": asked.applicant_id, "at": AT}
    for _ in range(2):
        changing.add_documents(session, [PROOF], **add)
    assert [each.name for each in asked.files] == ["แผนที่.pdf"]
    with pytest.raises(NotFound):
        changing.add_documents(
            session, [PROOF], **add | {"person_id": factories.person(session).id}
        )
    place = factories.establishment(session)
    with pytest.raises(Conflict):
        changing.add_documents(
            session,
            [PROOF],
            reference=place.reference,
            person_id=place.applicant_id,
            at=AT,
        )
