"""Which rate is in force, and which band of it holds."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from excise.errors import Invalid
from excise.tariff.entries import CONFIDENCES, Band, Confidence, Item, Rate, Tariff, in_force
from excise.tariff.figures import exact_text


@dataclass(frozen=True, slots=True)
class Part:
    """The value part or the quantity part of an item's rate on a day."""

    row: Rate
    by: str | None
    where: str

    @property
    def value_pcts(self) -> tuple[Decimal, ...]:
        """The value rates of the row, one or one a band."""
        return tuple(each.value_pct for each in self.choices if each.value_pct is not None)

    @property
    def bahts(self) -> tuple[Decimal, ...]:
        """The quantity rates of the row, one or one a band."""
        return tuple(each.baht for each in self.choices if each.baht is not None)

    @property
    def choices(self) -> tuple[Rate | Band, ...]:
        """The row itself, or its bands."""
        return self.row.bands or (self.row,)

    def band_of(self, number: Fraction) -> Band:
        """Return the band that holds the number; raises Invalid `out-of-range` beyond the last."""
        found = next((band for band in self.row.bands if band.holds(number)), None)
        if found is None:
            raise Invalid(
                "out-of-range", field=self.by, value=exact_text(number), accepted=self.row.beyond
            )
        return found


@dataclass(frozen=True, slots=True)
class RateOnDate:
    """What an item is charged on a day: value part, quantity part, either or both."""

    item: Item
    value: Part | None
    quantity: Part | None


def rate_on(tariff: Tariff, item_id: str, on: dt.date) -> RateOnDate:
    """Find the rate of an item on a day; raises Invalid `unknown-item`, `no-rate-on-date`.

    >>> from excise.tariff.schema import first_edition
    >>> rate_on(first_edition(), "beer", dt.date(2026, 4, 2)).quantity.bahts
    (Decimal('430'),)
    """
    item = tariff.item(item_id)
    row = _in_force(item.rates, item, on)
    own = Part(row, row.by, f"item {item.id}")
    if item.schedule is None:
        return RateOnDate(item, own if own.value_pcts else None, own if own.bahts else None)
    schedule = tariff.schedules[item.schedule]
    shared = Part(_in_force(schedule.periods, item, on), schedule.by, f"schedule {item.schedule}")
    return RateOnDate(item, own if own.value_pcts else None, shared)


def rows_of(tariff: Tariff, item_id: str) -> list[Part]:
    """Return every dated row of an item, its own first, then those of the schedule it shares.

    >>> from excise.tariff.schema import first_edition
    >>> [part.row.from_.year for part in rows_of(first_edition(), "soft_drink")]
    [2017, 2017, 2019, 2023, 2025]
    """
    item = tariff.item(item_id)
    rows = [Part(row, row.by, f"item {item.id}") for row in item.rates]
    if item.schedule is not None:
        shared = tariff.schedules[item.schedule]
        where = f"schedule {item.schedule}"
        rows += [Part(row, shared.by, where) for row in shared.periods]
    return rows


def _in_force(rows: tuple[Rate, ...], item: Item, on: dt.date) -> Rate:
    row = in_force(rows, on)
    if row is None:
        periods = ", ".join(f"{row.from_}..{row.to or ''}" for row in rows)
        raise Invalid(
            "no-rate-on-date",
            field="tax_point_date",
            item=item.id,
            value=on.isoformat(),
            accepted=periods,
        )
    return row


def rate_facts(tariff: Tariff, part: Part, choice: Rate | Band) -> dict[str, str]:
    """Return the row as facts for the trace: where it stands, what it says, who says so."""
    row = part.row
    facts = {
        "row": part.where,
        "from": row.from_.isoformat(),
        "to": row.to.isoformat() if row.to else None,
        "value_pct": choice.value_pct,
        "baht": choice.baht,
        "law": row.law or tariff.base_regulation,
        "source": row.source,
        "confidence": confidence_of(part, choice),
    }
    return {name: str(fact) for name, fact in facts.items() if fact is not None}


def confidence_of(part: Part, choice: Rate | Band) -> Confidence:
    """Return how sure the chosen rate is; a band may be less sure than its row."""
    return choice.confidence or part.row.confidence


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """Return the least sure of several; `official` when there is none.

    >>> weakest(["official", "assumed", "press"])
    'assumed'
    """
    return max(confidences, key=CONFIDENCES.index, default="official")
