"""Reading what was entered: named, bounded, no finer than its scale."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from excise.errors import Invalid
from excise.tariff.entries import Measure, Tariff
from excise.tariff.figures import Figure

FINEST_DECIMALS = 40  # beyond this a number is refused unread: 1E-1000000 would fill the memory


def checked(name: str, number: Decimal, *, decimals: int, at_most: int) -> Fraction:
    """Return the number exactly; raises Invalid `out-of-range` or `too-many-decimals`.

    >>> checked("degree", Decimal("5.00"), decimals=2, at_most=100)
    Fraction(5, 1)
    """
    if not number.is_finite() or number < 0 or number > at_most:
        raise Invalid("out-of-range", field=name, value=str(number), accepted=f"0 to {at_most}")
    exponent = number.as_tuple().exponent
    coarse = isinstance(exponent, int) and exponent >= -FINEST_DECIMALS
    exact = Fraction(number) if coarse else Fraction(1, 10 ** (decimals + 1))
    if (exact * 10**decimals).denominator != 1:
        raise Invalid(
            "too-many-decimals", field=name, value=str(number), accepted=f"{decimals} decimals"
        )
    return exact


class Entered:
    """The measures of one line, checked when asked for."""

    def __init__(self, tariff: Tariff, item_id: str, entered: Mapping[str, Decimal]) -> None:
        """Refuse a measure the tariff does not know."""
        for name in entered:
            if name not in tariff.measures:
                raise Invalid(
                    "unknown-measure", field=name, accepted=", ".join(sorted(tariff.measures))
                )
        self._tariff, self._item_id, self._entered = tariff, item_id, entered

    def number(self, name: str) -> Fraction:
        """Return a measure; raises Invalid `measure-missing` when it was not entered.

        A measure that may be taken from another (the price of a pack of 20 from the retail
        price and the number of sticks) is worked out when it was not entered itself.
        """
        found = self._found(name)
        if found is None:
            measure = self._tariff.measures[name]
            raise Invalid(
                "measure-missing",
                field=name,
                item=self._item_id,
                accepted=f"0 to {measure.max}, {measure.decimals} decimals, {measure.unit_en}",
            )
        return found

    def _found(self, name: str) -> Fraction | None:
        measure = self._tariff.measures[name]
        if name in self._entered:
            return checked(
                name, self._entered[name], decimals=measure.decimals, at_most=measure.max
            )
        if measure.taken_from is None:
            return None
        stand_in = self._found(measure.taken_from)
        divisor = Fraction(1) if measure.per is None else self._found(measure.per)
        return stand_in * measure.times / divisor if stand_in is not None and divisor else None

    def figure(self, name: str, *, over: int = 1) -> Figure:
        """Return a measure as a figure of the explanation."""
        return figure_of(self._tariff.measures[name], name, self.number(name), over=over)


def figure_of(measure: Measure, name: str, number: Fraction, *, over: int = 1) -> Figure:
    """Name a number after its measure."""
    return Figure(
        name, number, measure.th, measure.en, measure.unit_th, measure.unit_en, Fraction(over)
    )
