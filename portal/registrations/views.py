"""Applying for a registration, following it, correcting it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.errors import Conflict, Invalid
from excise.offices.queries import area_offices
from excise.taxpayers import actions
from excise.taxpayers.models import NotOpenForCorrection, Registration, RegistrationState
from excise.taxpayers.queries import (
    history_of,
    registration_of_applicant,
    registration_seen_by,
    registrations_for,
)
from portal.registrations.change_forms import TITLES
from portal.registrations.forms import ApplicationForm, correction_form, duty_group_sections
from portal.registrations.room import bp, names, office_names
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import carried, fail
from web.paging import page_of


@bp.get("/")
def index() -> ResponseReturnValue:
    """List what the visitor applied for and may act for."""
    page = page_of(registrations_for(reading(), person_id(), on=today()))
    return render_template("portal/registrations/index.html", page=page)


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Show the form, empty or, when the applicant comes back to change it, as it was."""
    return _show_form(ApplicationForm(offices=area_offices(reading())))


@bp.route("/check", methods=["GET", "POST"])
def check() -> ResponseReturnValue:
    """Show the answers once more before they are sent."""
    form = ApplicationForm(offices=area_offices(reading()))
    if request.method == "GET":
        return redirect(url_for(".new"))  # reloaded, or back from signing in
    if not form.validate():
        return _show_form(form)
    entry = form.application()
    return render_template(
        "portal/registrations/check.html", entry=entry, carried=carried(), **names(entry)
    )


@bp.route("/send", methods=["GET", "POST"])
def send() -> ResponseReturnValue:
    """Send the application."""
    form = ApplicationForm(offices=area_offices(reading()))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                reference = actions.apply(
                    session,
                    form.application(),
                    person_id=person_id(),
                    submission_id=form.submission_id.data,
                    at=now(),
                ).reference
            return redirect(url_for(".sent", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    return _show_form(form) if request.method == "POST" else redirect(url_for(".new"))


@bp.get("/<reference>/sent")
def sent(reference: str) -> ResponseReturnValue:
    """Show the reference and what happens next; can be opened again for ever."""
    registration = _seen(reference)
    return render_template("portal/registrations/sent.html", registration=registration)


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Show where an application stands, and all that was entered."""
    registration = _seen(reference)
    return render_template(
        "portal/registrations/show.html",
        registration=registration,
        is_applicant=registration.applicant_id == person_id(),
        history_of=history_of(registration),
        kinds=TITLES,
        office_names=office_names(),
        today=today(),
        **names(registration),
    )


@bp.route("/<reference>/correct", methods=["GET", "POST"])
def correct(reference: str) -> ResponseReturnValue:
    """Take the corrections of exactly what the officer objected to."""
    registration = registration_of_applicant(reading(), reference, person_id())
    if registration.state is not RegistrationState.RETURNED:
        return redirect(url_for(".show", reference=reference))  # a second press, or an old tab
    form = correction_form(registration, area_offices(reading()))
    if form.validate_on_submit():
        try:
            _send_corrections(reference, form.changes())
            return redirect(url_for(".show", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    return render_template(
        "portal/registrations/correct.html",
        form=form,
        registration=registration,
        sections=duty_group_sections(),
    )


def _send_corrections(reference: str, changes: dict[str, Any]) -> None:
    try:
        with transaction() as session:
            actions.correct(
                session, reference=reference, person_id=person_id(), changes=changes, at=now()
            )
        flash(gettext("Your corrections were sent. An officer looks at them."), "success")
    except NotOpenForCorrection:
        pass  # the same press came twice: the first one counts, and its page follows


def _seen(reference: str) -> Registration:
    return registration_seen_by(reading(), reference, person_id(), on=today())


def _show_form(form: ApplicationForm) -> ResponseReturnValue:
    return render_template(
        "portal/registrations/new.html", form=form, sections=duty_group_sections()
    )
