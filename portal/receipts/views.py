"""Receipts and their documents."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from excise.documents.assessment import FORM
from excise.documents.receipt import ReceiptFacts
from excise.payments.queries import is_void, receipt_for, receipts_within
from excise.receipts.actions import ask_for_document
from excise.receipts.queries import document
from excise.taxpayers.queries import reach_of
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.downloads import hand_out
from web.paging import page_of

bp = Blueprint("receipts", __name__, url_prefix="/receipts")
SOON = timedelta(minutes=1)  # a document is made in seconds; the worker may be busy


@bp.get("/")
def index() -> ResponseReturnValue:
    """List receipts, the newest first."""
    page = page_of(receipts_within(reach_of(reading(), person_id(), on=today())))
    receipts = [ReceiptFacts.model_validate_json(each.facts) for each in page.rows]
    return render_template("portal/receipts/index.html", receipts=receipts, page=page)


@bp.get("/<number>")
def show(number: str) -> ResponseReturnValue:
    """Show what a receipt says, and its document as soon as it is made."""
    issued = receipt_for(reading(), number, person_id=person_id(), on=today())
    facts, made = ReceiptFacts.model_validate_json(issued.facts), document(reading(), number)
    if made is None and now() - issued.issued_at > SOON:
        # Receipts of the multiplied demonstration wait until somebody wants to see them.
        with transaction() as session:
            ask_for_document(session, number)
    return render_template(
        "portal/receipts/show.html",
        facts=facts,
        assessed=facts.tax_return is not None and facts.tax_return.form == FORM,
        document=made,
        void=is_void(reading(), issued),
    )


@bp.get("/<number>.pdf")
def download(number: str) -> ResponseReturnValue:
    """Hand out the document: the same bytes today and in ten years."""
    receipt_for(reading(), number, person_id=person_id(), on=today())
    made = document(reading(), number)
    if made is None:
        return redirect(url_for(".show", number=number))  # that page says it is in the making
    return hand_out(made)
