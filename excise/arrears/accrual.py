"""What an unpaid bill costs more on a day, and which of its parts a payment pays first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from excise.arrears.rules import months_late
from excise.periods import add_months
from excise.tariff.entries import Confidence, Tariff
from excise.tariff.rules.rates import weakest

FUND = "fund:"
Heads = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrear:
    """Tax of a bill that waits: all amounts in satang.

    `since` is the day the tax was due; `months` from then are charged already, and
    `surcharge_satang` for them; `payable_to` is the last day of the bill as it stands.
    """

    tax_satang: int
    unpaid_satang: int
    surcharge_satang: int
    since: dt.date
    months: int
    payable_to: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """What is added by a day, and until when it stays so; `months` counts from `since`."""

    since: dt.date
    months: int
    added_months: int
    base_satang: int
    monthly_pct: Decimal
    surcharge_satang: int
    local_satang: int
    until: dt.date
    section: str
    confidence: Confidence

    @property
    def total_satang(self) -> int:
        """Surcharge and the local tax on it."""
        return self.surcharge_satang + self.local_satang


def accrue(tariff: Tariff, arrear: Arrear, *, on: dt.date) -> Accrual:
    """Work out the surcharge that tax costs by a day beyond what was charged, and its local tax.

    By months or parts of them on the tax that is unpaid; all surcharge of a bill together never
    exceeds its tax. Each of both is rounded half up to satang once a payment. The law on the due
    date counts. Law: s. 141, 150.
    >>> from excise.tariff.schema import first_edition
    >>> due = dt.date(2026, 1, 15)
    >>> waits = Arrear(tax_satang=10_000_000, unpaid_satang=10_000_000, surcharge_satang=0,
    ...                since=due, months=0, payable_to=due)
    >>> [accrue(first_edition(), waits, on=dt.date(2026, *day)).total_satang
    ...  for day in ((1, 15), (1, 16), (2, 15), (2, 16))]
    [0, 165000, 165000, 330000]
    >>> accrue(first_edition(), waits, on=dt.date(2026, 1, 16)).until
    datetime.date(2026, 2, 15)
    """
    late = on > arrear.payable_to
    months = max(months_late(arrear.since, on), arrear.months) if late else arrear.months
    added = months - arrear.months
    monthly = tariff.provision("surcharge_monthly_pct", arrear.since)
    cap = tariff.provision("surcharge_cap_pct", arrear.since)
    local = tariff.provision("local_tax_pct", arrear.since)
    base = tariff.rule(tariff.local_tax_base, "local_tax_base", arrear.since)
    most = max(_share(arrear.tax_satang, cap.value) - arrear.surcharge_satang, 0)
    surcharge = min(_share(arrear.unpaid_satang * added, monthly.value), most)
    with_local = base.base == "tax_penalty_surcharge"
    return Accrual(
        since=arrear.since,
        months=months,
        added_months=added,
        base_satang=arrear.unpaid_satang,
        monthly_pct=monthly.value,
        surcharge_satang=surcharge,
        local_satang=_share(surcharge, local.value) if with_local else 0,
        until=max(add_months(arrear.since, months), on) if late else arrear.payable_to,
        section=monthly.section,
        confidence=weakest([monthly.confidence, cap.confidence, base.confidence]),
    )


def divide(amount_satang: int, owed: Mapping[str, int], *, order: Sequence[str]) -> Heads:
    """Divide a payment among the parts of a bill in an order; funds stand as `fund:CODE`.

    What is more than all of them stays out.
    >>> divide(130, {"tax": 100, "surcharge": 20, "fund:HEALTH": 30}, order=["surcharge", "tax",
    ...                                                                      "funds"])
    {'surcharge': 20, 'tax': 100, 'fund:HEALTH': 10}
    """
    left, parts = amount_satang, Heads()
    for head in order:
        names = [name for name in owed if name.startswith(FUND)] if head == "funds" else [head]
        for name in names:
            if taken := min(left, owed.get(name, 0)):
                parts[name] = taken
                left -= taken
    return parts


def _share(satang: int, pct: Decimal) -> int:
    return floor(Fraction(pct) * satang / 100 + Fraction(1, 2))
