"""What officers enter about an assessment."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from excise.assessments.actions import Terms
from excise.assessments.models import Assessment
from excise.errors import Invalid
from excise.periods import TaxMonth
from excise.products.models import Product
from excise.returns.actions import LineEntry
from excise.tariff.rules import InputField, inputs_of
from excise.tariff.schema import Tariff
from web.fields import BaseForm, BEDateField, MoneyField, Needed, QuantityField, plain
from web.fields.texts import visible
from web.i18n import language


def paragraphs(text: str | None) -> str:
    """Return text with its paragraphs: composed (NFC), nothing invisible in it."""
    return unicodedata.normalize("NFC", visible(text or "").replace("\r\n", "\n")).strip()


def _reason(label: Any, hint: Any) -> TextAreaField:
    return TextAreaField(label, [Length(max=10_000)], filters=[paragraphs], description=hint)


class TermsForm(BaseForm):
    """What decides penalty and surcharge, and the reasons that the notice gives."""

    computed_to = BEDateField(
        _("Surcharge computed to"),
        [Needed(_("Enter the day"))],
        description=_("It keeps running after this day until the tax is paid."),
    )
    was_filed = RadioField(
        _("Was a return filed for the month?"),
        [InputRequired(_("Choose yes or no"))],
        choices=[SelectChoice("yes", _("Filed, but short")), SelectChoice("no", _("Not filed"))],
        description=_("It decides the multiple of the penalty (section 140)."),
    )
    consenting = RadioField(
        _("Does the taxpayer consent?"),
        [InputRequired(_("Choose yes or no"))],
        choices=[SelectChoice("yes", _("Consents")), SelectChoice("no", _("Does not consent"))],
        description=_("It decides how much of the penalty remains."),
    )
    facts = _reason(_("Facts"), _("What was found, with its figures."))
    law = _reason(_("Law applied"), _("Which sections are applied, and how."))
    discretion = _reason(
        _("Discretion"),
        _("Why the penalty is charged or reduced as it is. The notice must say so."),
    )

    def terms(self) -> Terms:
        """Return what was entered as the domain takes it."""
        assert self.computed_to.data
        return Terms(
            computed_to=self.computed_to.data,
            was_filed=self.was_filed.data == "yes",
            consenting=self.consenting.data == "yes",
            facts=self.facts.data,
            law=self.law.data,
            discretion=self.discretion.data,
        )


class ProductForm(BaseForm):
    """Which product the line is for."""

    product = SelectField(_("Product or service"), coerce=int)

    class Meta(BaseForm.Meta):
        """It only leads to another page, so it needs no token."""

        csrf = False


class LineForm(BaseForm):
    """The figures of one line; its fields depend on the product, see `line_form`."""

    needs: tuple[InputField, ...] = ()

    def entry(self, product: Product) -> LineEntry:
        """Return the line as the domain takes it."""
        entered = {field.name: field.data for field in self if field.data is not None}
        measures = {need.name: entered[need.name] for need in self.needs if need.name in entered}
        counted = {"quantity": measures.pop("units")} if "units" in measures else {}
        return LineEntry(
            product_id=product.id,
            tax_point_on=entered["tax_point_on"],
            receipts_satang=entered.get("receipts"),
            measures=measures,
            **counted,
        )


def line_form(tariff: Tariff, draft: Assessment, product: Product) -> type[LineForm]:
    """Make the form that asks exactly what the tariff needs to tax this product."""
    needs = tuple(_needs(tariff, draft, product))
    fields: dict[str, Any] = {
        "needs": tuple(need for need in needs if need.name != "srp_ex_vat"),
        "tax_point_on": BEDateField(
            _("Tax point"),
            [Needed(_("Enter the day"))],
            description=_("The day the goods left or the payment was received."),
        ),
    }
    for need in needs:
        fields["receipts" if need.name == "srp_ex_vat" else need.name] = _field(need, product)
    return type("LineForm", (LineForm,), fields)


def _needs(tariff: Tariff, draft: Assessment, product: Product) -> Iterator[InputField]:
    """Yield what a line must say on the first day of the month or, by a new rate, the last."""
    found: dict[str, InputField] = {}
    for day in (draft.period, TaxMonth.of(draft.period).last):
        try:
            needs = inputs_of(tariff, product.item, day)
        except Invalid:
            continue  # no rate on that day: the line itself will say so
        found |= {need.name: need for need in needs if need.of == "line"}
    yield from found.values()


def _field(need: InputField, product: Product) -> Field:
    thai = language() == "th"
    label, unit = (need.label_th, need.unit_th) if thai else (need.label_en, need.unit_en)
    if need.name == "units":
        label, unit = _("Quantity"), product.unit
    asked = [Needed(_("Enter: %(what)s", what=label))] if need.required else [Optional()]
    if need.name == "srp_ex_vat":
        return MoneyField(label, asked, at_most=need.at_most * 100)
    return QuantityField(label, asked, places=need.decimals, at_most=need.at_most, suffix=unit)


class ApproveForm(BaseForm):
    """The decision; `agreed_satang` is the total that stood on the page."""

    agreed_satang = IntegerField(widget=HiddenInput())
    examined = BooleanField(
        _("I have examined the facts, the law, the use of discretion and the figures."),
        [DataRequired(_("Tick it when you have examined the assessment"))],
    )


class GiveBackForm(BaseForm):
    """What must change before the assessment can be approved."""

    reason = TextAreaField(
        _("What must change"),
        [Needed(_("Say what must change")), Length(max=2000)],
        filters=[plain],
        description=_("The officer who prepared it reads these words."),
    )
