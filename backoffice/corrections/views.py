"""Pages about debts that are given up and payments that are reversed."""

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import may, officer
from backoffice.corrections.forms import ApproveForm, GiveBackForm, ReasonForm, WriteOffForm
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.payments import corrections
from excise.payments.corrections import correction_of
from excise.payments.models import Bill, Correction, Payment, ResolutionState
from excise.payments.owing import left_of
from excise.payments.resolving import ProposerCannotDecide
from excise.people.models import Officer
from web.access import fresh, requires
from web.clock import now
from web.db import reading, transaction
from web.fields import fail, plain
from web.paging import page_of

bp = Blueprint("corrections", __name__, url_prefix="/corrections")


@bp.get("/")
@requires("payment.view")
def index() -> ResponseReturnValue:
    """List the proposals, the latest first."""
    query = sa.select(Correction).order_by(Correction.proposed_at.desc(), Correction.id.desc())
    return render_template("backoffice/corrections/index.html", page=page_of(query))


@bp.route("/write-off", methods=["GET", "POST"])
@requires("payment.resolve")
def write_off() -> ResponseReturnValue:
    """Propose to give up what a bill still asks for."""
    form = WriteOffForm()
    form.ref1.data = ref1 = form.ref1.data or plain(request.args.get("ref1", ""))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = corrections.propose_write_off(
                    session,
                    ref1=ref1,
                    reason=form.reason.data,
                    submission_id=form.submission_id.data,
                    officer_id=officer().id,
                    at=now(),
                ).reference
            return redirect(url_for(".show", reference=made), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    bill = reading().scalar(sa.select(Bill).where(Bill.ref1 == ref1))
    page = render_template(
        "backoffice/corrections/write_off.html",
        form=form,
        bill=bill,
        left=sum(left_of(bill).values()) if bill else 0,
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/payments/<int(max=2147483647):payment_id>", methods=["GET", "POST"])
@requires("payment.resolve")
def reversal(payment_id: int) -> ResponseReturnValue:
    """Propose to reverse a payment that the bank takes back."""
    payment, form = reading().get(Payment, payment_id), ReasonForm()
    if payment is None:
        raise NotFound(what="payment", id=payment_id)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = corrections.propose_reversal(
                    session,
                    payment_id=payment_id,
                    reason=form.reason.data,
                    submission_id=form.submission_id.data,
                    officer_id=officer().id,
                    at=now(),
                ).reference
            return redirect(url_for(".show", reference=made), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template("backoffice/corrections/reversal.html", form=form, payment=payment)
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/<reference>")
@requires("payment.view")
def show(reference: str) -> ResponseReturnValue:
    """Show a proposal and what became of it."""
    one = correction_of(reading(), reference)
    people = [each for each in (one.proposed_by, one.decided_by) if each is not None]
    return render_template(
        "backoffice/corrections/show.html",
        one=one,
        people={each: reading().get_one(Officer, each) for each in people},
        decides=one.state is ResolutionState.PROPOSED
        and may("payment.approve")
        and one.proposed_by != officer().id,
    )


@bp.route("/<reference>/approve", methods=["GET", "POST"])
@fresh
@requires("payment.approve")
def approve(reference: str) -> ResponseReturnValue:
    """Show everything once more and take the decision."""
    one, form = correction_of(reading(), reference), ApproveForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                corrections.approve(session, reference=reference, officer_id=officer().id, at=now())
            flash(gettext("Approved."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except (Conflict, NotAllowed) as error:
            fail(form, error)
    elif one.state is ResolutionState.APPROVED:
        return redirect(url_for(".show", reference=reference), 303)
    _open_to_me(one)
    page = render_template("backoffice/corrections/approve.html", form=form, one=one)
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/<reference>/give-back", methods=["GET", "POST"])
@requires("payment.approve")
def give_back(reference: str) -> ResponseReturnValue:
    """Give a proposal back with what must change."""
    one, form = correction_of(reading(), reference), GiveBackForm()
    _open_to_me(one)
    if form.validate_on_submit():
        with transaction() as session:
            corrections.give_back(
                session,
                reference=reference,
                note=form.note.data,
                officer_id=officer().id,
                at=now(),
            )
        flash(gettext("Given back. Nothing was changed."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    page = render_template("backoffice/corrections/give_back.html", form=form, one=one)
    return page, 422 if form.errors else 200


def _open_to_me(one: Correction) -> None:
    if one.proposed_by == officer().id:
        raise ProposerCannotDecide(reference=one.reference)
    if one.state is not ResolutionState.PROPOSED:
        raise Conflict("correction-not-in-this-state", reference=one.reference)
