"""Bills with their codes, and the pay-in slip."""

from typing import cast

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from excise.config import Settings
from excise.documents.codes import code128_svg, data_uri, qr_svg
from excise.documents.pay_slip import PaySlipFacts, render_pay_slip
from excise.payments.models import Bill
from excise.payments.queries import bill_for, bills_within, waiting_for
from excise.payments.slips import pay_slip_facts
from excise.receipts.queries import receipt_of_payment
from excise.taxpayers.queries import reach_of
from web.access import person_id
from web.clock import today
from web.db import reading
from web.paging import page_of

bp = Blueprint("bills", __name__, url_prefix="/bills")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List bills, the newest first."""
    page = page_of(bills_within(reach_of(reading(), person_id(), on=today())))
    return render_template(
        "portal/bills/index.html",
        bills=[(bill, _facts(bill)) for bill in page.rows],
        page=page,
        today=today(),
    )


@bp.get("/<ref1>")
def show(ref1: str) -> ResponseReturnValue:
    """Show how to pay or, once the bank has told us, that it is paid."""
    bill = bill_for(reading(), ref1, person_id=person_id(), on=today())
    facts = _facts(bill)
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
    )


@bp.get("/<ref1>/slip.pdf")
def slip(ref1: str) -> ResponseReturnValue:
    """Hand out the pay-in slip; the same bytes whenever it is asked for."""
    bill = bill_for(reading(), ref1, person_id=person_id(), on=today())
    headers = {
        "Content-Disposition": f'attachment; filename="pay-in-{ref1}.pdf"',
        "Cache-Control": "private, max-age=3600",
    }
    return Response(render_pay_slip(_facts(bill)), mimetype="application/pdf", headers=headers)


def _facts(bill: Bill) -> PaySlipFacts:
    settings = cast(Settings, current_app.extensions["settings"])
    return pay_slip_facts(bill, biller_id=settings.biller_id, demo=settings.demo)
