"""Pages about money that found no bill."""

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import may, officer
from backoffice.resolutions.forms import (
    AllocateForm,
    ApproveForm,
    GiveBackForm,
    RefundForm,
    TransferForm,
)
from excise.errors import Conflict, Invalid, NotFound
from excise.payments import resolving
from excise.payments.models import Bill, Payment, PaymentState, Resolution, ResolutionState
from excise.payments.owing import owed_on
from excise.payments.queries import bills_of_amount, refunds_due, resolutions, waiting_like
from excise.payments.resolving import ProposerCannotDecide, proposal_of, resolution_of
from excise.people.models import Officer
from excise.periods import local_date
from web.access import fresh, requires
from web.clock import now
from web.db import reading, transaction
from web.fields import fail, plain
from web.paging import page_of

bp = Blueprint("resolutions", __name__, url_prefix="/resolutions")
DUE = "due"


@bp.get("/")
@requires("payment.view")
def index() -> ResponseReturnValue:
    """Show proposals in a state, or with `?state=due` what is still to be paid back."""
    state = request.args.get("state", ResolutionState.PROPOSED.value)
    if state == DUE:
        query = refunds_due()
    else:
        known = state in set(ResolutionState)
        query = resolutions([ResolutionState(state)] if known else list(ResolutionState))
    return render_template("backoffice/resolutions/index.html", page=page_of(query), state=state)


@bp.route("/payments/<int(max=2147483647):payment_id>", methods=["GET", "POST"])
@requires("payment.resolve")
def propose(payment_id: int) -> ResponseReturnValue:
    """Look for the bill that a payment belongs to, and propose it."""
    payment, form = _payment(payment_id), AllocateForm()
    form.ref1.data = ref1 = form.ref1.data or plain(request.args.get("ref1", payment.ref1))
    bill = reading().scalar(sa.select(Bill).where(Bill.ref1 == ref1))
    others = waiting_like(reading(), payment, bill)
    form.others.choices = [(other.id, other.transaction_id) for other in others]
    if form.validate_on_submit():
        try:
            with transaction() as session:
                proposal = resolving.propose_bill(
                    session,
                    payment_ids=[payment_id, *(form.others.data or [])],
                    ref1=ref1,
                    payee=form.payee.data,
                    reason=form.reason.data,
                    submission_id=form.submission_id.data,
                    officer_id=officer().id,
                    at=now(),
                ).reference
            return redirect(url_for(".show", reference=proposal), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    if standing := proposal_of(reading(), payment_id):
        return redirect(url_for(".show", reference=standing.reference), 303)
    page = render_template(
        "backoffice/resolutions/propose.html",
        form=form,
        payment=payment,
        ref1=ref1,
        asked="ref1" in request.args,
        bill=bill,
        owed=owed_on(reading(), bill, on=local_date(payment.paid_at)) if bill else None,
        others={other.id: other for other in others},
        alike=bills_of_amount(reading(), payment.amount_satang, limit=5),
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/payments/<int(max=2147483647):payment_id>/refund", methods=["GET", "POST"])
@requires("payment.resolve")
def refund(payment_id: int) -> ResponseReturnValue:
    """Propose to pay a payment back."""
    payment, form = _payment(payment_id), RefundForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                proposal = resolving.propose_refund(
                    session,
                    payment_id=payment_id,
                    payee=form.payee.data,
                    reason=form.reason.data,
                    submission_id=form.submission_id.data,
                    officer_id=officer().id,
                    at=now(),
                ).reference
            return redirect(url_for(".show", reference=proposal), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template("backoffice/resolutions/refund.html", form=form, payment=payment)
    return page, 422 if form.errors or form.form_errors else 200


def _payment(payment_id: int) -> Payment:
    """Return a payment that may be resolved, or was just now by this very form."""
    found = reading().get(Payment, payment_id)
    if found is None or (found.state is not PaymentState.UNALLOCATED and request.method == "GET"):
        raise NotFound(what="payment", id=payment_id)
    return found


@bp.get("/<reference>")
@requires("payment.view")
def show(reference: str) -> ResponseReturnValue:
    """Show a proposal and what became of it."""
    one = resolution_of(reading(), reference)
    waits = one.state is ResolutionState.PROPOSED
    return render_template(
        "backoffice/resolutions/show.html",
        one=one,
        people={each: reading().get_one(Officer, each) for each in _officers(one)},
        decides=waits and may("payment.approve") and one.proposed_by != officer().id,
        pays=bool(one.refund and not one.refund.transfer_no and may("payment.resolve")),
    )


def _officers(one: Resolution) -> set[int]:
    paid_by = one.refund.paid_by if one.refund else None
    return {each for each in (one.proposed_by, one.decided_by, paid_by) if each is not None}


@bp.route("/<reference>/approve", methods=["GET", "POST"])
@fresh
@requires("payment.approve")
def approve(reference: str) -> ResponseReturnValue:
    """Show everything once more and take the decision."""
    one, form = resolution_of(reading(), reference), ApproveForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                resolving.approve(session, reference=reference, officer_id=officer().id, at=now())
            flash(gettext("Approved."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except Conflict as error:
            fail(form, error)
    elif one.state is ResolutionState.APPROVED:
        return redirect(url_for(".show", reference=reference), 303)
    _open_to_me(one)
    page = render_template("backoffice/resolutions/approve.html", form=form, one=one)
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/<reference>/give-back", methods=["GET", "POST"])
@requires("payment.approve")
def give_back(reference: str) -> ResponseReturnValue:
    """Give a proposal back with what must change."""
    one, form = resolution_of(reading(), reference), GiveBackForm()
    _open_to_me(one)
    if form.validate_on_submit():
        with transaction() as session:
            resolving.give_back(
                session,
                reference=reference,
                note=form.note.data,
                officer_id=officer().id,
                at=now(),
            )
        flash(gettext("Given back. The money waits as before."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    page = render_template("backoffice/resolutions/give_back.html", form=form, one=one)
    return page, 422 if form.errors else 200


def _open_to_me(one: Resolution) -> None:
    if one.proposed_by == officer().id:
        raise ProposerCannotDecide(reference=one.reference)
    if one.state is not ResolutionState.PROPOSED:
        raise Conflict("resolution-not-in-this-state", reference=one.reference)


@bp.route("/<reference>/paid", methods=["GET", "POST"])
@requires("payment.resolve")
def paid(reference: str) -> ResponseReturnValue:
    """Record the bank's transfer of a refund."""
    one, form = resolution_of(reading(), reference), TransferForm()
    if one.refund is None:
        raise NotFound(what="refund", id=reference)
    if form.validate_on_submit() and form.paid_on.data:
        try:
            with transaction() as session:
                resolving.record_transfer(
                    session,
                    reference=reference,
                    transfer_no=form.transfer_no.data,
                    paid_on=form.paid_on.data,
                    officer_id=officer().id,
                    at=now(),
                )
            flash(gettext("Recorded. The refund is paid."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template("backoffice/resolutions/paid.html", form=form, one=one)
    return page, 422 if form.errors or form.form_errors else 200
