"""How much may differ on a day, by rule: the texts in the package, and what officers set since."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from excise.matching.rules import RULES, Tolerance
from excise.tuning.models import RuleSetting
from excise.tuning.queries import published

Tolerances = dict[str, Tolerance]


def tolerances_on(session: Session, day: date, *, without: int | None = None) -> Tolerances:
    """Return the tolerance of each rule that is in force on a day.

    Of a rule's text and the published settings the latest day holds, and on the same
    day the setting. `without` leaves one setting out, to tell what held before it.
    """
    tuned = [each for each in published(session) if each.id != without]
    return {rule: tolerance_on(rule, day, tuned) for rule in RULES}


def tolerance_on(rule: str, day: date, tuned: Iterable[RuleSetting]) -> Tolerance:
    """Return what holds for one rule on a day, of its text and some settings in their order."""
    held = RULES[rule].tolerance_on(day)
    for each in tuned:
        if each.rule == rule and held.starts_on <= each.starts_on <= day:
            held = as_tolerance(each)
    return held


def as_tolerance(one: RuleSetting) -> Tolerance:
    """Return a setting as the rules take it."""
    return Tolerance(one.starts_on, one.share_bp, one.least, one.why_th, one.why_en)


def as_kept(tolerances: Tolerances) -> dict[str, Any]:
    """Return what a run keeps of the tolerances that it used."""
    return {
        rule: {"from": each.starts_on.isoformat(), "share_bp": each.share_bp, "least": each.least}
        for rule, each in tolerances.items()
    }
