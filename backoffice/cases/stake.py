"""How the tax at stake was worked out, as the page of a discrepancy shows it."""

from dataclasses import dataclass

from excise.cases.models import Discrepancy
from excise.matching.stakes import tax_at_stake
from excise.returns.sheet import rate_applied
from excise.tariff.explanation import Explained, explained
from web.i18n import language
from web.tariff import tariff_now


@dataclass(frozen=True)
class Stake:
    """The excise on the difference by the tariff in force now, and the way to it."""

    item: str
    rate: str
    satang: int
    steps: list[Explained]
    is_assumed: bool


def stake_of(found: Discrepancy) -> Stake | None:
    """Work the tax on a difference out; None when the difference does not tell it."""
    worked = tax_at_stake(tariff_now(), found)
    if worked is None:
        return None
    trace, lang = worked.trace.to_json(), language()
    return Stake(
        item=trace["facts"][f"name_{lang}"],
        rate=rate_applied(trace, lang),
        satang=worked.excise_satang,
        steps=explained(trace, lang),
        is_assumed=worked.confidence == "assumed",
    )
