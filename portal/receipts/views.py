"""Receipts and their documents."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from excise.documents.assessment import FORM
from excise.documents.receipt import ReceiptFacts
from excise.people.queries import taxpayers_of
from excise.receipts.queries import document, receipt_for, receipts_of_taxpayers
from web.access import person_id
from web.clock import today
from web.db import reading
from web.downloads import hand_out
from web.paging import page_of

bp = Blueprint("receipts", __name__, url_prefix="/receipts")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List receipts, the newest first."""
    page = page_of(receipts_of_taxpayers(taxpayers_of(reading(), person_id(), on=today())))
    receipts = [ReceiptFacts.model_validate_json(each.facts) for each in page.rows]
    return render_template("portal/receipts/index.html", receipts=receipts, page=page)


@bp.get("/<number>")
def show(number: str) -> ResponseReturnValue:
    """Show what a receipt says, and its document as soon as it is made."""
    issued = receipt_for(reading(), number, person_id=person_id(), on=today())
    facts = ReceiptFacts.model_validate_json(issued.facts)
    return render_template(
        "portal/receipts/show.html",
        facts=facts,
        assessed=facts.tax_return is not None and facts.tax_return.form == FORM,
        document=document(reading(), number),
    )


@bp.get("/<number>.pdf")
def download(number: str) -> ResponseReturnValue:
    """Hand out the document: the same bytes today and in ten years."""
    receipt_for(reading(), number, person_id=person_id(), on=today())
    made = document(reading(), number)
    if made is None:
        return redirect(url_for(".show", number=number))  # that page says it is in the making
    return hand_out(made)
