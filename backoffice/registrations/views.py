"""The queue of applications and what an officer decides about them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.registrations.forms import (
    ApplicationObjectionsForm,
    ApprovalForm,
    GuaranteeForm,
    RejectionForm,
)
from backoffice.registrations.queue import Filters
from backoffice.registrations.room import bp, office_names
from excise.errors import Conflict, Invalid, NotFound
from excise.offices.models import Office
from excise.offices.queries import offices_under
from excise.people.models import Person
from excise.taxpayers import actions
from excise.taxpayers.actions import CORRECTABLE
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import (
    applications,
    deeds_about,
    history_of,
    others_of_taxpayer,
    registration_for_officer,
)
from web.access import requires
from web.clock import now, today
from web.db import reading, transaction
from web.downloads import hand_back
from web.fields import fail
from web.paging import page_of
from web.tariff import tariff_now

OTHERS = 25  # of the taxpayer's other establishments; the list finds the rest by the tax ID


@bp.get("/")
@requires("registration.view")
def index() -> ResponseReturnValue:
    """Show the applications of the officer's office and those below it, oldest first."""
    offices = offices_under(reading(), officer().office_code)
    filters = Filters.asked(request.args, {office.code for office in offices})
    query = applications(
        office_codes=[filters.office] if filters.office else [office.code for office in offices],
        state=filters.state,
        words=filters.words,
    )
    return render_template(
        "backoffice/registrations/index.html",
        page=page_of(query),
        offices={office.code: office for office in offices},
        filters=filters,
        today=today(),
    )


@bp.get("/<reference>")
@requires("registration.view")
def show(reference: str) -> ResponseReturnValue:
    """Show everything about an application."""
    registration = _registration(reference)
    return render_template(
        "backoffice/registrations/show.html",
        registration=registration,
        applicant=reading().get_one(Person, registration.applicant_id),
        others=others_of_taxpayer(reading(), registration, limit=OTHERS),
        deeds=deeds_about(reading(), reference),
        history_of=history_of(registration),
        office_names=office_names(),
        today=today(),
        **_names(registration),
    )


@bp.route("/<reference>/approve", methods=["GET", "POST"])
@requires("registration.decide")
def approve(reference: str) -> ResponseReturnValue:
    """Approve, after one more look."""
    registration = _registration(reference)
    form = ApprovalForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                number = actions.approve(
                    session, reference=reference, officer_id=officer().id, at=now()
                ).number
            flash(
                gettext("Approved. The registration number is %(number)s.", number=number),
                "success",
            )
            return redirect(url_for(".show", reference=reference), 303)
        except Invalid as error:
            fail(form, error)
    return render_template(
        "backoffice/registrations/approve.html",
        registration=_undecided(registration),
        form=form,
        **_names(registration),
    )


@bp.route("/<reference>/objections", methods=["GET", "POST"])
@requires("registration.decide")
def objections(reference: str) -> ResponseReturnValue:
    """Return the application, with what is wrong in which field."""
    registration = _registration(reference)
    form = ApplicationObjectionsForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.object_to(
                    session,
                    reference=reference,
                    officer_id=officer().id,
                    objections=form.objections(),
                    at=now(),
                )
            flash(gettext("Returned to the applicant, who gets a letter."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except Invalid as error:
            fail(form, error)
    return render_template(
        "backoffice/registrations/objections.html",
        registration=_undecided(registration),
        form=form,
        names=CORRECTABLE,
        **_names(registration),
    )


@bp.route("/<reference>/reject", methods=["GET", "POST"])
@requires("registration.decide")
def reject(reference: str) -> ResponseReturnValue:
    """End the application with a reason."""
    registration = _registration(reference)
    form = RejectionForm()
    if form.validate_on_submit():
        with transaction() as session:
            actions.reject(
                session,
                reference=reference,
                officer_id=officer().id,
                reason=form.reason.data,
                at=now(),
            )
        flash(gettext("Not approved. The applicant gets a letter."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    return render_template(
        "backoffice/registrations/reject.html",
        registration=_undecided(registration),
        form=form,
    )


@bp.route("/<reference>/guarantee", methods=["GET", "POST"])
@requires("registration.decide")
def guarantee(reference: str) -> ResponseReturnValue:
    """Put a guarantee on record."""
    form = GuaranteeForm()
    registration = _registration(reference)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.record_guarantee(
                    session,
                    registration=registration_for_officer(
                        session, reference, officer(), for_update=True
                    ),
                    officer_id=officer().id,
                    at=now(),
                    **{name: value for name, value in form.data.items() if name != "csrf_token"},
                )
            flash(gettext("The guarantee is on record."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    return render_template(
        "backoffice/registrations/guarantee.html",
        registration=registration,
        form=form,
        today=today(),
    )


@bp.get("/<reference>/files/<sha256>")
@requires("registration.view")
def file(reference: str, sha256: str) -> ResponseReturnValue:
    """Hand over a document of an application or a change, never to be shown in the page."""
    files = (each for each in _registration(reference).files if each.sha256 == sha256)
    if (kept := next(files, None)) is None:
        raise NotFound(what="file", id=sha256)
    return hand_back(kept.name, sha256)


def _registration(reference: str) -> Registration:
    return registration_for_officer(reading(), reference, officer())


def _undecided(registration: Registration) -> Registration:
    """Return it if it waits for a decision; say who decided before otherwise."""
    actions.require_undecided(reading(), registration)
    return registration


def _names(registration: Registration) -> dict[str, Any]:
    """Return the names behind the codes of a registration."""
    groups = tariff_now().duty_groups
    return {
        "office": reading().get_one(Office, registration.office_code),
        "groups": [groups[code] for code in registration.duty_groups if code in groups],
    }
