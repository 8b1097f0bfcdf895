"""The list of assessments, one of them, and its notice."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from backoffice.accounts import may, officer
from backoffice.assessments import words
from backoffice.assessments.room import assessment, bp, figures
from excise.assessments.models import AssessmentState
from excise.assessments.queries import assessments, bill_of_assessment
from excise.errors import NotFound
from excise.offices.queries import offices_under
from excise.people.models import Officer
from excise.receipts.queries import document
from web.access import requires
from web.db import reading
from web.downloads import hand_out
from web.fields import BaseForm
from web.paging import page_of

STANDING = [state for state in AssessmentState if state is not AssessmentState.WITHDRAWN]


@bp.get("/")
@requires("assessment.view")
def index() -> ResponseReturnValue:
    """Show assessments of the officer's offices, what changed last first."""
    offices = {each.code: each for each in offices_under(reading(), officer().office_code)}
    asked, office = request.args.get("state", ""), request.args.get("office", "")
    states = {each.value: [each] for each in AssessmentState}
    query = assessments([office] if office in offices else offices, states.get(asked, STANDING))
    return render_template(
        "backoffice/assessments/index.html",
        page=page_of(query),
        offices=offices,
        chosen={"state": asked if asked in states else "standing", "office": office},
        words=words,
    )


@bp.get("/<reference>")
@requires("assessment.view")
def show(reference: str) -> ResponseReturnValue:
    """Show everything about an assessment, and what this officer may do with it."""
    one = assessment(reference)
    is_mine = one.prepared_by == officer().id
    return render_template(
        "backoffice/assessments/show.html",
        one=one,
        bill=bill_of_assessment(reading(), one.number) if one.number else None,
        preparer=reading().get_one(Officer, one.prepared_by),
        approver=reading().get_one(Officer, one.approved_by) if one.approved_by else None,
        edits=is_mine and one.state is AssessmentState.DRAFT and may("assessment.prepare"),
        withdraws=is_mine and one.state in (AssessmentState.DRAFT, AssessmentState.PROPOSED),
        decides=not is_mine and one.state is AssessmentState.PROPOSED and may("assessment.approve"),
        form=BaseForm(),
        words=words,
        **figures(one),
    )


@bp.get("/<reference>/notice.pdf")
@requires("assessment.view")
def notice(reference: str) -> ResponseReturnValue:
    """Hand out the notice as it was served, byte for byte."""
    one = assessment(reference)
    made = document(reading(), one.number) if one.number else None
    if made is None:
        raise NotFound(what="document", id=reference)
    return hand_out(made)
