"""The list of filed returns, and one of them with everything that belongs to it."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.accounts import officer
from backoffice.returns.filters import Filters, months
from excise.documents.models import Original
from excise.offices.queries import offices_under
from excise.payments.owing import owed_on
from excise.payments.queries import bill_of_return
from excise.people.models import Person
from excise.receipts.queries import receipt_of_payment
from excise.returns.amending import compared_lines
from excise.returns.models import Return
from excise.returns.queries import filed_of_month, filed_returns, return_for_officer
from excise.returns.sheet import charges_of_change, part_of, sheet_of
from web.access import requires
from web.clock import today
from web.db import reading
from web.i18n import language
from web.paging import page_in, page_of
from web.tariff import tariff_now

bp = Blueprint("returns", __name__, url_prefix="/returns")
OTHERS = 25  # of the same month; the list finds the rest by the number of the registration


@bp.get("/")
@requires("return.view")
def index() -> ResponseReturnValue:
    """Show what was filed with the officer's office and those below it, newest first."""
    offices = {each.code: each for each in offices_under(reading(), officer().office_code)}
    filters = Filters.asked(request.args, offices)
    query = filed_returns(
        office_codes=[filters.office] if filters.office else list(offices),
        words=filters.words,
        form=filters.form,
        month=filters.month,
    )
    return render_template(
        "backoffice/returns/index.html",
        page=page_of(query),
        offices=offices,
        filters=filters,
        months=months(today()),
    )


@bp.get("/<reference>")
@requires("return.view")
def show(reference: str) -> ResponseReturnValue:
    """Show a return as it was filed: every figure opens to its way; and what became of it."""
    filed = _filed(reference)
    content = json.loads(_original(filed).content)
    page = page_in(content["lines"])
    bill = bill_of_return(reading(), reference)
    payments = [
        (payment, receipt_of_payment(reading(), payment.id))
        for payment in (bill.payments if bill else ())
    ]
    same_month = filed_of_month(
        reading(), filed.registration_id, form=filed.form, month=filed.period
    )
    return render_template(
        "backoffice/returns/show.html",
        filed=filed,
        page=page,
        sheet=sheet_of(tariff_now(), part_of(content, page.part), language()),
        amendment=_amendment(filed, content),
        filed_by=reading().get(Person, filed.filed_by),
        bill=bill,
        payments=payments,
        owed=owed_on(reading(), bill, on=today()) if bill else None,
        others=[each for each in same_month if each.id != filed.id][:OTHERS],
    )


@bp.get("/<reference>/original.json")
@requires("return.view")
def original(reference: str) -> ResponseReturnValue:
    """Hand out what was filed, byte for byte."""
    headers = {"Content-Disposition": f'attachment; filename="{reference}.json"'}
    content = _original(_filed(reference)).content
    return Response(content, mimetype="application/json", headers=headers)


def _amendment(filed: Return, content: Mapping[str, Any]) -> dict[str, object] | None:
    if filed.amends_id is None:
        return None
    change = content["change"]
    return {
        "amends": reading().get_one(Return, filed.amends_id),
        "lines": compared_lines(reading(), filed),
        "charges": charges_of_change(tariff_now(), change, language()),
        "total_satang": change["total_satang"],
    }


def _filed(reference: str) -> Return:
    return return_for_officer(reading(), reference, officer_id=officer().id)


def _original(filed: Return) -> Original:
    assert filed.original_sha256
    return reading().get_one(Original, filed.original_sha256)
