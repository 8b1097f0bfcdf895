"""Making a calculation again: what was entered is read back from its trace."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from excise.arrears.rules import LateCase, LateTotal, LocalBase, late_total
from excise.errors import Invalid
from excise.periods import local_date
from excise.recalculation.contradictions import is_sound, number
from excise.recalculation.faults import Fault, differences, text
from excise.returns.rules import put_together
from excise.tariff.entries import Tariff
from excise.tariff.figures import exact_text
from excise.tariff.rules import Line, LineTax, Trace, additions, calculate_line
from excise.worksheet import calculate_rows, late_result, line_result

Tree = Mapping[str, Any]
Place = tuple[str, ...]
T = TypeVar("T")


def line_of(tariff: Tariff, trace: Tree) -> Line:
    """Read back what was entered for a line; figures of a step that comes out go before others."""
    entered = _figures(trace)
    prices = {
        name: entered.pop(name)
        for name in ("srp_ex_vat", "retail_price_incl_vat")
        if name in entered
    }
    if "retail_price_incl_vat" in prices:
        prices.pop("srp_ex_vat", None)  # was worked out from it
    item = trace["facts"]["item"]
    return Line(
        item=item,
        tax_point_date=dt.date.fromisoformat(trace["facts"]["tax_point_date"]),
        units=_decimal(entered.get("units", Fraction(1))),
        srp_ex_vat_satang=_satang(prices.get("srp_ex_vat")),
        retail_price_incl_vat_satang=_satang(prices.get("retail_price_incl_vat")),
        measures=_measures(tariff, item, entered),
    )


def _figures(trace: Tree) -> dict[str, Fraction]:
    steps: Sequence[Tree] = trace["steps"]
    found: dict[str, Fraction] = {}
    for entry in sorted(steps, key=is_sound, reverse=True):
        for figure in entry["figures"]:
            found.setdefault(figure["name"], number(figure["value"]))
    return found


def _measures(tariff: Tariff, item: str, entered: Mapping[str, Fraction]) -> dict[str, Decimal]:
    """Return the measures among the figures; one that was worked out from others is left out."""
    measures = {
        name: _decimal(value)
        for name, value in entered.items()
        if name in tariff.measures
        and name != "units"
        and (value * 10 ** tariff.measures[name].decimals).denominator == 1
    }
    if "start" in entered:
        row = next(row for row in tariff.item(item).rates if row.marginal)
        assert row.by is not None
        before = entered["start"] / tariff.measures[row.by].line_units
        measures[row.by] = _decimal(before)
    return measures


def _decimal(value: Fraction) -> Decimal:
    return Decimal(exact_text(value))


def _satang(baht: Fraction | None) -> int | None:
    if baht is None:
        return None
    if (baht * 100).denominator != 1:
        raise ValueError(f"{exact_text(baht)} is not whole satang")
    return int(baht * 100)


def late_cases_of(trace: Tree) -> Iterator[tuple[LateCase, LocalBase]]:
    """Read back a late case, in the two ways it may have come to its monthly rate."""
    figures, facts = _figures(trace), trace["facts"]
    [base] = [entry["figures"][0] for entry in trace["steps"] if entry["name"] == "local_tax"]
    for extended in (False, True):
        yield (
            LateCase(
                tax_satang=_satang(figures["tax_due"]) or 0,
                already_paid_satang=-(_satang(figures["already_paid"]) or 0),
                due=dt.date.fromisoformat(facts["due"]),
                paid=dt.date.fromisoformat(facts["paid"]),
                penalty_multiple=_decimal(figures["multiple"]),
                penalty_remaining_pct=_decimal(figures["remaining_pct"]),
                extended=extended,
                monthly_pct=_decimal(figures["monthly_pct"]),
            ),
            "tax_only" if base["name"] == "tax_short" else "tax_penalty_surcharge",
        )


def line_again(tariff: Tariff, place: Place, trace: Tree) -> Iterable[Fault]:
    """Hold a line's trace against the line calculated again."""
    again = calculate_line(tariff, line_of(tariff, trace))
    return differences(place, trace, again.trace.to_json())


