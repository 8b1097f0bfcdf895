"""The suggested retail price (SRP): without VAT, and whether it is high enough."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from excise.tariff.entries import Tariff
from excise.tariff.figures import Figure
from excise.tariff.rules.measures import figure_of
from excise.tariff.rules.trace import Step, step


def srp_ex_vat_step(tariff: Tariff, retail_baht: Fraction, on: dt.date) -> Step:
    """Take VAT out of a retail price, as a step of an explanation."""
    divisor = tariff.provision("vat_divisor", on)
    rounding = tariff.rule(tariff.srp_rounding, "srp_rounding", on)
    retail = figure_of(
        tariff.measures["retail_price_incl_vat"], "retail_price_incl_vat", retail_baht
    )
    without_vat = Figure(
        retail.name,
        retail.value,
        retail.th,
        retail.en,
        retail.unit_th,
        retail.unit_en,
        Fraction(divisor.value),
    )
    return step(
        "srp_ex_vat",
        "terms",
        [without_vat],
        rounding=rounding.steps,
        section=rounding.section,
        money=True,
    )


def srp_ex_vat_satang(tariff: Tariff, *, retail_incl_vat_satang: int, on: dt.date) -> int:
    """Take VAT out of a retail price, in satang.

    Divided by 1.07, cut to three decimals, then rounded half up to two. Law: s. 17.
    >>> from excise.tariff.schema import first_edition
    >>> [srp_ex_vat_satang(first_edition(), retail_incl_vat_satang=retail, on=dt.date(2026, 4, 2))
    ...  for retail in (3900, 5100, 1400, 1200)]
    [3645, 4766, 1308, 1121]
    """
    return srp_ex_vat_step(tariff, Fraction(retail_incl_vat_satang, 100), on).satang


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
