"""What is added to the excise tax of a return: local tax and the contributions to the funds."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from excise.errors import Invalid
from excise.tariff.entries import Confidence, Tariff
from excise.tariff.figures import Figure
from excise.tariff.rules.line import Kind
from excise.tariff.rules.rates import weakest
from excise.tariff.rules.trace import Step, Trace, amount, percent, step
from excise.tariff.words import FIGURES


class Taxed(Protocol):
    """What of a worked-out line decides what is added."""

    @property
    def tax_point_date(self) -> dt.date:
        """The day whose percentages count."""

    @property
    def kind(self) -> Kind:
        """Which funds it pays to."""

    @property
    def excise_satang(self) -> int:
        """Its tax."""

    @property
    def confidence(self) -> Confidence:
        """How sure its rate is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """The totals of a return in satang; `funds_satang` by code, in the order of the tariff."""

    gross_excise_satang: int
    reduction_satang: int
    unused_reduction_satang: int
    net_excise_satang: int
    local_satang: int
    funds_satang: dict[str, int]
    total_payable_satang: int
    confidence: Confidence
    trace: Trace

    @property
    def funds_total_satang(self) -> int:
        """All contributions together."""
        return sum(self.funds_satang.values())


@dataclass(frozen=True, slots=True)
class _Charged:
    """The net excise of a line, the day and the kind that decide what is added."""

    on: dt.date
    kind: Kind
    net_satang: int


def additions(
    tariff: Tariff, lines: Sequence[Taxed], *, reductions_satang: Sequence[int] | None = None
) -> Additions:
    """Add local tax and the funds to the lines of a return.

    Each is rounded half up once, over all lines, at the rate in force on each line's tax point.
    `reductions_satang` takes a reduction off each line, never below zero. Law: s. 150 and the
    laws of the funds.
    >>> from excise.tariff.schema import first_edition
    >>> additions(first_edition(), []).total_payable_satang
    0
    """
    reductions = list(reductions_satang or [0] * len(lines))
    if len(reductions) != len(lines) or any(reduction < 0 for reduction in reductions):
        raise Invalid("out-of-range", field="reductions", accepted="one a line, zero or more")
    used = [min(line.excise_satang, cut) for line, cut in zip(lines, reductions, strict=True)]
    net = [
        _Charged(line.tax_point_date, line.kind, line.excise_satang - cut)
        for line, cut in zip(lines, used, strict=True)
    ]
    facts = {
        f"line_{n}": f"{line.tax_point_date} {line.kind or '-'} {line.confidence} {cut}"
        for n, (line, cut) in enumerate(zip(lines, used, strict=True), start=1)
    }
    return _added(tariff, lines, net, facts, claimed_satang=sum(reductions))


def _added(
    tariff: Tariff,
    lines: Sequence[Taxed],
    net: Sequence[_Charged],
    facts: dict[str, str],
    *,
    claimed_satang: int,
) -> Additions:
    """Add up; `facts` say of each line what decides its additions: day, kind, how sure, cut."""
    used_satang = sum(line.excise_satang for line in lines) - sum(each.net_satang for each in net)
    gross = _sum_step("gross_excise", [line.excise_satang for line in lines])
    net_excise = step(
        "net_excise",
        "terms",
        [amount(gross, 0), _deduction(used_satang)] if used_satang else [amount(gross, 0)],
        money=True,
    )
    local, sure = _local_tax(tariff, net)
    funds, fund_sure = _fund_steps(tariff, net)
    parts = [net_excise, local, *funds.values()]
    total = step(
        "total_payable", "terms", [amount(part, n) for n, part in enumerate(parts)], money=True
    )
    confidence = weakest([*sure, *fund_sure, *(line.confidence for line in lines)])
    steps = (gross, *parts, total)
    return Additions(
        gross_excise_satang=gross.satang,
        reduction_satang=used_satang,
        unused_reduction_satang=claimed_satang - used_satang,
        net_excise_satang=net_excise.satang,
        local_satang=local.satang,
        funds_satang={code: fund.satang for code, fund in funds.items()},
        total_payable_satang=total.satang,
        confidence=confidence,
        trace=Trace(
            "return", tariff.name, tariff.digest, {"confidence": confidence} | facts, steps
        ),
    )


def _sum_step(name: str, amounts_satang: Iterable[int]) -> Step:
    figures = [
        Figure(f"line_{n}", Fraction(each, 100), f"รายการที่ {n}", f"line {n}", "บาท", "baht", term=n)
        for n, each in enumerate(amounts_satang, start=1)
    ]
    return step(name, "terms", figures, money=True)


def _deduction(satang: int) -> Figure:
    return Figure("deduction", Fraction(-satang, 100), *FIGURES["deduction"], "บาท", "baht", term=1)


def _by_pct(charged: Iterable[tuple[Decimal, int]]) -> list[Figure]:
    """Sum what is charged at the same percentage; one term a percentage."""
    bases: dict[Decimal, int] = defaultdict(int)
    for pct, satang in charged:
        bases[pct] += satang
    figures: list[Figure] = []
    for term, (pct, satang) in enumerate(sorted(bases.items())):
        base = Fraction(satang, 100)
        figures += [
            Figure("net_excise", base, "ภาษีสรรพสามิตสุทธิ", "net excise", "บาท", "baht", term=term),
            percent("pct", pct, term),
        ]
    return figures


def _rounded_once(
    tariff: Tariff, name: str, figures: list[Figure], section: str | None, on: dt.date
) -> Step:
    rounding = tariff.rule(tariff.tax_rounding, "tax_rounding", on).steps
    return step(name, "terms", figures, rounding=rounding, section=section, money=True)


def _local_tax(tariff: Tariff, net: Sequence[_Charged]) -> tuple[Step, list[Confidence]]:
    rows = [tariff.provision("local_tax_pct", line.on) for line in net]
    figures = _by_pct((row.value, line.net_satang) for row, line in zip(rows, net, strict=True))
    on = max((line.on for line in net), default=tariff.in_force_from)
    section = rows[-1].section if rows else None
    return _rounded_once(tariff, "local_tax", figures, section, on), [
        row.confidence for row in rows
    ]


def _fund_steps(
    tariff: Tariff, net: Sequence[_Charged]
) -> tuple[dict[str, Step], list[Confidence]]:
    steps: dict[str, Step] = {}
    confidences: list[Confidence] = []
    for code in dict.fromkeys(fund.code for fund in tariff.funds):
        charged = [
            (fund, line)
            for line in net
            for fund in tariff.funds
            if fund.code == code and line.kind in fund.applies_to and fund.covers(line.on)
        ]
        if not charged:
            continue
        confidences += [fund.confidence for fund, _ in charged]
        figures = _by_pct((fund.pct, line.net_satang) for fund, line in charged)
        fund, line = max(charged, key=lambda pair: pair[1].on)
        steps[code] = _rounded_once(tariff, f"fund_{code}", figures, fund.section, line.on)
    return steps, confidences
