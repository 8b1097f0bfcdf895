"""What the officer who prepares an assessment does with it."""

from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from backoffice.accounts import officer
from backoffice.assessments.forms import LineForm, ProductForm, TermsForm, line_form
from backoffice.assessments.room import assessment, bp
from backoffice.cases.evidence import last_document_on
from backoffice.cases.forms import PrepareForm
from excise.arrears.rules import remaining_pct_summoned
from excise.assessments import actions
from excise.assessments.actions import AlreadyPrepared, NotYours, next_position
from excise.assessments.models import Assessment, AssessmentLine, AssessmentState
from excise.assessments.queries import standing_assessment
from excise.cases.actions import take
from excise.cases.models import Discrepancy
from excise.cases.queries import discrepancy_for
from excise.errors import Conflict, Invalid, NotFound
from excise.products.models import Product
from excise.products.queries import products_of
from web.access import requires
from web.clock import now
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.messages import message_for
from web.tariff import tariff_now


@bp.post("/prepare/<reference>")
@requires("assessment.prepare")
def prepare(reference: str) -> ResponseReturnValue:
    """Take the discrepancy under review and begin its assessment."""
    form, found = PrepareForm(), discrepancy_for(reading(), reference, officer_id=officer().id)
    if not form.validate_on_submit():
        return redirect(url_for("cases.show", reference=reference), 303)
    try:
        made = _prepared(form, found)
    except AlreadyPrepared as error:
        flash(message_for(error), "info")
        made = str(error.facts["reference"])
    return redirect(url_for(".show", reference=made), 303)


def _prepared(form: PrepareForm, found: Discrepancy) -> str:
    tax_point_on = last_document_on(found)
    with transaction() as session:
        if standing_assessment(session, found.id) is None:
            take(session, reference=found.reference, officer_id=officer().id, at=now())
        return actions.prepare(
            session,
            tariff=tariff_now(),
            discrepancy_reference=found.reference,
            officer_id=officer().id,
            submission_id=form.submission_id.data,
            tax_point_on=tax_point_on,
            at=now(),
        ).reference


def _own(reference: str) -> Assessment:
    """Return an assessment to who prepared it; the action checks it again."""
    one = assessment(reference)
    if one.prepared_by != officer().id:
        raise NotYours(reference=reference)
    return one


def _draft(reference: str) -> Assessment:
    one = _own(reference)
    one.require(AssessmentState.DRAFT)
    return one


@bp.route("/<reference>/terms", methods=["GET", "POST"])
@requires("assessment.prepare")
def terms(reference: str) -> ResponseReturnValue:
    """Change terms and reasons."""
    draft = _draft(reference)
    form = TermsForm(data=_standing(draft))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.set_terms(
                    session,
                    form.terms(),
                    tariff=tariff_now(),
                    reference=reference,
                    officer_id=officer().id,
                    at=now(),
                )
            return redirect(url_for(".show", reference=reference), 303)
        except Invalid as error:
            fail(form, error)
    return render_template("backoffice/assessments/terms.html", form=form, one=draft)


def _standing(draft: Assessment) -> dict[str, object]:
    consented = remaining_pct_summoned(tariff_now(), consenting=True, on=draft.due_on)
    return {
        "computed_to": draft.computed_to,
        "was_filed": "yes" if draft.was_filed else "no",
        "consenting": "yes" if draft.remaining_pct == str(consented) else "no",
        "facts": draft.facts,
        "law": draft.law,
        "discretion": draft.discretion,
    }


@bp.get("/<reference>/lines/new")
@requires("assessment.prepare")
def product(reference: str) -> ResponseReturnValue:
    """Ask for the product of a new line; its figures are asked on the next page."""
    draft = _draft(reference)
    products = products_of(reading(), draft.registration_id)
    form = ProductForm(request.args if request.args.get("product") else None)
    form.product.choices = [SelectChoice(each.id, each.name) for each in products]
    if request.args.get("product") and form.validate():
        place = {"position": next_position(draft), "product": form.product.data}
        return redirect(url_for(".line", reference=reference, **place))
    return render_template(
        "backoffice/assessments/product.html", form=form, one=draft, products=products
    )


@bp.route("/<reference>/lines/<int(max=2147483647):position>", methods=["GET", "POST"])
@requires("assessment.prepare")
def line(reference: str, position: int) -> ResponseReturnValue:
    """Ask for the figures of a line: of one that is there, or of the next."""
    draft = _draft(reference)
    standing = next((each for each in draft.lines if each.position == position), None)
    chosen = standing.product if standing else _product(draft)
    form = line_form(tariff_now(), draft, chosen)(data=_entered(standing))
    if form.validate_on_submit() and _saved(reference, position, chosen, form):
        return redirect(url_for(".show", reference=reference), 303)
    return render_template("backoffice/assessments/line.html", form=form, one=draft, product=chosen)


def _product(draft: Assessment) -> Product:
    number = request.args.get("product", type=int)
    for each in products_of(reading(), draft.registration_id):
        if each.id == number:
            return each
    raise NotFound(what="product", id=number)


def _entered(line: AssessmentLine | None) -> dict[str, object]:
    if line is None:
        return {}
    return {
        "tax_point_on": line.tax_point_on,
        "units": line.quantity.normalize() + 0,
        "receipts": line.receipts_satang,
        **{name: Decimal(number) for name, number in line.measures.items()},
    }


def _saved(reference: str, position: int, chosen: Product, form: LineForm) -> bool:
    try:
        with transaction() as session:
            actions.set_line(
                session,
                form.entry(chosen),
                tariff=tariff_now(),
                reference=reference,
                officer_id=officer().id,
                position=position,
                at=now(),
            )
    except (Invalid, Conflict) as error:
        fail(form, error)
        return False
    return True


@bp.post("/<reference>/lines/<int(max=2147483647):position>/remove")
@requires("assessment.prepare")
def remove(reference: str, position: int) -> ResponseReturnValue:
    """Take a line out."""
    with transaction() as session:
        actions.remove_line(
            session, reference=reference, position=position, officer_id=officer().id, at=now()
        )
    return redirect(url_for(".show", reference=reference), 303)


@bp.post("/<reference>/propose")
@requires("assessment.prepare")
def propose(reference: str) -> ResponseReturnValue:
    """Hand the draft to an approver; what is missing leads to where it is entered."""
    try:
        with transaction() as session:
            actions.propose(
                session,
                tariff=tariff_now(),
                reference=reference,
                officer_id=officer().id,
                at=now(),
            )
    except Invalid as error:
        flash(message_for(error), "info")
        page = ".terms" if error.facts["field"] in actions.REASONS else ".show"
        return redirect(url_for(page, reference=reference), 303)
    flash(gettext("Proposed. Another officer decides on it."), "success")
    return redirect(url_for(".show", reference=reference), 303)


@bp.route("/<reference>/withdraw", methods=["GET", "POST"])
@requires("assessment.prepare")
def withdraw(reference: str) -> ResponseReturnValue:
    """Ask whether the assessment shall end, and end it."""
    one, form = _own(reference), BaseForm()
    if form.validate_on_submit():
        with transaction() as session:
            actions.withdraw(session, reference=reference, officer_id=officer().id, at=now())
        flash(gettext("Withdrawn. The discrepancy is still under review."), "success")
        return redirect(url_for("cases.show", reference=one.discrepancy.reference), 303)
    return render_template("backoffice/assessments/withdraw.html", form=form, one=one)
