"""The story's own arithmetic: the tariff row of beer and the law, written down a second time.

It takes nothing from `excise.tariff` and `excise.arrears`, so a wrong satang in either is seen.
"""

from dataclasses import dataclass
from datetime import date

from excise.money import half_up
from excise.periods import TaxMonth, due_date

VALUE_PCT = 22
BAHT_PER_LITRE_OF_ALCOHOL = 430
LOCAL_PCT = 10
FUNDS_PER_MILLE = (20, 15, 20, 20)  # health, public broadcasting, sport, the elderly
SURCHARGE_PER_MILLE = 15  # a month, or a part of it
RELIEF = ((15, 2), (30, 5), (60, 10))  # days late at the most, percent of the penalty that remains
RELIEF_AT_LEAST = 20


@dataclass(frozen=True)
class Beer:
    """A beer in bottles; the price is retail with VAT."""

    name: str
    gtin: str
    volume_ml: int
    degree: int
    retail_satang: int

    @property
    def gtin14(self) -> str:
        """The number under the bar code as all sources write it."""
        return self.gtin.zfill(14)

    @property
    def price_satang(self) -> int:
        """Price without VAT: the third decimal is cut, the second rounded."""
        return half_up(self.retail_satang * 1000 // 107, 10)

    def tax_satang(self, bottles: int) -> int:
        """Tax on value and on pure alcohol, each rounded once.

        >>> Beer("", "", 620, 5, 69_00).tax_satang(1000)
        2751780
        """
        on_value = half_up(bottles * self.price_satang * VALUE_PCT, 100)
        alcohol = bottles * self.volume_ml * self.degree * BAHT_PER_LITRE_OF_ALCOHOL
        return on_value + half_up(alcohol, 1000)


@dataclass(frozen=True)
class Owed:
    """What a return or an assessment comes to, in satang."""

    tax: int
    penalty: int
    surcharge: int

    @property
    def local(self) -> int:
        """Local tax, on tax, penalty and surcharge together."""
        return half_up((self.tax + self.penalty + self.surcharge) * LOCAL_PCT, 100)

    @property
    def total(self) -> int:
        """Everything together; the funds get their shares of the tax alone, each rounded.

        >>> Owed(2_751_780, 0, 0).total
        3233343
        """
        funds = sum(half_up(self.tax * share, 1000) for share in FUNDS_PER_MILLE)
        return self.tax + self.penalty + self.surcharge + self.local + funds


def filed(tax: int, month: date, *, on: date) -> Owed:
    """Work out a month's return filed unasked; late, twice the tax less relief is the penalty.

    >>> filed(100_000, date(2026, 10, 1), on=date(2026, 11, 16)).total
    117500
    >>> filed(100_000, date(2026, 10, 1), on=date(2026, 11, 17)).total
    123550
    """
    late = (on - _due(month)).days
    if late <= 0:
        return Owed(tax, 0, 0)
    remains = next((pct for days, pct in RELIEF if late <= days), RELIEF_AT_LEAST)
    return Owed(tax, half_up(2 * tax * remains, 100), _surcharge(tax, month, on))


def assessed(tax: int, month: date, *, on: date) -> Owed:
    """Work out an assessment of what was declared too low: once the tax, nothing remitted.

    >>> assessed(100_000, date(2026, 10, 1), on=date(2026, 12, 17)).total
    230800
    """
    return Owed(tax, tax, _surcharge(tax, month, on))


def _due(month: date) -> date:
    return due_date(TaxMonth.of(month), due_day=15)


def _surcharge(tax: int, month: date, on: date) -> int:
    since = _due(month)
    months = (on.year - since.year) * 12 + on.month - since.month + (on.day > since.day)
    return min(tax, half_up(tax * months * SURCHARGE_PER_MILLE, 1000))
