"""How debts are paid and given up: dated rows of `debts.yaml`."""

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

_Row = TypeVar("_Row", bound="Row")
Head = Literal["surcharge", "penalty", "tax", "local", "funds"]


class Row(BaseModel):
    """A dated row, with its source and how sure we are of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: dt.date = Field(alias="from")
    section: str
    source: str
    confidence: Literal["official", "memory", "assumed"]


class AllocationOrder(Row):
    """Which part of a bill a payment pays first."""

    heads: tuple[Head, ...] = Field(min_length=5, max_length=5)


class WriteOffLimit(Row):
    """How much a role may approve to give up, in satang."""

    role: str
    most_satang: int = Field(gt=0)


class InstalmentRule(Row):
    """How many parts a plan has at the most, and the days of grace after a missed part."""

    most: int = Field(gt=1)
    grace_days: int = Field(ge=0)


class Debts(BaseModel):
    """All rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allocation: tuple[AllocationOrder, ...]
    write_off: tuple[WriteOffLimit, ...]
    instalments: tuple[InstalmentRule, ...]

    def order(self, on: dt.date) -> AllocationOrder:
        """Return the order in which a payment of this day pays the parts of a bill.

        >>> debts().order(dt.date(2026, 11, 23)).heads
        ('surcharge', 'penalty', 'tax', 'local', 'funds')
        """
        return _latest(self.allocation, on)

    def write_off_limit(self, role: str, on: dt.date) -> int:
        """Return how much a role may approve to give up, in satang; nothing when it may not.

        >>> debts().write_off_limit("accountant", dt.date(2026, 11, 23))
        0
        """
        rows = tuple(row for row in self.write_off if row.role == role and row.since <= on)
        return _latest(rows, on).most_satang if rows else 0

    def instalment_rule(self, on: dt.date) -> InstalmentRule:
        """Return the rule for plans that are asked for on a day."""
        return _latest(self.instalments, on)


def _latest(rows: tuple[_Row, ...], on: dt.date) -> _Row:
    known = [row for row in rows if row.since <= on]
    assert known, f"no row covers {on}"  # they begin with the Act
    return max(known, key=lambda row: row.since)


@lru_cache
def debts() -> Debts:
    """Return the rows of the package."""
    text = Path(__file__).with_name("debts.yaml").read_text("utf-8")
    return Debts.model_validate(yaml.safe_load(text))
