"""What an edition of the tariff consists of: frozen values, each with its days and its source."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, Protocol, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from excise.errors import Invalid

Confidence = Literal["official", "press", "derived", "memory", "assumed"]  # strongest first
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
# The text is read with every scalar as a string, so that 0.005 never passes through a float;
# these turn the strings back, and only these.
Whole = Annotated[int, BeforeValidator(lambda text: int(text) if _is_whole(text) else text)]
Truth = Annotated[
    bool, BeforeValidator(lambda text: {"true": True, "false": False}.get(text, text))
]
Day = Annotated[dt.date, BeforeValidator(lambda text: _iso_day(text))]
# Of 1e-999999999 the fraction would fill the memory.
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=24, decimal_places=9)]


def _is_whole(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit()


def _iso_day(text: object) -> object:
    """Read `2026-01-31` and nothing else: pydantic would take a number for seconds since 1970."""
    if isinstance(text, str) and text.count("-") == 2:
        return dt.date.fromisoformat(text)
    raise ValueError("a day is written 2026-01-31")


class Entry(BaseModel):
    """What every part of an edition shares: frozen, nothing unknown, nothing guessed."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", populate_by_name=True)


class Sourced(Entry):
    """A figure that says where it was read, and how sure that is."""

    source: Text
    confidence: Confidence
    note: Text | None = None


class Dated(Sourced):
    """A figure in force from a day to a day, both included."""

    from_: Day = Field(alias="from")
    to: Day | None = None

    def covers(self, on: dt.date) -> bool:
        """Say whether the row is in force on this day."""
        return self.from_ <= on and (self.to is None or on <= self.to)


class Provision(Dated):
    """One figure of the law: a percentage, a multiple, a number of days."""

    section: Text
    value: Amount
    unit: Literal["pct", "divisor", "multiple", "day", "days", "months", "years"]


class LocalTaxBase(Dated):
    """What local tax is charged on when penalty and surcharge are due."""

    section: Text
    base: Literal["tax_penalty_surcharge", "tax_only"]


class FundBase(Dated):
    """What the contributions to the funds are charged on."""

    section: Text
    base: Literal["net_excise"]


class RoundingStep(Entry):
    """Round to this many decimals: `half_up`, or `down` (cut)."""

    decimals: Whole
    mode: Literal["half_up", "down"]


class Rounding(Dated):
    """The steps that round an amount, in order."""

    section: Text
    steps: tuple[RoundingStep, ...] = Field(min_length=1)


class ReliefBand(Entry):
    """Percent of the statutory penalty that remains up to so many days late."""

    up_to_days: Whole | None = None
    remaining_pct: Amount


class PenaltyRelief(Dated):
    """The remaining penalty of those who pay of their own accord."""

    section: Text
    bands: tuple[ReliefBand, ...] = Field(min_length=1)


class DueDayShift(Dated):
    """Where a due date goes that falls on a day off."""

    section: Text
    shift: Literal["next_working_day", "none"]


class Named(Entry):
    """A name in both languages."""

    th: Text
    en: Text


class Fund(Dated):
    """A contribution on liquor and tobacco."""

    code: Text
    pct: Amount
    applies_to: tuple[Literal["liquor", "tobacco"], ...]
    national_cap_baht_per_fiscal_year: Whole | None = None
    th: Text
    short_th: Text
    en: Text
    customs_code: dict[str, str] = {}
    section: Text


class Ceiling(Sourced):
    """What a regulation may not exceed in a chapter."""

    chapter: Whole
    value_pct: Amount
    baht: Amount


class Unit(Named):
    """What is counted: pieces times the factors, divided by `over`."""

    factors: tuple[str, ...] = ()
    over: Whole = 1
    rate_decimals: Whole
    count_decimals: Whole


class Measure(Named):
    """What may be entered, how fine and how large, and what may stand in for it."""

    unit_th: Text
    unit_en: Text
    decimals: Whole
    max: Whole
    of: Literal["product", "line"]
    taken_from: str | None = None
    per: str | None = None
    times: Whole = 1
    line_units: Whole = 1


