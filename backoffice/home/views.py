"""The first page: what waits for this officer."""

import sqlalchemy as sa
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from backoffice.accounts import may, officer
from excise import work
from excise.assessments.models import Assessment, AssessmentState
from excise.assessments.queries import assessments
from excise.cases.queries import discrepancies
from excise.cases.rules import DiscrepancyState
from excise.offices.queries import codes_under
from excise.payments.models import Payment, PaymentState, Resolution, ResolutionState
from excise.payments.queries import refunds_due, resolutions
from excise.problems.queries import problems
from excise.problems.rules import ProblemState
from excise.taxpayers.models import RegistrationState
from excise.taxpayers.queries import applications, changes_asked
from web.db import database, reading
from web.paging import count_of

bp = Blueprint("home", __name__)
WAITING = (DiscrepancyState.QUEUED, DiscrepancyState.EXPLAINED)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Count what waits, of what the officer's roles and office let them act on."""
    waiting = {}
    offices = codes_under(reading(), officer().office_code)
    if may("registration.decide"):
        state = RegistrationState.SUBMITTED
        waiting["applications"] = count_of(applications(office_codes=offices, state=state))
        waiting["changes"] = count_of(changes_asked(office_codes=offices, state=state))
    if may("case.work"):
        waiting["discrepancies"] = count_of(discrepancies(offices, WAITING))
    if may("assessment.approve"):
        proposed = assessments(offices, [AssessmentState.PROPOSED])
        others = proposed.where(Assessment.prepared_by != officer().id)
        waiting["assessments"] = count_of(others)
    if may("payment.import"):
        stray = sa.select(Payment).where(Payment.state == PaymentState.UNALLOCATED)
        waiting["unallocated"] = count_of(stray)
    if may("payment.resolve"):
        waiting["refunds"] = count_of(refunds_due())
    if may("payment.approve"):
        not_mine = Resolution.proposed_by != officer().id
        waiting["resolutions"] = count_of(resolutions([ResolutionState.PROPOSED]).where(not_mine))
    waiting |= _of_the_system()
    return render_template("backoffice/home/index.html", waiting=waiting, officer=officer())


def _of_the_system() -> dict[str, int]:
    """Count what waits for those who keep the pages and the system."""
    waiting = {}
    if may("problem.answer"):
        waiting["problems"] = count_of(problems([ProblemState.REPORTED, ProblemState.TRIAGED]))
    if may("work.manage"):
        waiting["work"] = len(work.failed(database()))
    return waiting
