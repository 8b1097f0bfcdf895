"""Approve an assessment: numbered, charged, billed and fixed once, by a second pair of eyes."""

import hashlib
from datetime import datetime
from typing import Any

import rfc8785
import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods, work
from excise.assessments.actions import PreparerCannotApprove
from excise.assessments.models import Assessment, AssessmentState
from excise.assessments.notice import notice_facts
from excise.assessments.queries import (
    assessment_for,
    assumed_law_of,
    deliveries_behind,
    work_out_assessment,
)
from excise.cases.models import Discrepancy
from excise.cases.rules import DiscrepancyState
from excise.db import locked
from excise.documents.assessment import FORM, NoticeFacts
from excise.documents.facts import Filing, facts_hash
from excise.documents.models import Original
from excise.errors import Conflict
from excise.payments.actions import make_bill
from excise.people.models import Officer
from excise.people.queries import require_officer
from excise.returns.charging import charge
from excise.returns.filing import FiguresChanged
from excise.returns.particulars import particulars_of
from excise.returns.rules import ReturnTax
from excise.returns.sheet import content_of
from excise.tariff.schema import Tariff


class RestsOnAssumedLaw(Conflict):
    """An assumption must not become a debt; facts: `law` names what is assumed."""

    code = "rests-on-assumed-law"


def approve(
    session: Session,
    *,
    tariff: Tariff,
    reference: str,
    officer_id: int,
    agreed_satang: int,
    allow_assumed: bool,
    at: datetime,
) -> Assessment:
    """Approve a proposal: from here on it is a debt, and its notice goes out.

    However often it is asked, the first approval is the answer. Raises
    PreparerCannotApprove, FiguresChanged when the total is not what was agreed to, and
    RestsOnAssumedLaw unless assumed law is allowed (in a demonstration).
    """
    officer = require_officer(session, officer_id=officer_id, permission="assessment.approve")
    one = assessment_for(session, reference, officer_id=officer_id, for_update=True)
    if one.prepared_by == officer_id:
        raise PreparerCannotApprove(reference=reference)
    if one.approved_by == officer_id and one.total_satang == agreed_satang:
        return one
    one.require(AssessmentState.PROPOSED)
    tax = work_out_assessment(tariff, one)
    if tax.total_satang != agreed_satang:
        raise FiguresChanged(reference=reference, total_satang=tax.total_satang)
    assumed = assumed_law_of(tariff, one, tax)
    if assumed and not allow_assumed:
        named = ", ".join(f"{law.section} ({law.name})" for law in assumed)
        raise RestsOnAssumedLaw(reference=reference, law=named)
    _bind(session, tariff, one, tax, officer, at=at)
    return one


def _bind(
    session: Session,
    tariff: Tariff,
    one: Assessment,
    tax: ReturnTax,
    officer: Officer,
    *,
    at: datetime,
) -> None:
    number = _take_number(session, one, at=at)
    facts = notice_facts(session, tariff, one, tax, number=number, approver=officer, at=at)
    original = _keep_original(session, one, tax, facts, officer, at=at)
    cause = f"assessment:{number}"
    charge(session, tariff, tax, registration=one.registration, cause=cause, at=at)
    _bill(session, tariff, one, tax, facts, original, at=at)
    one.number, one.approved_by, one.approved_at, one.changed_at = number, officer.id, at, at
    one.original_sha256, one.facts_hash = original, facts_hash(facts)
    one.total_satang, one.state = tax.total_satang, AssessmentState.APPROVED
    _settle_discrepancy(session, one, officer, at=at)
    audit.record(
        session,
        actor=f"officer:{officer.id}",
        act="assessment.approve",
        subject=f"assessment:{one.reference}",
        at=at,
        number=number,
        sha256=original,
        total_satang=tax.total_satang,
    )
    work.enqueue(session, "assessments.serve", number, number)


def _take_number(session: Session, one: Assessment, *, at: datetime) -> str:
    series = f"{periods.fiscal_year_be(periods.local_date(at))}-{one.registration.office_code}"
    return f"TS0118-{series}-{numbering.take(session, f'notice:{series}'):07d}"


def _keep_original(
    session: Session,
    one: Assessment,
    tax: ReturnTax,
    facts: NoticeFacts,
    officer: Officer,
    *,
    at: datetime,
) -> str:
    content = rfc8785.dumps(
        {
            "reference": one.reference,
            "form": FORM,
            "period": one.period.isoformat(),
            "prepared_by": f"officer:{one.prepared_by}",
            "approved_by": f"officer:{officer.id}",
            "notice": facts.model_dump(mode="json", exclude_unset=True),
            "evidence": _evidence(session, one.discrepancy),
            **content_of(one.lines, tax),
        }
    )
    digest = hashlib.sha256(content).hexdigest()
    origin = f"officer:{officer.id}"
    session.add(Original(sha256=digest, content=content.decode(), kept_at=at, origin=origin))
    session.flush()  # the assessment points at it
    return digest


def _evidence(session: Session, found: Discrepancy) -> dict[str, Any]:
    """Return what the assessment was founded on, down to the bytes that were delivered."""
    return {
        "discrepancy": found.reference,
        "rule": found.rule,
        "outcome": found.outcome,
        "measure": found.measure,
        "declared": found.declared,
        "evidence": found.evidence,
        "difference": found.difference,
        "tolerance": found.tolerance,
        "run_id": found.run_id,
        "deliveries": [
            {"receipt_no": row.receipt_no, "source": row.source_code, "sha256": row.content_sha256}
            for row in deliveries_behind(session, found)
        ],
    }


def _bill(
    session: Session,
    tariff: Tariff,
    one: Assessment,
    tax: ReturnTax,
    facts: NoticeFacts,
    original_sha256: str,
    *,
    at: datetime,
) -> None:
    year = one.period.year + periods.BUDDHIST_YEARS_AHEAD
    filing = Filing(
        form=FORM,
        reference=facts.number,
        period=facts.period,
        filed_at=at,
        original_sha256=original_sha256,
    )
    make_bill(
        session,
        cause=f"assessment:{facts.number}",
        registration=one.registration,
        particulars=particulars_of(
            session, tariff, tax, registration=one.registration, lines=one.lines, filing=filing
        ),
        ref2=f"0118{year}{one.period:%m}00",
        due_on=facts.pay_by,
        at=at,
        surcharge_from=one.due_on,
        surcharge_to=one.computed_to,
    )


def _settle_discrepancy(
    session: Session, one: Assessment, officer: Officer, *, at: datetime
) -> None:
    query = sa.select(Discrepancy).where(Discrepancy.id == one.discrepancy_id)
    found = session.scalars(locked(query, Discrepancy)).one()
    found.move(
        DiscrepancyState.ASSESSED,
        actor=f"officer:{officer.id}",
        at=at,
        act="assessed",
        note=one.number or "",
    )
