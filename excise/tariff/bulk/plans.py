"""What the tariff says, item by item and day by day, laid out for many lines at once.

The rows, bands, units and roundings are found by the same functions that the single calculation
asks (`rate_on`, `Tariff.rule`), once for each stretch of days between two changes of the law.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from excise.errors import Invalid
from excise.tariff.entries import CONFIDENCES, Band, Dated, Fund, Item, RoundingStep, Tariff
from excise.tariff.rules.rates import Part, confidence_of, rate_on

NO_PLAN = 0  # the place of what only the single calculation can answer
EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a band ends and the next begins; `belongs_above` when the edge itself is the next's."""

    at: Fraction
    belongs_above: bool


@dataclass(frozen=True, slots=True)
class Bands:
    """Rates by a measure; without one there is a single rate. `end` closes the last band.

    `sureness` counts how far each rate stands from an official one, in `CONFIDENCES`.
    """

    by: str | None
    rates: tuple[Fraction, ...]
    sureness: tuple[int, ...]
    edges: tuple[Edge, ...] = ()
    end: Edge | None = None
    is_marginal: bool = False

    @property
    def shape(self) -> tuple[object, ...]:
        """What must be alike for two to be worked out together."""
        return self.by, len(self.rates), self.end is not None, self.is_marginal


@dataclass(frozen=True, slots=True)
class Plan:
    """How a line is taxed: the figures of one item over one stretch of days."""

    is_service: bool
    unit: str
    counts_whole: bool
    value: Bands | None
    quantity: Bands | None
    rounding: tuple[RoundingStep, ...]
    srp_rounding: tuple[RoundingStep, ...]
    vat_divisor: Fraction
    local_pct: Fraction
    funds: tuple[tuple[str, Fraction], ...]
    sureness: int

    @property
    def shape(self) -> tuple[object, ...]:
        """What must be alike for two plans to be worked out together; the figures may differ."""
        return (
            self.is_service,
            self.unit,
            self.counts_whole,
            self.value and self.value.shape,
            self.quantity and self.quantity.shape,
            self.rounding,
            self.srp_rounding,
            self.vat_divisor,
            tuple(code for code, _ in self.funds),
        )


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans of an edition and where they hold.

    `days` begin each stretch, as days since 1970; stretch 0 lies before the first of them.
    `places[item][stretch]` is the place of the plan in `plans`, NO_PLAN when there is none.
    """

    plans: tuple[Plan | None, ...]
    items: tuple[str, ...]
    days: tuple[int, ...]
    places: tuple[tuple[int, ...], ...]


def plans_of(tariff: Tariff) -> Plans:
    """Lay an edition out.

    >>> from excise.tariff.schema import first_edition
    >>> laid_out = plans_of(first_edition())
    >>> len(laid_out.items), laid_out.plans[NO_PLAN]
    (74, None)
    """
    first_days = sorted(days_of_change(tariff))
    places: dict[Plan | None, int] = {None: NO_PLAN}
    table = [
        (NO_PLAN, *(places.setdefault(_plan(tariff, item, on), len(places)) for on in first_days))
        for item in tariff.items
    ]
    days = tuple((day - EPOCH).days for day in first_days)
    return Plans(tuple(places), tuple(item.id for item in tariff.items), days, tuple(table))


def days_of_change(tariff: Tariff) -> set[dt.date]:
    """Return every day on which something is no longer what it was the day before."""
    rows: list[Dated] = [*tariff.funds, *tariff.tax_rounding, *tariff.srp_rounding]
    rows += [row for item in tariff.items for row in item.rates]
    rows += [row for schedule in tariff.schedules.values() for row in schedule.periods]
    rows += [row for name in ("vat_divisor", "local_tax_pct") for row in tariff.provisions[name]]
    ends = {row.to + dt.timedelta(days=1) for row in rows if row.to is not None}
    return {row.from_ for row in rows} | ends


def _plan(tariff: Tariff, item: Item, on: dt.date) -> Plan | None:
    try:
        rate, funds = rate_on(tariff, item.id, on), list(_funds(tariff, item, on))
        local = tariff.provision("local_tax_pct", on)
        return Plan(
            is_service=item.form == "services",
            unit=item.unit,
            counts_whole=item.fraction == "counts as one",
            value=_value_bands(rate.value),
            quantity=_quantity_bands(rate.quantity),
            rounding=tariff.rule(tariff.tax_rounding, "tax_rounding", on).steps,
            srp_rounding=tariff.rule(tariff.srp_rounding, "srp_rounding", on).steps,
            vat_divisor=Fraction(tariff.provision("vat_divisor", on).value),
            local_pct=Fraction(local.value),
            funds=tuple((fund.code, Fraction(fund.pct)) for fund in funds),
            sureness=max(CONFIDENCES.index(row.confidence) for row in (local, *funds)),
        )
    except Invalid:
        return None  # the single calculation says why


def _funds(tariff: Tariff, item: Item, on: dt.date) -> Iterator[Fund]:
    for fund in tariff.funds:
        if item.kind in fund.applies_to and fund.covers(on):
            yield fund


def _value_bands(part: Part | None) -> Bands | None:
    if part is None:
        return None
    return _bands(part, [Fraction(each.value_pct or 0) for each in part.choices])


def _quantity_bands(part: Part | None) -> Bands | None:
    if part is None:
        return None
    return _bands(part, [Fraction(each.baht or 0) for each in part.choices])


def _bands(part: Part, rates: Sequence[Fraction]) -> Bands:
    bands = part.row.bands
    sureness = tuple(CONFIDENCES.index(confidence_of(part, each)) for each in part.choices)
    if not bands:
        return Bands(None, tuple(rates), sureness)
    edges, end = _edges(bands), _end(bands[-1])
    if part.row.marginal:
        return Bands(part.by, tuple(rates), sureness, edges, end, is_marginal=True)
    # Between neighbours with the same rate, equally sure, there is nothing to decide.
    told = list(zip(rates, sureness, strict=True))
    kept = [n for n in range(1, len(told)) if told[n] != told[n - 1]]
    return Bands(
        part.by,
        tuple(rates[n] for n in (0, *kept)),
        tuple(sureness[n] for n in (0, *kept)),
        tuple(edges[n - 1] for n in kept),
        end,
    )


def _edges(bands: Sequence[Band]) -> tuple[Edge, ...]:
    return tuple(
        Edge(Fraction(band.above), belongs_above=False)
        if band.above is not None
        else Edge(Fraction(band.at_least or 0), belongs_above=True)
        for band in bands[1:]
    )


def _end(last: Band) -> Edge | None:
    if last.up_to is not None:
        return Edge(Fraction(last.up_to), belongs_above=False)
    return None if last.below is None else Edge(Fraction(last.below), belongs_above=True)
