"""The suggested retail price (SRP): without VAT, and whether it is high enough."""

import datetime as dt
from dataclasses import dataclass, replace
from fractions import Fraction

from excise.tariff.entries import Tariff
from excise.tariff.rules.measures import figure_of
from excise.tariff.rules.trace import Step, amount, step


def srp_ex_vat_steps(tariff: Tariff, retail_baht: Fraction, on: dt.date) -> list[Step]:
    """Take VAT out of a retail price, one step of the explanation for each rounding."""
    divisor = tariff.provision("vat_divisor", on)
    rounding = tariff.rule(tariff.srp_rounding, "srp_rounding", on)
    retail = figure_of(
        tariff.measures["retail_price_incl_vat"], "retail_price_incl_vat", retail_baht
    )
    figure = replace(retail, over=Fraction(divisor.value))
    steps: list[Step] = []
    for each in rounding.steps:
        last = each is rounding.steps[-1]
        name = "srp_ex_vat" if last else f"srp_ex_vat_{each.decimals}dp"
        section = rounding.section
        steps.append(step(name, "terms", [figure], rounding=(each,), section=section, money=last))
        figure = amount(steps[-1], 0)
    return steps


def srp_ex_vat_satang(tariff: Tariff, *, retail_incl_vat_satang: int, on: dt.date) -> int:
    """Take VAT out of a retail price, in satang.

    Divided by 1.07, cut to three decimals, then rounded half up to two. Law: s. 17.
    >>> from excise.tariff.schema import first_edition
    >>> [srp_ex_vat_satang(first_edition(), retail_incl_vat_satang=retail, on=dt.date(2026, 4, 2))
    ...  for retail in (3900, 5100, 1400, 1200)]
    [3645, 4766, 1308, 1121]
    """
    return srp_ex_vat_steps(tariff, Fraction(retail_incl_vat_satang, 100), on)[-1].satang


@dataclass(frozen=True, slots=True)
class SrpCheck:
    """Whether a declared price conforms; `limit_satang` may have a fraction of a satang."""

    conforms: bool
    limit_satang: Fraction
    against: str


def check_srp(
    tariff: Tariff,
    *,
    declared_satang: int,
    mode_satang: int | None,
    highest_satang: int | None,
    on: dt.date,
) -> SrpCheck | None:
    """Test a declared price against the market: the mode, or else the highest price.

    Lower than 95 % of the mode (85 % of the highest) fails, equal passes. None when the market
    has neither. Law: s. 17.
    >>> from excise.tariff.schema import first_edition
    >>> check_srp(first_edition(), declared_satang=16_999, mode_satang=None,
    ...           highest_satang=20_000, on=dt.date(2026, 4, 2)).conforms
    False
    """
    if mode_satang is not None:
        market, name, against = mode_satang, "srp_mode_pct", "mode"
    elif highest_satang is not None:
        market, name, against = highest_satang, "srp_highest_pct", "highest"
    else:
        return None
    limit = market * Fraction(tariff.provision(name, on).value) / 100
    return SrpCheck(declared_satang >= limit, limit, against)
