"""Questions about who may act."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.errors import NotAllowed, NotFound
from excise.people.models import Delegation, Officer, Person
from excise.people.rules import Right


def delegations_of(session: Session, person_id: int, *, on: date) -> list[Delegation]:
    """Return the delegations that a person holds on a day."""
    rows = session.scalars(sa.select(Delegation).where(Delegation.person_id == person_id))
    return [row for row in rows if row.allows(Right.VIEW, on=on)]


def taxpayers_of(session: Session, person_id: int, *, on: date) -> list[int]:
    """Return the ids of the taxpayers that a person may act for on a day."""
    return sorted({row.taxpayer_id for row in delegations_of(session, person_id, on=on)})


def require_right(
    session: Session, *, person_id: int, taxpayer_id: int, right: Right, on: date
) -> None:
    """Let the person act for the taxpayer, or refuse.

    Raises NotFound when the taxpayer is not theirs at all, NotAllowed when the
    one right is missing.
    """
    held = [
        row for row in delegations_of(session, person_id, on=on) if row.taxpayer_id == taxpayer_id
    ]
    if not held:
        raise NotFound(what="taxpayer", id=taxpayer_id)
    if not any(row.allows(right, on=on) for row in held):
        raise NotAllowed("right-missing", right=right.value)


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
