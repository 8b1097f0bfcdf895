"""What the officer who drafts an edition does with it."""

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
from excise.tariff.faults import Fault
from excise.tariff.rules import describe_rate
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
    row, tariff = own_draft(number), readable(number)[1]
    try:
        item = tariff.item(item_id)
    except Invalid:
        raise NotFound(what="item", id=item_id) from None
    like = row_before(item, today())
    form, faults = rate_form(tariff, item, like)(), tuple[Fault, ...]()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.set_rate(
                    session, form.rate(item), number=number, officer_id=officer().id, at=now()
                )
            flash(gettext("The draft has the new rate."), "success")
            return redirect(url_for(".show", number=number), 303)
        except Invalid as error:
            fail(form, error)
            faults = faults_of(error)
    try:
        present = describe_rate(tariff, item_id, like.from_)
    except Invalid:
        present = ("–", "–")
    return render_template(
        "backoffice/tariff/rate.html",
        form=form,
        faults=faults,
        one=row,
        item=item,
        like=like,
        present=present,
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
