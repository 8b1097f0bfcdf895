"""The queue of changes of registrations, and what an officer decides about them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.registrations.forms import CHANGE_FORMS, ApprovalForm, RejectionForm
from backoffice.registrations.queue import Filters
from backoffice.registrations.room import bp, office_names
from excise.errors import Invalid
from excise.offices.queries import offices_under
from excise.people.models import Person
from excise.periods import local_date
from excise.taxpayers import changing
from excise.taxpayers.models import Change
from excise.taxpayers.queries import change_for_officer, changes_asked, taken_over_by
from excise.taxpayers.rules import ENTRIES, tell_by
from web.access import requires
from web.clock import now, today
from web.db import reading, transaction
from web.fields import fail
from web.paging import page_of
from web.tariff import tariff_now


@bp.get("/changes")
@requires("registration.view")
def changes() -> ResponseReturnValue:
    """Show the changes asked for at the officer's office and those below it, oldest first."""
    offices = offices_under(reading(), officer().office_code)
    filters = Filters.asked(request.args, {office.code for office in offices})
    query = changes_asked(office_codes=[office.code for office in offices], state=filters.state)
    return render_template(
        "backoffice/registrations/changes.html",
        page=page_of(query),
        filters=filters,
        today=today(),
    )


@bp.get("/changes/<change_reference>")
@requires("registration.view")
def show_change(change_reference: str) -> ResponseReturnValue:
    """Show everything about a change."""
    one = _change(change_reference)
    return render_template(
        "backoffice/registrations/show_change.html",
        applicant=reading().get_one(Person, one.applicant_id),
        is_late=local_date(one.submitted_at) > tell_by(one.kind, one.effective_on),
        successors=taken_over_by(reading(), one),
        **_shown(one),
    )


@bp.route("/changes/<change_reference>/approve", methods=["GET", "POST"])
@requires("registration.decide")
def approve_change(change_reference: str) -> ResponseReturnValue:
    """Approve, after one more look."""
    one, form = _change(change_reference), ApprovalForm()
    if form.validate_on_submit():
        with transaction() as session:
            changing.approve_change(
                session, reference=change_reference, officer_id=officer().id, at=now()
            )
        return _decided(change_reference, gettext("Approved. The applicant gets a letter."))
    changing.require_change_undecided(one)
    return render_template("backoffice/registrations/approve_change.html", form=form, **_shown(one))


@bp.route("/changes/<change_reference>/objections", methods=["GET", "POST"])
@requires("registration.decide")
def object_to_change(change_reference: str) -> ResponseReturnValue:
    """Return the change, with what is wrong in which field."""
    one = _change(change_reference)
    form = CHANGE_FORMS[one.kind]()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                changing.object_to_change(
                    session,
                    reference=change_reference,
                    officer_id=officer().id,
                    objections=form.objections(),
                    at=now(),
                )
            return _decided(
                change_reference, gettext("Returned to the applicant, who gets a letter.")
            )
        except Invalid as error:
            fail(form, error)
    changing.require_change_undecided(one)
    return render_template(
        "backoffice/registrations/object_to_change.html",
        form=form,
        names=(*ENTRIES[one.kind], "effective_on"),
        **_shown(one),
    )


@bp.route("/changes/<change_reference>/reject", methods=["GET", "POST"])
@requires("registration.decide")
def reject_change(change_reference: str) -> ResponseReturnValue:
    """End the change with a reason."""
    one, form = _change(change_reference), RejectionForm()
    if form.validate_on_submit():
        with transaction() as session:
            changing.reject_change(
                session,
                reference=change_reference,
                officer_id=officer().id,
                reason=form.reason.data,
                at=now(),
            )
        return _decided(change_reference, gettext("Not approved. The applicant gets a letter."))
    changing.require_change_undecided(one)
    return render_template("backoffice/registrations/reject_change.html", form=form, **_shown(one))


def _change(reference: str) -> Change:
    return change_for_officer(reading(), reference, officer())


def _decided(reference: str, said: str) -> ResponseReturnValue:
    """Go back to the change; a move to another office takes it out of sight."""
    flash(said, "success")
    return redirect(url_for(".changes"), 303)


def _shown(one: Change) -> dict[str, Any]:
    return {
        "one": one,
        "office_names": office_names(),
        "duty_groups": tariff_now().duty_groups,
    }
