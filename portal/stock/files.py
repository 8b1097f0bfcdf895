"""Sending rows as a file: all of it, or nothing and the file given back with remarks."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.errors import Invalid
from excise.evidence.checking import RowFault
from excise.evidence.remarks import remarked
from excise.people.rules import Right
from excise.stock import actions, queries
from excise.stock.accounts import StockAccount, account_of
from excise.taxpayers.models import Registration
from portal.stock import words
from portal.stock.forms import StatementForm
from portal.stock.room import as_download, bp, place_of, store
from web.access import person_id
from web.clock import now
from web.db import reading, transaction
from web.fields import fail

_SHOWN = 200


@bp.route("/establishments/<number>/stock/<account>/upload", methods=["GET", "POST"])
def upload(number: str, account: str) -> ResponseReturnValue:
    """Take a file: all of it, or nothing and every wrong row by its number."""
    registration = place_of(number, Right.SUBMIT)
    kept = account_of(registration, account)
    form, errors, count = StatementForm(), list[RowFault](), 0
    if form.validate_on_submit():
        try:
            receipt_no = _taken(form, registration, kept)
            return redirect(url_for(".show", receipt_no=receipt_no), 303)
        except Invalid as error:
            fail(form, error)
            errors, count = error.facts.get("errors", []), error.facts.get("count", 0)  # type: ignore[assignment]
    sheet = queries.sheet_of(reading(), registration.id, kept.code)
    page = render_template(
        "portal/stock/upload.html",
        form=form,
        errors=errors[:_SHOWN],
        count=count,
        registration=registration,
        account=kept,
        has_remarks=bool(errors or (sheet and sheet.refused_sha256)),
        words=words,
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/establishments/<number>/stock/<account>/remarks")
def remarks(number: str, account: str) -> ResponseReturnValue:
    """Hand out the file that was refused last, with what is wrong beside each row."""
    registration = place_of(number, Right.SUBMIT)
    kept = account_of(registration, account)
    sheet = queries.sheet_of(reading(), registration.id, kept.code)
    if sheet is None or sheet.refused_sha256 is None:
        return redirect(url_for(".upload", number=number, account=kept.code))
    content = store().get(sheet.refused_sha256)
    return as_download(content, f"{kept.code}-corrections.csv")


def _taken(form: StatementForm, registration: Registration, account: StockAccount) -> str:
    number = str(registration.number)
    with NamedTemporaryFile() as source:
        form.file.data.save(source)
        source.flush()
        path = Path(source.name)
        try:
            told = actions.check(
                reading(),
                store(),
                path,
                account=account,
                registration=registration,
                name=form.file.data.filename or "",
                at=now(),
            )
        except Invalid as error:
            _give_back(path, error, number, account)
            raise
    said: dict[str, Any] = {"number": number, "person_id": person_id(), "at": now()}
    with transaction() as session:
        submission_id = form.submission_id.data
        statement = actions.send(session, told, submission_id=submission_id, **said)
        actions.forget_refused(session, account=account.code, **said)
        if statement.submission_id != submission_id:
            flash(gettext("This file was sent before. Nothing was taken again."), "info")
        return statement.delivery.receipt_no


def _give_back(path: Path, error: Invalid, number: str, account: StockAccount) -> None:
    """Keep the file with remarks, so that it can be corrected and sent again."""
    faults: list[RowFault] = error.facts.get("errors", [])  # type: ignore[assignment]
    if not faults:
        return
    sha256 = store().put(remarked(path, account.layout, faults))
    with transaction() as session:
        actions.note_refused(
            session,
            sha256,
            number=number,
            account=account.code,
            person_id=person_id(),
            at=now(),
        )
