"""What one edition says otherwise than another, and on which days it taxes otherwise."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from excise.tariff.entries import Dated, Entry, Fund, Item, Rate, Sourced, Tariff, in_force
from excise.tariff.rules.describe import describe_band

RowKey: TypeAlias = tuple[str, dt.date | None]
_BARE = {"digest"}
_HEAD = ("name", "as_known_on", "in_force_from", "act", "base_regulation", "pct_decimals")
_NAMED = ("units", "measures", "duty_groups", "chapters")
_SERIES = (
    "local_tax_base",
    "srp_rounding",
    "tax_rounding",
    "penalty_relief",
    "due_day_shift",
    "fund_base",
)
_WORDS_ONLY = {"source", "confidence", "note", "law", "section"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a row: what it said, and what it says now; None when it is not there."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that came, went or changed; `from_` is its first day, None for what has no days."""

    where: str
    from_: dt.date | None
    kind: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the change for other programs."""
        return {
            "where": self.where,
            "from": self.from_.isoformat() if self.from_ else None,
            "kind": self.kind,
            "fields": [
                {"field": each.field, "old": each.old, "new": each.new} for each in self.fields
            ],
        }


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included, on which an item is taxed otherwise; `to` is None when it never ends."""

    item: str
    from_: dt.date
    to: dt.date | None


def rows_of(tariff: Tariff) -> dict[RowKey, Entry]:
    """Return every dated or named part of an edition by its place and first day.

    >>> from excise.tariff.schema import first_edition
    >>> rows_of(first_edition())["items beer", dt.date(2017, 9, 16)].baht
    Decimal('430')
    """
    rows: dict[RowKey, Entry] = {}
    for where, series in _series_of(tariff):
        rows |= {(where, row.from_): row for row in series}
    for section in _NAMED:
        rows |= {
            (f"{section} {name}", None): part for name, part in getattr(tariff, section).items()
        }
    rows |= {(f"ceilings {limit.chapter}", None): limit for limit in tariff.ceilings}
    rows |= {(f"schedules {name}", None): part for name, part in tariff.schedules.items()}
    rows |= {(f"items {item.id}", None): item for item in tariff.items}
    rows["edition", None] = tariff
    return rows


def _series_of(tariff: Tariff) -> Iterator[tuple[str, Sequence[Dated]]]:
    yield from ((f"items {item.id}", item.rates) for item in tariff.items)
    yield from ((f"schedules {name}", part.periods) for name, part in tariff.schedules.items())
    yield from ((f"provisions {name}", rows) for name, rows in tariff.provisions.items())
    yield from ((section, getattr(tariff, section)) for section in _SERIES)
    for code in dict.fromkeys(fund.code for fund in tariff.funds):
        yield f"funds {code}", [fund for fund in tariff.funds if fund.code == code]


def difference(old: Tariff, new: Tariff) -> list[Change]:
    """List what changed, in the order of the new edition, what went away last.

    >>> from excise.tariff.schema import first_edition
    >>> difference(first_edition(), first_edition())
    []
    """
    before, after = rows_of(old), rows_of(new)
    changes = [_change(key, before.get(key), row) for key, row in after.items()]
    gone = [_change(key, row, None) for key, row in before.items() if key not in after]
    return [change for change in (*changes, *gone) if change.fields]


def _change(key: RowKey, old: Entry | None, new: Entry | None) -> Change:
    before, after = fields_of(old), fields_of(new)
    fields = tuple(
        FieldChange(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*after, *before])
        if before.get(name) != after.get(name)
    )
    kind: Literal["added", "removed", "changed"] = "changed"
    if old is None or new is None:
        kind = "added" if old is None else "removed"
    return Change(key[0], key[1], kind, fields)


def fields_of(row: Entry | None) -> Mapping[str, str]:
    """Return what a row says, as text; its own rows stand for themselves."""
    if row is None:
        return {}
    names = _HEAD if isinstance(row, Tariff) else type(row).model_fields
    inner = {Item: {"rates"}, Tariff: _BARE}.get(type(row), {"periods"})
    figures_first = sorted(names, key=lambda name: name in _WORDS_ONLY)
    told = {name: _said(getattr(row, name)) for name in figures_first if name not in inner}
    return {name.rstrip("_"): text for name, text in told.items() if text}


