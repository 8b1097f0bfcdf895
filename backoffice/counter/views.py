"""Pages of the counter."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import may, officer
from backoffice.counter import forms
from excise.counter import actions
from excise.counter.models import Means, Shift, ShiftState, Taking
from excise.counter.queries import (
    bill_under,
    copies_of,
    deposit_of,
    deposits_due,
    reference_in,
    shift_of,
    shifts,
    standing_of,
    taking_under,
)
from excise.errors import Conflict, Invalid, NotFound
from excise.offices.queries import codes_under
from excise.payments.models import Bill
from excise.payments.owing import owed_on
from excise.people.models import Officer
from excise.receipts.queries import document, receipt_of_payment
from web.access import fresh, requires
from web.clock import now, today
from web.db import reading, transaction
from web.downloads import hand_out
from web.fields import fail
from web.paging import page_of

bp = Blueprint("counter", __name__, url_prefix="/counter")


@bp.get("/")
@requires("payment.view")
def index() -> ResponseReturnValue:
    """Show the sessions of the officer's offices, and what no bank has told of yet."""
    offices = codes_under(reading(), officer().office_code)
    due = reading().scalars(deposits_due().join(Shift).where(Shift.office_code.in_(offices)))
    return render_template(
        "backoffice/counter/index.html",
        page=page_of(shifts(offices)),
        mine=standing_of(reading(), officer().id),
        due=list(due),
    )


@bp.route("/open", methods=["GET", "POST"])
@requires("counter.take")
def start() -> ResponseReturnValue:
    """Open the officer's own counter."""
    form = forms.OpenForm()
    if form.validate_on_submit():
        with transaction() as session:
            actions.open_shift(
                session,
                float_satang=form.float_satang.data or 0,
                officer_id=officer().id,
                at=now(),
            )
        return redirect(url_for(".take"), 303)
    page = render_template("backoffice/counter/start.html", form=form)
    return page, 422 if form.errors else 200


