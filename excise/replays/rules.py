"""What a rule finds with one tolerance and with another, and what became of what it found."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from excise.cases.rules import DiscrepancyState
from excise.matching.rules import Tolerance
from excise.money import MAX_SATANG

# What a taxpayer did shows that the difference was real.
REAL = ("amended", "answered-pay", "answered-amend")


class Worth(enum.StrEnum):
    """What an ended discrepancy turned out to be."""

    HIT = "hit"
    FALSE_ALARM = "false-alarm"


def worth_of(state: DiscrepancyState, acts: Iterable[str]) -> Worth:
    """Tell a hit from a false alarm by how a discrepancy ended.

    Assessed, accepted or amended is a hit. Withdrawn, put aside, or closed without any of
    these (an explanation held, the source was corrected) is a false alarm.
    >>> worth_of(DiscrepancyState.CLOSED, ["found", "notified", "amended"]).value
    'hit'
    >>> worth_of(DiscrepancyState.CLOSED, ["found", "closed"]).value
    'false-alarm'
    """
    assessed = state is DiscrepancyState.ASSESSED
    settled = state is DiscrepancyState.CLOSED and any(act in REAL for act in acts)
    return Worth.HIT if assessed or settled else Worth.FALSE_ALARM


def allowed(tolerance: Tolerance, base: int) -> int:
    """Return how much may differ, in the rule's measure: the share rounded down, or the least.

    >>> allowed(Tolerance(date(2017, 9, 16), 50, 10_000, "", ""), 10_000_000)
    50000
    """
    return max(tolerance.least, min(base, MAX_SATANG) * tolerance.share_bp // 10_000)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A discrepancy that has ended, with the figures it had; satang is the tax at stake."""

    reference: str
    worth: Worth
    difference: int
    base: int
    potential_satang: int

    def is_found(self, tolerance: Tolerance) -> bool:
        """Tell whether the rule would have opened it."""
        return abs(self.difference) > allowed(tolerance, self.base)


@dataclass(frozen=True, kw_only=True)
class Side:
    """What ended discrepancies come to with one tolerance."""

    hits: int = 0
    hit_satang: int = 0
    false_alarms: int = 0
    false_alarm_satang: int = 0

    @property
    def hit_bp(self) -> int | None:
        """The share of hits in basis points, half up; None when there is nothing to share."""
        return hit_rate_bp(self.hits, self.false_alarms)


def hit_rate_bp(hits: int, false_alarms: int) -> int | None:
    """Return the share of hits in basis points, rounded half up.

    >>> hit_rate_bp(2, 1), hit_rate_bp(0, 0)
    (6667, None)
    """
    ended = hits + false_alarms
    return (hits * 20_000 + ended) // (2 * ended) if ended else None


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One difference that only one of the two tolerances finds: `appears` with the new one.

    `subject` is a discrepancy's reference, or the tax ID and what differs in a month.
    """

    subject: str
    name: str
    period: date | None
    difference: int
    potential_satang: int
    appears: bool
    worth: Worth | None = None


@dataclass(frozen=True, kw_only=True)
class Month:
    """What a month's figures, as they are now, give with either tolerance."""

    period: date
    found_before: int
    found_after: int
    satang_before: int
    satang_after: int


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A setting tried on some months and on what has ended of them.

    `before` and `after` are of the ended discrepancies. `changed` holds the largest only.
    """

    rule: str
    since: date
    until: date
    at: datetime
    share_bp: int
    least: int
    before: Side
    after: Side
    months: list[Month]
    cases: list[Changed]
    changed: list[Changed]

    def to_json(self) -> dict[str, Any]:
        """Return what is kept."""
        kept: dict[str, Any] = _plain(asdict(self))
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Replay:
        """Read what was kept."""
        read = {
            "since": date.fromisoformat(kept["since"]),
            "until": date.fromisoformat(kept["until"]),
            "at": datetime.fromisoformat(kept["at"]),
            "before": Side(**kept["before"]),
            "after": Side(**kept["after"]),
            "months": [
                Month(**each | {"period": date.fromisoformat(each["period"])})
                for each in kept["months"]
            ],
            "cases": [_changed(each) for each in kept["cases"]],
            "changed": [_changed(each) for each in kept["changed"]],
        }
        return cls(**{**kept, **read})

    @property
    def found(self) -> tuple[int, int]:
        """How many differences the months give, before and after."""
        return (
            sum(each.found_before for each in self.months),
            sum(each.found_after for each in self.months),
        )

    @property
    def satang(self) -> tuple[int, int]:
        """The tax at stake in the months, before and after."""
        return (
            sum(each.satang_before for each in self.months),
            sum(each.satang_after for each in self.months),
        )


def _plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _plain(each) for name, each in found.items()}
    if isinstance(found, list):
        return [_plain(each) for each in found]
    return found.isoformat() if isinstance(found, date) else found


def _changed(kept: Mapping[str, Any]) -> Changed:
    period = kept["period"] and date.fromisoformat(kept["period"])
    return Changed(**{**kept, "period": period, "worth": kept["worth"] and Worth(kept["worth"])})


@dataclass
class Tally:
    """Holds what has ended against both tolerances, one after the other."""

    before: Tolerance
    after: Tolerance
    cases: list[Changed] = field(default_factory=list)
    _ended: list[tuple[Ended, bool, bool]] = field(default_factory=list)

    def add(self, ended: Ended) -> None:
        """Judge one that has ended by both."""
        was, is_now = ended.is_found(self.before), ended.is_found(self.after)
        self._ended.append((ended, was, is_now))
        if was != is_now:
            self.cases.append(
                Changed(
                    subject=ended.reference,
                    name="",
                    period=None,
                    difference=ended.difference,
                    potential_satang=ended.potential_satang,
                    appears=is_now,
                    worth=ended.worth,
                )
            )

    def sides(self) -> tuple[Side, Side]:
        """Return what both come to."""
        return (
            _side([ended for ended, was, _ in self._ended if was]),
            _side([ended for ended, _, is_now in self._ended if is_now]),
        )


def _side(found: Sequence[Ended]) -> Side:
    hits = [each.potential_satang for each in found if each.worth is Worth.HIT]
    alarms = [each.potential_satang for each in found if each.worth is Worth.FALSE_ALARM]
    return Side(
        hits=len(hits),
        hit_satang=sum(hits),
        false_alarms=len(alarms),
        false_alarm_satang=sum(alarms),
    )
