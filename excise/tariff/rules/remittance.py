"""What of the contributions to a fund the fund receives: its national cap of the fiscal year."""

import datetime as dt
from dataclasses import dataclass

from excise.errors import Invalid
from excise.tariff.entries import Fund, Tariff, in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """One payment into a fund, in satang: what the fund gets, and what goes to the treasury."""

    to_fund_satang: int
    to_treasury_satang: int
    left_under_cap_satang: int | None


def split_remittance(
    tariff: Tariff, code: str, *, collected_satang: int, remitted_before_satang: int, on: dt.date
) -> Remittance:
    """Split what was collected for a fund where its cap of the fiscal year is reached.

    The cap is national: a taxpayer always pays the whole contribution, and only what is passed
    on changes. `remitted_before_satang` is what the fund has received since 1 October. Law: the
    law of each fund. Raises Invalid `unknown-fund`, `out-of-range`.
    >>> from excise.tariff.schema import first_edition
    >>> split = split_remittance(first_edition(), "TPBS", on=dt.date(2026, 9, 20),
    ...     collected_satang=50_000_000, remitted_before_satang=199_980_000_000)
    >>> split.to_fund_satang, split.to_treasury_satang, split.left_under_cap_satang
    (20000000, 30000000, 0)
    """
    for name, satang in (("collected", collected_satang), ("before", remitted_before_satang)):
        if satang < 0:
            raise Invalid("out-of-range", field=name, value=str(satang), accepted="0 or more")
    cap_baht = _fund(tariff, code, on).national_cap_baht_per_fiscal_year
    if cap_baht is None:
        return Remittance(
            to_fund_satang=collected_satang, to_treasury_satang=0, left_under_cap_satang=None
        )
    room = max(cap_baht * 100 - remitted_before_satang, 0)
    to_fund = min(collected_satang, room)
    return Remittance(
        to_fund_satang=to_fund,
        to_treasury_satang=collected_satang - to_fund,
        left_under_cap_satang=room - to_fund,
    )


def _fund(tariff: Tariff, code: str, on: dt.date) -> Fund:
    found = in_force([fund for fund in tariff.funds if fund.code == code], on)
    if found is None:
        funds = dict.fromkeys(fund.code for fund in tariff.funds)
        raise Invalid("unknown-fund", field="fund", value=code, accepted=", ".join(funds))
    return found
