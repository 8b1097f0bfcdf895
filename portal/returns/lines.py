"""The lines of a return: one at a time, each with its tax."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice

from excise.errors import Conflict, Invalid, NotFound
from excise.people.rules import Right
from excise.products.models import Product
from excise.products.queries import product_of, products_of
from excise.returns.actions import LineChanged, finish_lines, remove_line, set_line, try_line
from excise.returns.models import Basis, Return, ReturnLine, TypedLine
from excise.returns.part import work_out_part
from excise.returns.sheet import Sheet, content_of, sheet_of
from excise.returns.typed import forget_typed, keep_typed, typed_line
from excise.tariff.explanation import explained
from portal.returns.forms import FiguresForm, MoreForm, ProductForm, SeenForm, figures_form
from portal.returns.room import bp, with_draft
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.i18n import language
from web.messages import message_for
from web.paging import Page, page_in
from web.tariff import tariff_now


def sheet(draft: Return, page: Page[ReturnLine] | None = None) -> Sheet:
    """Work a draft out as if it were sent now, in the language of the page.

    With a page of its lines only those are explained; the amounts are of all lines.
    """
    part = page.part if page else slice(None)
    tax = work_out_part(tariff_now(), draft, part, on=today())
    return sheet_of(tariff_now(), content_of(draft.lines[part], tax), language())


@bp.route("/<draft_reference>/lines", methods=["GET", "POST"])
@with_draft
def lines(draft: Return) -> ResponseReturnValue:
    """List the lines, and ask for another."""
    form = MoreForm()
    if form.validate_on_submit():
        if form.more.data == "yes":
            return redirect(url_for(".product", draft_reference=draft.draft_reference))
        try:
            _finish(draft)
        except Invalid as error:
            fail(form, error)
        else:
            return redirect(url_for(".calculation", draft_reference=draft.draft_reference))
    page = page_in(draft.lines)
    return render_template(
        "portal/returns/lines.html", form=form, draft=draft, page=page, sheet=sheet(draft, page)
    )


def _finish(draft: Return) -> None:
    with transaction() as session:
        finish_lines(
            session, draft_reference=draft.draft_reference, person_id=person_id(), at=now()
        )


@bp.route("/<draft_reference>/nothing", methods=["GET", "POST"])
@with_draft
def nothing(draft: Return) -> ResponseReturnValue:
    """Let a month in which nothing happened be said in one press."""
    if draft.lines or draft.basis is Basis.REMOVAL:
        return redirect(url_for(".lines", draft_reference=draft.draft_reference))
    form = BaseForm()
    if form.validate_on_submit():
        _finish(draft)
        return redirect(url_for(".check", draft_reference=draft.draft_reference))
    return render_template("portal/returns/nothing.html", form=form, draft=draft)


@bp.get("/<draft_reference>/lines/new")
@with_draft
def product(draft: Return) -> ResponseReturnValue:
    """Ask for the product; its figures are asked on the next page."""
    products = products_of(reading(), draft.registration_id)
    form = ProductForm(request.args if request.args.get("product") else None)
    form.product.choices = [SelectChoice(each.id, each.name) for each in products]
    if request.args.get("product") and form.validate():
        return redirect(
            url_for(
                ".add_line", draft_reference=draft.draft_reference, product_id=form.product.data
            )
        )
    return render_template("portal/returns/product.html", form=form, draft=draft, products=products)


@bp.route("/<draft_reference>/lines/new/<int(max=2147483647):product_id>", methods=["GET", "POST"])
@with_draft
def add_line(draft: Return, product_id: int) -> ResponseReturnValue:
    """Ask for the figures of a new line."""
    chosen = product_of(reading(), product_id, person_id=person_id(), right=Right.VIEW, on=today())
    kept = _kept(draft, chosen, 0)
    form = figures_form(tariff_now(), draft, chosen)(**_boxes(kept))
    saved = _saved(draft, chosen, form, None)
    return saved or _shown("add_line", draft, chosen, form, kept=kept)


@bp.route("/<draft_reference>/lines/<int(max=2147483647):position>", methods=["GET", "POST"])
@with_draft
def edit_line(draft: Return, position: int) -> ResponseReturnValue:
    """Let the figures of a line be changed."""
    line = _line(draft, position)
    kept = _kept(draft, line.product, position)
    form = figures_form(tariff_now(), draft, line.product)(data=_entered(line), **_boxes(kept))
    saved = _saved(draft, line.product, form, position)
    return saved or _shown(
        "edit_line", draft, line.product, form, position=position, line=line, kept=kept
    )


def _kept(draft: Return, product: Product, position: int) -> TypedLine | None:
    """Return what this person typed here before, unless it is being sent or they begin anew."""
    key = {"person_id": person_id(), "product_id": product.id, "position": position}
    if "anew" in request.args and request.method == "GET":
        with transaction() as session:
            forget_typed(session, draft.id, **key)
        return None
    return typed_line(reading(), draft.id, **key) if request.method == "GET" else None


def _boxes(kept: TypedLine | None) -> dict[str, Any]:
    """Fill the boxes as they were left; without any, the form reads what is sent."""
    return {"formdata": MultiDict(kept.typed)} if kept else {}


@bp.post(
    "/<draft_reference>/lines/new/<int(max=2147483647):product_id>"
    "/worked/<int(max=2147483647):position>"
)
@with_draft
def worked(draft: Return, product_id: int, position: int) -> ResponseReturnValue:
    """Keep what is being typed into a line, and say what it comes to so far."""
    product = product_of(reading(), product_id, person_id=person_id(), right=Right.VIEW, on=today())
    form, at = figures_form(tariff_now(), draft, product)(), now()
    if "HX-Request" not in request.headers:
        return redirect(url_for(".lines", draft_reference=draft.draft_reference))
    with transaction() as session:
        keep_typed(
            session,
            {name: text for name, text in request.form.items() if name != "csrf_token"},
            draft_reference=draft.draft_reference,
            person_id=person_id(),
            product_id=product.id,
            position=position,
            at=at,
        )
    tax, problem = None, ""
    if form.validate():
        try:
            tax = try_line(tariff_now(), draft, product, form.entry(draft, product))
        except Invalid as error:
            problem = message_for(error)
    return render_template(
        "portal/returns/_worked.html",
        tax=tax,
        steps=explained(tax.trace.to_json(), language()) if tax else [],
        problem=problem,
        saved_at=at,
    )


def _line(draft: Return, position: int) -> ReturnLine:
    for line in draft.lines:
        if line.position == position:
            return line
    raise NotFound(what="line", id=position)


def _entered(line: ReturnLine) -> dict[str, object]:
    return {
        "tax_point_on": line.tax_point_on,
        "units": line.quantity.normalize() + 0,
        "receipts": line.receipts_satang,
        **line.measures_as_numbers(),
        "seen": line.mark,
    }


def _saved(
    draft: Return, product: Product, form: FiguresForm, position: int | None
) -> ResponseReturnValue | None:
    """Save the line and lead on, or put what is wrong on the form."""
    if not form.validate_on_submit():
        return None
    try:
        with transaction() as session:
            set_line(
                session,
                form.entry(draft, product),
                tariff=tariff_now(),
                draft_reference=draft.draft_reference,
                person_id=person_id(),
                position=position,
                submission_id=form.submission_id.data if position is None else None,
                seen=form.seen.data or "",
                at=now(),
            )
            key = {"person_id": person_id(), "product_id": product.id, "position": position or 0}
            forget_typed(session, draft.id, **key)
    except (Invalid, Conflict) as error:
        if isinstance(error, LineChanged):  # who sends it again has seen the other's figures
            form.seen.data, form.seen.raw_data = error.facts["mark"], None
            form.theirs = True
        form.price_missing = error.reason == "no-price-on-date"
        fail(form, error)
        return None
    another = request.form.get("then") == "another"
    page = ".product" if another else ".lines"
    return redirect(url_for(page, draft_reference=draft.draft_reference))


def _shown(
    page: str,
    draft: Return,
    product: Product,
    form: FiguresForm,
    *,
    position: int = 0,
    **more: object,
) -> ResponseReturnValue:
    return render_template(
        f"portal/returns/{page}.html",
        form=form,
        draft=draft,
        product=product,
        position=position,
        **more,
    )


@bp.route("/<draft_reference>/lines/<int(max=2147483647):position>/remove", methods=["GET", "POST"])
@with_draft
def remove(draft: Return, position: int) -> ResponseReturnValue:
    """Ask whether the line shall go, and take it out."""
    line = next((line for line in draft.lines if line.position == position), None)
    form = SeenForm(data={"seen": line.mark if line else ""})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                remove_line(
                    session,
                    draft_reference=draft.draft_reference,
                    position=position,
                    person_id=person_id(),
                    seen=form.seen.data or "",
                    at=now(),
                )
        except LineChanged as error:
            form.seen.data, form.seen.raw_data = error.facts["mark"], None
            fail(form, error)
        else:
            return redirect(url_for(".lines", draft_reference=draft.draft_reference))
    return render_template(
        "portal/returns/remove.html", form=form, draft=draft, line=line or _line(draft, position)
    )
