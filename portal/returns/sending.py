"""The calculation, the last check, and the confirmation that stays."""

import json

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from excise.documents.models import Original
from excise.payments.owing import owed_on
from excise.payments.queries import bill_of_return
from excise.people.rules import Right
from excise.periods import TaxMonth
from excise.returns.amending import newest
from excise.returns.billing import PartlyPaid
from excise.returns.filing import FiguresChanged, MonthNotOver, NotReady, file_return
from excise.returns.models import Return
from excise.returns.queries import filed_return
from excise.returns.sheet import part_of, sheet_of
from portal.accounts import may
from portal.returns.amending import amendment_of_draft, amendment_of_filed
from portal.returns.comparison import compare, explained_with
from portal.returns.forms import SendForm
from portal.returns.lines import sheet
from portal.returns.room import bp, with_draft
from web.access import fresh, person_id
from web.clock import now, today
from web.db import reading, transaction
from web.i18n import language
from web.messages import message_for
from web.paging import page_in
from web.tariff import tariff_now


@bp.get("/<draft_reference>/calculation")
@with_draft
def calculation(draft: Return) -> ResponseReturnValue:
    """Show how every figure comes about."""
    if not draft.lines_done:
        return _not_ready(draft)
    page = page_in(draft.lines)
    return render_template(
        "portal/returns/calculation.html", draft=draft, page=page, sheet=sheet(draft, page)
    )


@bp.route("/<draft_reference>/check", methods=["GET", "POST"])
@fresh
@with_draft
def check(draft: Return) -> ResponseReturnValue:
    """Show everything once more, take the declaration, and send."""
    if not draft.lines_done:
        return _not_ready(draft)
    form = SendForm()
    if form.validate_on_submit():
        return _send(draft.draft_reference, form)
    page = page_in(draft.lines)
    worked, amendment = sheet(draft, page), amendment_of_draft(draft)
    form.agreed_satang.data = (amendment or worked).total_satang
    form.agreed_satang.raw_data = None
    opens_on = None if draft.is_over(on=today()) else TaxMonth.of(draft.period).next.first
    return render_template(
        "portal/returns/check.html",
        form=form,
        draft=draft,
        page=page,
        sheet=worked,
        amendment=amendment,
        comparison=compare(draft),
        given=explained_with(draft),
        opens_on=opens_on,
    )


def _not_ready(draft: Return) -> ResponseReturnValue:
    flash(message_for(NotReady()), "info")
    return redirect(url_for(".tasks", draft_reference=draft.draft_reference))


def _send(draft_reference: str, form: SendForm) -> ResponseReturnValue:
    """File; whatever changed since the page was shown leads back to look at it."""
    try:
        with transaction() as session:
            filed = file_return(
                session,
                tariff=tariff_now(),
                draft_reference=draft_reference,
                person_id=person_id(),
                agreed_satang=form.agreed_satang.data,
                origin=f"{request.remote_addr} {request.user_agent}"[:300],
                at=now(),
            )
            reference = filed.reference
    except (FiguresChanged, MonthNotOver, NotReady, PartlyPaid) as error:
        flash(message_for(error), "info")
        page = ".check" if isinstance(error, FiguresChanged) else ".tasks"
        return redirect(url_for(page, draft_reference=draft_reference))
    return redirect(url_for(".sent", reference=reference))


@bp.get("/sent/<reference>")
def sent(reference: str) -> ResponseReturnValue:
    """Show the confirmation, at an address that stays."""
    filed = _filed(reference)
    content = json.loads(_original(filed).content)
    bill = bill_of_return(reading(), reference)
    page = page_in(content["lines"])
    return render_template(
        "portal/returns/sent.html",
        filed=filed,
        page=page,
        sheet=sheet_of(tariff_now(), part_of(content, page.part), language()),
        bill=bill,
        owed=owed_on(reading(), bill, on=today()) if bill else None,
        amendment=amendment_of_filed(filed, content),
        newest=newest(reading(), filed),
        may_amend=may(Right.PREPARE, filed.registration),
        given=explained_with(filed),
    )


@bp.get("/sent/<reference>/original.json")
def original(reference: str) -> ResponseReturnValue:
    """Hand out what was filed, byte for byte."""
    content = _original(_filed(reference)).content
    headers = {
        "Content-Disposition": f'attachment; filename="{reference}.json"',
        "Cache-Control": "private, max-age=31536000, immutable",
    }
    return Response(content, mimetype="application/json", headers=headers)


def _filed(reference: str) -> Return:
    return filed_return(reading(), reference, person_id=person_id(), on=today())


def _original(filed: Return) -> Original:
    assert filed.original_sha256
    return reading().get_one(Original, filed.original_sha256)
