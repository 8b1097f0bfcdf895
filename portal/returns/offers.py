"""Lines that need not be typed: what the Department can offer for a draft, to be ticked."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice

from excise.errors import Conflict, Invalid
from excise.formats import amount
from excise.prefill.actions import take
from excise.prefill.queries import Offer, Source, Told, offered
from excise.products.queries import products_of
from excise.returns.models import QUANTITY_PLACES, Return
from portal.returns.comparison import settings
from portal.returns.room import bp, with_draft
from web.access import person_id
from web.clock import now
from web.db import reading, transaction
from web.fields import SubmissionForm, fail
from web.i18n import show_date, show_number
from web.tariff import tariff_now

TITLES: dict[Source, LazyString] = {
    Source.LAST_RETURN: _("Your last return"),
    Source.STOCK: _("Your stock accounts: goods issued"),
    Source.INVOICES: _("Your tax invoices for sales"),
    Source.TILLS: _("Sales of your products at tills (POS)"),
}


@bp.route("/<draft_reference>/offers", methods=["GET", "POST"])
@with_draft
def offers(draft: Return) -> ResponseReturnValue:
    """Show what can be filled in, and take what is ticked."""
    products = products_of(reading(), draft.registration_id)
    told = offered(reading(), settings(), tariff_now(), draft, products)
    form = _form(told)()
    if form.validate_on_submit() and _taken(draft, told, form):
        return redirect(url_for(".lines", draft_reference=draft.draft_reference), 303)
    return render_template(
        "portal/returns/offers.html",
        form=form,
        draft=draft,
        told=told,
        titles=TITLES,
        today=now(),
    )


def _form(told: list[Told]) -> type[SubmissionForm]:
    fields = {each.source.value: _field(each) for each in told if each.offers}
    return type("OffersForm", (SubmissionForm,), fields)


def _field(told: Told) -> Any:
    choices = {offer.key: SelectChoice(offer.key, _said(offer)) for offer in told.offers}
    return SelectMultipleField(TITLES[told.source], choices=list(choices.values()))


def _said(offer: Offer) -> str:
    """Say what a line would be."""
    if offer.receipts_satang is not None:
        much = gettext("%(amount)s baht", amount=amount(offer.receipts_satang))
    else:
        much = f"{show_number(offer.units, QUANTITY_PLACES)} {offer.product.unit}"
    return f"{offer.product.name}: {much}, {show_date(offer.tax_point_on, 'medium')}"


def _taken(draft: Return, told: list[Told], form: Any) -> bool:
    """Add what is ticked, or put what is wrong on the form."""
    ticked = [
        offer
        for each in told
        if each.offers
        for offer in {offer.key: offer for offer in each.offers}.values()
        if offer.key in form[each.source.value].data
    ]
    if not ticked:
        form.form_errors.append(gettext("Tick at least one line, or enter the lines yourself."))
        return False
    try:
        with transaction() as session:
            take(
                session,
                ticked,
                tariff=tariff_now(),
                draft_reference=draft.draft_reference,
                person_id=person_id(),
                submission_id=form.submission_id.data,
                at=now(),
            )
    except (Invalid, Conflict) as error:
        fail(form, error)
        return False
    return True
