"""Questions about taxpayers and registrations."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.audit import AuditEntry
from excise.db import locked
from excise.errors import NotFound
from excise.offices.queries import codes_under
from excise.people.models import Officer, Person
from excise.people.queries import delegations_of, require_right
from excise.people.rules import Right
from excise.taxpayers.models import Change, Registration, RegistrationState, Taxpayer
from excise.taxpayers.rules import ChangeKind, Version, versions


@dataclass(frozen=True)
class Reach:
    """What a person may see: whole taxpayers, and of others single establishments."""

    taxpayer_ids: Collection[int]
    registration_ids: Collection[int] = ()

    def holds(
        self, taxpayer_id: sa.SQLColumnExpression[Any], registration_id: sa.SQLColumnExpression[Any]
    ) -> sa.ColumnElement[bool]:
        """Return the condition that a row is of one of them."""
        whole = taxpayer_id.in_(self.taxpayer_ids)
        single = registration_id.in_(self.registration_ids)
        return sa.or_(whole, single) if self.registration_ids else whole


def reach_of(session: Session, person_id: int, *, on: date) -> Reach:
    """Return what a person may see on a day: by a delegation without limits all of a taxpayer.

    One that is limited to duty groups reaches the establishments that have no others.
    """
    held = delegations_of(session, person_id, on=on)
    whole = sorted({row.taxpayer_id for row in held if row.reaches(None)})
    limited = [row for row in held if row.taxpayer_id not in whole]
    if not limited:
        return Reach(whole)
    places = establishments(Reach([row.taxpayer_id for row in limited]))
    columns = (Registration.id, Registration.taxpayer_id, Registration.duty_groups)
    single = [
        registration_id
        for registration_id, taxpayer_id, groups in session.execute(
            places.with_only_columns(*columns)
        )
        if any(row.taxpayer_id == taxpayer_id and row.reaches(groups) for row in limited)
    ]
    return Reach(whole, single)


def require_right_at(
    session: Session, registration: Registration, *, person_id: int, right: Right, on: date
) -> None:
    """Let the person act for an establishment, or refuse; raises as `require_right`."""
    require_right(
        session,
        person_id=person_id,
        taxpayer_id=registration.taxpayer_id,
        duty_groups=registration.duty_groups,
        right=right,
        on=on,
    )


def taxpayer_by_number(session: Session, tax_id: str) -> Taxpayer:
    """Return the taxpayer of a 13-digit number; raises NotFound."""
    found = session.scalar(sa.select(Taxpayer).where(Taxpayer.tax_id == tax_id))
    if found is None:
        raise NotFound(what="taxpayer", id=tax_id)
    return found


def ids_by_tax_id(session: Session, tax_id: str | None = None) -> dict[str, int]:
    """Return the ids of all taxpayers that have an establishment, or of one, by tax ID."""
    query = (
        sa.select(Taxpayer.tax_id, Taxpayer.id)
        .join(Registration, Registration.taxpayer_id == Taxpayer.id)
        .where(Registration.state == RegistrationState.APPROVED)
        .distinct()
    )
    if tax_id is not None:
        query = query.where(Taxpayer.tax_id == tax_id)
    return {number: taxpayer_id for number, taxpayer_id in session.execute(query)}


def establishment_by_number(session: Session, number: str) -> Registration:
    """Return the registered establishment of a 17-digit number; raises NotFound."""
    found = session.scalar(sa.select(Registration).where(Registration.number == number))
    if found is None:
        raise NotFound(what="registration", id=number)
    return found


def registered_of(session: Session, taxpayer_id: int) -> list[Registration]:
    """Return the registered establishments of a taxpayer, by number."""
    return list(session.scalars(establishments(Reach([taxpayer_id]))))


def registration_of_applicant(
    session: Session, reference: str, person_id: int, *, for_update: bool = False
) -> Registration:
    """Return an application to the person who made it; NotFound to anybody else."""
    query = sa.select(Registration).where(
        Registration.reference == reference, Registration.applicant_id == person_id
    )
    if for_update:
        query = locked(query, Registration)
    if (registration := session.scalar(query)) is None:
        raise NotFound(what="registration", id=reference)
    return registration


def registrations_for(session: Session, person_id: int, *, on: date) -> sa.Select[Registration]:
    """Return the query of what the person applied for and may act for, newest first."""
    may_act_for = reach_of(session, person_id, on=on).holds(
        Registration.taxpayer_id, Registration.id
    )
    return (
        sa.select(Registration)
        .where(
            (Registration.applicant_id == person_id)
            | (may_act_for & (Registration.state == RegistrationState.APPROVED))
        )
        .order_by(Registration.id.desc())
    )


def establishments(reach: Reach) -> sa.Select[Registration]:
    """Return the query of the registered establishments within a reach, by number."""
    return (
        sa.select(Registration)
        .where(
            reach.holds(Registration.taxpayer_id, Registration.id),
            Registration.state == RegistrationState.APPROVED,
        )
        .order_by(Registration.number)
    )


def establishments_of(session: Session, reach: Reach) -> list[Registration]:
    """Return the registered establishments within a reach, with guarantees."""
    query = establishments(reach)
    return list(session.scalars(query.options(selectinload(Registration.guarantees))))


def establishment(
    session: Session, number: str, *, person_id: int, right: Right, on: date
) -> Registration:
    """Return a registered establishment to someone with the right.

    Raises NotFound when it is not theirs, NotAllowed when only the right is missing.
    """
    registration = session.scalar(sa.select(Registration).where(Registration.number == number))
    if registration is None:
        raise NotFound(what="registration", id=number)
    require_right_at(session, registration, person_id=person_id, right=right, on=on)
    return registration


def registration_seen_by(
    session: Session, reference: str, person_id: int, *, on: date
) -> Registration:
    """Return a registration to its applicant or to those who act for the taxpayer."""
    seen = registrations_for(session, person_id, on=on)
    found = session.scalar(seen.where(Registration.reference == reference))
    if found is None:
        raise NotFound(what="registration", id=reference)
    return found


def registration_for_officer(
    session: Session, reference: str, officer: Officer, *, for_update: bool = False
) -> Registration:
    """Return a registration of the officer's office or one below; NotFound otherwise."""
    codes = codes_under(session, officer.office_code)
    query = sa.select(Registration).where(
        Registration.reference == reference, Registration.office_code.in_(codes)
    )
    if for_update:
        query = locked(query, Registration)
    if (registration := session.scalar(query)) is None:
        raise NotFound(what="registration", id=reference)
    return registration