def late_again(tariff: Tariff, place: Place, trace: Tree) -> Iterable[Fault]:
    """Hold a late case's trace against the case calculated again."""
    return _fewest(
        list(differences(place, trace, total.trace.to_json()))
        for total in _late_totals(tariff, trace)
    )


def _late_totals(tariff: Tariff, trace: Tree) -> Iterator[LateTotal]:
    for case, base in late_cases_of(trace):
        yield late_total(tariff, case, local_base=base)


def _fewest(candidates: Iterable[list[Fault]]) -> list[Fault]:
    """Of several readings of what was entered, take the one that leaves the fewest faults."""
    fewest: list[Fault] | None = None
    for found in candidates:
        if not found:
            return found
        fewest = found if fewest is None or len(found) < len(fewest) else fewest
    return fewest or []


def results_again(
    tariff: Tariff, place: Place, result: Tree, *, alone: bool = False
) -> Iterable[Fault]:
    """Hold an entry of `excise calculate` against the row calculated again.

    What was entered is known twice, from `inputs` and from the trace: whichever is in keeping
    with more of the rest is taken as right, so that one changed figure gives one fault.
    """
    traces, inputs = result["trace"], result.get("inputs")

    def compared(again: Tree) -> list[Fault]:
        if alone:
            return list(differences(place, traces, again["trace"]))
        fixed = {name: result[name] for name in ("id", "inputs") if name in result}
        told = list(differences(place, result, {**fixed, **again, **fixed}))
        return [*told, *_inputs_faults(tariff, place, inputs, again["trace"])]

    return _fewest(compared(again) for again in _readings(tariff, traces, inputs))


def _readings(tariff: Tariff, traces: Tree, inputs: object) -> Iterator[Tree]:
    if isinstance(inputs, Mapping):
        [again] = calculate_rows(tariff, [inputs])
        if "error" not in again:
            yield again
    yield from _from_traces(tariff, traces)


def row_again(tariff: Tariff, place: Place, result: Tree) -> Iterable[Fault]:
    """Hold an answer that has no trace of its own against the row answered again."""
    [again] = calculate_rows(tariff, [result["inputs"]])
    return differences(place, result, {**again, "id": result["id"]})


def _from_traces(tariff: Tariff, traces: Tree) -> list[dict[str, Any]]:
    try:
        if "late" in traces:
            return [late_result(total) for total in _late_totals(tariff, traces["late"])]
        return [line_result(tariff, line_of(tariff, traces["line"]))]
    except Invalid:
        return []


def _inputs_faults(tariff: Tariff, place: Place, inputs: object, traces: Tree) -> Iterator[Fault]:
    """Hold the rows' own inputs against what the calculation used."""
    if not isinstance(inputs, Mapping):
        return
    for name, used in _used(tariff, traces).items():
        given = inputs.get(name)
        if given is not None and not _same(given, used):
            yield Fault((*place, "inputs", name), text(given), used)


def _used(tariff: Tariff, traces: Tree) -> dict[str, str]:
    if "late" in traces:
        case, _base = next(late_cases_of(traces["late"]))
        return {
            "tax": _baht(case.tax_satang),
            "already_paid": _baht(case.already_paid_satang),
            "due": case.due.isoformat(),
            "paid": case.paid.isoformat(),
            "penalty_multiple": str(case.penalty_multiple),
            "penalty_remaining_pct": str(case.penalty_remaining_pct),
            "surcharge_per_month": exact_text(Fraction(case.monthly_pct or 0) / 100),
        }
    line, figures = line_of(tariff, traces["line"]), _figures(traces["line"])
    used = {name: str(value) for name, value in line.measures.items()}
    used |= {
        "item": line.item,
        "tax_point_date": line.tax_point_date.isoformat(),
        "units": str(line.units),
    }
    for name in ("srp_ex_vat", "retail_price_incl_vat"):
        if name in figures:
            used[name] = exact_text(figures[name])
    return used


