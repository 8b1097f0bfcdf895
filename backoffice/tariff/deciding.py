"""The second pair of eyes: approve, return, reject, publish."""

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.tariff import words
from backoffice.tariff.forms import ApproveForm, PublishForm, ReasonForm
from backoffice.tariff.room import OPEN, acts_for, bp, for_decision, officers_of, read
from excise.backdating.actions import FilingsChanged, count_touched
from excise.backdating.actions import approve as approve_edition
from excise.backdating.queries import filings_touched
from excise.errors import NotAllowed
from excise.tariff import actions
from excise.tariff.difference import newly_assumed
from excise.tariff.models import EditionState
from excise.tariff.queries import edition
from web.access import fresh, requires
from web.clock import now
from web.db import reading, transaction
from web.fields import fail
from web.messages import message_for
from web.paging import page_in, page_of
from web.tariff import tariff_now

_S = EditionState


@bp.route("/<int(max=2147483647):number>/approve", methods=["GET", "POST"])
@fresh
@requires("tariff.approve")
def approve(number: int) -> ResponseReturnValue:
    """Show what it changes and whom it touches once more, and take the decision."""
    form = ApproveForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                approve_edition(
                    session,
                    number=number,
                    officer_id=officer().id,
                    agreed_filings=form.agreed_filings.data,
                    at=now(),
                )
            flash(gettext("Approved. It taxes nobody until it is published."), "success")
            return redirect(url_for(".show", number=number), 303)
        except FilingsChanged as error:
            flash(message_for(error), "info")
            return redirect(url_for(".approve", number=number), 303)
        except actions.Overtaken as error:
            fail(form, error)
    for_decision(number, _S.PROPOSED)
    found = read(number)
    assert found.tariff is not None  # a text with faults is not proposed
    filings = page_of(filings_touched(found.before, found.tariff))
    form.agreed_filings.data, form.agreed_filings.raw_data = count_touched(reading(), number), None
    return render_template(
        "backoffice/tariff/approve.html",
        form=form,
        one=found.row,
        changes=found.changes,
        touched=form.agreed_filings.data,
        filings=filings,
        assumed=newly_assumed(found.before, found.tariff),
        place=words.Places(found.tariff, found.before),
        words=words,
        **officers_of(found.row),
    )


@bp.route("/<int(max=2147483647):number>/publish", methods=["GET", "POST"])
@fresh
@requires("tariff.approve")
def publish(number: int) -> ResponseReturnValue:
    """Put it in the place of the edition in force."""
    form, found = PublishForm(), read(number)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.publish(
                    session,
                    number=number,
                    officer_id=officer().id,
                    allow_assumed=current_app.extensions["settings"].demo,
                    at=now(),
                )
            flash(gettext("Published. From now on it is the tariff."), "success")
            return redirect(url_for(".show", number=number), 303)
        except (actions.Overtaken, actions.AssumedAnew) as error:
            fail(form, error)
    for_decision(number, _S.APPROVED)
    assert found.tariff is not None  # a text with faults is not approved
    return render_template(
        "backoffice/tariff/publish.html",
        form=form,
        one=found.row,
        page=page_in(found.changes),
        assumed=newly_assumed(tariff_now(), found.tariff),
        place=words.Places(found.tariff, found.before),
        words=words,
    )


@bp.route("/<int(max=2147483647):number>/return", methods=["GET", "POST"])
@requires("tariff.approve")
def give_back(number: int) -> ResponseReturnValue:
    """Return the draft with what must change."""
    row, form = for_decision(number, _S.PROPOSED), ReasonForm()
    if form.validate_on_submit():
        with transaction() as session:
            actions.give_back(
                session, number=number, reason=form.reason.data, officer_id=officer().id, at=now()
            )
        flash(gettext("Returned to the officer who drafted it."), "success")
        return redirect(url_for(".show", number=number), 303)
    return render_template("backoffice/tariff/give_back.html", form=form, one=row)


@bp.route("/<int(max=2147483647):number>/reject", methods=["GET", "POST"])
@requires("tariff.view")
def reject(number: int) -> ResponseReturnValue:
    """End an edition that shall not be published."""
    row, form = edition(reading(), number), ReasonForm()
    row.require(*OPEN)
    if not acts_for(row)["rejects"]:
        raise NotAllowed("permission-missing", permission="tariff.approve")
    if form.validate_on_submit():
        with transaction() as session:
            actions.reject(
                session, number=number, reason=form.reason.data, officer_id=officer().id, at=now()
            )
        flash(gettext("It has ended. Nothing of it is in force."), "success")
        return redirect(url_for(".show", number=number), 303)
    return render_template("backoffice/tariff/reject.html", form=form, one=row)
