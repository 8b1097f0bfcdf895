"""Questions about taxpayers and registrations."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.errors import NotFound
from excise.people.queries import delegations_of, require_right
from excise.people.rules import Right
from excise.taxpayers.models import Registration, RegistrationState


def registration_of_applicant(
    session: Session, reference: str, person_id: int, *, for_update: bool = False
) -> Registration:
    """Return an application to the person who made it; NotFound to anybody else."""
    query = sa.select(Registration).where(
        Registration.reference == reference, Registration.applicant_id == person_id
    )
    if for_update:
        query = query.with_for_update(of=Registration)
    if (registration := session.scalar(query)) is None:
        raise NotFound(what="registration", id=reference)
    return registration


def registrations_for(session: Session, person_id: int, *, on: date) -> list[Registration]:
    """Return what the person applied for and what they may act for, newest first."""
    taxpayers = [row.taxpayer_id for row in delegations_of(session, person_id, on=on)]
    query = (
        sa.select(Registration)
        .where(
            (Registration.applicant_id == person_id)
            | (
                Registration.taxpayer_id.in_(taxpayers)
                & (Registration.state == RegistrationState.APPROVED)
            )
        )
        .order_by(Registration.id.desc())
    )
    return list(session.scalars(query))


def establishment(
    session: Session, number: str, *, person_id: int, right: Right, on: date
) -> Registration:
    """Return a registered establishment to someone with the right.

    Raises NotFound when it is not theirs, NotAllowed when only the right is missing.
    """
    registration = session.scalar(sa.select(Registration).where(Registration.number == number))
    if registration is None:
        raise NotFound(what="registration", id=number)
    require_right(
        session, person_id=person_id, taxpayer_id=registration.taxpayer_id, right=right, on=on
    )
    return registration
