"""Applying for changes of a registration, following and correcting them."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.documents.uploads import keep
from excise.errors import Conflict, Invalid, NotFound
from excise.offices.queries import area_offices
from excise.people.rules import Right
from excise.taxpayers import changing
from excise.taxpayers.models import Change, NotOpenForCorrection, RegistrationState
from excise.taxpayers.queries import change_seen_by, establishment, taken_over_by
from excise.taxpayers.rules import NOTICE_DAYS, ChangeKind
from portal.registrations.change_forms import TITLES, ChangeForm, correction_of
from portal.registrations.forms import duty_group_sections
from portal.registrations.room import bp, office_names
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.downloads import store
from web.fields import fail
from web.tariff import tariff_now


@bp.route("/<number>/change/<kind>", methods=["GET", "POST"])
def change(number: str, kind: str) -> ResponseReturnValue:
    """Ask what changes, and take it as an application."""
    if kind not in set(ChangeKind):
        raise NotFound(what="change", id=kind)
    asked = ChangeKind(kind)
    place = establishment(reading(), number, person_id=person_id(), right=Right.MANAGE, on=today())
    form = ChangeForm(asked, place, area_offices(reading()))
    if form.validate_on_submit() and (reference := _sent(form, asked, number)):
        return redirect(url_for(".show_change", change_reference=reference), 303)
    return render_template(
        "portal/registrations/change.html",
        form=form,
        kind=asked,
        place=place,
        title=TITLES[asked],
        notice=NOTICE_DAYS[-1],
        sections=duty_group_sections(),
    )


def _sent(form: ChangeForm, kind: ChangeKind, number: str) -> str | None:
    """Keep the documents and the application, or put what is wrong on the form."""
    assert form.effective_on.data, "asked of a form that was validated"
    try:
        files = keep(store(), form.uploads())
        with transaction() as session:
            made = changing.ask_for_change(
                session,
                changing.Asked(
                    kind=kind,
                    effective_on=form.effective_on.data,
                    entries=form.entries(kind),
                    files=files,
                ),
                number=number,
                person_id=person_id(),
                submission_id=form.submission_id.data,
                at=now(),
            )
            reference = made.reference
    except (Invalid, Conflict) as error:
        fail(form, error)
        return None
    flash(gettext("Received. An officer checks it."), "success")
    return reference


@bp.get("/changes/<change_reference>")
def show_change(change_reference: str) -> ResponseReturnValue:
    """Show where a change stands, and what would be different."""
    one = _seen(change_reference)
    return render_template(
        "portal/registrations/show_change.html",
        one=one,
        title=TITLES[one.kind],
        successors=[each for each in taken_over_by(reading(), one) if each.number],
        office_names=office_names(),
        duty_groups=tariff_now().duty_groups,
    )


@bp.route("/changes/<change_reference>/correct", methods=["GET", "POST"])
def correct_change(change_reference: str) -> ResponseReturnValue:
    """Take the corrections of exactly what the officer objected to."""
    one = _seen(change_reference)
    if one.state is not RegistrationState.RETURNED:
        return redirect(url_for(".show_change", change_reference=change_reference))
    form = correction_of(one, area_offices(reading()))
    if form.validate_on_submit() and _corrected(one, form):
        return redirect(url_for(".show_change", change_reference=change_reference), 303)
    return render_template(
        "portal/registrations/correct_change.html",
        form=form,
        one=one,
        sections=duty_group_sections(),
    )


def _corrected(one: Change, form: ChangeForm) -> bool:
    day = form.effective_on.data if "effective_on" in form else one.effective_on
    assert day, "asked of a form that was validated"
    try:
        files = keep(store(), form.uploads())
        with transaction() as session:
            changing.correct_change(
                session,
                reference=one.reference,
                person_id=person_id(),
                entries=form.entries(one.kind),
                effective_on=day,
                files=files,
                at=now(),
            )
        flash(gettext("Your corrections were sent. An officer looks at them."), "success")
    except NotOpenForCorrection:
        pass  # the same press came twice: the first one counts, and its page follows
    except (Invalid, Conflict) as error:
        fail(form, error)
        return False
    return True


def _seen(reference: str) -> Change:
    return change_seen_by(reading(), reference, person_id(), on=today())
