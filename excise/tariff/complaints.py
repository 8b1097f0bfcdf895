"""What is wrong with an edition that reads well: days, bands, scales, names, ceilings."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from excise.tariff.entries import Band, Dated, Item, Rate, Tariff
from excise.tariff.faults import Fault

# What calculations ask for by name; without one they would stop in the middle.
_SECTIONS = (
    *("local_tax_base", "srp_rounding", "tax_rounding"),
    *("penalty_relief", "due_day_shift", "fund_base"),
)
_PROVISIONS = (
    *("local_tax_pct", "vat_divisor", "srp_mode_pct", "srp_highest_pct"),
    *("surcharge_monthly_pct", "surcharge_extended_monthly_pct", "surcharge_cap_pct"),
    *("penalty_not_filed_multiple", "penalty_short_multiple"),
    *("penalty_consenting_pct", "penalty_full_pct"),
    *("due_day", "notice_payment_days", "appeal_days", "court_days", "registration_days"),
    *("change_notice_days", "daily_account_days", "monthly_statement_day", "retention_years"),
    *("assessment_years", "assessment_years_extended", "assessment_extended_short_pct"),
    *("refund_claim_years", "refund_interest_monthly_pct", "refund_interest_grace_months"),
)


def complaints_about(tariff: Tariff) -> Iterator[Fault]:
    """Yield each fault; none means the edition may be used."""
    yield from _missing(tariff)
    yield from _item_names(tariff)
    yield from _measure_names(tariff)
    for where, rows in _dated_sections(tariff):
        yield from _days(where, rows)
    for provision_name, provisions in tariff.provisions.items():
        yield from _finer(
            f"provisions {provision_name}", [row.value for row in provisions], tariff.pct_decimals
        )
    for fund in tariff.funds:
        yield from _finer(f"funds {fund.code}", [fund.pct], tariff.pct_decimals)
    for name, schedule in tariff.schedules.items():
        for row in schedule.periods:
            yield from _row(tariff, f"schedules {name}", row, schedule.unit, by=schedule.by)
    for item in tariff.items:
        for row in item.rates:
            yield from _row(tariff, f"items {item.id}", row, item.unit, by=row.by)
            yield from _ceiling(tariff, item, row)
        yield from _parts(item)


def _missing(tariff: Tariff) -> Iterator[Fault]:
    for name in _PROVISIONS:
        if not tariff.provisions.get(name):
            yield Fault("section-lacks", "provisions", {"name": name})
    for name in _SECTIONS:
        if not getattr(tariff, name):
            yield Fault("no-row", name)


def _dated_sections(tariff: Tariff) -> Iterator[tuple[str, Sequence[Dated]]]:
    yield from ((f"items {item.id}", item.rates) for item in tariff.items)
    yield from ((f"schedules {name}", part.periods) for name, part in tariff.schedules.items())
    yield from ((f"provisions {name}", rows) for name, rows in tariff.provisions.items())
    yield "local_tax_base", tariff.local_tax_base
    yield "srp_rounding", tariff.srp_rounding
    yield "tax_rounding", tariff.tax_rounding
    yield "penalty_relief", tariff.penalty_relief
    yield "due_day_shift", tariff.due_day_shift
    yield "fund_base", tariff.fund_base
    for code in {fund.code for fund in tariff.funds}:
        yield f"funds {code}", [fund for fund in tariff.funds if fund.code == code]


def _days(where: str, rows: Sequence[Dated]) -> Iterator[Fault]:
    """A day may have one row only, and rows that follow each other leave no day out."""
    for row in rows:
        if row.to is not None and row.to < row.from_:
            yield Fault("ends-before", where, {"to": row.to, "first": row.from_})
    for before, after in zip(rows, rows[1:], strict=False):
        if before.to is None or after.from_ <= before.to:
            yield Fault("days-overlap", where, {"day": after.from_})
        elif after.from_ > before.to + dt.timedelta(days=1):
            yield Fault("days-gap", where, {"first": before.to, "last": after.from_})


def _item_names(tariff: Tariff) -> Iterator[Fault]:
    times = Counter(item.id for item in tariff.items)
    for item in tariff.items:
        where = f"items {item.id}"
        if times[item.id] > 1:
            yield Fault("twice", where)
        if item.unit not in tariff.units:
            yield Fault("unknown-unit", where, {"name": item.unit})
        if item.schedule is not None and item.schedule not in tariff.schedules:
            yield Fault("unknown-schedule", where, {"name": item.schedule})
        if str(item.chapter) not in tariff.chapters:
            yield Fault("unknown-chapter", where, {"name": item.chapter})
        for group in set(item.duty_groups) - set(tariff.duty_groups):
            yield Fault("unknown-duty-group", where, {"name": group})


def _measure_names(tariff: Tariff) -> Iterator[Fault]:
    for name, unit in tariff.units.items():
        for factor in set(unit.factors) - set(tariff.measures):
            yield Fault("unknown-measure", f"units {name}", {"name": factor})
    for name, measure in tariff.measures.items():
        for other in {measure.taken_from, measure.per} - {None, *tariff.measures}:
            yield Fault("unknown-measure", f"measures {name}", {"name": other})


def _row(tariff: Tariff, where: str, row: Rate, unit_name: str, by: str | None) -> Iterator[Fault]:
    unit = tariff.units.get(unit_name)
    parts: list[Rate | Band] = [row, *row.bands]
    yield from _finer(
        where, [part.value_pct for part in parts if part.value_pct is not None], tariff.pct_decimals
    )
    if unit is not None:
        bahts = [part.baht for part in parts if part.baht is not None]
        yield from _finer(where, bahts, unit.rate_decimals)
    if row.bands:
        if by not in tariff.measures:
            yield Fault("unknown-measure", where, {"name": by})
        yield from _bands(where, row)
        last = row.bands[-1]
        if row.beyond is None and (last.up_to is not None or last.below is not None):
            yield Fault("last-band-ends", where)


def _bands(where: str, row: Rate) -> Iterator[Fault]:
    """Bands run upwards from no lower edge to no upper edge, each number in exactly one."""
    if row.bands[0].above is not None or row.bands[0].at_least is not None:
        yield Fault("first-band-begins", where, from_=row.from_)
    for low, high in zip(row.bands, row.bands[1:], strict=False):
        upper = low.up_to if low.up_to is not None else low.below
        lower = high.above if high.above is not None else high.at_least
        facts = {"low": upper, "high": lower, "at": upper if lower is None else lower}
        if upper is None or lower is None or lower < upper:
            yield Fault("bands-overlap", where, facts, row.from_)
        elif lower > upper:
            yield Fault("bands-gap", where, facts, row.from_)
        elif (low.up_to is None) == (high.at_least is None):
            code = "edge-gap" if low.up_to is None else "edge-overlap"
            yield Fault(code, where, facts, row.from_)


def _finer(where: str, figures: Sequence[Decimal], places: int) -> Iterator[Fault]:
    for figure in figures:
        if (Fraction(figure) * 10**places).denominator != 1:
            yield Fault("too-fine", where, {"figure": figure, "places": places})


def _ceiling(tariff: Tariff, item: Item, row: Rate) -> Iterator[Fault]:
    limit = next((entry for entry in tariff.ceilings if entry.chapter == item.chapter), None)
    if limit is None:
        return
    where, parts = f"items {item.id}", list[Rate | Band]([row, *row.bands])
    for part in parts:
        if part.value_pct is not None and part.value_pct > limit.value_pct:
            facts = {"figure": part.value_pct, "limit": limit.value_pct}
            yield Fault("above-ceiling-pct", where, facts)
        if part.baht is not None and part.baht > limit.baht:
            yield Fault("above-ceiling-baht", where, {"figure": part.baht, "limit": limit.baht})


def _parts(item: Item) -> Iterator[Fault]:
    """A row taxes something, and in one way only."""
    for row in item.rates:
        for code in _wrong_parts(item, row):
            yield Fault(code, f"items {item.id}", from_=row.from_)


def _wrong_parts(item: Item, row: Rate) -> Iterator[str]:
    flat = row.value_pct is not None or row.baht is not None
    if row.bands and flat:
        yield "bands-and-rate"
    if not row.bands and not flat and item.schedule is None:
        yield "no-rate"
    banded_baht = row.baht is not None or any(band.baht is not None for band in row.bands)
    if item.schedule is not None and banded_baht:
        yield "quantity-twice"
    if row.marginal and any(band.value_pct is not None for band in row.bands):
        yield "marginal-value"
