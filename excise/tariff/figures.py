"""Exact numbers with their names, for explanations, and how they are written."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a step; `over` divides it (a percentage is over 100)."""

    name: str
    value: Fraction
    th: str
    en: str
    unit_th: str = ""
    unit_en: str = ""
    over: Fraction = Fraction(1)
    term: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the figure for storing: numbers as exact text."""
        return {
            "name": self.name,
            "value": exact_text(self.value),
            "over": exact_text(self.over),
            "term": self.term,
            "label_th": self.th,
            "label_en": self.en,
            "unit_th": self.unit_th,
            "unit_en": self.unit_en,
        }


def exact_text(number: Fraction) -> str:
    """Write a number without loss: decimals where they end, else a fraction.

    >>> exact_text(Fraction(8019, 1000)), exact_text(Fraction(3900, 107)), exact_text(Fraction(7))
    ('8.019', '3900/107', '7')
    """
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    places = max(twos, fives)
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def shown(number: Fraction) -> str:
    """Write a number for reading: thousands apart.

    >>> shown(Fraction(24000)), shown(Fraction(-123456, 100))
    ('24,000', '-1,234.56')
    """
    text = exact_text(number)
    if "/" in text:
        return text
    whole, _, decimals = text.partition(".")
    return f"{int(whole):,}" + (f".{decimals}" if decimals else "") if whole != "-0" else text
