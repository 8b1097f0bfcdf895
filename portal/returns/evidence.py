"""What the Department already holds about a month, before the return is sent."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.cases.actions import explain as explain_difference
from excise.cases.rules import Reason
from excise.errors import Conflict, Invalid, NotFound
from excise.evidence.parquet import SaleRow, Totals, sales_of, totals_of
from excise.evidence.queries import source_names
from excise.evidence.values import gtin14
from excise.matching.rules import RULES
from excise.products.queries import products_of_taxpayer
from excise.returns.models import QUANTITY_PLACES, Return
from portal.returns.comparison import Compared, compare, settings
from portal.returns.forms import ExplainForm
from portal.returns.room import bp, with_draft
from web.access import person_id
from web.clock import now
from web.db import reading, transaction
from web.fields import fail
from web.i18n import language
from web.paging import PER_PAGE, Page, asked_number


@bp.get("/<draft_reference>/evidence")
@with_draft
def evidence(draft: Return) -> ResponseReturnValue:
    """Show what others told us beside what the return says."""
    return render_template("portal/returns/evidence.html", draft=draft, comparison=compare(draft))


@bp.route("/<draft_reference>/evidence/<rule>/explain", methods=["GET", "POST"])
@with_draft
def explain(draft: Return, rule: str) -> ResponseReturnValue:
    """Ask why a difference is none, or take another explanation instead of the first."""
    row = _difference(draft, rule)
    if row is None:
        flash(gettext("This difference is gone. There is nothing to explain."), "info")
        return _back(draft)
    form = ExplainForm(obj=row.explanation)
    if form.validate_on_submit() and _explained(draft, row, form):
        return _back(draft)
    form.seen.data, form.seen.raw_data = row.judged.difference, None
    return render_template("portal/returns/explain.html", form=form, draft=draft, row=row)


def _back(draft: Return) -> ResponseReturnValue:
    return redirect(url_for(".evidence", draft_reference=draft.draft_reference))


def _difference(draft: Return, rule: str) -> Compared | None:
    """Return the difference that the address names, as it is now."""
    code = request.args.get("product", "")
    comparison = compare(draft)
    rows = comparison.differences if comparison else []
    return next(
        (r for r in rows if (r.judged.rule.id, r.judged.product_code) == (rule, code)), None
    )


def _explained(draft: Return, row: Compared, form: ExplainForm) -> bool:
    """Keep the explanation, or put what is wrong on the form."""
    if form.seen.data != row.judged.difference:
        fail(form, Conflict("figures-changed"))  # it must hold for the figures that were seen
        return False
    try:
        with transaction() as session:
            explain_difference(
                session,
                draft_reference=draft.draft_reference,
                rule=row.judged.rule.id,
                product_code=row.judged.product_code,
                reason=Reason(form.reason.data),
                words=form.words.data,
                declared=row.judged.declared,
                evidence=row.judged.evidence,
                person_id=person_id(),
                at=now(),
            )
    except Invalid as error:
        fail(form, error)
        return False
    return True


@bp.get("/<draft_reference>/evidence/<rule>/invoices")
@with_draft
def invoices(draft: Return, rule: str) -> ResponseReturnValue:
    """List the tax invoices of this taxpayer that a comparison counted, a page at a time."""
    if rule not in RULES:
        raise NotFound(what="rule", id=rule)
    code = request.args.get("product") or None
    page, totals = _sales(draft, code)
    products = products_of_taxpayer(reading(), draft.registration.taxpayer_id)
    return render_template(
        "portal/returns/invoices.html",
        draft=draft,
        code=code,
        product=next((each for each in products if code and gtin14(each.gtin or "") == code), None),
        page=page,
        totals=totals,
        kinds={80: gettext("debit note"), 81: gettext("credit note")},
        source_name=source_names(reading(), language()),
        places=QUANTITY_PLACES,
    )


def _sales(draft: Return, code: str | None) -> tuple[Page[SaleRow], Totals]:
    number = asked_number()
    asked: dict[str, Any] = {
        "tax_id": draft.registration.taxpayer.tax_id,
        "period": draft.period,
        "product_code": code,
    }
    rows = sales_of(settings(), **asked, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    totals = totals_of(settings(), **asked)
    return Page(rows, number, totals.count), totals
