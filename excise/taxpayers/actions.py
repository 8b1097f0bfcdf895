"""What may be done about a registration."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, mail, numbering, periods
from excise.db import lock
from excise.errors import Conflict, Invalid
from excise.messages import actions as messages
from excise.people.models import Delegation, Person
from excise.people.queries import require_officer
from excise.people.rules import OWNER, Right
from excise.taxpayers.models import (
    Guarantee,
    NotAwaitingDecision,
    Registration,
    RegistrationState,
    RegistrationStep,
    Taxpayer,
)
from excise.taxpayers.queries import (
    deeds_about,
    registration_for_officer,
    registration_of_applicant,
)
from excise.taxpayers.rules import EstablishmentType


@dataclass(frozen=True, kw_only=True)
class Application:
    """What an applicant enters in ภส.01-01."""

    tax_id: str
    taxpayer_name: str
    establishment_type: EstablishmentType
    name: str
    address: str
    province: str
    postcode: str
    phone: str
    office_code: str
    duty_groups: list[str]
    starts_on: date


class TaxpayerHasOwner(Conflict):
    """Someone else manages this taxpayer here already."""

    code = "taxpayer-has-owner"


class SubmissionReused(Conflict):
    """The same submission id came with other content."""

    code = "submission-reused"


EDITABLE = (
    "establishment_type",
    "name",
    "address",
    "province",
    "postcode",
    "phone",
    "office_code",
    "duty_groups",
    "starts_on",
)
CORRECTABLE = ("taxpayer_name", *EDITABLE)
DECISIONS = ("registration.approve", "registration.return", "registration.reject")


def apply(
    session: Session,
    application: Application,
    *,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Registration:
    """Submit an application; the reference is its answer for ever.

    The same submission again returns the original. Raises TaxpayerHasOwner when
    somebody else manages this taxpayer, SubmissionReused for other content.
    """
    lock(session, f"taxpayer:{application.tax_id}")
    if earlier := session.scalar(
        sa.select(Registration).where(Registration.submission_id == submission_id)
    ):
        return _same_or_conflict(earlier, application, person_id)
    taxpayer = _taxpayer_for(session, application, person_id=person_id, at=at)
    year = periods.fiscal_year_be(periods.local_date(at))
    registration = Registration(
        reference=f"REG{year}{numbering.take(session, f'registration:{year}'):06d}",
        submission_id=submission_id,
        taxpayer_id=taxpayer.id,
        applicant_id=person_id,
        submitted_at=at,
        **{field: getattr(application, field) for field in EDITABLE},
    )
    registration.steps.append(RegistrationStep(state=registration.state, at=at))
    session.add(registration)
    _tell(session, registration, person_id, template="registration_submitted", at=at)
    _log(session, registration, actor=f"person:{person_id}", act="registration.submit", at=at)
    return registration


def _same_or_conflict(
    earlier: Registration, application: Application, person_id: int
) -> Registration:
    if earlier.applicant_id != person_id:
        raise SubmissionReused
    same = earlier.taxpayer.tax_id == application.tax_id
    if all(step.state is not RegistrationState.RETURNED for step in earlier.steps):
        same &= all(getattr(earlier, field) == getattr(application, field) for field in EDITABLE)
    if not same:
        raise SubmissionReused(reference=earlier.reference)
    return earlier


def _taxpayer_for(
    session: Session, application: Application, *, person_id: int, at: datetime
) -> Taxpayer:
    taxpayer = session.scalar(sa.select(Taxpayer).where(Taxpayer.tax_id == application.tax_id))
    if taxpayer is None:
        taxpayer = Taxpayer(
            tax_id=application.tax_id, name_th=application.taxpayer_name, created_at=at
        )
        session.add(taxpayer)
        session.flush()  # the registration needs the taxpayer's id
    elif not _refuse_other_owner(session, taxpayer.id, person_id, at=at):
        # Nobody was approved yet: a name that a stranger typed before must not stay.
        taxpayer.name_th = application.taxpayer_name
    return taxpayer


def _refuse_other_owner(
    session: Session, taxpayer_id: int, person_id: int, *, at: datetime
) -> set[int]:
    """Return who manages the taxpayer; raises TaxpayerHasOwner when only others do."""
    rows = session.scalars(sa.select(Delegation).where(Delegation.taxpayer_id == taxpayer_id))
    today = periods.local_date(at)
    managers = {row.person_id for row in rows if row.allows(Right.MANAGE, on=today)}
    if managers and person_id not in managers:
        raise TaxpayerHasOwner(field="tax_id")
    return managers


def correct(
    session: Session,
    *,
    reference: str,
    person_id: int,
    changes: dict[str, Any],
    at: datetime,
) -> Registration:
    """Send the corrected fields; raises NotFound when it is not the applicant's."""
    registration = registration_of_applicant(session, reference, person_id, for_update=True)
    _refuse_other_owner(session, registration.taxpayer_id, person_id, at=at)
    registration.correct(changes, at=at)
    _log(session, registration, actor=f"person:{person_id}", act="registration.correct", at=at)
    return registration


