"""Run the rules: one text each, on DuckDB over the Parquet of the evidence.

A run of everybody may be done by another engine (see `Settings.match_engine`).
"""

import importlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol, cast

import duckdb
import pyarrow as pa

from excise.config import Settings
from excise.matching.declared import Snapshot
from excise.matching.models import Outcome
from excise.matching.rules import RULES, Rule, Tolerance
from excise.matching.tables import given, opened
from excise.matching.verdicts import VERDICT, Verdicts

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
    spoken = _spoken(taken, rules)
    with opened(settings, taken, spoken, tax_id=tax_id) as connection:
        return [
            judged
            for rule in spoken
            for judged in judged_by(connection, rule, taken.period, taken.tolerances[rule.id])
        ]


def _spoken(taken: Snapshot, rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if taken.is_told(rule.needs) or taken.has(rule.reads)]


def judge_all(
    settings: Settings,
    taken: Snapshot,
    verdicts: Verdicts,
    *,
    tax_id: str | None,
    rules: Iterable[Rule] = RULES.values(),
) -> None:
    """Run rules as `judge` does, and write down what they say.

    Of one taxpayer it is always DuckDB, which is done before another engine has begun.
    """
    spoken = _spoken(taken, rules)
    if tax_id is None and (engine := _other_engine(settings)):
        engine.write(settings, taken, spoken, verdicts)
        return
    with opened(settings, taken, spoken, tax_id=tax_id) as connection:
        for rule in spoken:
            said = _asked(connection, rule, taken.period, taken.tolerances[rule.id])
            said.write_parquet(str(verdicts.of(rule)), compression="zstd")


class _Engine(Protocol):
    def write(
        self, settings: Settings, taken: Snapshot, rules: Collection[Rule], verdicts: Verdicts
    ) -> None: ...


def _other_engine(settings: Settings) -> _Engine | None:
    """Return the engine of the settings, loaded only where it is used; None is DuckDB."""
    if settings.match_engine == "duckdb":
        return None
    kind = settings.match_engine.partition(":")[0]
    return cast(_Engine, importlib.import_module(f"excise.matching.on_{kind}"))


def judged_by(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    period: date,
    tolerance: Tolerance | None = None,
) -> Iterator[Judged]:
    """Run one rule over the tables that the connection holds, with its own tolerance or another."""
    said = _asked(connection, rule, period, tolerance or rule.tolerance_on(period))
    yield from judged(rule, period, said.to_arrow_table())


def _asked(
    connection: duckdb.DuckDBPyConnection, rule: Rule, period: date, tolerance: Tolerance
) -> duckdb.DuckDBPyRelation:
    return connection.sql(rule.sql, params=given(period, tolerance))


def judged(rule: Rule, period: date, rows: pa.Table) -> Iterator[Judged]:
    """Yield what a rule said, key by key."""
    names = VERDICT.names
    for row in zip(*(rows[name].to_pylist() for name in names), strict=True):
        told = dict(zip(names, row, strict=True))
        yield Judged(rule=rule, period=period, **told | {"outcome": Outcome(told["outcome"])})
