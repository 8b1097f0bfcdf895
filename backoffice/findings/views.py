"""The list of findings that open no discrepancy of a taxpayer."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.accounts import officer
from backoffice.findings import words
from excise.matching.queries import findings_without_case, months_run
from excise.matching.rules import RULES
from excise.offices.queries import codes_under
from web.access import requires
from web.db import reading
from web.paging import page_of

bp = Blueprint("findings", __name__, url_prefix="/findings")


@bp.get("/")
@requires("case.view")
def index() -> ResponseReturnValue:
    """Show what the last run of each month found and no taxpayer can be asked about."""
    months = months_run(reading())
    rule, asked = request.args.get("rule", ""), request.args.get("month", "")
    period = next((month for month in months if month.isoformat() == asked), None)
    query = findings_without_case(
        codes_under(reading(), officer().office_code),
        rule=rule if rule in RULES else None,
        period=period,
    )
    return render_template(
        "backoffice/findings/index.html",
        page=page_of(query),
        rules=RULES,
        months=months,
        chosen={"rule": rule if rule in RULES else "", "month": asked if period else ""},
        words=words,
    )
