"""Run the rules: one text each, on DuckDB over the Parquet of the evidence."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from excise.config import Settings
from excise.evidence import parquet
from excise.evidence.layouts import LAYOUTS
from excise.matching.declared import Snapshot, around
from excise.matching.models import Outcome
from excise.matching.rules import RULES, Rule, Tolerance
from excise.money import MAX_SATANG

COLUMNS = (
    "tax_id",
    "registration_id",
    "product_id",
    "product_code",
    "declared",
    "evidence",
    "difference",
    "tolerance",
    "base",
    "reason",
    "outcome",
)


_DIFFERENT = (
    Outcome.UNDER_DECLARED,
    Outcome.MISSING_IN_RETURN,
    Outcome.RATE_DIFF,
    Outcome.DUPLICATE_IN_SOURCE,
)
_OTHER_WAY = (Outcome.OVER_DECLARED, Outcome.MISSING_IN_SOURCE)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a rule says of one key; see `Finding` for what the figures count."""

    rule: Rule
    period: date
    tax_id: str
    registration_id: int | None
    product_id: int | None
    product_code: str
    declared: int | None
    evidence: int | None
    difference: int
    tolerance: int
    base: int
    reason: str
    outcome: Outcome

    @property
    def is_difference(self) -> bool:
        """Tell whether somebody has to look at it: tax may be missing, or accounts do not hold."""
        if self.rule.both_ways and self.outcome in _OTHER_WAY:
            return True
        return self.outcome in _DIFFERENT

    @property
    def is_comparable(self) -> bool:
        """Tell whether both sides were known."""
        return self.outcome not in (Outcome.IDENTITY_UNRESOLVED, Outcome.NOT_COMPARABLE)


def judge(
    settings: Settings,
    taken: Snapshot,
    *,
    tax_id: str | None = None,
    rules: Iterable[Rule] = RULES.values(),
) -> list[Judged]:
    """Run rules over the snapshot's month, and the neighbours for shifts.

    A rule says nothing of a month of which all its sources are silent.
    """
    spoken = [rule for rule in rules if taken.is_told(rule.needs)]
    with parquet.connect(settings) as connection:
        for code, months in _months_read(spoken, taken.period).items():
            parquet.view(connection, settings, LAYOUTS[code], months, tax_id=tax_id)
        for name, table in taken.tables().items():
            connection.register(name, table)
        return [
            judged
            for rule in spoken
            for judged in judged_by(connection, rule, taken.period, taken.tolerances[rule.id])
        ]


def _months_read(rules: Collection[Rule], period: date) -> dict[str, list[date]]:
    """Return which months of which layouts the rules read."""
    back = {code: 1 for rule in rules for code in rule.needs}
    for rule in rules:
        back |= {code: max(back[code], rule.months_back) for code in rule.needs}
    return {code: around(period, before=months) for code, months in sorted(back.items())}


def judged_by(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    period: date,
    tolerance: Tolerance | None = None,
) -> Iterator[Judged]:
    """Run one rule over the tables that the connection holds, with its own tolerance or another."""
    tolerance = tolerance or rule.tolerance_on(period)
    rows = connection.execute(
        rule.sql,
        {
            "period": period,
            "least": tolerance.least,
            "share_bp": tolerance.share_bp,
            "most": MAX_SATANG,
        },
    ).fetchall()
    for row in rows:
        told = dict(zip(COLUMNS, row, strict=True))
        yield Judged(rule=rule, period=period, **told | {"outcome": Outcome(told["outcome"])})
