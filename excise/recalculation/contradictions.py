"""What in a trace contradicts itself. No tariff is needed: the steps are held against each other.

Working each step out again is not enough: a result may be carried on wrongly, a step left out, a
formula may tell other figures, a rate may be another than the row that is named beside it.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from excise.arrears.rules import months_late
from excise.recalculation.faults import Fault, label, text
from excise.tariff.entries import RoundingStep
from excise.tariff.figures import Figure, exact_text
from excise.tariff.rules.rates import weakest
from excise.tariff.rules.trace import step
from excise.tariff.words import FIGURES, step_label

Place = tuple[str, ...]
Tree = Mapping[str, Any]

# The steps of each kind of calculation in their order; a `*` stands for the code or the number.
ORDER: dict[str, tuple[str, ...]] = {
    "line": (
        "srp_ex_vat_3dp",
        "srp_ex_vat",
        "value_band",
        "goods_value",
        "value_tax",
        "quantity",
        "taxable_quantity",
        "quantity_band",
        "quantity_in_band_*",
        "quantity_tax",
        "excise",
    ),
    "return": ("gross_excise", "net_excise", "local_tax", "fund_*", "total_payable"),
    "late": (
        "tax_short",
        "surcharge_raw",
        "surcharge_cap",
        "surcharge",
        "penalty_statutory",
        "penalty",
        "subtotal",
        "local_tax",
        "total_payable",
    ),
}
# What each sum must take up, of what there is; and what a calculation cannot do without.
SUMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("line", "excise"): ("value_tax", "quantity_tax"),
    ("return", "total_payable"): ("net_excise", "local_tax", "fund_*"),
    ("late", "surcharge"): ("surcharge_raw", "surcharge_cap"),
    ("late", "subtotal"): ("tax_short", "penalty", "surcharge"),
    ("late", "total_payable"): ("subtotal", "local_tax"),
}
NEEDED: dict[str, tuple[str, ...]] = {
    "line": ("excise",),
    "return": ("gross_excise", "net_excise", "local_tax", "total_payable"),
    "late": ORDER["late"],
}
NUMBER = re.compile(r"-?\d{1,80}(\.\d{1,80})?(/\d{1,80})?")
# What reading raises of a file that is not as it was written.
BROKEN = (KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError, IndexError)
OWN_TO_A_STEP = {*FIGURES, "quantity", "net_excise"} - {"start"}


def contradictions(trace: Tree, place: Place = ()) -> Iterator[Fault]:
    """Yield every contradiction within a trace.

    >>> list(contradictions({"subject": "line", "steps": []}))[0].where
    'steps > excise'
    """
    try:
        yield from _in_order(trace, place)
        seen: dict[str, Tree] = {}
        for entry in trace["steps"]:
            inside = (*place, "steps", str(entry["name"]))
            yield from _works_out(entry, inside)
            yield from _carried(entry, seen, inside)
            yield from _rate_named(entry, seen, inside)
            yield from _sums(trace["subject"], entry, trace["steps"], inside)
            seen[entry["name"]] = entry
        yield from _facts(trace, place)
    except (
        KeyError,
        TypeError,
        ValueError,
        ZeroDivisionError,
        AttributeError,
        IndexError,
    ) as error:
        yield Fault(place, f"{type(error).__name__}: {error}", "a trace as it was written")


def number(written: object) -> Fraction:
    """Read an exact number as a trace writes it; raises ValueError for anything else."""
    if not isinstance(written, str) or not NUMBER.fullmatch(written):
        raise ValueError(f"{written!r} is not an exact number")
    return Fraction(written)


def _in_order(trace: Tree, place: Place) -> Iterator[Fault]:
    order = ORDER[trace["subject"]]
    names = [str(entry["name"]) for entry in trace["steps"]]
    positions = [_position(name, order) for name in names]
    inside = (*place, "steps")
    if len(set(names)) != len(names) or positions != sorted(positions) or -1 in positions:
        yield Fault(inside, ", ".join(names), ", ".join(order))
    for needed in NEEDED[trace["subject"]]:
        if needed not in names:
            yield Fault((*inside, needed), text(None), "a step")


def _position(name: str, order: Sequence[str]) -> int:
    """Return where a step belongs; one that is unknown belongs nowhere."""
    return next((place for place, each in enumerate(order) if _is(name, each)), -1)


def _is(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def figure_of(entry: Tree) -> Figure:
    """Read a figure back."""
    return Figure(
        entry["name"],
        number(entry["value"]),
        entry["label_th"],
        entry["label_en"],
        entry["unit_th"],
        entry["unit_en"],
        number(entry["over"]),
        entry["term"],
    )


def _works_out(entry: Tree, place: Place) -> Iterator[Fault]:
    """Work the step out from its own figures, and write its texts again."""
    steps = [each.split() for each in entry["rounding"]]
    again = step(
        entry["name"],
        entry["operation"],
        [figure_of(each) for each in entry["figures"]],
        rounding=tuple(RoundingStep(decimals=places, mode=mode) for mode, places in steps),
        money=entry["satang"] is not None,
    )
    if again.money and (again.result * 100).denominator != 1:
        yield Fault((*place, "result"), text(entry["result"]), "whole satang")
        return
    worked = again.to_json()
    for name in ("exact", "result", "satang", "label", "label_th", "label_en"):
        if entry[name] != worked[name]:
            yield Fault((*place, name), text(entry[name]), text(worked[name]))
    # The formula shows the result of some operations: the stored one, whose own fault is told.
    for name in ("formula_th", "formula_en"):
        if entry[name] != worked[name]:
            yield Fault((*place, name), text(entry[name]), text(worked[name]))


def is_sound(entry: Tree) -> bool:
    """Tell whether a step comes out by itself: its figures are what was calculated with."""
    try:
        return not any(True for _ in _works_out(entry, ()))
    except BROKEN:
        return False


def _carried(entry: Tree, seen: Mapping[str, Tree], place: Place) -> Iterator[Fault]:
    """A figure named after an earlier step is its result; one named before is the same again."""
    sums: dict[str, Fraction] = {}
    for figure in entry["figures"]:
        inside = (*place, "figures", label(figure, 1))
        source = _source(figure, entry["name"], seen)
        # A result that does not come out by itself is named there, not where it is carried to.
        if source is not None and is_sound(source) and figure["value"] != source["result"]:
            yield Fault((*inside, "value"), figure["value"], source["result"])
        if source is not None and (figure["label_th"], figure["label_en"]) != _label_of(source):
            yield Fault((*inside, "label"), figure["label_en"], _label_of(source)[1])
        yield from _same_again(figure, seen, inside)
        if figure["name"] == "net_excise":
            sums["net_excise"] = sums.get("net_excise", Fraction(0)) + number(figure["value"])
    if entry["name"] == "local_tax" and "net_excise" in sums:
        net = number(seen["net_excise"]["result"])
        if sums["net_excise"] != net:
            inside = (*place, "figures", "net_excise", "value")
            yield Fault(inside, exact_text(sums["net_excise"]), exact_text(net))


def _label_of(source: Tree) -> tuple[str, str]:
    return step_label(source["name"])


def _source(figure: Tree, step_name: str, seen: Mapping[str, Tree]) -> Tree | None:
    """Return the earlier step whose result a figure carries on."""
    name = figure["name"]
    charged = step_name == "local_tax" or step_name.startswith("fund_")
    if name == "quantity" or (name == "net_excise" and charged):
        return None  # these have their own check
    return seen.get(name)


def _same_again(figure: Tree, seen: Mapping[str, Tree], place: Place) -> Iterator[Fault]:
    if figure["name"] == "quantity":
        yield from _quantity(figure, seen, place)
        return
    if figure["name"] in OWN_TO_A_STEP or figure["name"] in seen:
        return
    for earlier in seen.values():
        for other in earlier["figures"]:
            if other["name"] == figure["name"]:
                for leaf in ("value", "label_th", "label_en", "unit_th", "unit_en"):
                    if other[leaf] != figure[leaf]:
                        yield Fault((*place, leaf), text(figure[leaf]), text(other[leaf]))
                return


def _quantity(figure: Tree, seen: Mapping[str, Tree], place: Place) -> Iterator[Fault]:
    """Find the quantity a figure repeats: of its band, the taxable one, or the plain one."""
    banded = f"quantity_in_band_{figure['term']}"
    whole = seen.get("taxable_quantity") or seen.get("quantity")
    source = seen[banded] if banded in seen and place[-3] == "quantity_tax" else whole
    if source is not None and is_sound(source) and figure["value"] != source["result"]:
        yield Fault((*place, "value"), figure["value"], source["result"])


def _rate_named(entry: Tree, seen: Mapping[str, Tree], place: Place) -> Iterator[Fault]:
    """Hold the rate that was calculated with against the row that is named."""
    for figure in entry["figures"]:
        named = {"value_pct": "value_pct", "baht_rate": "baht"}.get(figure["name"])
        band = seen.get(f"quantity_in_band_{figure['term']}")
        rate = entry["rate"] or (band["rate"] if band and named else None)
        if named and rate and number(figure["value"]) != number(rate.get(named, "0")):
            inside = (*place, "figures", label(figure, 1), "value")
            yield Fault(inside, figure["value"], rate.get(named, "0"))
    band = seen.get(entry["name"].replace("_tax", "_band"))
    if entry["rate"] and band is not None and band["rate"] != entry["rate"]:
        for name in dict.fromkeys([*band["rate"], *entry["rate"]]):
            if band["rate"].get(name) != entry["rate"].get(name):
                was, is_ = entry["rate"].get(name), band["rate"].get(name)
                yield Fault((*place, "rate", name), text(was), text(is_))


def _sums(subject: str, entry: Tree, steps: Sequence[Tree], place: Place) -> Iterator[Fault]:
    """Hold what a sum takes up against the steps there are."""
    wanted = SUMS.get((subject, entry["name"]))
    if wanted is None:
        return
    there = [each["name"] for each in steps]
    expected = [name for each in wanted for name in there if _is(name, each)]
    found = [figure["name"] for figure in entry["figures"]]
    if found != expected:
        yield Fault((*place, "figures"), ", ".join(found), ", ".join(expected))


def _facts(trace: Tree, place: Place) -> Iterator[Fault]:
    if trace["subject"] == "line":
        yield from _days_of_rates(trace, (*place, "facts"))
        yield from _confidence(trace, (*place, "facts"))
    if trace["subject"] == "late":
        yield from _months(trace, place)


def _days_of_rates(trace: Tree, place: Place) -> Iterator[Fault]:
    """A rate must have been in force on the tax point."""
    told = trace["facts"]["tax_point_date"]
    for rate in (entry["rate"] for entry in trace["steps"] if entry["rate"]):
        first, last = rate["from"], rate.get("to", "9999-12-31")
        days = [dt.date.fromisoformat(day) for day in (first, told, last)]
        if days != sorted(days):
            yield Fault((*place, "tax_point_date"), told, f"{first} .. {rate.get('to', '')}")


def _months(trace: Tree, place: Place) -> Iterator[Fault]:
    facts = trace["facts"]
    late = str(months_late(*(dt.date.fromisoformat(facts[name]) for name in ("due", "paid"))))
    if facts["months"] != late:
        yield Fault((*place, "facts", "months"), text(facts["months"]), late)
    for entry in trace["steps"]:
        for figure in entry["figures"]:
            if figure["name"] == "months" and figure["value"] != late:
                there = (*place, "steps", entry["name"], "figures", "months", "value")
                yield Fault(there, text(figure["value"]), late)


def _confidence(trace: Tree, place: Place) -> Iterator[Fault]:
    """A line is as sure as the least sure row that was used; a band without quantity was not."""
    used = [
        entry["rate"]["confidence"]
        for entry in trace["steps"]
        if entry["rate"] and (entry["operation"] != "portion" or number(entry["result"]))
    ]
    # A zero rate without a price leaves no step that names its row.
    if used and weakest([trace["facts"]["confidence"], *used]) != trace["facts"]["confidence"]:
        yield Fault((*place, "confidence"), trace["facts"]["confidence"], weakest(used))


def carried_amounts(results: Tree, traces: Mapping[Place, Tree], place: Place) -> Iterator[Fault]:
    """Hold the totals beside the traces against the steps they are taken from."""
    steps = {str(name): entry for _, name, entry in _steps(traces)}
    for name, found in results.items():
        entry = steps.get({"local": "local_tax"}.get(name, name))
        if entry is None or not isinstance(found, int) or not is_sound(entry):
            continue
        if found != entry.get("satang"):
            yield Fault((*place, name), text(found), text(entry.get("satang")))


def carried_lines(traces: Mapping[Place, Tree]) -> Iterator[Fault]:
    """Hold the amounts that a return adds up against the tax of its lines."""
    taxes = [entry.get("result") for at, name, entry in _steps(traces) if name == "excise"]
    for at, name, entry in _steps(traces):
        if name != "gross_excise" or not taxes:
            continue
        added = [figure.get("value") for figure in entry.get("figures", [])]
        if added != taxes:
            yield Fault((*at, "steps", "gross_excise", "figures"), str(added), str(taxes))


def _steps(traces: Mapping[Place, Tree]) -> Iterator[tuple[Place, object, Tree]]:
    for place, trace in traces.items():
        for entry in trace.get("steps", []):
            if isinstance(entry, Mapping):
                yield place, entry.get("name"), entry
