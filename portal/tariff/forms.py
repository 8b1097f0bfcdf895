"""What is asked of the tariff: words and a day, or the figures of one line."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField

from excise.formats import quantity
from excise.tariff.entries import Tariff
from excise.tariff.rules import InputField, Line, inputs_of
from web.fields import BaseForm, BEDateField, MoneyField, Needed, QuantityField, TextField
from web.i18n import language

PRICE = "srp_ex_vat"


class _AskedForm(BaseForm):
    """A form whose answer is a page with an address of its own: sent by GET, changes nothing."""

    class Meta(BaseForm.Meta):
        """Nothing is changed, so nobody can be made to change it."""

        csrf = False


class SearchForm(_AskedForm):
    """Words, a duty group and a day."""

    q = TextField(
        _("Name, heading or customs code"), description=_("For example beer, 13.01 or 0013")
    )
    group = SelectField(_("Duty group"))
    on = BEDateField(
        _("Rates on this day"), description=_("The year may be Buddhist or Christian.")
    )


class DayForm(_AskedForm):
    """A day."""

    on = BEDateField(
        _("Rates on this day"), description=_("The year may be Buddhist or Christian.")
    )


class LineForm(_AskedForm):
    """One line; the figures that its item needs are added by `line_form`."""

    needed: Mapping[str, InputField] = {}

    on = BEDateField(
        _("Day of removal, import or receipt"),
        [Needed(_("Enter the day"))],
        description=_("The rate of this day counts. The year may be Buddhist or Christian."),
    )

    def line(self, item: str) -> Line:
        """Return what was entered, as the calculation takes it."""
        prices: dict[str, Any] = {}
        if PRICE in self.needed:
            services = self.needed[PRICE].of == "line"
            name = "srp_ex_vat_satang" if services else "retail_price_incl_vat_satang"
            prices[name] = self[PRICE].data
        entered: dict[str, Decimal] = {
            name: self[name].data
            for name in self.needed
            if name != PRICE and self[name].data is not None
        }
        units = entered.pop("units", Decimal(1))
        assert self.on.data  # Needed has seen to it
        return Line(item=item, tax_point_date=self.on.data, units=units, measures=entered, **prices)


def search_form(tariff: Tariff) -> SearchForm:
    """Return the search with what was asked, and the groups in the language of the page."""
    form = SearchForm(request.args)
    names = [(code, f"{code} {getattr(named, language())}") for code, named in _groups(tariff)]
    form.group.choices = [("", gettext("All groups")), *names]
    if form.group.data not in dict(names):
        form.group.data = ""
    return form


def _groups(tariff: Tariff) -> list[tuple[str, Any]]:
    return sorted(tariff.duty_groups.items())


def line_form(tariff: Tariff, item: str, on: dt.date) -> LineForm:
    """Return the form with exactly the figures that an item needs on a day."""
    needed = {field.name: field for field in inputs_of(tariff, item, on)}
    fields: dict[str, Any] = {name: _field(each) for name, each in needed.items()}
    form_class = type("LineForm", (LineForm,), {**fields, "needed": needed})
    form: LineForm = form_class(request.args)
    return form


def _field(field: InputField) -> QuantityField | MoneyField:
    lang = language()
    label = getattr(field, f"label_{lang}")
    if field.name == PRICE and field.of == "product":
        label = gettext("Suggested retail price, with VAT")
    check = [Needed(gettext("%(figure)s: enter it, the tax is worked out from it", figure=label))]
    if field.name == PRICE:
        return MoneyField(label, check if field.required else [], at_most=10**13)
    return QuantityField(
        label,
        check if field.required else [],
        places=field.decimals,
        at_most=field.at_most,
        suffix=getattr(field, f"unit_{lang}"),
        description=_fineness(field),
    )


def _fineness(field: InputField) -> str:
    at_most = quantity(Decimal(field.at_most), lang=language())
    if field.decimals == 0:
        return str(gettext("At most %(limit)s, a whole number.", limit=at_most))
    return str(
        gettext(
            "At most %(limit)s, with up to %(places)s decimals.",
            limit=at_most,
            places=field.decimals,
        )
    )
