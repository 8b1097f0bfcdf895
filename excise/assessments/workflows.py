"""Serve the notice of an approved assessment: make it, seal it, tell the taxpayer."""

import json
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from excise import audit, mail, periods, work
from excise.assessments.models import Assessment, AssessmentState
from excise.assessments.queries import bill_of_assessment, notice
from excise.documents.assessment import NoticeFacts
from excise.documents.assessment_pdf import render_notice
from excise.documents.issue import enter, sealed
from excise.documents.models import Original
from excise.documents.pay_slip import PaySlipFacts
from excise.documents.verification import verify_code, verify_url
from excise.errors import Invalid
from excise.messages import actions as messages
from excise.payments.models import Bill
from excise.payments.slips import pay_slip_facts
from excise.people.queries import readers_of

REASON = "หนังสือแจ้งการประเมินภาษีสรรพสามิต"


@work.workflow("assessments.serve")
def serve(number: str) -> None:
    """Render, seal and keep the notice, and tell whoever may see it; a repeat finds it done."""
    told = work.transact(_told, number)
    if told is not None:
        work.transact(_serve, number, work.outside(_make, number, told))


def _told(session: Session, number: str) -> dict[str, str] | None:
    one = notice(session, number)
    if one.state is AssessmentState.SERVED:
        return None
    slip = _slip(bill_of_assessment(session, number))
    return {
        "original": session.get_one(Original, one.original_sha256).content,
        "facts_hash": one.facts_hash or "",
        "slip": slip.model_dump_json() if slip else "",
    }


def _slip(bill: Bill) -> PaySlipFacts | None:
    """Return the codes of the bill, or None when it is more than a bank's code can hold."""
    settings = work.settings()
    try:
        return pay_slip_facts(bill, biller_id=settings.biller_id, demo=settings.demo)
    except Invalid:
        return None


def _make(number: str, told: dict[str, str]) -> dict[str, str]:
    settings = work.settings()
    facts = NoticeFacts.model_validate(json.loads(told["original"])["notice"])
    code = verify_code(settings.secret("verification"), number, told["facts_hash"])
    pdf = render_notice(
        facts.model_copy(update={"demo": settings.demo}),
        slip=PaySlipFacts.model_validate_json(told["slip"]) if told["slip"] else None,
        verify_url=verify_url(settings.public_url, number, code),
        code=code,
        trace_json=told["original"].encode(),
    )
    return sealed(settings, pdf, reason=REASON, at=facts.issued_at) | {
        "served_at": datetime.now(UTC).isoformat(),  # no door here that could tell the time
        "page": f"{settings.public_url.rstrip('/')}/assessments/{number}",
    }


def _serve(session: Session, number: str, made: dict[str, str]) -> None:
    if not enter(session, number, "assessment", made):
        return
    one, at = notice(session, number), datetime.fromisoformat(made["served_at"])
    one.state, one.served_at, one.changed_at = AssessmentState.SERVED, at, at
    _tell(session, one, made["page"], at=at)
    audit.record(
        session,
        actor="system",
        act="assessment.serve",
        subject=f"assessment:{one.reference}",
        at=at,
        number=number,
        sha256=made["sha256"],
    )


def _tell(session: Session, one: Assessment, page: str, *, at: datetime) -> None:
    registration = one.registration
    groups, today = registration.duty_groups, periods.local_date(at)
    told = messages.Told(
        key=f"assessment:{one.number}",
        kind="assessment_served",
        reference=one.number or "",
        name=registration.name,
        taxpayer_id=registration.taxpayer_id,
        registration_id=registration.id,
        duty_groups=groups,
        due_on=bill_of_assessment(session, one.number or "").due_on,
    )
    messages.post(session, told, at=at)
    for person in readers_of(session, registration.taxpayer_id, groups, on=today):
        mail.tell(
            session,
            to=person.email,
            template="assessment_served",
            key=f"assessment-served:{one.number}:{person.id}",
            facts={
                "number": one.number or "",
                "name": registration.name,
                "page": page,
            },
            at=at,
        )
