"""A reduction or credit against the tax: never below nothing, and what is left over is told."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from excise.errors import Invalid
from excise.tariff.entries import Tariff
from excise.tariff.rules.trace import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """The tax after a reduction, in satang; `unused_satang` is carried on or refunded."""

    net_satang: int
    local_satang: int
    unused_satang: int


def reduce_tax(tariff: Tariff, *, tax_satang: int, reduction_satang: int, on: dt.date) -> Reduced:
    """Take a reduction off the tax and work out the local tax on what remains.

    In satang; local tax rounded half up once. Law: s. 105, 150. Raises Invalid `out-of-range`.
    >>> from excise.tariff.schema import first_edition
    >>> first, on = first_edition(), dt.date(2026, 4, 2)
    >>> reduce_tax(first, tax_satang=5_000_000, reduction_satang=6_100_000, on=on)
    Reduced(net_satang=0, local_satang=0, unused_satang=1100000)
    """
    for name, satang in (("tax", tax_satang), ("reduction", reduction_satang)):
        if satang < 0:
            raise Invalid("out-of-range", field=name, value=str(satang), accepted="0 or more")
    used = min(tax_satang, reduction_satang)
    net = tax_satang - used
    return Reduced(
        net_satang=net,
        local_satang=local_tax(tariff, Fraction(net, 100), on),
        unused_satang=reduction_satang - used,
    )


def local_tax(tariff: Tariff, tax_baht: Fraction, on: dt.date) -> int:
    """Work out the local tax on an amount of tax, in satang, rounded half up. Law: s. 150.

    >>> from excise.tariff.schema import first_edition
    >>> local_tax(first_edition(), Fraction("33.53"), dt.date(2026, 4, 2))
    335
    """
    pct = Fraction(tariff.provision("local_tax_pct", on).value)
    steps = tariff.rule(tariff.tax_rounding, "tax_rounding", on).steps
    return int(rounded(tax_baht * pct / 100, steps) * 100)
