"""The months of reports and changes."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from excise.errors import NotFound
from excise.periods import TaxMonth, add_months
from excise.problems.queries import month_told
from web.clock import today
from web.db import reading
from web.problems import words

bp = Blueprint("changes", __name__, url_prefix="/changes")
MONTHS = 12  # that links lead to; older ones open by their address


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show this month."""
    return _shown(TaxMonth.of(today()))


@bp.get("/<month>")
def show(month: str) -> ResponseReturnValue:
    """Show a month, like 2026-11."""
    try:
        asked = TaxMonth.parse(month)
    except ValueError:
        raise NotFound(what="month", id=month) from None
    if asked > TaxMonth.of(today()):
        raise NotFound(what="month", id=month)
    return _shown(asked)


def _shown(month: TaxMonth) -> ResponseReturnValue:
    this = today().replace(day=1)
    return render_template(
        "portal/changes/index.html",
        month=month,
        told=month_told(reading(), month.first),
        months=[TaxMonth.of(add_months(this, -number)) for number in range(MONTHS)],
        words=words,
    )
