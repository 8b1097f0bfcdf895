"""What people enter to begin a return, for a line of it, and to send it."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from excise.products.models import Product
from excise.returns.actions import LineEntry
from excise.returns.entering import needs_of
from excise.returns.models import Basis, Form, Return
from excise.tariff.rules import InputField
from excise.tariff.schema import Tariff
from portal.returns.comparison import REASONS
from web.fields import (
    BaseForm,
    BEDateField,
    FileForm,
    MoneyField,
    QuantityField,
    SubmissionForm,
    file_field,
    plain,
)
from web.i18n import language


class RemovalForm(SubmissionForm):
    """The day goods leave."""

    day = BEDateField(
        _("When do the goods leave?"), [DataRequired(_("Enter the day the goods leave"))]
    )


class MonthForm(SubmissionForm):
    """The month the return is for."""

    day = SelectField(_("Which month?"), coerce=date.fromisoformat)


class ProductForm(BaseForm):
    """Which product the line is for."""

    product = SelectField(_("Product"), coerce=int)

    class Meta(BaseForm.Meta):
        """It only leads to another page, so it needs no token."""

        csrf = False


class MoreForm(BaseForm):
    """Whether there is another line."""

    more = RadioField(
        _("Do you have another line to add?"),
        [InputRequired(_("Choose yes or no"))],
        choices=[SelectChoice("yes", _("Yes")), SelectChoice("no", _("No, the list is complete"))],
    )


class SendForm(BaseForm):
    """The declaration; `agreed_satang` is the total that stood on the page."""

    agreed_satang = IntegerField(widget=HiddenInput())
    declared = BooleanField(
        _("I declare that what is stated in this return is true and complete."),
        [DataRequired(_("Tick the declaration to send the return"))],
    )


class ExplainForm(BaseForm):
    """Why a difference is none; `seen` is the difference that stood on the page."""

    seen = IntegerField(widget=HiddenInput())
    reason = RadioField(
        _("Why do the figures differ?"),
        [InputRequired(_("Choose the reason"))],
        choices=[SelectChoice(reason.value, words) for reason, words in REASONS.items()],
    )
    words = TextAreaField(
        _("In your own words"),
        [Length(max=1000)],
        filters=[plain],
        description=_(
            "Name the documents that show it. An officer may read this. At most 1,000 characters."
        ),
    )


class UploadForm(SubmissionForm, FileForm):
    """A file of lines."""

    file = file_field(_("File (CSV or XLSX)"))


class SeenForm(BaseForm):
    """A change of a line that was read before; `seen` is its mark then."""

    seen = HiddenField()


class FiguresForm(SubmissionForm):
    """The figures of one line; its fields depend on the product, see `figures_form`."""

    needs: tuple[InputField, ...] = ()
    price_missing = False
    theirs = False
    seen = HiddenField()

    def entry(self, tax_return: Return, product: Product) -> LineEntry:
        """Return the line as the domain takes it."""
        entered = {field.name: field.data for field in self if field.data is not None}
        measures = {need.name: entered[need.name] for need in self.needs if need.name in entered}
        counted = {"quantity": measures.pop("units")} if "units" in measures else {}
        return LineEntry(
            product_id=product.id,
            tax_point_on=tax_return.removal_on or entered["tax_point_on"],
            receipts_satang=entered.get("receipts"),
            measures=measures,
            **counted,
        )


def figures_form(tariff: Tariff, tax_return: Return, product: Product) -> type[FiguresForm]:
    """Make the form that asks exactly what the tariff needs to tax this product."""
    needs = tuple(needs_of(tariff, tax_return, product.item).values())
    fields: dict[str, Any] = {"needs": tuple(n for n in needs if n.name != "srp_ex_vat")}
    services = tax_return.form is Form.SERVICES
    if tax_return.basis is Basis.MONTH:
        asked = _("Day the payment was received") if services else _("Day the goods left")
        fields["tax_point_on"] = BEDateField(asked, [DataRequired(_enter(asked))])
    for need in needs:
        fields["receipts" if need.name == "srp_ex_vat" else need.name] = _field(need, product)
    return type("FiguresForm", (FiguresForm,), fields)


def _field(need: InputField, product: Product) -> Field:
    label = need.label_th if language() == "th" else need.label_en
    unit = need.unit_th if language() == "th" else need.unit_en
    if need.name == "units":
        label, unit = _("Quantity"), product.unit
    asked = [InputRequired(_enter(label))] if need.required else [Optional()]
    if need.name == "srp_ex_vat":
        return MoneyField(label, asked, at_most=need.at_most * 100)
    return QuantityField(label, asked, places=need.decimals, at_most=need.at_most, suffix=unit)


def _enter(what: Any) -> Any:
    return _("Enter: %(what)s", what=what)
