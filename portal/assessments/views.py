"""Notices of assessment, as those see them who have to pay."""

import json
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from excise import periods
from excise.assessments.models import Assessment
from excise.assessments.queries import (
    bill_of_assessment,
    bills_of,
    notice_for,
    notices_within,
)
from excise.documents.assessment import NoticeFacts
from excise.documents.models import Original
from excise.payments.owing import owed_on
from excise.receipts.queries import document, receipt_of_payment
from excise.returns.sheet import sheet_of
from excise.taxpayers.queries import reach_of
from web.access import person_id
from web.clock import today
from web.db import reading
from web.downloads import hand_out
from web.i18n import language
from web.paging import page_of
from web.tariff import tariff_now

bp = Blueprint("assessments", __name__, url_prefix="/assessments")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List the notices, the newest first."""
    page = page_of(notices_within(reach_of(reading(), person_id(), on=today())))
    return render_template(
        "portal/assessments/index.html",
        page=page,
        bills=bills_of(reading(), page.rows),
        today=today(),
    )


@bp.get("/<number>")
def show(number: str) -> ResponseReturnValue:
    """Show a notice: what is asked, why, how each figure comes about, and what can be done."""
    one = _notice(number)
    content = json.loads(reading().get_one(Original, one.original_sha256).content)
    facts = NoticeFacts.model_validate(content["notice"])
    bill = bill_of_assessment(reading(), number)
    receipts = [receipt_of_payment(reading(), payment.id) for payment in bill.payments]
    return render_template(
        "portal/assessments/show.html",
        one=one,
        facts=facts,
        sheet=sheet_of(tariff_now(), content, language()),
        bill=bill,
        owed=owed_on(reading(), bill, on=today()),
        receipts=[receipt for receipt in receipts if receipt],
        document=document(reading(), number),
        appeal_by=_appeal_by(one, facts),
        today=today(),
    )


@bp.get("/<number>.pdf")
def download(number: str) -> ResponseReturnValue:
    """Hand out the notice: the same bytes today and in ten years."""
    _notice(number)
    made = document(reading(), number)
    if made is None:
        return redirect(url_for(".show", number=number))  # that page says it is in the making
    return hand_out(made)


def _notice(number: str) -> Assessment:
    return notice_for(reading(), number, person_id=person_id(), on=today())


def _appeal_by(one: Assessment, facts: NoticeFacts) -> date:
    """Return the last day to appeal: the days run from the day after it was served."""
    assert one.served_at
    return periods.local_date(one.served_at) + timedelta(days=facts.appeal_days)
