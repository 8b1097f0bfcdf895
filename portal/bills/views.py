"""Bills with their codes, and the pay-in slip."""

from typing import cast

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.config import Settings
from excise.documents.codes import code128_svg, data_uri, qr_svg
from excise.documents.pay_slip import PaySlipFacts, render_pay_slip
from excise.errors import Conflict
from excise.payments.credit import free_credit, pay_with_credit
from excise.payments.models import Bill
from excise.payments.owing import Owed, owed_of, owed_on
from excise.payments.queries import bill_for, bills_within, waiting_for
from excise.payments.slips import pay_slip_facts
from excise.receipts.queries import receipt_of_payment
from excise.taxpayers.queries import reach_of
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.paging import page_of

bp = Blueprint("bills", __name__, url_prefix="/bills")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List bills, the newest first."""
    page = page_of(bills_within(reach_of(reading(), person_id(), on=today())))
    return render_template(
        "portal/bills/index.html",
        bills=[(bill, _facts(bill)) for bill in page.rows],
        owed=owed_of(reading(), page.rows, on=today()),
        page=page,
        today=today(),
    )


@bp.get("/<ref1>")
def show(ref1: str) -> ResponseReturnValue:
    """Show how to pay what is owed today or, once the bank has told us, that it is paid."""
    bill = bill_for(reading(), ref1, person_id=person_id(), on=today())
    owed = owed_on(reading(), bill, on=today())
    facts = _facts(bill, owed)
    receipts = [receipt_of_payment(reading(), payment.id) for payment in bill.payments]
    return render_template(
        "portal/bills/show.html",
        bill=bill,
        facts=facts,
        receipts=[receipt for receipt in receipts if receipt],
        qr=data_uri(qr_svg(facts.promptpay)),
        barcode=data_uri(code128_svg(facts.barcode)),
        overdue=today() > bill.due_on,
        waiting=[] if bill.is_paid else waiting_for(reading(), bill),
        owed=owed,
        credit=free_credit(reading(), bill.taxpayer_id) if bill.is_open else 0,
    )


@bp.route("/<ref1>/credit", methods=["GET", "POST"])
def credit(ref1: str) -> ResponseReturnValue:
    """Let the taxpayer's credit pay a bill, as far as it goes."""
    bill, form = bill_for(reading(), ref1, person_id=person_id(), on=today()), BaseForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                pay_with_credit(session, ref1=ref1, person_id=person_id(), at=now())
            flash(gettext("Paid with your credit."), "success")
            return redirect(url_for(".show", ref1=ref1), 303)
        except Conflict as error:
            fail(form, error)
    page = render_template(
        "portal/bills/credit.html",
        form=form,
        bill=bill,
        owed=owed_on(reading(), bill, on=today()).total_satang,
        credit=free_credit(reading(), bill.taxpayer_id),
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/<ref1>/slip.pdf")
def slip(ref1: str) -> ResponseReturnValue:
    """Hand out the pay-in slip of what is owed today; the same bytes until that changes."""
    bill = bill_for(reading(), ref1, person_id=person_id(), on=today())
    facts = _facts(bill, owed_on(reading(), bill, on=today()))
    headers = {
        "Content-Disposition": f'attachment; filename="pay-in-{ref1}.pdf"',
        "Cache-Control": "private, no-cache",  # tomorrow it may ask for more
    }
    return Response(render_pay_slip(facts), mimetype="application/pdf", headers=headers)


def _facts(bill: Bill, owed: Owed | None = None) -> PaySlipFacts:
    settings = cast(Settings, current_app.extensions["settings"])
    return pay_slip_facts(bill, biller_id=settings.biller_id, demo=settings.demo, owed=owed)
