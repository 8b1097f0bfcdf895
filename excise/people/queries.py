"""Questions about who may act."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.errors import NotAllowed, NotFound
from excise.people.models import CalendarAddress, Delegation, Officer, Person
from excise.people.rules import Right


def delegations_of(session: Session, person_id: int, *, on: date) -> list[Delegation]:
    """Return the delegations that a person holds on a day."""
    rows = session.scalars(sa.select(Delegation).where(Delegation.person_id == person_id))
    return [row for row in rows if row.allows(Right.VIEW, on=on)]


def require_right(
    session: Session,
    *,
    person_id: int,
    taxpayer_id: int,
    duty_groups: Collection[str] | None,
    right: Right,
    on: date,
) -> None:
    """Let the person act for the taxpayer's establishment of these duty groups, or refuse.

    `duty_groups` of None asks for the whole taxpayer. Raises NotFound when that is not
    theirs at all, NotAllowed when the one right is missing.
    """
    held = [
        row
        for row in delegations_of(session, person_id, on=on)
        if row.taxpayer_id == taxpayer_id and row.reaches(duty_groups)
    ]
    if not held:
        raise NotFound(what="taxpayer", id=taxpayer_id)
    if not any(row.allows(right, on=on) for row in held):
        raise NotAllowed("right-missing", right=right.value)


def readers_of(
    session: Session, taxpayer_id: int, duty_groups: Collection[str] | None, *, on: date
) -> list[Person]:
    """Return the people who may see what concerns a taxpayer's establishment, each once."""
    held = session.scalars(sa.select(Delegation).where(Delegation.taxpayer_id == taxpayer_id))
    ids = {
        row.person_id for row in held if row.reaches(duty_groups) and row.allows(Right.VIEW, on=on)
    }
    return list(session.scalars(sa.select(Person).where(Person.id.in_(ids)).order_by(Person.id)))


def require_officer(session: Session, *, officer_id: int, permission: str) -> Officer:
    """Return the officer if the permission is theirs; raises NotAllowed otherwise."""
    officer = session.get(Officer, officer_id)
    if officer is None or not officer.may(permission):
        raise NotAllowed("permission-missing", permission=permission)
    return officer


def person_by_email(session: Session, email: str) -> Person:
    """Return the person with an e-mail address; raises NotFound."""
    person = session.scalar(sa.select(Person).where(Person.email == email.strip().lower()))
    if person is None:
        raise NotFound(what="person", id=email)
    return person


def person_of_calendar(session: Session, token: str) -> int:
    """Return whose due dates a secret address asks for; raises NotFound."""
    query = sa.select(CalendarAddress.person_id).where(CalendarAddress.token == token)
    if (found := session.scalar(query)) is None:
        raise NotFound(what="calendar", id="")
    return found
