"""Prepare an assessment: draft, lines, terms, reasons; then propose, give back or withdraw."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.arrears.rules import due_date, remaining_pct_summoned
from excise.assessments.models import Assessment, AssessmentLine, AssessmentState
from excise.assessments.queries import (
    assessment_for,
    standing_assessment,
    was_filed,
    work_out_assessment,
)
from excise.assessments.wording import facts_found, law_applied, short_by
from excise.cases.models import Discrepancy, NotInThisState
from excise.cases.queries import discrepancy_for
from excise.cases.rules import DiscrepancyState
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.matching.models import Run
from excise.people.queries import require_officer
from excise.products.models import Product
from excise.products.rules import is_service
from excise.returns.actions import MAX_LINES, LineEntry
from excise.returns.lines import check_line, units_of
from excise.tariff.schema import Tariff

REASONS = ("facts", "law", "discretion")
_S = AssessmentState


class AlreadyPrepared(Conflict):
    """The discrepancy has an assessment that is not withdrawn; facts: its `reference`."""

    code = "assessment-exists"


class NotYours(NotAllowed):
    """Only who prepared an assessment changes it: four eyes would be two otherwise."""

    code = "not-the-preparer"


class PreparerCannotApprove(NotAllowed):
    """Four eyes: whoever prepared an assessment never decides on it, in whatever role."""

    code = "preparer-cannot-approve"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What decides penalty and surcharge, and the reasons in words."""

    computed_to: date
    was_filed: bool
    consenting: bool
    facts: str
    law: str
    discretion: str


def prepare(
    session: Session,
    *,
    tariff: Tariff,
    discrepancy_reference: str,
    officer_id: int,
    submission_id: str,
    at: datetime,
    tax_point_on: date | None = None,
) -> Assessment:
    """Begin the assessment of a discrepancy that the officer has under review.

    What is known is filled in: terms, reasons but the discretion, and a line for the
    difference at `tax_point_on` (the end of the month unless told). The same submission
    again is the same assessment. Raises AlreadyPrepared when there is another.
    """
    require_officer(session, officer_id=officer_id, permission="assessment.prepare")
    found = discrepancy_for(session, discrepancy_reference, officer_id=officer_id, for_update=True)
    if earlier := standing_assessment(session, found.id):
        if earlier.submission_id == submission_id:
            return earlier
        raise AlreadyPrepared(reference=earlier.reference)
    if found.state is not DiscrepancyState.UNDER_REVIEW or found.officer_id != officer_id:
        raise NotInThisState(reference=found.reference, state=found.state.value)
    draft = _draft(session, tariff, found, officer_id, submission_id, at=at)
    _fill_in_line(session, tariff, draft, tax_point_on or periods.TaxMonth.of(found.period).last)
    session.add(draft)
    found.tell("assessment-prepared", actor=f"officer:{officer_id}", at=at, note=draft.reference)
    _log(session, draft, officer_id, "prepare", at)
    return draft


def _draft(
    session: Session,
    tariff: Tariff,
    found: Discrepancy,
    officer_id: int,
    submission_id: str,
    *,
    at: datetime,
) -> Assessment:
    today = periods.local_date(at)
    year = periods.fiscal_year_be(today)
    due_on = due_date(tariff, periods.TaxMonth.of(found.period))
    full = remaining_pct_summoned(tariff, consenting=False, on=due_on)
    draft = Assessment(
        reference=f"AS-{year}-{numbering.take(session, f'assessment:{year}'):07d}",
        submission_id=submission_id,
        discrepancy_id=found.id,
        registration_id=found.registration_id,
        period=found.period,
        due_on=due_on,
        computed_to=max(today, due_on),
        was_filed=was_filed(session, found.registration_id, found.period),
        remaining_pct=str(full),
        facts=facts_found(found, session.get_one(Run, found.run_id)),
        law="",
        discretion="",
        prepared_by=officer_id,
        prepared_at=at,
        changed_at=at,
    )
    draft.law = law_applied(tariff, draft)
    return draft


def _fill_in_line(session: Session, tariff: Tariff, draft: Assessment, on: date) -> None:
    """Put the difference on a line, if it is one of a product and can be worked out."""
    found = session.get_one(Discrepancy, draft.discrepancy_id)
    product, short = found.product, short_by(found)
    if product is None or not short:
        return
    service = is_service(tariff, product.item)
    if service is (found.measure == "units"):
        return  # the value of goods does not tell how many they were
    line = AssessmentLine(
        position=1,
        product_id=product.id,
        tax_point_on=on,
        units=units_of(Decimal(1)) if service else short,
        receipts_satang=short if service else None,
    )
    line.product = product
    try:
        check_line(tariff, line, is_service=service)
    except Invalid:
        return  # the officer completes it and sees what is missing
    draft.lines.append(line)


def set_terms(
    session: Session,
    terms: Terms,
    *,
    tariff: Tariff,
    reference: str,
    officer_id: int,
    at: datetime,
) -> Assessment:
    """Change terms and reasons; the words on the law follow the terms while they are ours.

    Raises Invalid `computed-to-outside` for a day before the tax was due or after this month.
    """
    draft = _own_draft(session, reference, officer_id, at)
    latest = periods.TaxMonth.of(periods.local_date(at)).last
    if not draft.due_on <= terms.computed_to <= max(latest, draft.due_on):
        raise Invalid("computed-to-outside", field="computed_to")
    was_ours = terms.law == law_applied(tariff, draft)
    pct = remaining_pct_summoned(tariff, consenting=terms.consenting, on=draft.due_on)
    draft.computed_to, draft.was_filed = terms.computed_to, terms.was_filed
    draft.remaining_pct = str(pct)
    draft.facts, draft.discretion = terms.facts, terms.discretion
    draft.law = law_applied(tariff, draft) if was_ours else terms.law
    _log(session, draft, officer_id, "set-terms", at)
    return draft


