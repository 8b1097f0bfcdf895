"""Questions about who acts for whom."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.db import locked
from excise.delegations.models import Invitation
from excise.errors import NotFound
from excise.people.models import Delegation, Person
from excise.people.queries import delegations_of, require_right
from excise.people.rules import Right
from excise.taxpayers.models import Taxpayer
from excise.taxpayers.queries import Reach, establishments, taxpayer_by_number

Held = list[tuple[Delegation, Taxpayer]]


def held_by(session: Session, person_id: int, *, on: date) -> Held:
    """Return what a person may do, and for which taxpayer, by the taxpayers' numbers."""
    held = delegations_of(session, person_id, on=on)
    found = session.scalars(
        sa.select(Taxpayer).where(Taxpayer.id.in_({d.taxpayer_id for d in held}))
    )
    taxpayers = {taxpayer.id: taxpayer for taxpayer in found}
    pairs = [(each, taxpayers[each.taxpayer_id]) for each in held]
    return sorted(pairs, key=lambda pair: (pair[1].tax_id, pair[0].id))


def managed(held: Held, *, on: date) -> list[Taxpayer]:
    """Return the taxpayers for which somebody decides who may act, each once."""
    return list({one.id: one for row, one in held if row.allows(Right.MANAGE, on=on)}.values())


def managed_taxpayer(session: Session, tax_id: str, *, person_id: int, on: date) -> Taxpayer:
    """Return a taxpayer to who decides who may act for it.

    Raises NotFound when it is not theirs at all, NotAllowed when it is not theirs to decide.
    """
    found = taxpayer_by_number(session, tax_id)
    _require_manager(session, found.id, person_id, on)
    return found


def acting_for(session: Session, taxpayer_id: int, *, on: date) -> list[tuple[Delegation, Person]]:
    """Return who may do what for a taxpayer on a day, the longest there first."""
    query = (
        sa.select(Delegation, Person)
        .join(Person, Person.id == Delegation.person_id)
        .where(Delegation.taxpayer_id == taxpayer_id, Delegation.revoked_at.is_(None))
        .order_by(Delegation.id)
    )
    return [(row, who) for row, who in session.execute(query) if row.allows(Right.VIEW, on=on)]


def delegation(
    session: Session, delegation_id: int, *, person_id: int, on: date, for_update: bool = False
) -> Delegation:
    """Return a delegation in force to its holder and to who decides; NotFound to others."""
    query = sa.select(Delegation).where(Delegation.id == delegation_id)
    found = session.scalar(locked(query, Delegation) if for_update else query)
    if found is None or not found.allows(Right.VIEW, on=on):
        raise NotFound(what="delegation", id=delegation_id)
    if found.person_id != person_id:
        _require_manager(session, found.taxpayer_id, person_id, on)
    return found


def delegation_to_change(
    session: Session, delegation_id: int, *, person_id: int, on: date, for_update: bool = False
) -> Delegation:
    """Return a delegation in force to who decides; raises as `delegation`, and NotAllowed."""
    found = delegation(session, delegation_id, person_id=person_id, on=on, for_update=for_update)
    _require_manager(session, found.taxpayer_id, person_id, on)
    return found


def open_invitations(session: Session, taxpayer_id: int, *, on: date) -> list[Invitation]:
    """Return the invitations of a taxpayer that nobody has answered yet."""
    query = _open(on).where(Invitation.taxpayer_id == taxpayer_id)
    return list(session.scalars(query))


def invitations_to(session: Session, person_id: int, *, on: date) -> list[Invitation]:
    """Return the open invitations to the confirmed address of a person."""
    address = sa.select(Person.email).where(Person.id == person_id).scalar_subquery()
    return list(session.scalars(_open(on).where(Invitation.email == address)))


def invitation_to(
    session: Session, invitation_id: int, *, person_id: int, on: date, for_update: bool = False
) -> Invitation:
    """Return an open invitation to the person it is for; NotFound to others."""
    query = _open(on).where(Invitation.id == invitation_id)
    found = session.scalar(locked(query, Invitation) if for_update else query)
    if found is None or session.get_one(Person, person_id).email != found.email:
        raise NotFound(what="invitation", id=invitation_id)
    return found


def invitation_sent(
    session: Session, invitation_id: int, *, person_id: int, on: date, for_update: bool = False
) -> Invitation:
    """Return an open invitation to who decides for its taxpayer; NotFound to others."""
    query = _open(on).where(Invitation.id == invitation_id)
    found = session.scalar(locked(query, Invitation) if for_update else query)
    if found is None:
        raise NotFound(what="invitation", id=invitation_id)
    _require_manager(session, found.taxpayer_id, person_id, on)
    return found


def duty_groups_of(session: Session, taxpayer_id: int) -> list[str]:
    """Return the duty groups of all registered establishments of a taxpayer."""
    places = session.scalars(establishments(Reach([taxpayer_id])))
    return sorted({group for place in places for group in place.duty_groups})


def _open(on: date) -> sa.Select[Invitation]:
    still = Invitation.closed_at.is_(None) & (Invitation.expires_on >= on)
    return sa.select(Invitation).where(still).order_by(Invitation.id)


def _require_manager(session: Session, taxpayer_id: int, person_id: int, on: date) -> None:
    require_right(
        session,
        person_id=person_id,
        taxpayer_id=taxpayer_id,
        duty_groups=None,
        right=Right.MANAGE,
        on=on,
    )