def _baht(satang: int) -> str:
    return exact_text(Fraction(satang, 100))


def _same(given: object, used: str) -> bool:
    try:
        return str(given) == used or Fraction(str(given)) == Fraction(used)
    except (ValueError, ZeroDivisionError):
        return False


def return_again(tariff: Tariff, place: Place, tax: Tree) -> Iterable[Fault]:
    """Hold a whole return against the return put together again from its lines."""
    lines = [calculate_line(tariff, line_of(tariff, trace)) for trace in tax["lines"]]
    told = tax["additions"]["facts"]
    cuts = [int(told[f"line_{n}"].split()[-1]) for n in range(1, len(lines) + 1)]
    added = additions(tariff, lines, reductions_satang=cuts)
    totals: Iterable[LateTotal | None] = [None]
    if tax["arrears"] is not None:
        totals = _late_totals(tariff, tax["arrears"])
    return _fewest(
        list(differences(place, tax, put_together(lines, added, total).to_json()))
        for total in totals
    )


def original_faults(place: Place, original: Tree, tax: Tree) -> Iterator[Fault]:
    """Hold what was filed beside the calculation against what was calculated with."""
    for position, (line, trace) in enumerate(
        zip(original.get("lines", []), tax["lines"], strict=True) if original else (), start=1
    ):
        inside = (*place, "lines", str(position))
        yield from _declared_faults(inside, line, trace)
    if original and (late := tax["arrears"]):
        if "due_on" in original and original["due_on"] != late["facts"]["due"]:
            yield Fault((*place, "due_on"), text(original["due_on"]), late["facts"]["due"])
        if "filed_at" in original:
            filed_on = local_date(dt.datetime.fromisoformat(original["filed_at"])).isoformat()
            if filed_on != late["facts"]["paid"]:
                yield Fault((*place, "filed_at"), filed_on, late["facts"]["paid"])


def _declared_faults(place: Place, line: Tree, trace: Tree) -> Iterator[Fault]:
    facts, figures = trace["facts"], _figures(trace)
    receipts = line["receipts_satang"]
    declared: dict[str, tuple[object, object]] = {
        "item": (line["item"], facts["item"]),
        "tax_point_on": (line["tax_point_on"], facts["tax_point_date"]),
    }
    if receipts is not None:
        declared["receipts_satang"] = (receipts, _satang(figures.get("srp_ex_vat")))
    elif "units" in figures:
        declared["quantity"] = (number(line["quantity"]), figures["units"])
    for name, value in line["measures"].items():
        if name in figures:
            declared[f"measures {name}"] = (number(value), figures[name])
    for name, (stored, used) in declared.items():
        if stored != used:
            yield Fault((*place, name), text(stored), text(used))


def additions_again(tariff: Tariff, place: Place, trace: Tree) -> Iterable[Fault]:
    """Hold the additions of a return, whose lines are not at hand, against those made again."""
    figures = _figures(trace)
    lines: list[LineTax] = []
    reductions: list[int] = []
    for name, told in trace["facts"].items():
        if name.startswith("line_"):
            on, kind, confidence, cut = told.split()
            excise_satang = _satang(figures[name]) or 0
            lines.append(_bare_line(dt.date.fromisoformat(on), kind, confidence, excise_satang))
            reductions.append(int(cut))
    again = additions(tariff, lines, reductions_satang=reductions)
    return differences(place, trace, again.trace.to_json())


def _bare_line(on: dt.date, kind: Any, confidence: Any, excise_satang: int) -> LineTax:
    """Make a line of which only that is known which decides what is added to it."""
    return LineTax(
        item="",
        tax_point_date=on,
        kind=None if kind == "-" else kind,
        value_tax_satang=0,
        quantity_tax_satang=0,
        excise_satang=excise_satang,
        goods_value_satang=None,
        quantity=None,
        unit="",
        confidence=confidence,
        trace=Trace("line", "", ""),
    )


__all__ = [
    "Tree",
    "additions_again",
    "late_again",
    "line_again",
    "original_faults",
    "results_again",
    "return_again",
    "row_again",
]
