"""What may be done about changes of a registration, and the documents of applications."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, mail, numbering, periods
from excise.db import locked
from excise.documents.uploads import Upload
from excise.errors import Conflict, Invalid, NotFound
from excise.messages import actions as messages
from excise.people.models import Person
from excise.people.queries import require_officer
from excise.people.rules import Right
from excise.taxpayers.actions import SubmissionReused
from excise.taxpayers.models import (
    Change,
    ChangeNotAwaitingDecision,
    ChangeStep,
    NotOpenForCorrection,
    Registration,
    RegistrationFile,
    RegistrationState,
)
from excise.taxpayers.queries import (
    change_for_officer,
    establishment,
    registration_of_applicant,
    require_right_at,
)
from excise.taxpayers.rules import ALTERING, ENTRIES, ChangeKind, last_day

MAX_FILES = 20  # of one application or change, over all its corrections
OPEN = (RegistrationState.SUBMITTED, RegistrationState.RETURNED)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an applicant enters about a change; `entries` as ENTRIES names them."""

    kind: ChangeKind
    effective_on: date
    entries: dict[str, Any]
    files: Sequence[Upload] = field(default=())


def ask_for_change(
    session: Session,
    asked: Asked,
    *,
    number: str,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Change:
    """Apply for a change of a registered establishment; the same submission is one change.

    Raises Conflict while one of its kind is undecided or when the registration has ended,
    Invalid when nothing would change or the day cannot be.
    """
    today = periods.local_date(at)
    place = establishment(session, number, person_id=person_id, right=Right.MANAGE, on=today)
    session.scalar(locked(sa.select(Registration).where(Registration.id == place.id), Registration))
    if earlier := session.scalar(sa.select(Change).where(Change.submission_id == submission_id)):
        return _same_or_conflict(earlier, asked, place)
    _check(place, asked, today=today)
    year = periods.fiscal_year_be(today)
    change = Change(
        reference=f"CHG{year}{numbering.take(session, f'change:{year}'):06d}",
        submission_id=submission_id,
        kind=asked.kind,
        applicant_id=person_id,
        effective_on=asked.effective_on,
        entries=dict(asked.entries),
        submitted_at=at,
        registration=place,
    )
    change.steps.append(ChangeStep(state=change.state, at=at))
    session.add(change)
    session.flush()  # its documents need the id
    _add_files(session, place, change, asked.files, person_id=person_id, at=at)
    _tell(session, change, at=at)
    _log(session, change, actor=f"person:{person_id}", act="change.submit", at=at)
    return change


def _same_or_conflict(earlier: Change, asked: Asked, place: Registration) -> Change:
    """Return it again; what was corrected since does not make it another."""
    corrected = any(step.state is RegistrationState.RETURNED for step in earlier.steps)
    same = (earlier.effective_on, earlier.entries) == (asked.effective_on, dict(asked.entries))
    if earlier.registration_id != place.id or earlier.kind is not asked.kind:
        raise SubmissionReused
    if not (corrected or same):
        raise SubmissionReused(reference=earlier.reference)
    return earlier


def _check(place: Registration, asked: Asked, *, today: date) -> None:
    assert set(asked.entries) == set(ENTRIES[asked.kind]), "a form asks for all of its kind"
    if place.closes_on is not None:
        raise Conflict("registration-closed", on=place.closes_on)
    for other in place.changes:
        if other.kind is asked.kind and other.state in OPEN:
            raise Conflict("change-undecided", reference=other.reference)
    _check_day(place, asked.kind, asked.effective_on)
    if asked.kind in ALTERING and all(
        getattr(place, name) == value for name, value in asked.entries.items()
    ):
        raise Invalid("nothing-changes")
    if asked.entries.get("new_owner_tax_id") == place.taxpayer.tax_id:
        raise Invalid("same-owner", field="new_owner_tax_id")


def _check_day(place: Registration, kind: ChangeKind, effective_on: date) -> None:
    if last_day(kind, effective_on) < place.starts_on:
        raise Invalid("change-before-start", field="effective_on", on=place.starts_on)


def correct_change(
    session: Session,
    *,
    reference: str,
    person_id: int,
    entries: dict[str, Any],
    effective_on: date,
    files: Sequence[Upload],
    at: datetime,
) -> Change:
    """Send the corrected fields and more documents; raises NotFound when it is not theirs."""
    change = _change(session, reference)
    _require_manager(session, change, person_id, at=at)
    _check_day(change.registration, change.kind, effective_on)
    change.correct(entries, effective_on=effective_on, at=at)
    _add_files(session, change.registration, change, files, person_id=person_id, at=at)
    _log(session, change, actor=f"person:{person_id}", act="change.correct", at=at)
    return change


def _require_manager(session: Session, change: Change, person_id: int, *, at: datetime) -> None:
    require_right_at(
        session,
        change.registration,
        person_id=person_id,
        right=Right.MANAGE,
        on=periods.local_date(at),
    )


def approve_change(session: Session, *, reference: str, officer_id: int, at: datetime) -> Change:
    """Approve a change; from its day on it holds, a past day meaning now."""
    change = _for_decision(session, reference, officer_id)
    if change.registration.closes_on is not None:
        raise Conflict("registration-closed", on=change.registration.closes_on)
    change.approve(at=at)
    if change.kind in ALTERING and change.effective_on <= periods.local_date(at):
        change.take_effect(at=at)
    _tell(session, change, at=at)
    _log(session, change, actor=f"officer:{officer_id}", act="change.approve", at=at)
    return change


def object_to_change(
    session: Session,
    *,
    reference: str,
    officer_id: int,
    objections: dict[str, str],
    at: datetime,
) -> Change:
    """Return a change for correction of the named fields, each with a reason."""
    if not objections:
        raise Invalid("no-objection-named", field="objections")
    change = _for_decision(session, reference, officer_id)
    if wrong := set(objections) - {"effective_on", *ENTRIES[change.kind]}:
        raise Invalid("field-not-correctable", field=min(wrong))
    change.object_to(objections, at=at)
    _tell(session, change, at=at)
    _log(session, change, actor=f"officer:{officer_id}", act="change.return", at=at)
    return change


def reject_change(
    session: Session, *, reference: str, officer_id: int, reason: str, at: datetime
) -> Change:
    """End a change with a reason that the applicant is told."""
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    change = _for_decision(session, reference, officer_id)
    change.reject(reason, at=at)
    _tell(session, change, at=at)
    _log(session, change, actor=f"officer:{officer_id}", act="change.reject", at=at)
    return change


def let_changes_take_effect(session: Session, *, at: datetime) -> int:
    """Put approved changes whose day has come into their registrations; returns how many."""
    query = (
        sa.select(Change)
        .where(
            Change.state == RegistrationState.APPROVED,
            Change.in_effect_since.is_(None),
            Change.effective_on <= periods.local_date(at),
        )
        .order_by(Change.effective_on, Change.id)
    )
    due = session.scalars(locked(query, Change)).all()
    for change in due:
        change.take_effect(at=at)
        _log(session, change, actor="system", act="change.effect", at=at)
    return len(due)


def add_documents(
    session: Session, files: Sequence[Upload], *, reference: str, person_id: int, at: datetime
) -> Registration:
    """Add documents to an application that is not decided; the same content counts once."""
    registration = registration_of_applicant(session, reference, person_id, for_update=True)
    if registration.state not in OPEN:
        raise NotOpenForCorrection(reference=reference)
    _add_files(session, registration, None, files, person_id=person_id, at=at)
    audit.record(
        session,
        actor=f"person:{person_id}",
        act="registration.documents",
        subject=f"registration:{reference}",
        at=at,
        files=[each.sha256 for each in files],
    )
    return registration


def _add_files(
    session: Session,
    registration: Registration,
    change: Change | None,
    files: Sequence[Upload],
    *,
    person_id: int,
    at: datetime,
) -> None:
    change_id = change.id if change else None
    known = {each.sha256 for each in registration.files if each.change_id == change_id}
    new = {each.sha256: each for each in files if each.sha256 not in known}
    if len(known) + len(new) > MAX_FILES:
        raise Invalid("too-many-files", field="files", limit=MAX_FILES)
    for each in new.values():
        registration.files.append(
            RegistrationFile(
                registration_id=registration.id,
                change_id=change_id,
                added_by=person_id,
                added_at=at,
                **vars(each),
            )
        )


def _change(session: Session, reference: str) -> Change:
    query = locked(sa.select(Change).where(Change.reference == reference), Change)
    change: Change | None = session.scalar(query)
    if change is None:
        raise NotFound(what="change", id=reference)
    return change


def _for_decision(session: Session, reference: str, officer_id: int) -> Change:
    officer = require_officer(session, officer_id=officer_id, permission="registration.decide")
    change = change_for_officer(session, reference, officer, for_update=True)
    require_change_undecided(change)
    return change


def require_change_undecided(change: Change) -> None:
    """Raise ChangeNotAwaitingDecision unless a decision is awaited."""
    if change.state is not RegistrationState.SUBMITTED:
        raise ChangeNotAwaitingDecision(on=change.steps[-1].at)


def _tell(session: Session, change: Change, *, at: datetime) -> None:
    mail.tell(
        session,
        to=session.get_one(Person, change.applicant_id).email,
        template="registration_change",
        key=f"change:{change.reference}:{len(change.steps)}",
        facts={
            "reference": change.reference,
            "kind": change.kind.value,
            "state": change.state.value,
            "name": change.registration.name,
        },
        at=at,
    )
    if change.state is RegistrationState.SUBMITTED:
        return  # who sent it knows
    place = change.registration
    told = messages.Told(
        key=f"change:{change.reference}:{len(change.steps)}",
        kind=f"change_{change.state.value}",
        reference=change.reference,
        name=place.name,
        taxpayer_id=place.taxpayer_id,
        registration_id=place.id,
        duty_groups=place.duty_groups,
    )
    messages.post(session, told, at=at)


def _log(session: Session, change: Change, *, actor: str, act: str, at: datetime) -> None:
    audit.record(
        session,
        actor=actor,
        act=act,
        subject=f"registration:{change.registration.reference}",
        at=at,
        change=change.reference,
        kind=change.kind.value,
    )
