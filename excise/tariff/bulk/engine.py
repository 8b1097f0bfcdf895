"""The tax on millions of lines at once, to the satang what the single calculation says.

Lines that are taxed alike are worked out together, with whole numbers on columns. What is not
plain sailing (an unknown item, a day without a rate, a measure that is missing or out of range, a
number too large for 64 bits) stays without an answer: those lines are for the single calculation,
which knows no bound and names what is wrong. So there is one place that judges a line.
"""

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from excise.tariff.bulk.plans import EPOCH, NO_PLAN, Plans, plans_of
from excise.tariff.bulk.sheet import CONFIDENCE, Entered, Sheet, measures_asked
from excise.tariff.entries import Tariff

ITEM, DAY = "item", "tax_point_date"
PIECE = 1 << 20  # lines; each step of fewer is too short to be shared by processors
TAXES = ("value_tax", "quantity_tax", "excise", "local", "funds_total", "total_payable")


class Bulk:
    """An edition made ready for many lines; safe for several threads."""

    def __init__(self, tariff: Tariff) -> None:
        """Lay the edition out; takes some hundredths of a second."""
        self.tariff = tariff
        self.plans: Plans = plans_of(tariff)
        self.fund_columns = tuple(
            f"fund_{code}" for code in dict.fromkeys(fund.code for fund in tariff.funds)
        )
        self.columns = (*TAXES[:4], *self.fund_columns, *TAXES[4:])
        self._item_names = pl.Enum(self.plans.items)
        self._stretches = _stretches(self.plans.days)
        flat = [place for row in self.plans.places for place in row]
        self._places = pl.Series(flat, dtype=pl.UInt32)
        shapes: dict[object, int] = {None: 0}
        numbers = [
            shapes.setdefault(plan.shape if plan else None, len(shapes))
            for plan in self.plans.plans
        ]
        self._shapes = pl.Series(numbers, dtype=pl.UInt32)
        self._sheet = lru_cache(1000)(self._new_sheet)  # pieces of a file are much alike

    @cached_property
    def scales(self) -> dict[str, int]:
        """How many decimals each column of measures is counted in."""
        return {name: measure.decimals for name, measure in self.tariff.measures.items()}

    def taxes(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Work out lines that are their own returns, in satang; null where only one can be asked.

        `confidence` is that of the least sure rate, and says nothing where the others are null.

        `item` is text or an enumeration, `tax_point_date` a date; `units`, `srp_ex_vat`,
        `retail_price_incl_vat` and the measures are int64 counts of their last decimal
        (see `scales`), null where nothing was entered. A fund that no line pays may have no column.
        >>> from datetime import date
        >>> from excise.tariff.schema import first_edition
        >>> line = {"item": ["beer"], "tax_point_date": [date(2017, 10, 1)], "units": [1_0000],
        ...         "srp_ex_vat": [3645], "volume_l": [3200], "degree": [5_00]}
        >>> Bulk(first_edition()).taxes(pl.DataFrame(line)).row(0)[:4]
        (802, 688, 1490, 149)
        """
        pieces = list(lines.iter_slices(PIECE))
        if len(pieces) < 2:
            return self._of_a_piece(lines)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            parts = list(pool.map(self._of_a_piece, pieces))
        return pl.concat(parts, how="diagonal", rechunk=False)

    def _of_a_piece(self, lines: pl.DataFrame) -> pl.DataFrame:
        if lines.is_empty():
            return self._none(0)
        items = self._items_of(lines)
        place = self._one_place(items, lines[DAY])
        if place is not None:
            return self._of_one_shape(lines, None, [place]) if place else self._none(len(lines))
        width = len(self.plans.days) + 1
        days = self._days_of(lines[DAY])
        places = self._places.gather(items.cast(pl.UInt32) * width + self._stretches.gather(days))
        places = places.fill_null(NO_PLAN)
        groups: dict[int, list[int]] = {}
        for each in places.unique().sort().to_list():
            groups.setdefault(self._shapes[each], []).append(each)
        if len(groups) == 1 and NO_PLAN not in groups:
            [present] = groups.values()
            return self._of_one_shape(lines, places, present)
        return self._of_many_shapes(lines, places, groups)

    def _items_of(self, lines: pl.DataFrame) -> pl.Series:
        """Return the number of each line's item; null when the tariff has none of that name."""
        items = lines[ITEM]
        if items.dtype != self._item_names:
            items = items.cast(pl.String).cast(self._item_names, strict=False)
        return items.to_physical()

    def _days_of(self, days: pl.Series) -> pl.Series:
        """Count days from the one before the first change of the law to the last change."""
        before = self.plans.days[0] - 1
        return (days.to_physical().clip(before, self.plans.days[-1]) - before).fill_null(0)

    def _one_place(self, items: pl.Series, days: pl.Series) -> int | None:
        """Return the plan that all lines share, for which no line has to be looked up."""
        first, since, until = items.min(), days.min(), days.max()
        if not isinstance(first, int) or first != items.max():
            return None
        if items.null_count() or days.null_count():
            return None
        stretches = {self._stretch_of(day) for day in (since, until)}
        return self.plans.places[first][stretches.pop()] if len(stretches) == 1 else None

    def _stretch_of(self, day: Any) -> int:
        return bisect_right(self.plans.days, (day - EPOCH).days)

    def _of_many_shapes(
        self, lines: pl.DataFrame, places: pl.Series, groups: dict[int, list[int]]
    ) -> pl.DataFrame:
        """Work out each shape by itself and put the lines back into their order."""
        shapes = self._shapes.gather(places)
        rows, parts = [], []
        for shape, present in groups.items():
            here = (shapes == shape).arg_true()
            rows.append(here)
            parts.append(
                self._of_one_shape(lines, places, present, here) if shape else self._none(len(here))
            )
        order = pl.concat(rows).arg_sort()
        return pl.concat([self._none(0), *parts], how="diagonal", rechunk=True)[order]

    def _of_one_shape(
        self,
        lines: pl.DataFrame,
        places: pl.Series | None,
        present: Sequence[int],
        here: pl.Series | None = None,
    ) -> pl.DataFrame:
        """Work out the lines `here`, or all, whose plans are `present`."""
        names = self._asked[self._shapes[present[0]]] & set(lines.columns)
        lines = lines.select(names)
        if places is not None and len(present) > 1:
            numbers = pl.zeros(len(self.plans.plans), pl.UInt32, eager=True)
            numbers = numbers.scatter(list(present), list(range(len(present))))
            lines = lines.with_columns(numbers.gather(places).alias("_plan"))
        if here is not None:
            lines = lines[here]
        entered = frozenset(self._entered(lines, names))
        return self._sheet(tuple(present), entered).filled(lines)

    def _new_sheet(
        self, present: tuple[int, ...], entered: frozenset[tuple[str, Entered]]
    ) -> Sheet:
        plans = [plan for place in present if (plan := self.plans.plans[place]) is not None]
        return Sheet(self.tariff, dict(entered), plans)

    def _entered(self, lines: pl.DataFrame, names: Iterable[str]) -> Iterator[tuple[str, Entered]]:
        """Look once at what was entered; a negative count shows as one that is far too large."""
        names = [name for name in names if lines[name].null_count() < len(lines)]
        most = lines.select(pl.col(names).reinterpret(signed=False).max())
        for name in names:
            limit, found = self._limits[name], most[name].item()
            bound = min(limit, (1 << found.bit_length()) - 1)  # so that pieces are more often alike
            complete = lines[name].null_count() == 0
            yield name, Entered(bound, is_complete=complete, is_doubtful=found > limit)

    @cached_property
    def _limits(self) -> dict[str, int]:
        return {
            name: measure.max * 10**measure.decimals
            for name, measure in self.tariff.measures.items()
        }

    @cached_property
    def _asked(self) -> dict[int, frozenset[str]]:
        """The columns that each shape is worked out from."""
        return {
            shape: measures_asked(self.tariff, plan)
            for shape, plan in zip(self._shapes.to_list(), self.plans.plans, strict=True)
            if plan is not None
        }

    def _none(self, count: int) -> pl.DataFrame:
        nothing = pl.repeat(None, count, dtype=pl.Int64, eager=True)
        nobody_knows = pl.repeat(None, count, dtype=CONFIDENCE, eager=True)
        amounts = [nothing.alias(name) for name in self.columns]
        return pl.DataFrame([*amounts, nobody_knows.alias("confidence")])


def _stretches(first_days: Sequence[int]) -> pl.Series:
    """Return the stretch of each day from the one before the first change to the last change."""
    numbers = []
    for stretch, (day, following) in enumerate(
        zip((first_days[0] - 1, *first_days), (*first_days, first_days[-1] + 1), strict=True)
    ):
        numbers += [stretch] * (following - day)
    return pl.Series(numbers, dtype=pl.UInt32)