def applications(
    *,
    office_codes: Collection[str],
    state: RegistrationState | None = None,
    words: str = "",
) -> sa.Select[Any]:
    """Return the query of the applications at some offices, oldest first.

    `words` may be part of a reference, a number, a tax ID or a name.
    """
    query = sa.select(Registration).where(Registration.office_code.in_(office_codes))
    if state is not None:
        query = query.where(Registration.state == state)
    if words:
        query = query.join(Taxpayer).where(sa.or_(*_containing(words)))
    return query.order_by(Registration.submitted_at, Registration.id)


def _containing(words: str) -> Iterator[sa.ColumnElement[bool]]:
    """Yield where words may stand: these are read row by row, so no more than is needed."""
    names = (Registration.name, Taxpayer.name_th)
    numbers = (Registration.reference, Registration.number, Taxpayer.tax_id)
    for column in (*names, *numbers) if words.isascii() else names:
        # Thai letters and digits have no small form that would have to be made first.
        has_case = words.upper() != words.lower()
        contains = column.icontains if has_case else column.contains
        yield contains(words, autoescape=True)


def change_seen_by(session: Session, reference: str, person_id: int, *, on: date) -> Change:
    """Return a change to those who may see the registration; NotFound to others."""
    change = session.scalar(sa.select(Change).where(Change.reference == reference))
    if change is None:
        raise NotFound(what="change", id=reference)
    registration_seen_by(session, change.registration.reference, person_id, on=on)
    return change


