"""Amounts of money: whole satang inside, baht only at the edges."""

from decimal import Decimal

MAX_SATANG = 10**17  # beyond the whole national budget; int64 holds it with room to spare


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to a whole number, halves up (away from zero).

    The one rounding of the tax: satang per line and component.
    >>> half_up(65, 10), half_up(64, 10), half_up(-65, 10)
    (7, 6, -7)
    """
    assert denominator > 0, denominator
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def scaled(value: Decimal, places: int) -> int:
    """Return `value` as a whole number of 10**-places; never rounds.

    Raises ValueError when `value` has more decimals than `places`.
    >>> scaled(Decimal("36.45"), 2)
    3645
    """
    number = value.scaleb(places)
    if number != number.to_integral_value():
        raise ValueError(f"{value} has more than {places} decimals")
    return int(number)


def baht(satang: int) -> Decimal:
    """Return satang as baht, for formats, files and documents.

    >>> baht(1490)
    Decimal('14.90')
    """
    return Decimal(satang).scaleb(-2)


def satang(amount: Decimal) -> int:
    """Return an amount in baht as whole satang.

    Raises ValueError when it has a fraction of a satang.
    >>> satang(Decimal("14.90"))
    1490
    """
    return scaled(amount, 2)
