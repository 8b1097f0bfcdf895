"""Typing lines into an account, looking at them once more, and sending them."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.errors import Invalid
from excise.evidence.checking import RowFault
from excise.people.rules import Right
from excise.stock import actions, queries
from excise.stock.accounts import StockAccount, account_of
from excise.stock.models import StockSheet
from excise.taxpayers.models import Registration
from portal.stock import words
from portal.stock.forms import SendForm, SheetForm, box
from portal.stock.room import bp, place_of, store
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import fail


@bp.route("/establishments/<number>/stock/<account>/lines", methods=["GET", "POST"])
def lines(number: str, account: str) -> ResponseReturnValue:
    """Take lines as they are typed; they are kept, and checked when that is asked."""
    registration = place_of(number, Right.PREPARE)
    kept = account_of(registration, account)
    sheet = queries.sheet_of(reading(), registration.id, kept.code)
    form = SheetForm(kept, sheet.lines if sheet else [])
    if form.validate_on_submit():
        try:
            revision = _save(form, registration, kept)
        except actions.SheetChanged as error:
            fail(form, error)
            form.revision.data = str(error.facts["revision"])  # a second press keeps these lines
        else:
            if "check" not in request.form:
                flash(gettext("Your lines are saved. They are not sent yet."), "success")
                return redirect(url_for(".lines", number=number, account=kept.code), 303)
            faults = _faults(form, registration, kept)
            if not faults and not form.form_errors:
                return redirect(url_for(".check", number=number, account=kept.code), 303)
            form.revision.data = str(revision)
            form.show(faults)
    elif sheet and not form.is_submitted():
        form.revision.data = str(sheet.revision)
    page = render_template(
        "portal/stock/lines.html",
        form=form,
        registration=registration,
        account=kept,
        box=box,
        names=queries.product_codes(reading(), registration),
        items=queries.items_of(reading(), registration.id),
        words=words,
    )
    return page, 422 if form.errors or form.form_errors or form.faults else 200


@bp.get("/establishments/<number>/stock/<account>/check")
def check(number: str, account: str) -> ResponseReturnValue:
    """Show typed lines once more, as they would be sent."""
    registration = place_of(number)
    kept = account_of(registration, account)
    sheet = queries.sheet_of(reading(), registration.id, kept.code)
    if sheet is None or not sheet.lines:
        return redirect(url_for(".place", number=number))
    return _look(SendForm(), registration, kept, sheet)


@bp.route("/establishments/<number>/stock/<account>/send", methods=["GET", "POST"])
def send(number: str, account: str) -> ResponseReturnValue:
    """Send typed lines."""
    registration = place_of(number, Right.SUBMIT)
    kept = account_of(registration, account)
    form = SendForm()
    if request.method == "GET" or not form.validate():
        return redirect(url_for(".check", number=number, account=kept.code))
    if earlier := queries.statement_by_submission(
        reading(), registration.id, form.submission_id.data
    ):
        return redirect(url_for(".show", receipt_no=earlier.delivery.receipt_no), 303)
    sheet = queries.sheet_of(reading(), registration.id, kept.code)
    if sheet is None or not sheet.lines:
        return redirect(url_for(".place", number=number))
    try:
        receipt_no = _sent(form, registration, kept, sheet)
    except Invalid as error:
        fail(form, error)
        return _look(form, registration, kept, sheet)
    return redirect(url_for(".show", receipt_no=receipt_no), 303)


def _save(form: SheetForm, registration: Registration, account: StockAccount) -> int:
    with transaction() as session:
        return actions.save_lines(
            session,
            form.lines,
            number=str(registration.number),
            account=account.code,
            revision=form.seen,
            person_id=person_id(),
            at=now(),
        ).revision


def _faults(form: SheetForm, registration: Registration, account: StockAccount) -> list[RowFault]:
    """Return what is wrong with the lines by row and column; other faults go above the form."""
    if not form.lines:
        form.form_errors.append(gettext("Enter at least one line."))
        return []
    try:
        _checked(form.lines, registration, account)
    except Invalid as error:
        faults: list[RowFault] = error.facts.get("errors", [])  # type: ignore[assignment]
        if not faults:
            fail(form, error)
        return faults
    return []


def _checked(
    typed: list[dict[str, str]], registration: Registration, account: StockAccount
) -> actions.Told:
    content = actions.as_file(
        reading(), typed, account=account, registration=registration, today=today()
    )
    with NamedTemporaryFile() as source:
        source.write(content)
        source.flush()
        return actions.check(
            reading(),
            store(),
            Path(source.name),
            account=account,
            registration=registration,
            name=f"{account.code}.csv",
            at=now(),
        )


def _sent(
    form: SendForm, registration: Registration, account: StockAccount, sheet: StockSheet
) -> str:
    told = _checked(sheet.lines, registration, account)
    said: dict[str, Any] = {"number": str(registration.number), "at": now()}
    said["person_id"] = person_id()
    with transaction() as session:
        submission_id = form.submission_id.data
        statement = actions.send(session, told, submission_id=submission_id, **said)
        actions.clear(session, account=account.code, **said)
        return statement.delivery.receipt_no


def _look(
    form: SendForm, registration: Registration, account: StockAccount, sheet: StockSheet
) -> ResponseReturnValue:
    shown = actions.filled(
        reading(), sheet.lines, account=account, registration=registration, today=today()
    )
    page = render_template(
        "portal/stock/check.html",
        form=form,
        registration=registration,
        account=account,
        lines=shown,
        names=queries.product_codes(reading(), registration),
        words=words,
    )
    return page, 422 if form.form_errors else 200
