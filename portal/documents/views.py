"""The public check: who holds number and code learns that the document is real, and little more."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from excise.config import Settings
from excise.documents.receipt import ReceiptFacts
from excise.documents.verification import is_code, verify_code
from excise.errors import NotFound
from excise.formats import arabic_digits
from excise.receipts.models import Receipt
from excise.receipts.queries import document, receipt
from excise.receipts.rules import masked
from portal.documents.forms import CheckForm
from web.db import reading

bp = Blueprint("documents", __name__, url_prefix="/v")
LIMIT = "30 per minute"


@dataclass(frozen=True)
class Shown:
    """All that a stranger is told."""

    number: str
    issued_at: datetime
    total_satang: int
    payer: str
    sha256: str


@bp.before_request
def limit() -> None:
    """Let nobody try codes by the thousand."""
    with current_app.extensions["rate_limits"].limit(LIMIT, scope="document-check"):
        pass


@bp.route("", methods=["GET", "POST"])
def check() -> ResponseReturnValue:
    """Ask for number and code."""
    form = CheckForm()
    if form.validate_on_submit():
        number = arabic_digits(form.number.data).replace(" ", "").upper()
        return redirect(url_for(".show", number=number, code=form.code.data.strip()))
    return render_template("portal/documents/check.html", form=form)


@bp.get("/<number>/<code>")
def show(number: str, code: str) -> ResponseReturnValue:
    """Say what stands in our register; a wrong code and an unknown number are one answer."""
    found = _found(number, code)
    page = render_template("portal/documents/show.html", found=found)
    return page, 200 if found else 404


def _found(number: str, code: str) -> Shown | None:
    try:
        issued: Receipt | None = receipt(reading(), number)
    except NotFound:
        issued = None
    settings = cast(Settings, current_app.extensions["settings"])
    facts_hash = issued.facts_hash if issued else ""
    # Worked out for an unknown number too: the time taken tells nothing.
    right = is_code(code, verify_code(settings.secret("verification"), number, facts_hash))
    return _shown(issued) if issued and right else None


def _shown(issued: Receipt) -> Shown:
    facts = ReceiptFacts.model_validate_json(issued.facts)
    made = document(reading(), issued.number)
    return Shown(
        number=issued.number,
        issued_at=issued.issued_at,
        total_satang=facts.total_satang,
        payer=masked(facts.payer.name),
        sha256=made.sha256 if made else "",
    )
