"""Inviting people, changing what they may do, ending it."""

import uuid
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from excise.audit import AuditEntry
from excise.delegations.actions import (
    DAYS_TO_ACCEPT,
    Grant,
    LastManager,
    accept,
    change,
    decline,
    end,
    invite,
    withdraw,
)
from excise.delegations.models import Invitation
from excise.delegations.queries import acting_for, held_by, invitations_to
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.people.models import Delegation
from excise.people.rules import Right
from excise.taxpayers.queries import establishment
from tests import factories
from tests.conftest import count
from tests.factories import AT, TODAY

PREPARE = Grant(rights=["prepare"], duty_groups=[], until=None)
MANAGE = Grant(rights=["manage"], duty_groups=[], until=None)


@pytest.fixture
def place(session):
    return factories.establishment(session)


@pytest.fixture
def deputy(session):
    return factories.person(session)


def send(session, place, to, grant=PREPARE, **changes):
    given = {
        "tax_id": place.taxpayer.tax_id,
        "email": to,
        "person_id": place.applicant_id,
        "submission_id": str(uuid.uuid4()),
        "page": "http://localhost/delegations/",
        "at": AT,
    }
    return invite(session, grant, **given | changes)


def lend(session, place, deputy, grant=PREPARE):
    sent = send(session, place, deputy.email, grant)
    return accept(session, invitation_id=sent.id, person_id=deputy.id, at=AT)


def may(session, place, deputy, right, on=TODAY):
    try:
        establishment(session, place.number, person_id=deputy.id, right=right, on=on)
    except (NotFound, NotAllowed) as refused:
        return type(refused).__name__
    return "yes"


def test_who_accepts_may_do_what_was_offered_and_no_more(session, place, deputy):
    sent = send(session, place, deputy.email.upper())
    assert may(session, place, deputy, Right.VIEW) == "NotFound"
    assert invitations_to(session, deputy.id, on=TODAY) == [sent]
    accept(session, invitation_id=sent.id, person_id=deputy.id, at=AT)
    rights = [may(session, place, deputy, right) for right in Right]
    assert rights == ["yes", "yes", "NotAllowed", "NotAllowed", "NotAllowed"]
    assert invitations_to(session, deputy.id, on=TODAY) == []
    with pytest.raises(NotFound):
        accept(session, invitation_id=sent.id, person_id=deputy.id, at=AT)


def test_an_invitation_is_for_its_address_alone(session, place, deputy):
    sent = send(session, place, deputy.email)
    stranger = factories.person(session)
    for act in (accept, decline):
        with pytest.raises(NotFound):
            act(session, invitation_id=sent.id, person_id=stranger.id, at=AT)
    with pytest.raises(NotFound):
        withdraw(session, invitation_id=sent.id, person_id=stranger.id, at=AT)


def test_the_same_submission_invites_once_and_a_new_one_replaces(session, place, deputy):
    first = send(session, place, deputy.email, submission_id="one")
    assert send(session, place, deputy.email, submission_id="one") is first
    second = send(session, place, deputy.email, submission_id="two")
    assert invitations_to(session, deputy.id, on=TODAY) == [second]
    assert count(session, Invitation) == 2


@pytest.mark.parametrize("act", [decline, withdraw])
def test_what_is_declined_or_withdrawn_cannot_be_accepted(session, place, deputy, act):
    sent = send(session, place, deputy.email)
    by = deputy.id if act is decline else place.applicant_id
    act(session, invitation_id=sent.id, person_id=by, at=AT)
    with pytest.raises(NotFound):
        accept(session, invitation_id=sent.id, person_id=deputy.id, at=AT)


def test_an_invitation_lapses(session, place, deputy):
    sent = send(session, place, deputy.email)
    for days, is_open in ((DAYS_TO_ACCEPT, True), (DAYS_TO_ACCEPT + 1, False)):
        later = TODAY + timedelta(days=days)
        assert (invitations_to(session, deputy.id, on=later) == [sent]) is is_open


