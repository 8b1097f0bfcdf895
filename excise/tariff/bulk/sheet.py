"""Lines that are taxed alike, worked out together: columns that follow from each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import TypeVar

import polars as pl

from excise.money import MAX_SATANG
from excise.tariff.bulk.numbers import Number, Workings, constant, fixed
from excise.tariff.bulk.plans import Bands, Edge, Plan
from excise.tariff.entries import CONFIDENCES, Tariff

_T = TypeVar("_T")
CONFIDENCE = pl.Enum(CONFIDENCES)
_ENTERED_PRICES = ("srp_ex_vat", "retail_price_incl_vat")
_AS_WRITTEN = pl.QueryOptFlags.none()


@dataclass(frozen=True, slots=True)
class Entered:
    """What is known of a column of entries before its lines are worked out.

    No entry is more than `most`, none is negative, unless `is_doubtful`.
    """

    most: int
    is_complete: bool
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class _Band:
    """Tells for each edge whether a line lies beyond it: null where nobody knows."""

    beyond: tuple[pl.Expr, ...] = ()
    known: bool = True


_NO_BAND = _Band()


class Sheet:
    """How lines of one shape are worked out: columns that follow from each other."""

    def __init__(
        self, tariff: Tariff, entered: Mapping[str, Entered], plans: Sequence[Plan]
    ) -> None:
        """Take what was entered, and plans of one shape; of several, `_plan` is a line's place."""
        self.tariff, self.entered, self.plans = tariff, entered, plans
        self.plan = plans[0]
        self.unit = tariff.units[self.plan.unit]
        self.work, self.checked = Workings(), set[str]()
        self.sureness = [self._figure(lambda plan: [Fraction(plan.sureness)])]
        self.columns = self._columns(self._numbers())

    def filled(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Fill the columns."""
        found = lines.lazy()
        for step in self.work.steps:
            found = found.with_columns(step)
        # There is nothing to optimise: each column is worked out once, and is needed.
        return found.select(self.columns).collect(optimizations=_AS_WRITTEN)

    def _numbers(self) -> dict[str, Number]:
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
        return named | funds | {"funds_total": all_funds, "total_payable": total}

    def _columns(self, named: Mapping[str, Number]) -> list[pl.Expr]:
        columns = {name: number.scaled(100).column for name, number in named.items()}
        columns["confidence"] = self._confidence()
        if not self.work.conditions:
            return [column.alias(name) for name, column in columns.items()]
        sound = self.work.let_column(pl.all_horizontal(self.work.conditions))
        return [pl.when(sound).then(column).alias(name) for name, column in columns.items()]

    def _confidence(self) -> pl.Expr:
        """Return how sure the least sure of the rates is."""
        always = max(number.most for number in self.sureness if number.fixed)
        varied = [number.column for number in self.sureness if not number.fixed]
        if not varied:
            return pl.lit(CONFIDENCES[always], CONFIDENCE)
        least = pl.max_horizontal(always, *varied)
        return least.cast(pl.UInt8).cat.to(CONFIDENCE)

    # --- what was entered -----------------------------------------------------------------------

    def _entered(self, name: str) -> Number | None:
        """Return a measure as entered, or None when no line has it; each within its range."""
        if name not in self.entered:
            return None
        entered, measure = self.entered[name], self.tariff.measures[name]
        over = 10**measure.decimals
        if entered.is_doubtful and name not in self.checked:
            self.checked.add(name)
            within = pl.col(name).is_between(0, measure.max * over).fill_null(True)
            self.work.conditions.append(within)
        return Number(pl.col(name), entered.most, over, known=entered.is_complete)

    def _units(self) -> Number:
        units = self._entered("units")
        if units is None:
            return fixed(1) if self.plan.is_service else self._nothing()
        coarser = units.over // 10**self.unit.count_decimals
        if coarser > 1:  # pieces are whole
            self.work.conditions.append((units.column % coarser == 0).fill_null(True))
            column, most = units.column // coarser, units.most // coarser
            units = replace(units, column=column, most=most, over=units.over // coarser)
            units = self.work.let(units)
        if not self.plan.is_service or units.known:
            return units
        one = max(units.most, units.over)
        return Number(units.column.fill_null(units.over), one, units.over, known=True)

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
        column, known = pl.coalesce(without_vat.column, given.column), given.known or retail.known
        return self.work.let(Number(column, max(given.most, without_vat.most), 100, known=known))

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
        if own is None or stand_in is None or own.known:
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
        nonzero = pl.when(per.column > 0).then(per.column)  # null where there is nothing
        return number, self.work.product([by, Number(nonzero, per.most)])

    # --- the rates ------------------------------------------------------------------------------

    def _figure(self, of: Callable[[Plan], Sequence[Fraction]], band: _Band = _NO_BAND) -> Number:
        """Return a figure of the law: of each line's plan and of the band it lies in."""
        figures = [of(plan) for plan in self.plans]
        over = lcm(*(figure.denominator for row in figures for figure in row))
        wholes = [[int(figure * over) for figure in row] for row in figures]
        flat = [whole for row in wholes for whole in row]
        most = max(flat)
        if min(flat) == most and not band.beyond:
            return fixed(most, over)
        if all(row == wholes[0] for row in wholes):
            return Number(_chosen(wholes[0], band), most, over, known=band.known)
        place = pl.col("_plan")
        if band.beyond:
            number = pl.sum_horizontal(edge.cast(pl.UInt32) for edge in band.beyond)
            if not band.known:
                number = pl.when(band.beyond[0].is_not_null()).then(number)
            place = place * len(wholes[0]) + number
        return Number(pl.lit(pl.Series(flat)).gather(place), most, over, known=band.known)

    def _note_sureness(self, of: Callable[[Plan], Sequence[Fraction]], band: _Band) -> None:
        """Note how sure the rates of a band are; where all are alike, no line is asked."""
        is_same = len({each for plan in self.plans for each in of(plan)}) == 1
        self.sureness.append(self._figure(of, _NO_BAND if is_same else band))

    def _band(self, of: Callable[[Plan], Bands | None]) -> _Band:
        """Tell for each edge whether a line's measure lies beyond it."""
        bands = of(self.plan)
        if bands is None or bands.by is None:
            return _NO_BAND
        number, by = self._measure(bands.by)
        if number is None:
            number = self._nothing()
        number, by = self.work.let(number), self.work.let(by)
        known = number.known and by.known
        if bands.end is not None:
            beyond = self._beyond(number, by, lambda plan: _known(_known(of(plan)).end))
            self.work.conditions.append(~beyond)
        if not bands.edges and not known:
            self.work.conditions.append(number.column.is_not_null())
        edges = (self._beyond(number, by, _edge(of, n)) for n in range(len(bands.edges)))
        return _Band(tuple(self.work.let_column(edge) for edge in edges), known)

    def _beyond(self, number: Number, by: Number, of: Callable[[Plan], Edge]) -> pl.Expr:
        """Tell whether `number / by` lies in a band after an edge."""
        edge = self._figure(lambda plan: [of(plan).at])
        # number / number.over / by > edge / edge.over, without a division
        over = lcm(number.over, edge.over)
        number, edge = self.work.widened(number, over), self.work.widened(edge, over)
        limit = self.work.product([replace(edge, over=1), by])
        if all(of(plan).belongs_above for plan in self.plans):
            return number.column >= limit.column
        if not any(of(plan).belongs_above for plan in self.plans):
            return number.column > limit.column
        own = self._figure(lambda plan: [Fraction(of(plan).belongs_above)])
        return number.column + own.column > limit.column

    # --- the taxes ------------------------------------------------------------------------------

    def _tax(self, base: Number, rate: Number) -> Number:
        return self.work.let(self.work.rounded_product(base, rate, self.plan.rounding))

    def _added(self, excise: Number, of: Callable[[Plan], Fraction]) -> Number:
        pct = self._figure(lambda plan: [of(plan)])
        return self._tax(excise, replace(pct, over=pct.over * 100))

    def _value_tax(self) -> Number:
        """Price × pieces × rate. A zero rate needs no price."""
        zero = fixed(0, 100)
        bands = self.plan.value
        if bands is None:
            return zero
        band = self._band(lambda plan: plan.value)
        pct = self._figure(lambda plan: _known(plan.value).rates, band)
        self._note_sureness(lambda plan: _sureness(plan.value), band)
        pct = self.work.let(replace(pct, over=pct.over * 100))
        if self.price is None:
            free = pl.when(pct.column == 0).then(pl.lit(0, pl.Int64))  # what has no price is left
            return self.work.let(Number(free + self.units.column * 0, 0, 100))
        tax = self._tax(self.work.let(self.work.product([self.price, self.units])), pct)
        may_be_free = any(rate == 0 for plan in self.plans for rate in _known(plan.value).rates)
        if self.price.known or not may_be_free:
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
        self._note_sureness(lambda plan: _sureness(plan.quantity), band)
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
        edges = [self._figure(_marginal_edge(n, times)) for n in range(len(bands.edges))]
        over = lcm(*(number.over for number in (start, quantity, *edges)))
        start, quantity, *edges = (
            self.work.let(self.work.widened(number, over)) for number in (start, quantity, *edges)
        )
        end = self.work.let(self.work.total([start, quantity]))
        if not end.known:
            self.work.conditions.append(end.column.is_not_null())  # a minimum is never null
        terms = []
        for n in range(len(bands.rates)):
            top = pl.min_horizontal(end.column, edges[n].column) if n < len(edges) else end.column
            low = pl.max_horizontal(start.column, edges[n - 1].column) if n else start.column
            within = pl.max_horizontal(top - low, 0)
            rate = self._figure(_marginal_rate(n))
            sure = self._figure(_marginal_sureness(n)).column
            used = pl.when(within > 0).then(sure).otherwise(0)
            self.sureness.append(Number(used, len(CONFIDENCES), known=True))
            stretch = Number(within, quantity.most, over, known=True)
            terms.append(self.work.product([stretch, rate]))
        return self.work.let(self.work.rounded(self.work.total(terms), self.plan.rounding))


def _chosen(figures: Sequence[int], band: _Band) -> pl.Expr:
    """Choose by the band, in few bytes, which is quick."""
    first, *others = figures
    narrow = pl.UInt16 if max(figures) < 1 << 16 else pl.Int64
    choice: pl.Expr = pl.lit(first, narrow)
    if not band.known:
        choice = pl.when(~band.beyond[0]).then(choice)
    for edge, figure in zip(band.beyond, others, strict=True):
        choice = pl.when(edge).then(pl.lit(figure, narrow)).otherwise(choice)
    return choice.cast(pl.Int64)


def measures_asked(tariff: Tariff, plan: Plan) -> frozenset[str]:
    """Return the names of the columns that a plan's lines are worked out from."""
    names = ["units", *_ENTERED_PRICES, *tariff.units[plan.unit].factors]
    names += [bands.by for bands in (plan.value, plan.quantity) if bands and bands.by]
    found = set[str]()
    while names:
        name = names.pop()
        measure = tariff.measures[name]
        names += [other for other in (measure.taken_from, measure.per) if other]
        found.add(name)
    return frozenset(found)


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


def _sureness(bands: Bands | None) -> list[Fraction]:
    return [Fraction(each) for each in _known(bands).sureness]


def _marginal_sureness(n: int) -> Callable[[Plan], Sequence[Fraction]]:
    return lambda plan: [_sureness(plan.quantity)[n]]
