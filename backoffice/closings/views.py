"""Pages of closing the books."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import may, officer
from backoffice.closings import words
from backoffice.closings.forms import DecideForm, ProposeForm, ReopenForm
from backoffice.ledger import words as ledger_words
from excise.closing import actions
from excise.closing.offices import office_days
from excise.closing.queries import (
    Period,
    blockers,
    closing_of,
    closings,
    days_up_to,
    figures,
    month_of,
    year_of,
)
from excise.documents.closing import ClosingFacts
from excise.errors import Conflict, NotFound
from excise.ledger.models import HOLDS, Closing, ClosingState
from excise.ledger.queries import closed_through
from excise.offices.queries import offices_under
from excise.people.models import Officer
from excise.periods import add_months, fiscal_year_be
from excise.receipts.queries import document
from web.access import fresh, requires
from web.clock import now, today
from web.db import reading, transaction
from web.downloads import hand_out
from web.fields import fail
from web.paging import page_of

bp = Blueprint("closings", __name__, url_prefix="/closings")
OFFERED = 12  # of days, months; years are three


@bp.get("/")
@requires("ledger.view")
def index() -> ResponseReturnValue:
    """List the closings, and offer what may be closed next."""
    return render_template(
        "backoffice/closings/index.html",
        page=page_of(closings()),
        closed=closed_through(reading()),
        days=[today() - timedelta(days=back) for back in range(1, OFFERED + 1)],
        months=[add_months(today().replace(day=1), -back) for back in range(1, OFFERED + 1)],
        years=[fiscal_year_be(today()) - back for back in range(1, 4)],
    )


@bp.get("/offices/<day>")
@requires("ledger.view")
def offices(day: str) -> ResponseReturnValue:
    """Show a day by office: receipts, how the money came, the ledger, and what waits."""
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        raise NotFound(what="day", id=day) from None
    under = {one.code: one for one in offices_under(reading(), officer().office_code)}
    found = [one for one in office_days(reading(), asked) if one.office_code in under]
    return render_template(
        "backoffice/closings/offices.html", day=asked, found=found, offices=under
    )


@bp.route("/new/<period>", methods=["GET", "POST"])
@requires("ledger.close")
def propose(period: str) -> ResponseReturnValue:
    """Show what a period came to and what blocks its closing, and propose it."""
    asked, form = _asked(period), ProposeForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                closing = actions.propose(session, asked, officer_id=officer().id, at=now())
                reference = closing.reference
            return redirect(url_for(".show", reference=reference), 303)
        except Conflict as error:
            fail(form, error)
    page = render_template(
        "backoffice/closings/propose.html",
        form=form,
        period=asked,
        code=period,
        found=[words.blocker(each) for each in blockers(reading(), asked, at=now())],
        facts=figures(reading(), asked, reference=""),
        accounts=ledger_words.ACCOUNTS,
    )
    return page, 422 if form.form_errors else 200


def _asked(code: str) -> Period:
    """Read `2026-11-23`, `2026-10` or `fy2569`; raises NotFound."""
    try:
        if code.startswith("fy"):
            return year_of(min(max(int(code[2:]), 2560), 2700))
        if len(code) == len("2026-10"):
            return month_of(date.fromisoformat(f"{code}-01"))
        return days_up_to(reading(), date.fromisoformat(code))
    except ValueError:
        raise NotFound(what="period", id=code) from None


@bp.get("/<reference>")
@requires("ledger.view")
def show(reference: str) -> ResponseReturnValue:
    """Show a closing, its figures and its certificate."""
    one = closing_of(reading(), reference)
    me, approver = officer().id, may("ledger.approve")
    return render_template(
        "backoffice/closings/show.html",
        **_shown(one),
        document=document(reading(), reference) if one.decided_at else None,
        decides=approver and one.state is ClosingState.PROPOSED and one.proposed_by != me,
        reopens=approver and one.state is ClosingState.CLOSED,
        agrees=approver and one.state is ClosingState.REOPENING and one.reopen_by != me,
        holds=one.state in HOLDS,
    )


def _shown(one: Closing) -> dict[str, Any]:
    by = (one.proposed_by, one.decided_by, one.reopen_by, one.reopened_by)
    return {
        "one": one,
        "facts": ClosingFacts.model_validate_json(one.facts),
        "accounts": ledger_words.ACCOUNTS,
        "people": {each: reading().get_one(Officer, each) for each in by if each is not None},
    }


@bp.get("/<reference>/certificate.pdf")
@requires("ledger.view")
def certificate(reference: str) -> ResponseReturnValue:
    """Hand out the certificate."""
    made = document(reading(), closing_of(reading(), reference).reference)
    if made is None:
        return redirect(url_for(".show", reference=reference))  # that page says it is being made
    return hand_out(made)


@bp.route("/<reference>/close", methods=["GET", "POST"])
@fresh
@requires("ledger.approve")
def close(reference: str) -> ResponseReturnValue:
    """Show the figures once more and close."""
    one, form = closing_of(reading(), reference), DecideForm()
    if one.state is ClosingState.CLOSED:
        return redirect(url_for(".show", reference=reference), 303)
    _mine_to_decide(one, ClosingState.PROPOSED, one.proposed_by)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.close(session, reference=reference, officer_id=officer().id, at=now())
            flash(gettext("Closed. The certificate is being made."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except Conflict as error:
            fail(form, error)
    page = render_template("backoffice/closings/close.html", form=form, **_shown(one))
    return page, 422 if form.errors or form.form_errors else 200


@bp.post("/<reference>/give-back")
@requires("ledger.approve")
def give_back(reference: str) -> ResponseReturnValue:
    """End a proposal."""
    with transaction() as session:
        actions.give_back(session, reference=reference, officer_id=officer().id, at=now())
    flash(gettext("Given back. The period may be proposed anew."), "success")
    return redirect(url_for(".show", reference=reference), 303)


@bp.route("/<reference>/reopen", methods=["GET", "POST"])
@fresh
@requires("ledger.approve")
def reopen(reference: str) -> ResponseReturnValue:
    """Ask for a closed period to be opened again."""
    one, form = closing_of(reading(), reference), ReopenForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.ask_to_reopen(
                    session,
                    reference=reference,
                    reason=form.reason.data or "",
                    officer_id=officer().id,
                    at=now(),
                )
            flash(gettext("Asked. It stays closed until another approver agrees."), "info")
            return redirect(url_for(".show", reference=reference), 303)
        except Conflict as error:
            fail(form, error)
    page = render_template("backoffice/closings/reopen.html", form=form, one=one)
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/<reference>/agree", methods=["GET", "POST"])
@fresh
@requires("ledger.approve")
def agree(reference: str) -> ResponseReturnValue:
    """Agree to a reopening, or keep the period closed."""
    one, form = closing_of(reading(), reference), DecideForm()
    _mine_to_decide(one, ClosingState.REOPENING, one.reopen_by)
    if form.validate_on_submit():
        with transaction() as session:
            actions.reopen(session, reference=reference, officer_id=officer().id, at=now())
        flash(gettext("Opened again."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    page = render_template("backoffice/closings/agree.html", form=form, **_shown(one))
    return page, 422 if form.errors else 200


@bp.post("/<reference>/keep")
@requires("ledger.approve")
def keep(reference: str) -> ResponseReturnValue:
    """Keep a period closed whose reopening was asked for."""
    with transaction() as session:
        actions.keep_closed(session, reference=reference, officer_id=officer().id, at=now())
    flash(gettext("It stays closed."), "success")
    return redirect(url_for(".show", reference=reference), 303)


def _mine_to_decide(one: Closing, state: ClosingState, asked_by: int | None) -> None:
    if asked_by == officer().id:
        raise actions.SameOfficer(reference=one.reference)
    if one.state is not state:
        raise Conflict("closing-not-in-this-state", reference=one.reference)
