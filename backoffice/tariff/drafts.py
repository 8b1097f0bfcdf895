"""What the officer who drafts an edition does with it."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.tariff import words
from backoffice.tariff.forms import DraftForm, EditionFileForm, SourceForm, rate_form
from backoffice.tariff.room import bp, own_draft, readable
from excise.errors import Conflict, ExciseError, Invalid, NotFound
from excise.tariff import actions
from excise.tariff.amending import faults_of, row_before
from excise.tariff.difference import assumed_rows
from excise.tariff.entries import Item, Rate, Schedule
from excise.tariff.faults import Fault
from web.access import requires
from web.clock import now, today
from web.db import transaction
from web.fields import BaseForm, fail
from web.messages import message_for
from web.tariff import tariff_now


@bp.route("/new", methods=["GET", "POST"])
@requires("tariff.draft")
def new() -> ResponseReturnValue:
    """Begin a draft from the edition in force."""
    form = DraftForm()
    if form.validate_on_submit():
        with transaction() as session:
            number = actions.draft(
                session,
                purpose=form.purpose.data,
                officer_id=officer().id,
                submission_id=form.submission_id.data,
                at=now(),
            ).number
        return redirect(url_for(".show", number=number), 303)
    return render_template("backoffice/tariff/new.html", form=form)


@bp.route("/<int(max=2147483647):number>/upload", methods=["GET", "POST"])
@requires("tariff.draft")
def upload(number: int) -> ResponseReturnValue:
    """Take the whole text of a draft from a file; its faults are shown on the draft."""
    row, form = own_draft(number), EditionFileForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.replace_text(
                    session, form.text(), number=number, officer_id=officer().id, at=now()
                )
            return redirect(url_for(".show", number=number), 303)
        except Invalid as error:
            fail(form, error)
    return render_template("backoffice/tariff/upload.html", form=form, one=row)


@bp.route("/<int(max=2147483647):number>/items/<item_id>", methods=["GET", "POST"])
@requires("tariff.draft")
def rate(number: int, item_id: str) -> ResponseReturnValue:
    """Ask for another rate of one item, from a day on."""
    own_draft(number)
    tariff = readable(number)[1]
    try:
        item = tariff.item(item_id)
    except Invalid:
        raise NotFound(what="item", id=item_id) from None
    return _row_asked(number, f"items {item_id}", item, item.rates)


@bp.route("/<int(max=2147483647):number>/schedules/<name>", methods=["GET", "POST"])
@requires("tariff.draft")
def schedule(number: int, name: str) -> ResponseReturnValue:
    """Ask for other rates of a schedule that several items share, from a day on."""
    own_draft(number)
    found = readable(number)[1].schedules.get(name)
    if found is None:
        raise NotFound(what="schedule", id=name)
    return _row_asked(number, f"schedules {name}", found, found.periods)


def _row_asked(
    number: int, where: str, of: Item | Schedule, rows: Sequence[Rate]
) -> ResponseReturnValue:
    row, tariff = readable(number)
    like = row_before(rows, today())
    form, faults = rate_form(tariff, of, like)(), tuple[Fault, ...]()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                new, by = form.rate(where), officer().id
                actions.set_rate(session, new, number=number, officer_id=by, at=now())
            flash(gettext("The draft has the new rate."), "success")
            return redirect(url_for(".show", number=number), 303)
        except Invalid as error:
            fail(form, error)
            faults = faults_of(error)
    return render_template(
        "backoffice/tariff/rate.html",
        form=form,
        faults=faults,
        one=row,
        schedule=of.schedule if isinstance(of, Item) else None,
        place=words.Places(tariff, tariff_now())(where),
        like=like,
        sharing=words.sharing(tariff, where),
        words=words,
    )


@bp.route("/<int(max=2147483647):number>/confirm", methods=["GET", "POST"])
@requires("tariff.draft")
def confirm(number: int) -> ResponseReturnValue:
    """Ask where an assumed figure was read, and say so in the draft."""
    row, tariff = own_draft(number), readable(number)[1]
    keys = {(where, str(day or "")): (where, day) for where, day in assumed_rows(tariff)}
    asked = request.args.get("where", ""), request.args.get("from", "")
    if (key := keys.get(asked)) is None:
        raise NotFound(what="row", id=asked[0])
    form = SourceForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                told = form.source_of(*key)
                actions.set_source(session, told, number=number, officer_id=officer().id, at=now())
            flash(gettext("The draft has the source."), "success")
            return redirect(url_for(".assumed", number=number), 303)
        except Invalid as error:
            fail(form, error)
    return render_template(
        "backoffice/tariff/confirm.html",
        form=form,
        one=row,
        key=key,
        told=assumed_rows(tariff)[key],
        place=words.Places(tariff, tariff_now()),
        words=words,
    )


@bp.post("/<int(max=2147483647):number>/propose")
@requires("tariff.draft")
def propose(number: int) -> ResponseReturnValue:
    """Send the draft to be approved; what stands in the way is said on its page."""
    if BaseForm().validate_on_submit():
        try:
            with transaction() as session:
                actions.propose(session, number=number, officer_id=officer().id, at=now())
            flash(gettext("Sent. Another officer decides on it."), "success")
        except (Invalid, Conflict) as error:
            _say(error)
    return redirect(url_for(".show", number=number), 303)


def _say(error: ExciseError) -> None:
    flash(message_for(error), "info")
