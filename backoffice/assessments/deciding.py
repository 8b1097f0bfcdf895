"""The second pair of eyes: approve a proposal, or give it back."""

from typing import cast

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.assessments import words
from backoffice.assessments.forms import ApproveForm, GiveBackForm
from backoffice.assessments.room import assessment, bp, figures
from excise.assessments import actions
from excise.assessments.actions import PreparerCannotApprove
from excise.assessments.approval import RestsOnAssumedLaw
from excise.assessments.approval import approve as approve_assessment
from excise.assessments.models import Assessment, AssessmentState
from excise.config import Settings
from excise.people.models import Officer
from excise.returns.filing import FiguresChanged
from web.access import fresh, requires
from web.clock import now
from web.db import reading, transaction
from web.fields import fail
from web.messages import message_for
from web.tariff import tariff_now


@bp.route("/<reference>/approve", methods=["GET", "POST"])
@fresh
@requires("assessment.approve")
def approve(reference: str) -> ResponseReturnValue:
    """Show everything once more and take the decision."""
    form, one = ApproveForm(), assessment(reference)
    if form.validate_on_submit():
        try:
            number = _approved(reference, form.agreed_satang.data)
            flash(gettext("Approved. The notice %(number)s is served.", number=number), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except FiguresChanged as error:
            flash(message_for(error), "info")
            return redirect(url_for(".approve", reference=reference), 303)
        except RestsOnAssumedLaw as error:
            fail(form, error)
    if one.state in (AssessmentState.APPROVED, AssessmentState.SERVED):
        return redirect(url_for(".show", reference=reference), 303)
    worked = figures(_proposal(one))
    form.agreed_satang.data, form.agreed_satang.raw_data = worked["sheet"].total_satang, None
    return render_template(
        "backoffice/assessments/approve.html",
        form=form,
        one=one,
        preparer=reading().get_one(Officer, one.prepared_by),
        words=words,
        **worked,
    )


def _approved(reference: str, agreed_satang: int) -> str:
    settings = cast(Settings, current_app.extensions["settings"])
    with transaction() as session:
        number = approve_assessment(
            session,
            tariff=tariff_now(),
            reference=reference,
            officer_id=officer().id,
            agreed_satang=agreed_satang,
            allow_assumed=settings.demo,
            at=now(),
        ).number
    assert number
    return number


def _proposal(one: Assessment) -> Assessment:
    """Return it if this officer may decide on it now."""
    if one.prepared_by == officer().id:
        raise PreparerCannotApprove(reference=one.reference)
    one.require(AssessmentState.PROPOSED)
    return one


@bp.route("/<reference>/give-back", methods=["GET", "POST"])
@requires("assessment.approve")
def give_back(reference: str) -> ResponseReturnValue:
    """Give the proposal back with what must change."""
    one, form = _proposal(assessment(reference)), GiveBackForm()
    if form.validate_on_submit():
        with transaction() as session:
            actions.give_back(
                session,
                reference=reference,
                officer_id=officer().id,
                reason=form.reason.data,
                at=now(),
            )
        flash(gettext("Given back to the officer who prepared it."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    return render_template("backoffice/assessments/give_back.html", form=form, one=one)