def test_an_invitation_falls_with_the_right_of_who_sent_it(session, place, deputy):
    second = factories.person(session)
    lent = lend(session, place, second, MANAGE)
    sent = send(session, place, deputy.email, person_id=second.id)
    end(session, delegation_id=lent.id, person_id=place.applicant_id, at=AT)
    with pytest.raises(Conflict) as refused:
        accept(session, invitation_id=sent.id, person_id=deputy.id, at=AT)
    assert refused.value.reason == "invitation-void"


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        (Grant(rights=["manage"], duty_groups=[], until=TODAY), "manager-unlimited"),
        (Grant(rights=["manage"], duty_groups=["0501"], until=None), "manager-unlimited"),
        (Grant(rights=[], duty_groups=["9999"], until=None), "duty-group-not-registered"),
        (Grant(rights=[], duty_groups=[], until=date(2026, 1, 1)), "until-past"),
    ],
)
def test_what_cannot_be_granted_is_refused(session, place, deputy, grant, reason):
    with pytest.raises(Invalid) as refused:
        send(session, place, deputy.email, grant)
    assert refused.value.reason == reason


def test_nobody_invites_himself_and_only_who_decides_invites(session, place, deputy):
    with pytest.raises(Invalid) as refused:
        send(session, place, _owner(session, place).email)
    assert refused.value.facts["field"] == "email"
    with pytest.raises(NotFound):
        send(session, place, "x@example.com", person_id=deputy.id)
    lend(session, place, deputy)
    with pytest.raises(NotAllowed):
        send(session, place, "x@example.com", person_id=deputy.id)


def test_a_change_leaves_the_history_and_holds_from_now_on(session, place, deputy):
    old = lend(session, place, deputy)
    grant = Grant(rights=["submit"], duty_groups=place.duty_groups, until=TODAY)
    new = change(session, grant, delegation_id=old.id, person_id=place.applicant_id, at=AT)
    assert (old.revoked_at, old.rights, new.rights) == (AT, ["view", "prepare"], ["view", "submit"])
    assert may(session, place, deputy, Right.SUBMIT) == "yes"
    assert may(session, place, deputy, Right.PREPARE) == "NotAllowed"
    assert may(session, place, deputy, Right.VIEW, on=TODAY + timedelta(days=1)) == "NotFound"


def test_what_ends_is_gone_at_once_for_either_side(session, place, deputy):
    for by in (place.applicant_id, deputy.id):
        lent = lend(session, place, deputy)
        end(session, delegation_id=lent.id, person_id=by, at=AT)
        assert may(session, place, deputy, Right.VIEW) == "NotFound"
        assert held_by(session, deputy.id, on=TODAY) == []


def test_a_delegate_ends_nobody_elses(session, place, deputy):
    lend(session, place, deputy)
    [own] = [row for row, who in acting_for(session, place.taxpayer_id, on=TODAY) if who != deputy]
    with pytest.raises(NotAllowed):
        end(session, delegation_id=own.id, person_id=deputy.id, at=AT)
    with pytest.raises(NotFound):
        end(session, delegation_id=own.id, person_id=factories.person(session).id, at=AT)


def test_the_last_who_decides_stays_until_there_is_another(session, place, deputy):
    own = session.scalars(sa.select(Delegation)).one()
    owner = {"delegation_id": own.id, "person_id": place.applicant_id, "at": AT}
    lend(session, place, deputy)
    with pytest.raises(LastManager):
        end(session, **owner)
    with pytest.raises(LastManager):
        change(session, PREPARE, **owner)
    lend(session, place, deputy, MANAGE)
    end(session, **owner)
    assert [who for _, who in acting_for(session, place.taxpayer_id, on=TODAY)] == [deputy, deputy]


def test_every_act_stands_in_the_audit_log(database):
    with database.transaction() as session:
        place, deputy = factories.establishment(session), factories.person(session)
        lent = lend(session, place, deputy)
        change(session, PREPARE, delegation_id=lent.id, person_id=place.applicant_id, at=AT)
        subject = f"taxpayer:{place.taxpayer.tax_id}"
        owner, other = f"person:{place.applicant_id}", f"person:{deputy.id}"
    with database.reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
        assert [(entry.act, entry.actor) for entry in session.scalars(query)] == [
            ("delegation.invite", owner),
            ("delegation.accept", other),
            ("delegation.change", owner),
        ]


def _owner(session, place):
    return session.get_one(factories.Person, place.applicant_id)
