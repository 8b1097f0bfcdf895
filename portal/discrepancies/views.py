"""Notices of differences, as those see them who have to answer."""

import logging
from io import BytesIO
from typing import Any

import duckdb
from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.cases import notices
from excise.cases.models import Discrepancy
from excise.cases.queries import notice_of, told_within
from excise.cases.rules import AWAITED, AnswerKind
from excise.documents.store import Store
from excise.errors import Invalid, NotFound
from excise.evidence.parquet import SALES, SaleRow, Totals, sales_of, totals_of
from excise.evidence.queries import source_names, told_by
from excise.matching.rules import RULES
from excise.matching.tolerances import tolerances_on
from excise.people.rules import Right
from excise.returns.models import QUANTITY_PLACES
from excise.taxpayers.queries import reach_of
from portal.accounts import may
from portal.discrepancies import words
from portal.discrepancies.forms import FORMS, AcceptForm
from portal.returns.comparison import settings
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import fail
from web.i18n import language
from web.paging import PER_PAGE, Page, asked_number, page_of

LOG = logging.getLogger("excise.web")
bp = Blueprint("discrepancies", __name__, url_prefix="/discrepancies")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List the notices, the most urgent first."""
    page = page_of(told_within(reach_of(reading(), person_id(), on=today())))
    return render_template(
        "portal/discrepancies/index.html", page=page, words=words, awaited=AWAITED
    )


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Show both sides, why they are compared, the rows behind them, and how to answer."""
    one = _notice(reference, Right.VIEW)
    return render_template(
        "portal/discrepancies/show.html",
        one=one,
        words=words,
        why=tolerances_on(reading(), one.period)[one.rule].why(language()),
        may_answer=one.state in AWAITED and may(Right.SUBMIT, one.registration),
        awaited=AWAITED,
        has_sales=SALES.code in RULES[one.rule].needs,
        sales=_sales(one),
        kinds={80: gettext("debit note"), 81: gettext("credit note")},
        source_name=source_names(reading(), language()),
        places=QUANTITY_PLACES,
    )


@bp.route("/<reference>/answer/<kind>", methods=["GET", "POST"])
def answer(reference: str, kind: str) -> ResponseReturnValue:
    """Ask what there is to say, and take it as the answer."""
    if kind not in set(AnswerKind):
        raise NotFound(what="answer", id=kind)
    one, asked = _notice(reference, Right.SUBMIT), AnswerKind(kind)
    if one.state not in AWAITED and request.method == "GET":
        return redirect(url_for(".show", reference=reference))  # it was answered: see what with
    form = FORMS[asked]()
    if asked is AnswerKind.DISPUTE:
        name_of = source_names(reading(), language())
        codes = sorted(told_by(reading(), one.period, *RULES[one.rule].needs)) or ["RD"]
        form.source.choices = [(code, name_of(code)) for code in codes]
    if form.validate_on_submit() and _taken(one, asked, form):
        return redirect(url_for(".received", reference=reference), 303)
    return render_template(
        "portal/discrepancies/answer.html", one=one, kind=kind, form=form, words=words
    )


@bp.get("/<reference>/received")
def received(reference: str) -> ResponseReturnValue:
    """Show that the answer was received, and what comes next."""
    one = _notice(reference, Right.VIEW)
    if not one.answers:
        return redirect(url_for(".show", reference=reference))
    return render_template(
        "portal/discrepancies/received.html", one=one, given=one.answers[-1], words=words
    )


@bp.get("/<reference>/files/<sha256>")
def file(reference: str, sha256: str) -> ResponseReturnValue:
    """Hand over a file of an answer, never to be shown in the page."""
    given = (each for answer in _notice(reference, Right.VIEW).answers for each in answer.files)
    if (kept := next((each for each in given if each.sha256 == sha256), None)) is None:
        raise NotFound(what="file", id=sha256)
    content = Store(settings().documents).get(sha256)
    return send_file(
        BytesIO(content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=kept.name,
    )


def _notice(reference: str, right: Right) -> Discrepancy:
    return notice_of(reading(), reference, person_id=person_id(), right=right, on=today())


def _taken(one: Discrepancy, kind: AnswerKind, form: AcceptForm) -> bool:
    """Keep the files and the answer, or put what is wrong on the form."""
    try:
        files = notices.keep_files(Store(settings().documents), form.uploads())
        with transaction() as session:
            notices.answer(
                session,
                form.said(kind, files=files),
                reference=one.reference,
                person_id=person_id(),
                submission_id=form.submission_id.data,
                at=now(),
            )
    except Invalid as error:
        fail(form, error)
        return False
    return True


def _sales(one: Discrepancy) -> tuple[Page[SaleRow], Totals] | None:
    """Return the tax invoices behind it, None when they cannot be read now."""
    number = asked_number()
    asked: dict[str, Any] = {
        "tax_id": one.registration.taxpayer.tax_id,
        "period": one.period,
        "product_code": one.product_code or None,
    }
    try:
        rows = sales_of(settings(), **asked, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
        totals = totals_of(settings(), **asked)
    except (duckdb.Error, OSError):
        LOG.exception("evidence could not be read", extra={"case": one.reference})
        return None
    return Page(rows, number, totals.count), totals
