"""How an amount came about: steps that can be read, printed and worked out again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from excise.money import half_up
from excise.tariff.entries import Band, RoundingStep
from excise.tariff.figures import Figure, exact_text
from excise.tariff.words import FIGURES, formula, step_label

Operation = Literal["terms", "whole", "within", "portion", "least"]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: its figures, the exact result and the rounded one."""

    name: str
    operation: Operation
    figures: tuple[Figure, ...]
    exact: Fraction
    result: Fraction
    rounding: tuple[RoundingStep, ...] = ()
    section: str | None = None
    rate: Mapping[str, str] | None = None
    money: bool = False

    @property
    def satang(self) -> int:
        """The result in satang; only for a step that is rounded to satang."""
        amount = self.result * 100
        assert amount.denominator == 1, self.name
        return amount.numerator

    def to_json(self) -> dict[str, Any]:
        """Return the step for storing, with its formula in both languages."""
        th, en = step_label(self.name)
        return {
            "name": self.name,
            "label": f"trace.{self.name}",
            "label_th": th,
            "label_en": en,
            "formula_th": formula(self.operation, self.figures, self.result, thai=True),
            "formula_en": formula(self.operation, self.figures, self.result, thai=False),
            "operation": self.operation,
            "figures": [figure.to_json() for figure in self.figures],
            "rate": dict(self.rate) if self.rate else None,
            "section": self.section,
            "rounding": [f"{step.mode} {step.decimals}" for step in self.rounding],
            "exact": exact_text(self.exact),
            "result": exact_text(self.result),
            "satang": self.satang if self.money else None,
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """All steps of one calculation, with the edition they were worked out under."""

    subject: str
    edition: str
    digest: str
    facts: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def step(self, name: str) -> Step | None:
        """Return the step of this name, or None when the calculation has none."""
        return next((step for step in self.steps if step.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """Return what is stored and can be replayed without any tariff."""
        return {
            "subject": self.subject,
            "edition": self.edition,
            "digest": self.digest,
            "facts": dict(self.facts),
            "steps": [step.to_json() for step in self.steps],
        }


def step(
    name: str,
    operation: Operation,
    figures: Sequence[Figure],
    *,
    rounding: tuple[RoundingStep, ...] = (),
    section: str | None = None,
    rate: Mapping[str, str] | None = None,
    money: bool = False,
) -> Step:
    """Work a step out: the exact result, then each rounding in order."""
    values = [(figure.name, figure.value, figure.over, figure.term) for figure in figures]
    exact = _work_out(operation, values)
    result = rounded(exact, rounding)
    return Step(name, operation, tuple(figures), exact, result, rounding, section, rate, money)


def in_term(figure: Figure, term: int) -> Figure:
    """Put a figure into another term of the sum."""
    return replace(figure, term=term)


def amount(source: Step, term: int, *, sign: int = 1) -> Figure:
    """Carry the result of a step in baht into a later one; `sign` -1 takes it away."""
    th, en = step_label(source.name)
    return Figure(source.name, sign * source.result, th, en, "บาท", "baht", term=term)


def percent(name: str, pct: Decimal, term: int = 0) -> Figure:
    """Write a percentage as a figure."""
    return Figure(name, Fraction(pct), *FIGURES[name], "%", "%", Fraction(100), term)


def edges(band: Band, like: Figure, *, times: int = 1) -> list[Figure]:
    """Return the edges of a band in the unit of the figure that is held against them."""
    return [
        Figure(name, Fraction(edge) * times, *FIGURES[name], like.unit_th, like.unit_en)
        for name in ("above", "at_least", "up_to", "below")
        if (edge := getattr(band, name)) is not None
    ]


def rounded(exact: Fraction, rounding: Iterable[RoundingStep]) -> Fraction:
    """Round in steps: `half_up`, or `down` (cut).

    >>> cut = RoundingStep(decimals=3, mode="down")
    >>> rounded(Fraction(1200, 107), [cut, RoundingStep(decimals=2, mode="half_up")])
    Fraction(1121, 100)
    """
    for each in rounding:
        scale = 10**each.decimals
        number = exact.numerator * scale
        cut = each.mode == "down"
        whole = number // exact.denominator if cut else half_up(number, exact.denominator)
        exact = Fraction(whole, scale)
    return exact


Value = tuple[str, Fraction, Fraction, int]  # name, value, over, term


def _work_out(operation: Operation, values: Sequence[Value]) -> Fraction:
    if operation == "terms":
        return _sum_of_products(values)
    if operation == "whole":
        return Fraction(ceil(values[0][1]))
    if operation == "least":
        return min(value for _, value, _, _ in values)
    named = {name: value / over for name, value, over, _ in values}
    return _portion(named) if operation == "portion" else _within(values[0][1], named)


def _sum_of_products(values: Sequence[Value]) -> Fraction:
    """Multiply within each term and add the terms; a fraction is reduced once a term, for speed."""
    terms: dict[int, list[int]] = {}
    for _, value, over, term in values:
        product = terms.setdefault(term, [1, 1])
        product[0] *= value.numerator * over.denominator
        product[1] *= value.denominator * over.numerator
    return sum((Fraction(*product) for product in terms.values()), Fraction(0))


def _portion(named: Mapping[str, Fraction]) -> Fraction:
    """Return how much of `quantity`, counted on from `start`, lies between the edges."""
    start, end = named["start"], named["start"] + named["quantity"]
    top = min(end, named["up_to"]) if "up_to" in named else end
    return max(top - max(start, named.get("above", Fraction(0))), Fraction(0))


def _within(number: Fraction, named: Mapping[str, Fraction]) -> Fraction:
    """Return the number itself; it must lie between the edges of the band."""
    inside = (
        number > named.get("above", Fraction(-1))
        and number >= named.get("at_least", Fraction(-1))
        and ("up_to" not in named or number <= named["up_to"])
        and ("below" not in named or number < named["below"])
    )
    return number if inside else Fraction(-1)


def replay(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Work a stored trace out again; return the names of the steps that do not come out.

    Uses the stored figures and roundings only, no tariff.
    >>> replay({"steps": []})
    ()
    """
    return tuple(entry["name"] for entry in document["steps"] if not _comes_out(entry))


def _comes_out(entry: Mapping[str, Any]) -> bool:
    values = [
        (figure["name"], Fraction(figure["value"]), Fraction(figure["over"]), figure["term"])
        for figure in entry["figures"]
    ]
    exact = _work_out(entry["operation"], values)
    steps = [text.split() for text in entry["rounding"]]
    result = rounded(exact, [RoundingStep(decimals=places, mode=mode) for mode, places in steps])
    satang = entry["satang"]
    return (
        exact == Fraction(entry["exact"])
        and result == Fraction(entry["result"])
        and (satang is None or satang == result * 100)
    )
