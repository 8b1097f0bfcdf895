"""How much tax stands behind a part of what was paid, and when interest begins."""

from datetime import date

from excise.money import half_up
from excise.periods import add_months
from excise.tariff.schema import Tariff


def share(units: int, *, left_units: int, left_satang: int) -> int:
    """Return the excise of a part of what is left, in satang.

    Rounded half up to satang once; who takes all that is left takes all of its tax, so that
    every part together is never more and never less than was paid.
    >>> share(1, left_units=3, left_satang=100), share(2, left_units=2, left_satang=67)
    (33, 67)
    """
    assert 0 < units <= left_units, (units, left_units)
    return half_up(left_satang * units, left_units)


def interest_from(tariff: Tariff, *, claimed: date) -> date:
    """Return the last day on which a refund bears no interest. Law: s. 105 (assumed).

    >>> from excise.tariff.schema import first_edition
    >>> str(interest_from(first_edition(), claimed=date(2026, 1, 10)))
    '2026-04-10'
    """
    grace = int(tariff.provision("refund_interest_grace_months", claimed).value)
    return add_months(claimed, grace)
