"""What is entered about a product, and its price."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from excise.formats import quantity
from excise.products.actions import ProductDetails
from excise.products.rules import measures_of_product
from excise.tariff.rules import InputField
from excise.tariff.schema import Tariff
from excise.written import western
from web.fields import BEDateField, MoneyField, Needed, QuantityField, SubmissionForm, TextField
from web.i18n import language


class GtinField(TextField):
    """The digits under a bar code; spaces and dashes do not matter. `data` is None when empty."""

    inputmode = "numeric"

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep the digits alone; the domain knows the check digit."""
        self.data = re.sub("-", "", western(valuelist[0])) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        """Leave what is no number to the domain's sentence, too."""
        self.data = self.data or None


class ProductForm(SubmissionForm):
    """A product; the figures that its item needs are added by `product_form`."""

    measures: Mapping[str, InputField] = {}

    name = TextField(_("Name of the product"), [Needed(_("Enter the name of the product"))])
    brand = TextField(_("Brand (if any)"))
    model = TextField(_("Model (if any)"))
    size = TextField(
        _("Size or packing (if any)"), description=_("For example: bottle of 620 ml, pack of 20.")
    )
    unit = TextField(
        _("Unit in which you count it"),
        [Needed(_("Enter the unit, like bottle or pack"))],
        at_most=50,
        description=_("Returns count in this unit, and the price is for one of it."),
    )
    gtin = GtinField(
        _("Bar code number, GTIN (if any)"),
        description=_("The 8, 12, 13 or 14 digits under the bars."),
    )

    def details(self, item: str) -> ProductDetails:
        """Return what was entered, as the domain takes it."""
        measures: dict[str, Decimal] = {name: self[name].data for name in self.measures}
        words = {name: self[name].data for name in ("name", "brand", "model", "size", "unit")}
        return ProductDetails(item=item, gtin=self.gtin.data, measures=measures, **words)


def product_form(tariff: Tariff, item: str, on: dt.date, *, gtin: str | None = None) -> ProductForm:
    """Return the form with exactly the figures that the tariff asks of such a product."""
    needed = {field.name: field for field in measures_of_product(tariff, item, on)}
    fields = {name: _figure(field) for name, field in needed.items()}
    form_class = type("ProductForm", (ProductForm,), {**fields, "measures": needed})
    form: ProductForm = form_class(gtin=gtin)
    return form


def _figure(field: InputField) -> QuantityField:
    lang = language()
    label = getattr(field, f"label_{lang}")
    return QuantityField(
        label,
        [Needed(gettext("%(figure)s: enter it, the tax is worked out from it", figure=label))],
        places=field.decimals,
        at_most=field.at_most,
        suffix=getattr(field, f"unit_{lang}"),
        description=_fineness(field),
    )


def _fineness(field: InputField) -> str:
    at_most = quantity(Decimal(field.at_most), lang=language())
    if field.decimals == 0:
        return str(gettext("At most %(limit)s, a whole number.", limit=at_most))
    places = field.decimals
    return str(
        gettext("At most %(limit)s, with up to %(places)s decimals.", limit=at_most, places=places)
    )


class PriceForm(SubmissionForm):
    """A suggested retail price from a day on."""

    retail_price = MoneyField(
        _("Suggested retail price, with VAT"),
        [Needed(_("Enter the retail price"))],
        at_most=10**13,
        description=_("What you suggest that a buyer pays for one unit in a shop."),
    )
    effective_from = BEDateField(_("It applies from"), [Needed(_("Enter the first day"))])

    def price(self) -> dict[str, Any]:
        """Return what was entered, as the domain takes it."""
        return {
            "retail_incl_vat_satang": self.retail_price.data,
            "effective_from": self.effective_from.data,
        }
