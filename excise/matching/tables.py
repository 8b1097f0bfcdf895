"""What the texts of the rules read: the evidence as views, the declared side as tables."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date

import duckdb

from excise.config import Settings
from excise.evidence import parquet
from excise.evidence.columns import Layout
from excise.evidence.layouts import LAYOUTS
from excise.matching.declared import Snapshot, around
from excise.matching.rules import Rule, Tolerance
from excise.money import MAX_SATANG


@contextmanager
def opened(
    settings: Settings, taken: Snapshot, rules: Collection[Rule], *, tax_id: str | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection to the engine of this process that holds what the rules read."""
    with parquet.connect(settings) as connection:
        for layout, months in months_read(rules, taken.period):
            parquet.view(connection, settings, layout, months, tax_id=tax_id)
        for name, table in taken.tables().items():
            connection.register(name, table)
        yield connection


def months_read(rules: Collection[Rule], period: date) -> list[tuple[Layout, list[date]]]:
    """Return which months of which layouts the rules read."""
    back = {code: 1 for rule in rules for code in rule.needs}
    for rule in rules:
        back |= {code: max(back[code], rule.months_back) for code in rule.needs}
    return [(LAYOUTS[code], around(period, before=months)) for code, months in back.items()]


def given(period: date, tolerance: Tolerance) -> dict[str, date | int]:
    """Return what the text of a rule asks for."""
    return {
        "period": period,
        "least": tolerance.least,
        "share_bp": tolerance.share_bp,
        "most": MAX_SATANG,
    }
