"""The mailbox: every message once, read by each person, mailed again once when nobody reads it."""

from datetime import timedelta

import sqlalchemy as sa

from excise.messages.actions import mark_read, remind
from excise.messages.models import Message
from excise.messages.queries import mailbox, message_to, read_of, unread
from excise.taxpayers import actions
from excise.taxpayers.queries import reach_of
from tests import factories
from tests.factories import AT, TODAY


def seen_by(session, person_id):
    reach = reach_of(session, person_id, on=TODAY)
    return reach.holds(Message.taxpayer_id, Message.registration_id)


def returned(session):
    asked = factories.registration(session)
    actions.object_to(
        session,
        reference=asked.reference,
        officer_id=factories.officer(session).id,
        objections={"postcode": "ผิด"},
        at=AT,
    )
    session.flush()
    return asked


def test_an_applicant_has_the_message_and_nobody_else(session):
    asked = returned(session)
    mine = asked.applicant_id
    [told] = session.scalars(mailbox(mine, seen_by(session, mine)))
    assert (told.kind, told.reference) == ("registration_returned", asked.reference)
    other = factories.person(session).id
    assert unread(session, other, seen_by(session, other)) == 0


def test_each_person_reads_for_themselves(session):
    one = returned(session).applicant_id
    told = session.scalars(sa.select(Message)).one()
    for _ in range(2):
        mark_read(session, told, person_id=one, at=AT)
        session.flush()
    assert read_of(session, one, [told]) == {told.id}
    assert unread(session, one, seen_by(session, one)) == 0
    assert message_to(session, told.id, one, seen_by(session, one)) is told


def test_what_nobody_read_is_mailed_again_once(session):
    returned(session)
    assert remind(session, at=AT + timedelta(days=4)) == 0
    assert remind(session, at=AT + timedelta(days=5)) == 1
    assert remind(session, at=AT + timedelta(days=6)) == 0


def test_what_was_read_or_asks_for_nothing_is_not_mailed_again(session):
    asked = returned(session)
    factories.establishment(session)
    told = session.scalars(sa.select(Message).where(Message.kind == "registration_returned")).one()
    mark_read(session, told, person_id=asked.applicant_id, at=AT)
    session.flush()
    assert remind(session, at=AT + timedelta(days=60)) == 0
