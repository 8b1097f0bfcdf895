"""The public check: who holds number and code learns that the document is real, and little more."""

from typing import cast

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from excise.config import Settings
from excise.formats import arabic_digits
from excise.verification import verified
from portal.documents.forms import CheckForm
from web.db import reading

bp = Blueprint("documents", __name__, url_prefix="/v")
LIMIT = "30 per minute"


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
    settings = cast(Settings, current_app.extensions["settings"])
    found = verified(reading(), settings.secret("verification"), number, code)
    page = render_template("portal/documents/show.html", found=found)
    return page, 200 if found else 404