def _said(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return "; ".join(_said(each) for each in value)
    if isinstance(value, Entry):
        return describe_band(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_said(each)}" for name, each in value.items())
    return "" if value in (None, False) else str(value)


def is_assumed(row: Entry) -> bool:
    """Tell whether a row, or one of its bands, is only assumed."""
    if not isinstance(row, Sourced):
        return False
    bands = row.bands if isinstance(row, Rate) else ()
    return "assumed" in (row.confidence, *(band.confidence for band in bands))


def assumed_rows(tariff: Tariff) -> dict[RowKey, Sourced]:
    """Return the rows that are only assumed."""
    rows = rows_of(tariff).items()
    return {key: row for key, row in rows if isinstance(row, Sourced) and is_assumed(row)}


def newly_assumed(old: Tariff, new: Tariff) -> list[str]:
    """Name the assumed rows whose figures the other edition does not have, assumed or not.

    >>> from excise.tariff.schema import first_edition
    >>> newly_assumed(first_edition(), first_edition())
    []
    """
    before = rows_of(old)
    return [
        f"{where} {from_ or ''}".strip()
        for (where, from_), row in assumed_rows(new).items()
        if (where, from_) not in before
        or any(
            each.field not in _WORDS_ONLY - {"confidence"} and each.field != "to"
            for each in _change((where, from_), before[where, from_], row).fields
        )
    ]


def changed_spans(old: Tariff, new: Tariff) -> list[Span]:
    """Return the days on which an item is taxed otherwise by the new edition than by the old.

    What counts is its rate and quantity, local tax, funds, and how a price or tax is rounded;
    not a source, and not what only a late return pays.
    >>> from excise.tariff.schema import first_edition
    >>> changed_spans(first_edition(), first_edition())
    []
    """
    items = dict.fromkeys([*(item.id for item in new.items), *(item.id for item in old.items)])
    return [span for item in items for span in _spans(old, new, item)]


def changed_late_spans(old: Tariff, new: Tariff) -> list[tuple[dt.date, dt.date | None]]:
    """Return the due days on which a late return pays otherwise by the new edition.

    Everything that a late return pays goes by the day it was due.
    >>> from excise.tariff.schema import first_edition
    >>> changed_late_spans(first_edition(), first_edition())
    []
    """
    days = {day for tariff in (old, new) for rows in _late_series(tariff) for day in _turns(rows)}
    return list(_runs(days, lambda day: _late(old, day) != _late(new, day)))


def _late_series(tariff: Tariff) -> list[Sequence[Dated]]:
    provisions = [
        tariff.provisions[name]
        for name in sorted(tariff.provisions)
        if name.startswith(("surcharge_", "penalty_"))
    ]
    return [*provisions, tariff.penalty_relief, tariff.local_tax_base, tariff.tax_rounding]


def _late(tariff: Tariff, on: dt.date) -> object:
    return [_figures(in_force(rows, on)) for rows in _late_series(tariff)]


def _spans(old: Tariff, new: Tariff, item: str) -> Iterator[Span]:
    days = {day for tariff in (old, new) for day in _turns(_rows_that_tax(tariff, item))}
    for first, last in _runs(days, lambda day: _taxed(old, item, day) != _taxed(new, item, day)):
        yield Span(item, first, last)


def _runs(
    days: Iterable[dt.date], differs: Callable[[dt.date], bool]
) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Yield the first and last days of what differs; nothing changes but on the given days."""
    open_from: dt.date | None = None
    for day in sorted(days):
        if differs(day) and open_from is None:
            open_from = day
        elif open_from is not None and not differs(day):
            yield open_from, day - dt.timedelta(days=1)
            open_from = None
    if open_from is not None:
        yield open_from, None


def _turns(rows: Iterable[Dated]) -> Iterator[dt.date]:
    for row in rows:
        yield row.from_
        if row.to is not None and row.to < dt.date.max:
            yield row.to + dt.timedelta(days=1)


def _item(tariff: Tariff, item: str) -> Item | None:
    return next((each for each in tariff.items if each.id == item), None)


def _rows_that_tax(tariff: Tariff, item_id: str) -> Iterator[Dated]:
    item = _item(tariff, item_id)
    if item is None:
        return
    yield from item.rates
    if item.schedule is not None:
        yield from tariff.schedules[item.schedule].periods
    for name in ("local_tax_pct", "vat_divisor"):
        yield from tariff.provisions.get(name, ())
    yield from (*tariff.srp_rounding, *tariff.tax_rounding)
    yield from (fund for fund in tariff.funds if item.kind in fund.applies_to)


def _taxed(tariff: Tariff, item_id: str, on: dt.date) -> object:
    """Return everything that decides the tax of an item on a day, to be compared; None for none."""
    item = _item(tariff, item_id)
    row = in_force(item.rates, on) if item else None
    if item is None or row is None:
        return None
    schedule = tariff.schedules[item.schedule] if item.schedule else None
    period = in_force(schedule.periods, on) if schedule else None
    measures = {row.by, schedule.by if schedule else None, *tariff.units[item.unit].factors}
    general = [
        in_force(rows, on)
        for rows in (
            tariff.provisions.get("local_tax_pct", ()),
            tariff.provisions.get("vat_divisor", ()),
            tariff.srp_rounding,
            tariff.tax_rounding,
        )
    ]
    funds = [fund for fund in tariff.funds if item.kind in fund.applies_to and fund.covers(on)]
    unit = tariff.units[item.unit]
    return (
        (item.form, item.kind, item.fraction, unit.factors, unit.over),
        _figures(row),
        (schedule.by, schedule.unit) if schedule else None,
        _figures(period),
        [_figures(each) for each in general],
        [(fund.code, fund.pct) for fund in funds],
        [tariff.measures.get(name) for name in sorted(filter(None, measures))],
    )


def _figures(row: Rate | Dated | Fund | None) -> object:
    if row is None:
        return None
    if isinstance(row, Rate):
        bands = [band.model_copy(update={"confidence": None}) for band in row.bands]
        return (row.value_pct, row.baht, row.by, row.marginal, bands)
    skipped = _WORDS_ONLY | {"from_", "to", "unit"}
    return [getattr(row, name) for name in type(row).model_fields if name not in skipped]
