"""Lines that are taxed alike, worked out together: columns that follow from each other."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import TypeVar

import polars as pl

from excise.money import MAX_SATANG
from excise.tariff.bulk.numbers import Number, Workings, constant, fixed
from excise.tariff.bulk.plans import Bands, Edge, Plan
from excise.tariff.entries import Tariff

_T = TypeVar("_T")
PIECE = 1 << 18  # lines
_ENTERED_PRICES = ("srp_ex_vat", "retail_price_incl_vat")


class Sheet:
    """Lines of one shape on their way: columns that follow from each other."""

    def __init__(self, tariff: Tariff, lines: pl.DataFrame, plans: Sequence[Plan]) -> None:
        """Take lines whose plans have one shape; of several, `_plan` is each line's place."""
        self.tariff, self.lines, self.plans = tariff, lines, plans
        self.plan = plans[0]
        self.unit = tariff.units[self.plan.unit]
        self.work = Workings()
        self.most: dict[str, int] = {}

    def worked_out(self, names: Sequence[str]) -> pl.DataFrame:
        """Write the columns down and let them be filled."""
        self.units = self._units()
        self.price = self._price()
        value = self._value_tax()
        quantity = self._quantity_tax()
        excise = self.work.let(self.work.total([value, quantity]))
        if excise.most > MAX_SATANG:
            self.work.conditions.append(excise.column <= MAX_SATANG)
        local = self.work.let(self._added(excise, lambda plan: plan.local_pct))
        funds = {
            f"fund_{code}": self.work.let(self._added(excise, _fund_pct(n)))
            for n, (code, _) in enumerate(self.plan.funds)
        }
        all_funds = self.work.let(self.work.total([*funds.values(), fixed(0, 100)]))
        total = self.work.total([excise, local, all_funds])
        named = {"value_tax": value, "quantity_tax": quantity, "excise": excise, "local": local}
        return self._filled(
            named | funds | {"funds_total": all_funds, "total_payable": total}, names
        )

    def _filled(self, named: dict[str, Number], names: Sequence[str]) -> pl.DataFrame:
        """Fill the columns in pieces that stay in the processor's cache, on all processors."""
        columns = list(self._columns(named, names))

        def fill(piece: pl.DataFrame) -> pl.DataFrame:
            found = piece.lazy()
            for step in self.work.steps:
                found = found.with_columns(step)
            return found.select(columns).collect()

        pieces = list(self.lines.iter_slices(PIECE))
        if len(pieces) == 1:
            return fill(pieces[0])
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return pl.concat(pool.map(fill, pieces), rechunk=False)

    def _columns(self, named: dict[str, Number], names: Sequence[str]) -> Iterator[pl.Expr]:
        sound = pl.all_horizontal(self.work.conditions) if self.work.conditions else None
        for name in names:
            if name not in named:
                continue  # a fund that none of these lines pays
            column = named[name].scaled(100).column
            yield (pl.when(sound).then(column) if sound is not None else column).alias(name)

    # --- what was entered -----------------------------------------------------------------------

    def _entered(self, name: str) -> Number | None:
        """Return a measure as entered, or None when no line has it; each within its range."""
        if name not in self.lines.columns:
            return None
        column = self.lines[name]
        if column.null_count() == len(column):
            return None
        measure = self.tariff.measures[name]
        over = 10**measure.decimals
        if name not in self.most:
            limit = measure.max * over
            low, high = column.min(), column.max()
            if low < 0 or high > limit:  # type: ignore[operator]
                within = pl.col(name).is_between(0, limit).fill_null(True)
                self.work.conditions.append(within)
            self.most[name] = min(max(high, 0), limit)  # type: ignore[type-var]
        return Number(pl.col(name), self.most[name], over)

    def _units(self) -> Number:
        units = self._entered("units")
        if units is None:
            return fixed(1) if self.plan.is_service else self._nothing()
        coarser = units.over // 10**self.unit.count_decimals
        if coarser > 1:  # pieces are whole
            self.work.conditions.append((units.column % coarser == 0).fill_null(True))
            units = Number(units.column // coarser, units.most // coarser, units.over // coarser)
            units = self.work.let(units)
        if not self.plan.is_service:
            return units
        one = max(units.most, units.over)
        return Number(units.column.fill_null(units.over), one, units.over)

    def _nothing(self) -> Number:
        return Number(pl.lit(None, pl.Int64), 0)

    def _price(self) -> Number | None:
        """Return the price without VAT: as entered, or from the retail price. Two must agree."""
        given, retail = (self._entered(name) for name in _ENTERED_PRICES)
        if retail is None:
            return given
        divisor = self.plan.vat_divisor
        without_vat = self.work.product([retail, constant(1 / divisor)])
        without_vat = self.work.let(
            self.work.rounded(without_vat, self.plan.srp_rounding).scaled(100)
        )
        if given is None:
            return without_vat
        self.work.conditions.append((given.column == without_vat.column).fill_null(True))
        column = pl.coalesce(without_vat.column, given.column)
        return self.work.let(Number(column, max(given.most, without_vat.most), 100))

    def _measure(self, name: str) -> tuple[Number | None, Number]:
        """Return a measure and what to divide it by: entered, or what stands in for it."""
        one = fixed(1)
        if name == "srp_ex_vat":
            return self.price, one
        own = self._entered(name)
        measure = self.tariff.measures[name]
        if measure.taken_from is None:
            return own, one
        stand_in, by = self._stand_in(name)
        if own is None or stand_in is None:
            return own or stand_in, one if own else by
        over = lcm(own.over, stand_in.over)
        own, stand_in = (self.work.widened(each, over) for each in (own, stand_in))
        column = pl.coalesce(own.column, stand_in.column)
        divisor = pl.when(own.column.is_null()).then(by.column).otherwise(one.column)
        return Number(column, max(own.most, stand_in.most), over), replace(by, column=divisor)

    def _stand_in(self, name: str) -> tuple[Number | None, Number]:
        measure = self.tariff.measures[name]
        assert measure.taken_from is not None
        number, by = self._measure(measure.taken_from)
        if number is None:
            return None, by
        number = self.work.product([number, fixed(measure.times)])
        if measure.per is None:
            return number, by
        per, per_by = self._measure(measure.per)
        if per is None:
            return None, by
        number = self.work.product([number, fixed(per.over), per_by])
        nonzero = pl.when(per.column > 0).then(per.column)
        return number, self.work.product([by, Number(nonzero, per.most)])

    # --- the rates ------------------------------------------------------------------------------

    def _figure(self, of: Callable[[Plan], Sequence[Fraction]], beyond: list[pl.Expr]) -> Number:
        """Return a figure of the law: of each line's plan and of the band it lies in.

        `beyond` tells for each edge whether the line lies after it; null where nobody knows.
        """
        figures = [of(plan) for plan in self.plans]
        over = lcm(*(figure.denominator for row in figures for figure in row))
        wholes = [[int(figure * over) for figure in row] for row in figures]
        flat = [whole for row in wholes for whole in row]
        most = max(flat)
        if min(flat) == most and not beyond:
            return fixed(most, over)
        if all(row == wholes[0] for row in wholes):
            first, *others = wholes[0]
            narrow = pl.UInt16 if most < 1 << 16 else pl.Int64  # a choice of few bytes is quick
            choice: pl.Expr = pl.when(~beyond[0]).then(pl.lit(first, narrow))
            for edge, whole in zip(beyond, others, strict=True):
                choice = pl.when(edge).then(pl.lit(whole, narrow)).otherwise(choice)
            choice = choice.cast(pl.Int64)
            return Number(choice, most, over)
        place = pl.col("_plan")
        if beyond:
            band = pl.sum_horizontal(edge.cast(pl.UInt32) for edge in beyond)
            known = pl.when(beyond[0].is_not_null()).then(band)
            place = place * len(wholes[0]) + known
        return Number(pl.lit(pl.Series(flat)).gather(place), most, over)

    def _band(self, of: Callable[[Plan], Bands | None]) -> list[pl.Expr]:
        """Tell for each edge whether a line's measure lies beyond it."""
        bands = of(self.plan)
        if bands is None or bands.by is None:
            return []
        number, by = self._measure(bands.by)
        if number is None:
            number = self._nothing()
        number, by = self.work.let(number), self.work.let(by)
        if bands.end is not None:
            beyond = self._beyond(number, by, lambda plan: _known(_known(of(plan)).end))
            self.work.conditions.append(~beyond)
        if not bands.edges:
            self.work.conditions.append(number.column.is_not_null())
        return [
            self.work.let_column(self._beyond(number, by, _edge(of, n)))
            for n in range(len(bands.edges))
        ]

    def _beyond(self, number: Number, by: Number, of: Callable[[Plan], Edge]) -> pl.Expr:
        """Tell whether `number / by` lies in a band after an edge."""
        edge = self._figure(lambda plan: [of(plan).at], [])
        # number / number.over / by > edge / edge.over, without a division
        over = lcm(number.over, edge.over)
        number, edge = self.work.widened(number, over), self.work.widened(edge, over)
        limit = self.work.product([replace(edge, over=1), by])
        if all(of(plan).belongs_above for plan in self.plans):
            return number.column >= limit.column
        if not any(of(plan).belongs_above for plan in self.plans):
            return number.column > limit.column
        own = self._figure(lambda plan: [Fraction(of(plan).belongs_above)], [])
        return number.column + own.column > limit.column

    # --- the taxes ------------------------------------------------------------------------------

    def _tax(self, base: Number, rate: Number) -> Number:
        return self.work.let(self.work.rounded_product(base, rate, self.plan.rounding))

    def _added(self, excise: Number, of: Callable[[Plan], Fraction]) -> Number:
        pct = self._figure(lambda plan: [of(plan)], [])
        return self._tax(excise, replace(pct, over=pct.over * 100))

    def _value_tax(self) -> Number:
        """Price × pieces × rate. A zero rate needs no price."""
        zero = fixed(0, 100)
        bands = self.plan.value
        if bands is None:
            return zero
        band = self._band(lambda plan: plan.value)
        pct = self._figure(lambda plan: _known(plan.value).rates, band)
        pct = self.work.let(replace(pct, over=pct.over * 100))
        if self.price is None:
            free = pl.when(pct.column == 0).then(pl.lit(0, pl.Int64))
            return self.work.let(Number(free + self.units.column * 0, 0, 100))
        tax = self._tax(self.work.let(self.work.product([self.price, self.units])), pct)
        if all(rate > 0 for plan in self.plans for rate in _known(plan.value).rates):
            return tax
        free = pl.when((pct.column == 0) & self.units.column.is_not_null()).then(0)
        return self.work.let(replace(tax, column=pl.coalesce(tax.column, free)))

    def _quantity_tax(self) -> Number:
        bands = self.plan.quantity
        if bands is None:
            return fixed(0, 100)
        quantity = self._quantity()
        if bands.is_marginal:
            return self._marginal_tax(bands, quantity)
        band = self._band(lambda plan: plan.quantity)
        return self._tax(quantity, self._figure(lambda plan: _known(plan.quantity).rates, band))

    def _quantity(self) -> Number:
        """Pieces × factors; where a fraction counts as one, rounded up on the whole line."""
        entered = [self._entered(name) for name in self.unit.factors]
        factors = [number or self._nothing() for number in entered]
        quantity = self.work.product([self.units, *factors])
        quantity = replace(quantity, over=quantity.over * self.unit.over)
        return self.work.let(self.work.whole(quantity) if self.plan.counts_whole else quantity)

    def _marginal_tax(self, bands: Bands, quantity: Number) -> Number:
        """Charge each stretch of the year's quantity at the rate of its band."""
        assert bands.by is not None
        times = self.tariff.measures[bands.by].line_units
        before, _ = self._measure(bands.by)
        start = self.work.product([before or self._nothing(), fixed(times)])
        edges = [self._figure(_marginal_edge(n, times), []) for n in range(len(bands.edges))]
        over = lcm(*(number.over for number in (start, quantity, *edges)))
        start, quantity, *edges = (
            self.work.let(self.work.widened(number, over)) for number in (start, quantity, *edges)
        )
        end = self.work.let(self.work.total([start, quantity]))
        self.work.conditions.append(end.column.is_not_null())  # the least of some is never null
        terms = []
        for n in range(len(bands.rates)):
            top = pl.min_horizontal(end.column, edges[n].column) if n < len(edges) else end.column
            low = pl.max_horizontal(start.column, edges[n - 1].column) if n else start.column
            within = pl.max_horizontal(top - low, 0)
            rate = self._figure(_marginal_rate(n), [])
            terms.append(self.work.product([Number(within, quantity.most, over), rate]))
        return self.work.let(self.work.rounded(self.work.total(terms), self.plan.rounding))


def _known(found: _T | None) -> _T:
    assert found is not None
    return found


def _fund_pct(n: int) -> Callable[[Plan], Fraction]:
    return lambda plan: plan.funds[n][1]


def _edge(of: Callable[[Plan], Bands | None], n: int) -> Callable[[Plan], Edge]:
    return lambda plan: _known(of(plan)).edges[n]


def _marginal_edge(n: int, times: int) -> Callable[[Plan], Sequence[Fraction]]:
    return lambda plan: [_known(plan.quantity).edges[n].at * times]


def _marginal_rate(n: int) -> Callable[[Plan], Sequence[Fraction]]:
    return lambda plan: [_known(plan.quantity).rates[n]]