def change_for_officer(
    session: Session, reference: str, officer: Officer, *, for_update: bool = False
) -> Change:
    """Return a change to an officer of the registration's office or above; NotFound otherwise."""
    codes = codes_under(session, officer.office_code)
    query = (
        sa.select(Change)
        .join(Registration, Registration.id == Change.registration_id)
        .where(Change.reference == reference, Registration.office_code.in_(codes))
    )
    if for_update:
        query = locked(query, Change)
    if (change := session.scalar(query)) is None:
        raise NotFound(what="change", id=reference)
    return change


def changes_asked(
    *, office_codes: Collection[str], state: RegistrationState | None = None
) -> sa.Select[Change]:
    """Return the query of the changes asked for at some offices, oldest first."""
    query = (
        sa.select(Change)
        .join(Registration, Registration.id == Change.registration_id)
        .where(Registration.office_code.in_(office_codes))
    )
    if state is not None:
        query = query.where(Change.state == state)
    return query.order_by(Change.submitted_at, Change.id)


VERSIONED = ("taxpayer_name", "name", "duty_groups", "address", "province", "postcode", "phone")


def history_of(registration: Registration) -> list[Version]:
    """Return what was registered when, newest first."""
    took_effect = sorted(
        (each for each in registration.changes if each.before),
        key=lambda each: (each.in_effect_since, each.id),
    )
    now = {name: getattr(registration, name) for name in (*VERSIONED, "office_code")}
    return versions(now, [(each.effective_on, each.before) for each in took_effect])


def taken_over_by(session: Session, change: Change) -> list[Registration]:
    """Return what the new owner of a transfer applied for since, oldest first."""
    if change.kind is not ChangeKind.TRANSFER:
        return []
    query = (
        sa.select(Registration)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
        .where(
            Taxpayer.tax_id == change.entries["new_owner_tax_id"],
            Registration.establishment_type == change.registration.establishment_type,
            Registration.submitted_at >= change.submitted_at,
        )
        .order_by(Registration.id)
    )
    return list(session.scalars(query))


def others_of_taxpayer(
    session: Session, registration: Registration, *, limit: int
) -> list[Registration]:
    """Return other registrations and applications of the same taxpayer, oldest first."""
    query = sa.select(Registration).where(
        Registration.taxpayer_id == registration.taxpayer_id, Registration.id != registration.id
    )
    return list(session.scalars(query.order_by(Registration.id).limit(limit)))


@dataclass(frozen=True)
class Deed:
    """What somebody did about a registration."""

    act: str
    at: datetime
    by: str


def deeds_about(session: Session, reference: str) -> list[Deed]:
    """Return who did what about a registration, oldest first, as the audit log has it."""
    entries = session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.subject == f"registration:{reference}")
        .order_by(AuditEntry.seq)
    ).all()
    names = _names(session, {entry.actor for entry in entries})
    return [Deed(entry.act, entry.at, names.get(entry.actor, entry.actor)) for entry in entries]


def _names(session: Session, actors: Collection[str]) -> dict[str, str]:
    """Return the names behind "person:7" and "officer:3"."""
    numbers: dict[str, list[int]] = {"person": [], "officer": []}
    for actor in actors:
        kind, _, number = actor.partition(":")
        if kind in numbers:
            numbers[kind].append(int(number))
    people = session.execute(
        sa.select(Person.id, Person.name).where(Person.id.in_(numbers["person"]))
    )
    officers = session.execute(
        sa.select(Officer.id, Person.name)
        .join(Person, Person.id == Officer.person_id)
        .where(Officer.id.in_(numbers["officer"]))
    )
    named = {f"person:{number}": name for number, name in people}
    return named | {f"officer:{number}": name for number, name in officers}