def set_line(
    session: Session,
    entry: LineEntry,
    *,
    tariff: Tariff,
    reference: str,
    officer_id: int,
    position: int,
    at: datetime,
) -> AssessmentLine:
    """Replace the line at `position`, or add one at the first free position.

    So the same entry again changes nothing. Raises Invalid when its tax cannot be
    worked out or the day lies outside the month.
    """
    draft = _own_draft(session, reference, officer_id, at)
    product = session.get(Product, entry.product_id)
    if product is None or product.registration_id != draft.registration_id:
        raise NotFound(what="product", id=entry.product_id)
    if not periods.TaxMonth.of(draft.period).holds(entry.tax_point_on):
        raise Invalid("day-outside-month", field="tax_point_on")
    with session.no_autoflush:  # a number that is refused may not even fit the column
        line = _line_at(draft, position) or _append(draft, product, position)
        line.product_id, line.product = product.id, product
        line.tax_point_on, line.units = entry.tax_point_on, units_of(entry.quantity)
        line.receipts_satang = entry.receipts_satang
        line.measures = {name: str(number) for name, number in entry.measures.items()}
        check_line(tariff, line, is_service=is_service(tariff, product.item))
    _log(session, draft, officer_id, "set-line", at)
    return line


def _line_at(draft: Assessment, position: int) -> AssessmentLine | None:
    return next((line for line in draft.lines if line.position == position), None)


def next_position(draft: Assessment) -> int:
    """Return the number that a new line gets."""
    return max((line.position for line in draft.lines), default=0) + 1


def _append(draft: Assessment, product: Product, position: int) -> AssessmentLine:
    if position != next_position(draft):
        raise NotFound(what="line", id=position)
    if len(draft.lines) >= MAX_LINES:
        raise Invalid("too-many-lines", field="lines", limit=MAX_LINES)
    line = AssessmentLine(
        position=position, product_id=product.id, tax_point_on=draft.period, units=0
    )
    draft.lines.append(line)
    return line


def remove_line(
    session: Session, *, reference: str, position: int, officer_id: int, at: datetime
) -> None:
    """Take a line out; what is gone may go again."""
    draft = _own_draft(session, reference, officer_id, at)
    if line := _line_at(draft, position):
        draft.lines.remove(line)
        _log(session, draft, officer_id, "remove-line", at)


def propose(
    session: Session, *, tariff: Tariff, reference: str, officer_id: int, at: datetime
) -> Assessment:
    """Hand the draft to an approver; proposing again changes nothing.

    Raises Invalid `reasons-missing` unless facts, law and discretion are all there,
    `nothing-to-assess` when it comes to nothing.
    """
    draft = _own(session, reference, officer_id)
    if draft.state is _S.PROPOSED:
        return draft
    draft.require(_S.DRAFT)
    if missing := [name for name in REASONS if not getattr(draft, name).strip()]:
        raise Invalid("reasons-missing", field=missing[0])
    if not draft.lines or not work_out_assessment(tariff, draft).total_satang:
        raise Invalid("nothing-to-assess", field="lines")
    _move(session, draft, _S.PROPOSED, officer_id, "propose", at)
    draft.return_note = ""
    return draft


def withdraw(session: Session, *, reference: str, officer_id: int, at: datetime) -> Assessment:
    """End an assessment that was not approved; the discrepancy stays under review."""
    draft = _own(session, reference, officer_id)
    if draft.state is not _S.WITHDRAWN:
        draft.require(_S.DRAFT, _S.PROPOSED)
        _move(session, draft, _S.WITHDRAWN, officer_id, "withdraw", at)
        draft.discrepancy.tell(
            "assessment-withdrawn", actor=f"officer:{officer_id}", at=at, note=reference
        )
    return draft


def give_back(
    session: Session, *, reference: str, officer_id: int, reason: str, at: datetime
) -> Assessment:
    """Give a proposal back to who prepared it, with what must change."""
    require_officer(session, officer_id=officer_id, permission="assessment.approve")
    proposed = assessment_for(session, reference, officer_id=officer_id, for_update=True)
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    if proposed.prepared_by == officer_id:
        raise PreparerCannotApprove(reference=reference)
    proposed.require(_S.PROPOSED)
    _move(session, proposed, _S.DRAFT, officer_id, "give-back", at)
    proposed.return_note = reason.strip()
    return proposed


def _own(session: Session, reference: str, officer_id: int) -> Assessment:
    require_officer(session, officer_id=officer_id, permission="assessment.prepare")
    found = assessment_for(session, reference, officer_id=officer_id, for_update=True)
    if found.prepared_by != officer_id:
        raise NotYours(reference=reference)
    return found


def _own_draft(session: Session, reference: str, officer_id: int, at: datetime) -> Assessment:
    draft = _own(session, reference, officer_id)
    draft.require(_S.DRAFT)
    draft.changed_at = at
    return draft


def _move(
    session: Session,
    one: Assessment,
    state: AssessmentState,
    officer_id: int,
    act: str,
    at: datetime,
) -> None:
    one.state, one.changed_at = state, at
    _log(session, one, officer_id, act, at)


def _log(session: Session, one: Assessment, officer_id: int, act: str, at: datetime) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"assessment.{act}",
        subject=f"assessment:{one.reference}",
        at=at,
    )
