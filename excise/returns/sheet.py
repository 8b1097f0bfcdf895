"""The calculation of a return as a page shows it.

It is read from the form that is kept, so that a filed return shows what was
filed, under whichever tariff, for ever.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from excise.formats import quantity
from excise.returns.lines import Entered
from excise.returns.rules import ReturnTax
from excise.tariff.explanation import Explained, explained
from excise.tariff.figures import shown
from excise.tariff.schema import Tariff
from excise.tariff.words import step_label

_LONGEST_FORMULA = 1_000
_SHOWN_STEPS = {
    "penalty": ("tax_short", "penalty_statutory", "penalty"),
    "surcharge": ("surcharge_raw", "surcharge_cap", "surcharge"),
}


@dataclass(frozen=True, kw_only=True)
class SheetLine:
    """One line: its base, its rate and its tax, and the way from one to the other."""

    position: int
    product: str
    item: str
    tax_point_on: date
    base: str
    value_satang: int | None
    rate: str
    tax_satang: int
    steps: list[Explained]
    is_assumed: bool
    row_count: int = 0
    first_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One part of the total."""

    name: str
    label: str
    satang: int
    steps: list[Explained]
    is_assumed: bool


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A whole calculation in one language; `days_late` is 0 when it is in time."""

    lines: list[SheetLine]
    charges: list[Charge]
    total_satang: int
    is_assumed: bool
    days_late: int = 0
    months_late: int = 0


def content_of(lines: Iterable[Entered], tax: ReturnTax) -> dict[str, Any]:
    """Return the lines and the calculation in the form that an original keeps."""
    entered = [
        {
            "position": line.position,
            "product": line.product.name,
            "item": line.product.item,
            "tax_point_on": line.tax_point_on.isoformat(),
            "quantity": str(line.quantity),
            "unit": line.product.unit,
            "receipts_satang": line.receipts_satang,
            "measures": line.measures,
            **_rows(line),
        }
        for line in lines
    ]
    return {"lines": entered, "tax": tax.to_json()}


def _rows(line: Entered) -> dict[str, Any]:
    """Say which rows of a file a line adds up."""
    if not line.row_count or line.first_on is None:
        return {}
    return {"rows": line.row_count, "first_on": line.first_on.isoformat()}


def part_of(content: Mapping[str, Any], part: slice) -> dict[str, Any]:
    """Return the content of an original with a part of its lines, as one page shows them."""
    tax = content["tax"]
    return {**content, "lines": content["lines"][part], "tax": {**tax, "lines": tax["lines"][part]}}


def sheet_of(tariff: Tariff, content: Mapping[str, Any], lang: str) -> Sheet:
    """Put the content of an original into words; `tariff` only names the funds."""
    tax, late = content["tax"], content["tax"]["arrears"]
    told = late["facts"] if late else None
    days = (date.fromisoformat(told["paid"]) - date.fromisoformat(told["due"])).days if told else 0
    return Sheet(
        lines=[
            _line(line, trace, lang)
            for line, trace in zip(content["lines"], tax["lines"], strict=True)
        ],
        charges=list(_charges(tariff, tax, lang)),
        total_satang=tax["total_satang"],
        is_assumed=tax["confidence"] == "assumed",
        days_late=days,
        months_late=int(told["months"]) if told else 0,
    )


def _line(line: Mapping[str, Any], trace: Mapping[str, Any], lang: str) -> SheetLine:
    by_name = {step["name"]: step for step in trace["steps"]}
    receipts = line["receipts_satang"]
    value = by_name["goods_value"]["satang"] if "goods_value" in by_name else None
    return SheetLine(
        position=line["position"],
        product=line["product"],
        item=trace["facts"][f"name_{lang}"],
        tax_point_on=date.fromisoformat(line["tax_point_on"]),
        base=_base(line, lang) if receipts is None else "",
        value_satang=value if receipts is None else receipts,
        rate=rate_applied(trace, lang),
        tax_satang=by_name["excise"]["satang"],
        steps=explained(trace, lang),
        is_assumed=trace["facts"]["confidence"] == "assumed",
        row_count=line.get("rows", 0),
        first_on=date.fromisoformat(line["first_on"]) if line.get("rows") else None,
    )


def _base(line: Mapping[str, Any], lang: str) -> str:
    return f"{quantity(Decimal(line['quantity']), lang=lang)} {line['unit']}"


def rate_applied(trace: Mapping[str, Any], lang: str) -> str:
    """Say the rates that were applied to a line, as the figures of its tax steps name them."""
    figures = [
        figure
        for step in trace["steps"]
        if step["name"] in ("value_tax", "quantity_tax")
        for figure in step["figures"]
        if figure["name"] in ("value_pct", "baht_rate")
    ]
    rates = [_one_rate(figure, lang) for figure in figures]
    return " + ".join(dict.fromkeys(rates)) or "0%"


def _one_rate(figure: Mapping[str, Any], lang: str) -> str:
    number, unit = shown(Fraction(figure["value"])), figure[f"unit_{lang}"]
    return f"{number}%" if unit == "%" else f"{number} {unit}"


def _charges(tariff: Tariff, tax: Mapping[str, Any], lang: str) -> Iterator[Charge]:
    """Yield excise, penalty and surcharge when late, local tax, and each fund."""
    late, added = tax["arrears"], tax["additions"]
    names = {fund.code: fund.th if lang == "th" else fund.en for fund in tariff.funds}
    yield _charge("net_excise", tax["excise_satang"], added, ("gross_excise", "net_excise"), lang)
    if late:
        for name, steps in _SHOWN_STEPS.items():
            yield _charge(name, tax[f"{name}_satang"], late, steps, lang)
        yield _charge("local_tax", tax["local_satang"], late, ("subtotal", "local_tax"), lang)
    else:
        yield _charge("local_tax", tax["local_satang"], added, ("local_tax",), lang)
    # What is kept has its keys sorted; people see the funds as the tariff orders them.
    for code in sorted(tax["funds_satang"], key=list(names).index):
        step = f"fund_{code}"
        satang = tax["funds_satang"][code]
        yield _charge(step, satang, added, (step,), lang, label=names[code])


def charges_of_change(tariff: Tariff, change: Mapping[str, Any], lang: str) -> list[Charge]:
    """Put what an amendment changes into words, part by part; what stays is left out."""
    late = change["late"] or {"subject": "change", "facts": {}, "steps": []}
    names = {fund.code: fund.th if lang == "th" else fund.en for fund in tariff.funds}
    parts = [
        _charge("net_excise", change["excise_satang"], late, (), lang),
        *(
            _charge(name, change[f"{name}_satang"], late, steps, lang)
            for name, steps in _SHOWN_STEPS.items()
        ),
        _charge("local_tax", change["local_satang"], late, ("subtotal", "local_tax"), lang),
        *(
            _charge(f"fund_{code}", satang, late, (), lang, label=names[code])
            for code, satang in change["funds_satang"].items()
        ),
    ]
    return [part for part in parts if part.satang]


def _charge(
    name: str,
    satang: int,
    trace: Mapping[str, Any],
    steps: tuple[str, ...],
    lang: str,
    *,
    label: str | None = None,
) -> Charge:
    th, en = step_label(name)
    return Charge(
        name=name,
        label=label or (th if lang == "th" else en),
        satang=satang,
        steps=[_short(step) for step in explained(trace, lang) if step.name in steps],
        # The lines name their own assumptions; what is added to them has only the rules of arrears.
        is_assumed=trace["subject"] == "late" and trace["facts"]["confidence"] == "assumed",
    )


def _short(step: Explained) -> Explained:
    """Leave out terms of a sum that nobody would read: the lines are listed one by one."""
    if len(step.formula) <= _LONGEST_FORMULA:
        return step
    return replace(step, formula=step.formula[:_LONGEST_FORMULA].rsplit(" + ", 1)[0] + " + …")
