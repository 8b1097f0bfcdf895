"""The public look-up: any item, any day, with its law, its source and how sure it is."""

import datetime as dt
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from excise.errors import Invalid, NotFound
from excise.tariff.entries import Item, Tariff
from excise.tariff.explanation import explained
from excise.tariff.rules import Additions, LineTax, additions, calculate_line
from excise.tariff.words import step_label
from portal.tariff import rates
from portal.tariff.forms import DayForm, line_form, search_form
from web.clock import today
from web.fields import fail
from web.fields.dates import BEDateField
from web.i18n import language
from web.tariff import tariff_now

bp = Blueprint("tariff", __name__, url_prefix="/tariff")


def public_tariff() -> Tariff:
    """Return the edition that everybody is shown: the one in force."""
    return tariff_now()


@bp.get("")
def index() -> ResponseReturnValue:
    """Search the tariff by name, heading and duty group, on any day."""
    tariff = public_tariff()
    form = search_form(tariff)
    on = _day(form)
    words, group = (form.q.data or "").strip(), form.group.data or ""
    chapters = rates.search(tariff, words, group, on, language())
    return render_template(
        "portal/tariff/index.html", form=form, on=on, day=_asked(on), chapters=chapters
    )


@bp.get("/<item_id>")
def show(item_id: str) -> ResponseReturnValue:
    """Show an item: its rate on a day, all its rows, what is added, and the law of each."""
    tariff, item = public_tariff(), _item(item_id)
    form = DayForm(request.args)
    on = _day(form)
    rows = rates.history(tariff, item, on, language())
    known = rates.is_known(tariff, rows, on)
    return render_template(
        "portal/tariff/show.html",
        form=form,
        on=on,
        day=_asked(on),
        item=item,
        unit=tariff.units[item.unit],
        groups=rates.groups(tariff, item.duty_groups, language()),
        rows=rows,
        known=known,
        added=rates.added(tariff, item, on, language()) if known else [],
        edition=tariff,
    )


@bp.get("/<item_id>/calculation")
def calculation(item_id: str) -> ResponseReturnValue:
    """Work out the tax on one line, with every step; nothing is kept."""
    tariff, item = public_tariff(), _item(item_id)
    day = DayForm(request.args)
    on = _day(day)
    rows = rates.history(tariff, item, on, language())
    if not rates.is_known(tariff, rows, on):
        return render_template(
            "portal/tariff/calculation.html",
            item=item,
            on=on,
            day=_asked(on),
            form=day,
            needed=None,
        )
    form = line_form(tariff, item.id, on)
    worked = None
    if "calculate" not in request.args:
        form.on.data = on
    elif form.validate():
        try:
            line = calculate_line(tariff, form.line(item.id))
            worked = _in_words(tariff, line, additions(tariff, [line]))
        except Invalid as error:
            fail(form, error)
    return render_template(
        "portal/tariff/calculation.html",
        item=item,
        on=on,
        day=_asked(on),
        form=form,
        needed=list(form.needed),
        worked=worked,
    )


def _item(item_id: str) -> Item:
    try:
        return public_tariff().item(item_id)
    except Invalid as error:
        raise NotFound(what="item", id=item_id) from error


def _day(form: Any) -> dt.date:
    """Return the day that was asked for; today when none, or when it cannot be read."""
    field: BEDateField = form.on
    field.errors = field.process_errors
    if field.data is None:
        if not field.errors:
            field.raw_data, field.data = None, today()
        return today()
    day: dt.date = field.data
    return day


def _asked(on: dt.date) -> dict[str, int]:
    """Return the day as the addresses of these pages carry it."""
    return {"on-day": on.day, "on-month": on.month, "on-year": on.year}


def _in_words(tariff: Tariff, line: LineTax, total: Additions) -> dict[str, Any]:
    """Return the figures of a line, each with the steps that lead to it."""
    lang, trace = language(), total.trace.to_json()
    names = {fund.code: getattr(fund, lang) for fund in tariff.funds}
    steps = explained(line.trace.to_json(), lang)
    figures = [(_label("excise"), line.excise_satang, steps)]
    figures.append((_label("local_tax"), total.local_satang, _of(trace, "local_tax")))
    for code, satang in total.funds_satang.items():
        figures.append((names[code], satang, _of(trace, f"fund_{code}")))
    figures.append(
        (_label("total_payable"), total.total_payable_satang, _of(trace, "total_payable"))
    )
    return {"figures": figures, "is_assumed": total.confidence == "assumed"}


def _label(step: str) -> str:
    th, en = step_label(step)
    return th if language() == "th" else en


def _of(trace: dict[str, Any], name: str) -> list[Any]:
    return [step for step in explained(trace, language()) if step.name == name]