class Band(Entry):
    """The rate between two edges of a measure."""

    above: Amount | None = None
    at_least: Amount | None = None
    up_to: Amount | None = None
    below: Amount | None = None
    value_pct: Amount | None = None
    baht: Amount | None = None
    confidence: Confidence | None = None

    def holds(self, number: Fraction) -> bool:
        """Say whether the number lies between the edges."""
        return (
            (self.above is None or number > Fraction(self.above))
            and (self.at_least is None or number >= Fraction(self.at_least))
            and (self.up_to is None or number <= Fraction(self.up_to))
            and (self.below is None or number < Fraction(self.below))
        )


class Rate(Dated):
    """A row: the value tax, the quantity tax, or bands; `beyond` says why a last edge ends it."""

    law: Text | None = None
    value_pct: Amount | None = None
    baht: Amount | None = None
    by: str | None = None
    marginal: Truth = False
    bands: tuple[Band, ...] = ()
    beyond: Text | None = None


class Schedule(Entry):
    """Quantity tax by a measure, used by several items."""

    unit: str
    by: str
    periods: tuple[Rate, ...] = Field(min_length=1)


class Item(Entry):
    """A line of the tariff."""

    id: Text
    heading: Text
    edi: Annotated[str, StringConstraints(pattern=r"^[0-9?]{12}$")] | None = None
    name_th: Text
    name_en: Text
    chapter: Whole
    duty_groups: tuple[str, ...] = Field(min_length=1)
    form: Literal["goods", "services"]
    kind: Literal["liquor", "tobacco"] | None = None
    unit: str
    fraction: Literal["exact", "counts as one"] = "exact"
    note: Text | None = None
    schedule: str | None = None
    rates: tuple[Rate, ...] = Field(min_length=1)


class _HasDates(Protocol):
    def covers(self, on: dt.date) -> bool: ...


_Row = TypeVar("_Row", bound=_HasDates)


def in_force(rows: Iterable[_Row], on: dt.date) -> _Row | None:
    """Return the row that covers the day, or None."""
    return next((row for row in rows if row.covers(on)), None)


class Tariff(Entry):
    """One edition, whole and checked."""

    name: Text
    as_known_on: Day
    in_force_from: Day
    act: Text
    base_regulation: Text
    pct_decimals: Whole
    units: dict[str, Unit]
    measures: dict[str, Measure]
    ceilings: tuple[Ceiling, ...]
    provisions: dict[str, tuple[Provision, ...]]
    local_tax_base: tuple[LocalTaxBase, ...]
    srp_rounding: tuple[Rounding, ...]
    tax_rounding: tuple[Rounding, ...]
    penalty_relief: tuple[PenaltyRelief, ...]
    due_day_shift: tuple[DueDayShift, ...]
    funds: tuple[Fund, ...]
    fund_base: tuple[FundBase, ...]
    duty_groups: dict[str, Named]
    chapters: dict[str, Named]
    schedules: dict[str, Schedule]
    items: tuple[Item, ...]
    digest: str

    @cached_property
    def _items_by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    def item(self, item_id: str) -> Item:
        """Return the item; raises Invalid `unknown-item`.

        >>> from excise.tariff.schema import first_edition
        >>> first_edition().item("beer").heading
        '13.01(1)(ก)'
        """
        found = self._items_by_id.get(item_id)
        if found is None:
            raise Invalid(
                "unknown-item", field="item", value=item_id, accepted="an item of the tariff"
            )
        return found

    def provision(self, name: str, on: dt.date) -> Provision:
        """Return the figure in force on the day; raises Invalid `no-provision-on-date`.

        >>> from excise.tariff.schema import first_edition
        >>> first_edition().provision("surcharge_monthly_pct", dt.date(2026, 1, 15)).value
        Decimal('1.5')
        """
        return self.rule(self.provisions[name], name, on)

    def rule(self, rows: Sequence[_Row], name: str, on: dt.date) -> _Row:
        """Return the row of a dated rule in force on the day; raises Invalid."""
        row = in_force(rows, on)
        if row is None:
            raise Invalid(
                "no-provision-on-date",
                field="date",
                provision=name,
                date=on.isoformat(),
                accepted=f"a day from {self.in_force_from.isoformat()}",
            )
        return row
