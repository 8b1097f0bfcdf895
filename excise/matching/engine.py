"""Run the rules: one text each, on DuckDB over the Parquet of the evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from excise.config import Settings
from excise.evidence import parquet
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
        """Tell whether tax may be missing."""
        return self.outcome in (Outcome.UNDER_DECLARED, Outcome.MISSING_IN_RETURN)

    @property
    def is_comparable(self) -> bool:
        """Tell whether both sides were known."""
        return self.outcome not in (Outcome.IDENTITY_UNRESOLVED, Outcome.NOT_COMPARABLE)


def judge(settings: Settings, taken: Snapshot, *, tax_id: str | None = None) -> list[Judged]:
    """Run every rule over the snapshot's month, and the neighbours for shifts."""
    with parquet.connect(settings) as connection:
        parquet.sales_view(connection, settings, around(taken.period), tax_id=tax_id)
        for name, table in taken.tables().items():
            connection.register(name, table)
        return [
            judged
            for rule in RULES.values()
            for judged in judged_by(connection, rule, taken.period, taken.tolerances[rule.id])
        ]


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