def approve(session: Session, *, reference: str, officer_id: int, at: datetime) -> Registration:
    """Approve an application; the applicant becomes the owner if there is none yet.

    Raises TaxpayerHasOwner when somebody else became the owner meanwhile.
    """
    registration = _for_decision(session, reference, officer_id)
    lock(session, f"taxpayer:{registration.taxpayer.tax_id}")
    managers = _refuse_other_owner(
        session, registration.taxpayer_id, registration.applicant_id, at=at
    )
    sequence = numbering.take(
        session,
        f"establishment:{registration.taxpayer.tax_id}:{registration.establishment_type}",
    )
    registration.approve(sequence=sequence, at=at)
    if not managers:
        _make_owner(session, registration, at=at)
    _tell(session, registration, registration.applicant_id, "registration_approved", at=at)
    _post(session, registration, "registration_approved", at=at)
    _log(session, registration, actor=f"officer:{officer_id}", act="registration.approve", at=at)
    return registration


def _make_owner(session: Session, registration: Registration, *, at: datetime) -> None:
    session.add(
        Delegation(
            person_id=registration.applicant_id,
            taxpayer_id=registration.taxpayer_id,
            rights=list(OWNER),
            granted_at=at,
            granted_by=registration.applicant_id,
        )
    )


def object_to(
    session: Session,
    *,
    reference: str,
    officer_id: int,
    objections: dict[str, str],
    at: datetime,
) -> Registration:
    """Return an application for correction of the named fields, each with a reason.

    Raises Invalid when no field is named or a field cannot be corrected.
    """
    if not objections:
        raise Invalid("no-objection-named", field="objections")
    if wrong := set(objections) - set(CORRECTABLE):
        raise Invalid("field-not-correctable", field=sorted(wrong)[0])
    registration = _for_decision(session, reference, officer_id)
    registration.object_to(objections, at=at)
    _tell(session, registration, registration.applicant_id, "registration_returned", at=at)
    _post(session, registration, "registration_returned", at=at)
    _log(
        session,
        registration,
        actor=f"officer:{officer_id}",
        act="registration.return",
        at=at,
        fields=sorted(objections),
    )
    return registration


def reject(
    session: Session, *, reference: str, officer_id: int, reason: str, at: datetime
) -> Registration:
    """End an application with a reason that the applicant is told."""
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    registration = _for_decision(session, reference, officer_id)
    registration.reject(reason, at=at)
    _tell(session, registration, registration.applicant_id, "registration_rejected", at=at)
    _post(session, registration, "registration_rejected", at=at)
    _log(session, registration, actor=f"officer:{officer_id}", act="registration.reject", at=at)
    return registration


def record_guarantee(
    session: Session,
    *,
    registration: Registration,
    document_number: str,
    amount_satang: int,
    valid_from: date,
    valid_until: date,
    officer_id: int,
    at: datetime,
) -> Guarantee:
    """Put a guarantee on record, so that the establishment may file by the month.

    The same document again is refused, so that a second press counts nothing twice.
    """
    require_officer(session, officer_id=officer_id, permission="registration.decide")
    if registration.state is not RegistrationState.APPROVED:
        raise Conflict("registration-not-approved", reference=registration.reference)
    if amount_satang <= 0 or valid_until <= valid_from:
        raise Invalid("guarantee-not-sensible", field="valid_until")
    if any(row.document_number == document_number for row in registration.guarantees):
        raise Conflict("guarantee-already-recorded", field="document_number")
    guarantee = Guarantee(
        registration_id=registration.id,
        document_number=document_number,
        amount_satang=amount_satang,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    registration.guarantees.append(guarantee)
    _log(session, registration, actor=f"officer:{officer_id}", act="guarantee.record", at=at)
    return guarantee


def _for_decision(session: Session, reference: str, officer_id: int) -> Registration:
    officer = require_officer(session, officer_id=officer_id, permission="registration.decide")
    registration = registration_for_officer(session, reference, officer, for_update=True)
    require_undecided(session, registration)
    return registration


def require_undecided(session: Session, registration: Registration) -> None:
    """Raise NotAwaitingDecision, with who decided and when, unless a decision is awaited."""
    if registration.state is RegistrationState.SUBMITTED:
        return
    facts: dict[str, Any] = {"reference": registration.reference, "state": registration.state}
    for deed in deeds_about(session, registration.reference):
        if deed.act in DECISIONS:
            facts |= {"by": deed.by, "on": deed.at}
    raise NotAwaitingDecision(**facts)


def _tell(
    session: Session, registration: Registration, person_id: int, template: str, *, at: datetime
) -> None:
    person = session.get_one(Person, person_id)
    mail.tell(
        session,
        to=person.email,
        template=template,
        key=f"{template}:{registration.reference}:{len(registration.steps)}",
        facts={
            "reference": registration.reference,
            "name": registration.name,
            "number": registration.number or "",
        },
        at=at,
    )


def _post(session: Session, registration: Registration, kind: str, *, at: datetime) -> None:
    """Put a message into the applicant's mailbox: nobody acts for the taxpayer yet, perhaps."""
    told = messages.Told(
        key=f"{kind}:{registration.reference}:{len(registration.steps)}",
        kind=kind,
        reference=registration.reference,
        name=registration.name,
        person_id=registration.applicant_id,
    )
    messages.post(session, told, at=at)


def _log(
    session: Session,
    registration: Registration,
    *,
    actor: str,
    act: str,
    at: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        actor=actor,
        act=act,
        subject=f"registration:{registration.reference}",
        at=at,
        **facts,
    )