@bp.route("/take", methods=["GET", "POST"])
@requires("counter.take")
def take() -> ResponseReturnValue:
    """Find a bill by what was scanned or typed, and take its money."""
    form, asked = forms.TakeForm(), request.args.get("q", "")
    counter = standing_of(reading(), officer().id)
    if counter is None or counter.state is not ShiftState.OPEN:
        return redirect(url_for(".index"))
    form.ref1.data = form.ref1.data or _reference(asked)
    if form.validate_on_submit():
        try:
            number = _take(form)
            return redirect(url_for(".taken", receipt_no=number), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    bill = bill_under(reading(), form.ref1.data) if form.ref1.data else None
    page = render_template(
        "backoffice/counter/take.html",
        form=form,
        counter=counter,
        asked=asked or form.ref1.data,
        bill=bill,
        owed=owed_on(reading(), bill, on=today()) if bill else None,
        trouble=_trouble(bill) if asked or form.ref1.data else "",
    )
    return page, 422 if form.errors or form.form_errors else 200


def _reference(asked: str) -> str:
    try:
        return reference_in(asked)
    except Invalid:
        return asked.strip()[:40]


def _trouble(bill: Bill | None) -> str:
    words = ""
    if bill is None:
        words = gettext("There is no bill with this reference. Compare it with the pay-in slip.")
    elif bill.is_paid:
        words = gettext("This bill is paid already.")
    elif bill.withdrawn_at:
        words = gettext("This bill was withdrawn: its return was amended. Ask for the new one.")
    return words


def _take(form: forms.TakeForm) -> str:
    with transaction() as session:
        taking = actions.take(
            session,
            ref1=form.ref1.data,
            means=Means(form.means.data),
            detail=form.detail.data or "",
            tendered_satang=form.tendered.data or 0,
            submission_id=form.submission_id.data,
            officer_id=officer().id,
            at=now(),
        )
        issued = receipt_of_payment(session, taking.payment_id)
        assert issued is not None, "what a counter takes pays its bill"
        return issued.number


def _taking(receipt_no: str) -> Taking:
    """Return what was taken for a receipt, to who may see its session."""
    found = taking_under(reading(), receipt_no)
    shift_of(reading(), found.of.reference, officer_id=officer().id)
    return found


@bp.get("/receipts/<receipt_no>")
@requires("payment.view")
def taken(receipt_no: str) -> ResponseReturnValue:
    """Show what was taken, the change, the receipt and its copies."""
    found = _taking(receipt_no)
    return render_template(
        "backoffice/counter/taken.html",
        one=found,
        receipt_no=receipt_no,
        document=document(reading(), receipt_no),
        copies=copies_of(reading(), receipt_no),
        form=forms.CopyForm(),
        mine=found.of.cashier_id == officer().id and found.of.state is ShiftState.OPEN,
        means=forms.MEANS,
    )


@bp.post("/receipts/<receipt_no>/copies")
@requires("counter.take")
def copy(receipt_no: str) -> ResponseReturnValue:
    """Have a copy made, which says the how many-th it is."""
    _taking(receipt_no)
    with transaction() as session:
        actions.ask_for_copy(session, number=receipt_no, officer_id=officer().id, at=now())
    flash(gettext("The copy is being made. It appears here in a moment."), "success")
    return redirect(url_for(".taken", receipt_no=receipt_no), 303)


@bp.get("/receipts/<receipt_no>/paper/<int(max=9999):copy_no>.pdf")
@requires("payment.view")
def paper(receipt_no: str, copy_no: int) -> ResponseReturnValue:
    """Hand out the receipt, or its copy of a number."""
    _taking(receipt_no)
    made = document(reading(), f"{receipt_no}-C{copy_no:02d}" if copy_no else receipt_no)
    if made is None and copy_no:
        raise NotFound(what="document", id=receipt_no)
    if made is None:
        return redirect(url_for(".taken", receipt_no=receipt_no))  # which says it is being made
    return hand_out(made)


@bp.get("/sessions/<reference>")
@requires("payment.view")
def show(reference: str) -> ResponseReturnValue:
    """Show a session: what was taken, what should lie in the drawer, what went to the bank."""
    one = shift_of(reading(), reference, officer_id=officer().id)
    me = officer().id
    numbers = {
        each.id: issued.number
        for each in one.takings
        if (issued := receipt_of_payment(reading(), each.payment_id))
    }
    return render_template(
        "backoffice/counter/show.html",
        **_shown(one),
        numbers=numbers,
        counts=one.cashier_id == me and one.state is ShiftState.OPEN,
        decides=may("counter.approve") and one.cashier_id != me,
    )


def _shown(one: Shift) -> dict[str, object]:
    by = (one.cashier_id, one.decided_by)
    return {
        "one": one,
        "means": forms.MEANS,
        "people": {each: reading().get_one(Officer, each) for each in by if each is not None},
    }


@bp.route("/sessions/<reference>/count", methods=["GET", "POST"])
@requires("counter.take")
def count(reference: str) -> ResponseReturnValue:
    """Count the drawer and end the session."""
    one, form = shift_of(reading(), reference, officer_id=officer().id), forms.CountForm()
    if one.cashier_id != officer().id:
        raise NotFound(what="shift", id=reference)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.count(
                    session,
                    reference=reference,
                    counted_satang=form.counted.data or 0,
                    reason=form.reason.data or "",
                    officer_id=officer().id,
                    at=now(),
                )
            flash(gettext("Counted. Hand the money to your supervisor."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template("backoffice/counter/count.html", form=form, one=one)
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/sessions/<reference>/approve", methods=["GET", "POST"])
@fresh
@requires("counter.approve")
def approve(reference: str) -> ResponseReturnValue:
    """Take the money over from a cashier."""
    one, form = shift_of(reading(), reference, officer_id=officer().id), forms.ApproveForm()
    _mine_to_decide(one)
    if form.validate_on_submit():
        with transaction() as session:
            actions.approve(session, reference=reference, officer_id=officer().id, at=now())
        flash(gettext("Taken over. Bring the money to the bank with its slip."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    page = render_template("backoffice/counter/approve.html", form=form, **_shown(one))
    return page, 422 if form.errors else 200


@bp.route("/sessions/<reference>/give-back", methods=["GET", "POST"])
@requires("counter.approve")
def give_back(reference: str) -> ResponseReturnValue:
    """Let the cashier count again."""
    one, form = shift_of(reading(), reference, officer_id=officer().id), forms.GiveBackForm()
    _mine_to_decide(one)
    if form.validate_on_submit():
        with transaction() as session:
            actions.give_back(
                session,
                reference=reference,
                note=form.note.data or "",
                officer_id=officer().id,
                at=now(),
            )
        flash(gettext("Given back. The cashier counts again."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    page = render_template("backoffice/counter/give_back.html", form=form, one=one)
    return page, 422 if form.errors else 200


def _mine_to_decide(one: Shift) -> None:
    if one.cashier_id == officer().id:
        raise actions.CashierCannotApprove(reference=one.reference)
    if one.state is not ShiftState.COUNTED:
        raise Conflict("counter-not-counted", reference=one.reference)


@bp.get("/deposits/<deposit_no>")
@requires("payment.view")
def deposit(deposit_no: str) -> ResponseReturnValue:
    """Show the slip that goes to the bank with the money, to be printed."""
    one = deposit_of(reading(), deposit_no)
    shift_of(reading(), one.of.reference, officer_id=officer().id)
    return render_template("backoffice/counter/deposit.html", one=one, **_of(one.of))


def _of(counter: Shift) -> dict[str, object]:
    takings = [each for each in counter.takings if each.means is Means.CHEQUE]
    return {"cheques": takings}
