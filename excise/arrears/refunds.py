"""Money that goes back, or comes in parts: refunds, their interest, instalments. Values only."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from excise.arrears.rules import months_late
from excise.errors import Invalid
from excise.periods import add_months
from excise.tariff.entries import Tariff

MOST_INSTALMENTS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What goes back of tax that was paid, in satang; the funds only where a decision says so."""

    excise_satang: int
    local_satang: int
    funds_satang: dict[str, int]

    @property
    def default_satang(self) -> int:
        """Excise and local tax, which are refunded together."""
        return self.excise_satang + self.local_satang


def refund(
    tariff: Tariff, *, excise_satang: int, local_satang: int, kind: str | None, on: dt.date
) -> Refund:
    """Work out the refund of tax that was paid: excise, local tax and, apart, the funds.

    In satang; each contribution is rounded half up once. Whether the funds go back too is not
    confirmed, so they stand apart. Law: s. 103, 105, 150. Raises Invalid `out-of-range`.
    >>> from excise.tariff.schema import first_edition
    >>> cans = refund(first_edition(), excise_satang=1_490_000, local_satang=149_000,
    ...               kind="liquor", on=dt.date(2026, 4, 2))
    >>> cans.default_satang, sum(cans.funds_satang.values())
    (1639000, 111750)
    """
    _not_negative("excise", excise_satang)
    _not_negative("local", local_satang)
    shares = {
        fund.code: _share(excise_satang, fund.pct)
        for fund in tariff.funds
        if kind in fund.applies_to and fund.covers(on)
    }
    return Refund(excise_satang=excise_satang, local_satang=local_satang, funds_satang=shares)


def interest_months(tariff: Tariff, *, claimed: dt.date, refunded: dt.date) -> int:
    """Count the months of interest on a late refund, a part counting as one.

    From the day after the months of grace that follow a complete claim. Law: s. 105 (assumed).
    >>> from excise.tariff.schema import first_edition
    >>> [interest_months(first_edition(), claimed=dt.date(2026, 1, 10), refunded=dt.date(*day))
    ...  for day in ((2026, 4, 10), (2026, 4, 11), (2026, 8, 10))]
    [0, 1, 4]
    """
    grace = int(tariff.provision("refund_interest_grace_months", claimed).value)
    return months_late(add_months(claimed, grace), refunded)


def refund_interest(refund_satang: int, *, months: int, monthly_pct: Decimal) -> int:
    """Work out the interest on a late refund, in satang.

    Simple interest, rounded half up once. Law: s. 105 (assumed). Raises Invalid `out-of-range`.
    >>> refund_interest(7_500_000, months=4, monthly_pct=Decimal(1))
    300000
    """
    _not_negative("refund", refund_satang)
    _not_negative("months", months)
    return _share(refund_satang * months, monthly_pct)


def instalments(total_satang: int, count: int) -> list[int]:
    """Divide a sum into equal parts of whole satang; the last takes what remains.

    Raises Invalid `out-of-range`.
    >>> instalments(50_000_000, 3)
    [16666666, 16666666, 16666668]
    """
    _not_negative("total", total_satang)
    if not 1 <= count <= MOST_INSTALMENTS:
        accepted = f"1 to {MOST_INSTALMENTS}"
        raise Invalid("out-of-range", field="count", value=str(count), accepted=accepted)
    part = total_satang // count
    return [part] * (count - 1) + [total_satang - part * (count - 1)]


def _share(satang: int, pct: Decimal) -> int:
    return floor(Fraction(pct) * satang / 100 + Fraction(1, 2))


def _not_negative(name: str, number: int) -> None:
    if number < 0:
        raise Invalid("out-of-range", field=name, value=str(number), accepted="0 or more")
