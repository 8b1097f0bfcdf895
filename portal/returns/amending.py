"""Amend what was sent: begin the next version, and show what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from excise.people.rules import Right
from excise.returns.amending import (
    AlreadyAmended,
    ComparedLine,
    change_by,
    compared_lines,
    newest,
    start_amendment,
)
from excise.returns.models import Return
from excise.returns.queries import filed_return, work_out_draft
from excise.returns.sheet import Charge, charges_of_change
from portal.accounts import may
from portal.returns.room import bp
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import SubmissionForm
from web.i18n import language
from web.messages import message_for
from web.tariff import tariff_now


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """What a version changes: its lines beside the earlier ones, and the charges."""

    amends: Return
    lines: list[ComparedLine]
    charges: list[Charge]
    total_satang: int


def amendment_of_draft(draft: Return) -> Amendment | None:
    """Return what a draft changes if it is sent today; None when it amends nothing."""
    if draft.amends_id is None:
        return None
    session, tariff = reading(), tariff_now()
    tax = work_out_draft(tariff, draft, on=today())
    change = change_by(session, tariff, draft, tax, on=today()).to_json()
    return _amendment(draft, change, compared_lines(session, draft, tax))


def amendment_of_filed(filed: Return, content: Mapping[str, Any]) -> Amendment | None:
    """Return what a filed version changed, as its original says; None when it amends nothing."""
    if filed.amends_id is None:
        return None
    return _amendment(filed, content["change"], compared_lines(reading(), filed))


def _amendment(version: Return, change: Mapping[str, Any], lines: list[ComparedLine]) -> Amendment:
    return Amendment(
        amends=reading().get_one(Return, version.amends_id),
        lines=lines,
        charges=charges_of_change(tariff_now(), change, language()),
        total_satang=change["total_satang"],
    )


@bp.route("/sent/<reference>/amend", methods=["GET", "POST"])
def amend(reference: str) -> ResponseReturnValue:
    """Say what amending means, and begin the next version."""
    filed = filed_return(reading(), reference, person_id=person_id(), on=today())
    form = SubmissionForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                draft = start_amendment(
                    session,
                    reference=reference,
                    person_id=person_id(),
                    submission_id=form.submission_id.data,
                    at=now(),
                )
                begun = draft.draft_reference
        except AlreadyAmended as error:
            flash(message_for(error), "info")
            return redirect(url_for(".sent", reference=error.facts["reference"]))
        return redirect(url_for(".tasks", draft_reference=begun), 303)
    return render_template(
        "portal/returns/amend.html",
        form=form,
        filed=filed,
        newest=newest(reading(), filed),
        may_prepare=may(Right.PREPARE, filed.registration),
    )
