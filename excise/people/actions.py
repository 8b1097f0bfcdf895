"""Bring people in."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit
from excise.errors import Conflict, Invalid
from excise.people.models import CalendarAddress, Officer, Person
from excise.people.rules import ROLES


def hire(
    session: Session,
    *,
    name: str,
    email: str,
    roles: list[str],
    office_code: str,
    position_th: str,
    at: datetime,
) -> Officer:
    """Make a person an officer at an office, in some roles.

    Raises Invalid for an unknown role, Conflict when the e-mail belongs to somebody.
    """
    if unknown := set(roles) - set(ROLES):
        raise Invalid("unknown-role", field="role", found=sorted(unknown), accepted=sorted(ROLES))
    taken = sa.select(Person.id).where(Person.email == email.strip().lower())
    if session.scalar(taken) is not None:
        raise Conflict("email-taken", field="email")
    person = Person(name=name, email=email, created_at=at)
    session.add(person)
    session.flush()  # the officer is this person
    officer = Officer(
        person_id=person.id, office_code=office_code, position_th=position_th, roles=roles
    )
    session.add(officer)
    session.flush()  # the log names the officer
    audit.record(
        session,
        actor="terminal",
        act="officer.hire",
        subject=f"officer:{officer.id}",
        at=at,
        roles=sorted(roles),
        office=office_code,
    )
    return officer


def make_calendar_address(session: Session, *, person_id: int, at: datetime) -> CalendarAddress:
    """Give a person a secret address for due dates; one that stood no longer works."""
    end_calendar_address(session, person_id=person_id, at=at)
    made = CalendarAddress(person_id=person_id, token=secrets.token_urlsafe(32), made_at=at)
    session.add(made)
    _log_address(session, "calendar.open", person_id, at)
    return made


def end_calendar_address(session: Session, *, person_id: int, at: datetime) -> None:
    """Let the address of a person no longer work; where there is none nothing changes."""
    if (standing := session.get(CalendarAddress, person_id)) is not None:
        session.delete(standing)
        session.flush()  # another may take its place
        _log_address(session, "calendar.close", person_id, at)


def _log_address(session: Session, act: str, person_id: int, at: datetime) -> None:
    who = f"person:{person_id}"
    audit.record(session, actor=who, act=act, subject=who, at=at)
