"""Questions about assessments."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.assessments.models import Assessment, AssessmentState
from excise.assessments.rules import AssumedLaw, assumed_law, work_out
from excise.cases.models import Discrepancy
from excise.db import locked
from excise.errors import NotFound
from excise.evidence.models import Delivery, DeliveryState
from excise.matching.models import Run
from excise.matching.rules import RULES
from excise.offices.queries import codes_under
from excise.payments.models import Bill
from excise.people.models import Officer
from excise.people.rules import Right
from excise.returns.lines import lines_of
from excise.returns.models import Return, ReturnState
from excise.returns.rules import ReturnTax
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import Reach, require_right_at


def assessments(
    office_codes: Collection[str], states: Collection[AssessmentState]
) -> sa.Select[Assessment]:
    """Return the query of what offices have in some states, what changed last standing first."""
    return (
        sa.select(Assessment)
        .join(Registration, Registration.id == Assessment.registration_id)
        .where(Registration.office_code.in_(office_codes), Assessment.state.in_(states))
        .order_by(Assessment.changed_at.desc(), Assessment.id.desc())
    )


def assessment_for(
    session: Session, reference: str, *, officer_id: int, for_update: bool = False
) -> Assessment:
    """Return an assessment to an officer of its office or above; NotFound to others."""
    query = sa.select(Assessment).where(Assessment.reference == reference)
    if for_update:
        query = locked(query, Assessment)
    found = session.scalar(query)
    officer = session.get_one(Officer, officer_id)
    codes = codes_under(session, officer.office_code)
    if found is None or found.registration.office_code not in codes:
        raise NotFound(what="assessment", id=reference)
    return found


def notice(session: Session, number: str) -> Assessment:
    """Return an approved assessment by the number of its notice, or raise NotFound."""
    found = session.scalar(sa.select(Assessment).where(Assessment.number == number))
    if found is None:
        raise NotFound(what="assessment", id=number)
    return found


def notice_for(session: Session, number: str, *, person_id: int, on: date) -> Assessment:
    """Return a served assessment to somebody of the taxpayer; NotFound when it is not theirs."""
    found = notice(session, number)
    require_right_at(session, found.registration, person_id=person_id, right=Right.VIEW, on=on)
    if found.state is not AssessmentState.SERVED:
        raise NotFound(what="assessment", id=number)
    return found


def notices_within(reach: Reach) -> sa.Select[Assessment]:
    """Return the query of what was served in a reach, newest first."""
    return (
        sa.select(Assessment)
        .join(Registration, Registration.id == Assessment.registration_id)
        .where(
            reach.holds(Registration.taxpayer_id, Registration.id),
            Assessment.state == AssessmentState.SERVED,
        )
        .order_by(Assessment.served_at.desc(), Assessment.id.desc())
    )


def unpaid_notices(session: Session, reach: Reach, *, limit: int) -> list[Assessment]:
    """Return what was served in a reach and is not paid, newest first."""
    number = sa.literal("assessment:") + Assessment.number
    paid = sa.select(Bill.id).where(Bill.cause == number, Bill.settled_at.is_not(None))
    query = notices_within(reach).where(~paid.exists())
    return list(session.scalars(query.limit(limit)))


def standing_assessment(session: Session, discrepancy_id: int) -> Assessment | None:
    """Return the assessment of a discrepancy that is not withdrawn; there is one at most."""
    return session.scalar(
        sa.select(Assessment).where(
            Assessment.discrepancy_id == discrepancy_id,
            Assessment.state != AssessmentState.WITHDRAWN,
        )
    )


def bill_of_assessment(session: Session, number: str) -> Bill:
    """Return the bill of an approved assessment."""
    return session.scalars(sa.select(Bill).where(Bill.cause == f"assessment:{number}")).one()


def bills_of(session: Session, notices: Collection[Assessment]) -> dict[str | None, Bill]:
    """Return the bills of approved assessments, with their payments, by the notice's number."""
    causes = {f"assessment:{one.number}": one.number for one in notices}
    loaded = selectinload(Bill.payments), selectinload(Bill.allocations)
    query = sa.select(Bill).where(Bill.cause.in_(causes)).options(*loaded)
    return {causes[bill.cause]: bill for bill in session.scalars(query)}


def work_out_assessment(tariff: Tariff, assessment: Assessment) -> ReturnTax:
    """Work out an assessment on its present lines and terms."""
    return work_out(
        tariff,
        lines_of(assessment.lines),
        due_on=assessment.due_on,
        computed_to=assessment.computed_to,
        was_filed=assessment.was_filed,
        remaining_pct=Decimal(assessment.remaining_pct),
    )


def assumed_law_of(tariff: Tariff, assessment: Assessment, tax: ReturnTax) -> list[AssumedLaw]:
    """Name everything assumed that an assessment rests on."""
    return assumed_law(
        tariff,
        tax,
        due_on=assessment.due_on,
        was_filed=assessment.was_filed,
        remaining_pct=Decimal(assessment.remaining_pct),
    )


def was_filed(session: Session, registration_id: int, month: date) -> bool:
    """Tell whether any return for the month was filed."""
    query = sa.select(Return.id).where(
        Return.registration_id == registration_id,
        Return.period == month,
        Return.state == ReturnState.FILED,
    )
    return session.scalar(query.limit(1)) is not None


def deliveries_behind(session: Session, discrepancy: Discrepancy) -> list[Delivery]:
    """Return the deliveries that the figures of a discrepancy were taken from."""
    run = session.get_one(Run, discrepancy.run_id)
    read = sa.select(Delivery).where(
        Delivery.state == DeliveryState.READ, Delivery.read_at <= run.ran_at
    )
    month = f"{discrepancy.period:%Y-%m}"
    of_rule = read.where(Delivery.layout.in_(RULES[discrepancy.rule].needs))
    return [row for row in session.scalars(of_rule.order_by(Delivery.id)) if _holds(row, month)]


def _holds(delivery: Delivery, month: str) -> bool:
    return any(period.startswith(month) for period in delivery.periods)
