"""Pages about money that came in."""

import sqlalchemy as sa
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.accounts import officer
from backoffice.payments.forms import BankFileForm
from backoffice.payments.words import column_name, row_fault
from excise.documents.store import Store
from excise.errors import Invalid, NotFound
from excise.payments.files import COLUMNS, RowError, import_file
from excise.payments.models import BankFile, Payment, PaymentState
from excise.payments.queries import counts_of_files, payments_of_file
from web.access import requires
from web.clock import now
from web.db import reading, transaction
from web.fields import fail
from web.paging import page_of

bp = Blueprint("payments", __name__, url_prefix="/payments")


@bp.get("/")
@requires("payment.view")
def index() -> ResponseReturnValue:
    """Show payments, newest first; `?state=unallocated` only those that found no bill."""
    query = sa.select(Payment).order_by(Payment.paid_at.desc(), Payment.id.desc())
    state = request.args.get("state", "")
    if state in set(PaymentState):
        query = query.where(Payment.state == PaymentState(state))
    return render_template("backoffice/payments/index.html", page=page_of(query), state=state)


@bp.get("/files/")
@requires("payment.view")
def files() -> ResponseReturnValue:
    """Show the files imported so far, newest first."""
    page = page_of(sa.select(BankFile).order_by(BankFile.id.desc()))
    counts = counts_of_files(reading(), [file.id for file in page.rows])
    return render_template("backoffice/payments/files.html", page=page, counts=counts)


@bp.route("/files/new", methods=["GET", "POST"])
@requires("payment.import")
def bring_in() -> ResponseReturnValue:
    """Import a file: all of it, or nothing and every wrong row by its number."""
    form, errors = BankFileForm(), list[RowError]()
    if form.validate_on_submit():
        store = Store(current_app.extensions["settings"].documents)
        try:
            with transaction() as session:
                file = import_file(
                    session,
                    store,
                    name=form.file.data.filename or "",
                    content=form.content(),
                    actor=f"officer:{officer().id}",
                    at=now(),
                )
                file_id = file.id
            return redirect(url_for(".file", file_id=file_id), 303)
        except Invalid as error:
            fail(form, error)
            errors = error.facts.get("errors", [])  # type: ignore[assignment]
    page = render_template(
        "backoffice/payments/bring_in.html",
        form=form,
        errors=errors[:200],
        columns=COLUMNS,
        count=len(errors),
        row_fault=row_fault,
        column_name=column_name,
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/files/<int(max=2147483647):file_id>")
@requires("payment.view")
def file(file_id: int) -> ResponseReturnValue:
    """Show what became of a file's rows, a page at a time."""
    found = reading().get(BankFile, file_id)
    if found is None:
        raise NotFound(what="bank-file", id=file_id)
    counts = counts_of_files(reading(), [file_id])[file_id]
    return render_template(
        "backoffice/payments/file.html",
        file=found,
        counts=counts,
        repeated=found.taken_count - counts.new - len(found.contradicted),
        page=page_of(payments_of_file(file_id)),
    )
