"""Exact arithmetic on whole columns: every number is a column of int64 over one fixed divisor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import gcd, lcm

import polars as pl

from excise.tariff.entries import RoundingStep

MOST = 2**63 - 1
_SAFE = 9.2e18  # below MOST by far more than a product of two floats can be wrong


@dataclass(frozen=True, slots=True)
class Number:
    """`column / over`; no entry of the column is more than `most`, and none is negative.

    A number that is the same on all lines is `fixed`, so that nothing is done with a factor 1;
    one that no line lacks is `known`, so that nothing is done about lines without it.
    """

    column: pl.Expr
    most: int
    over: int = 1
    fixed: bool = False
    known: bool = False

    def times(self, factor: int) -> "Number":
        """Multiply by a whole number; the caller sees to it that there is room."""
        if factor == 1:
            return self
        if self.fixed:
            return fixed(self.most * factor, self.over)
        return replace(self, column=self.column * factor, most=self.most * factor)

    def scaled(self, over: int) -> "Number":
        """Return the same number over a multiple of its divisor."""
        return replace(self.times(over // self.over), over=over)


def fixed(whole: int, over: int = 1) -> Number:
    """Return one number for all lines."""
    return Number(pl.lit(whole, pl.Int64), whole, over, fixed=True, known=True)


def constant(value: Fraction, over: int = 1) -> Number:
    """Return one fraction for all lines.

    >>> constant(Fraction(1, 4), 100).most
    25
    """
    over = lcm(over, value.denominator)
    return fixed(int(value * over), over)


@dataclass(slots=True)
class Workings:
    """The columns worked out so far, and what a line must fulfil for them to be right.

    The columns of a step need only those of the steps before it. A line that fails goes to the
    single calculation, which knows no bound.
    """

    steps: list[list[pl.Expr]] = field(default_factory=list)
    levels: dict[str, int] = field(default_factory=dict)
    conditions: list[pl.Expr] = field(default_factory=list)

    def let(self, number: Number) -> Number:
        """Work a number out once, however often it is used."""
        if number.fixed or number.column.meta.is_column():
            return number
        return replace(number, column=self.let_column(number.column))

    def let_column(self, column: pl.Expr) -> pl.Expr:
        """Work a column out once, however often it is used."""
        name = f"_{len(self.levels)}"
        needed = column.meta.root_names()
        level = 1 + max((self.levels.get(each, -1) for each in needed), default=-1)
        if level == len(self.steps):
            self.steps.append([])
        self.steps[level].append(column.alias(name))
        self.levels[name] = level
        return pl.col(name)

    def product(self, numbers: Iterable[Number]) -> Number:
        """Multiply."""
        first, *others = numbers
        for other in others:
            if first.fixed:
                first, other = other, first
            over = first.over * other.over
            if other.fixed:
                first = replace(self._times(first, other.most), over=over)
            else:
                most = self._bounded(first.most * other.most, [first, other])
                known = first.known and other.known
                first = Number(first.column * other.column, most, over, known=known)
        return first

    def total(self, numbers: Sequence[Number]) -> Number:
        """Add."""
        over = lcm(*(number.over for number in numbers))
        wholes = [self.widened(number, over) for number in numbers]
        always = sum(number.most for number in wholes if number.fixed)
        if not (varied := [number for number in wholes if not number.fixed]):
            return fixed(always, over)
        first, *others = varied
        column = first.column
        for other in others:
            column = column + other.column
        if always:
            column = column + always
        most = sum(number.most for number in wholes)
        known = all(number.known for number in wholes)
        return Number(column, self._bounded(most, wholes, add=True), over, known=known)

    def widened(self, number: Number, over: int) -> Number:
        """Write a number over a multiple of its divisor; a line may have no room for that."""
        return replace(self._times(number, over // number.over), over=over)

    def whole(self, number: Number) -> Number:
        """Count a fraction as one."""
        column = (number.column + (number.over - 1)) // number.over
        return Number(column, -(-number.most // number.over), known=number.known)

    def rounded(self, number: Number, steps: Iterable[RoundingStep]) -> Number:
        """Round in steps, as `trace.rounded` does with a fraction."""
        for each in steps:
            scale = 10**each.decimals
            common = gcd(scale, number.over)
            divisor = number.over // common
            number = self._times(number, scale // common)
            number = self._divided(number, divisor, cut=each.mode == "down", over=scale)
        return number

    def rounded_product(
        self, number: Number, rate: Number, steps: tuple[RoundingStep, ...]
    ) -> Number:
        """Multiply and round; where the product has no room, its two halves apart.

        Exact: dividing by a × b and cutting is dividing by a and cutting, then by b and cutting.
        """
        scale = 10 ** steps[0].decimals
        common = gcd(scale, number.over * rate.over)
        divisor = number.over * rate.over // common
        rate = self._times(rate, scale // common)
        if rate.fixed:
            rate, divisor = _reduced(rate, divisor)
        half = divisor // 2
        if number.most * rate.most + half > MOST and len(steps) == 1 and divisor % 2 == 0:
            for part in _parts_of(divisor):
                high = number.most // part * rate.most + rate.most + half // part
                if part * rate.most <= MOST and high <= MOST:
                    return self._in_halves(number, rate, part, divisor, steps[0], scale)
        plain = self.product([number, rate])
        return self.rounded(replace(plain, over=divisor * scale), steps)

    def _in_halves(
        self,
        number: Number,
        rate: Number,
        part: int,
        divisor: int,
        step: RoundingStep,
        scale: int,
    ) -> Number:
        high = self.let_column(number.column // part)
        low = (number.column - high * part) * rate.column // part
        rest = divisor // part
        half = 0 if step.mode == "down" else rest // 2
        most = number.most * rate.most // divisor + 1
        known = number.known and rate.known
        return Number(
            (high * rate.column + low + half) // rest, min(most, MOST), scale, known=known
        )

    def _times(self, number: Number, factor: int) -> Number:
        if factor == 1:
            return number
        most = self._bounded(number.most * factor, [number, fixed(factor)])
        return replace(number.times(factor), most=most)

    def _divided(self, number: Number, divisor: int, *, cut: bool, over: int) -> Number:
        if divisor == 1:
            return replace(number, over=over)
        if cut:
            column = number.column // divisor
            return replace(number, column=column, most=number.most // divisor, over=over)
        if divisor % 2:  # its half is not a whole number
            number, divisor = self._times(number, 2), divisor * 2
        most = self._bounded(number.most + divisor // 2, [number], add=True)
        column = (number.column + divisor // 2) // divisor
        return replace(number, column=column, most=most // divisor, over=over)

    def _bounded(self, most: int, numbers: Sequence[Number], *, add: bool = False) -> int:
        """Return what the result is at most; where that is too much, each line must fit."""
        if most <= MOST:
            return most
        sizes = [number.column.cast(pl.Float64) for number in numbers]
        size = sizes[0]
        for other in sizes[1:]:
            size = size + other if add else size * other
        self.conditions.append(size < _SAFE)
        return MOST


def _reduced(rate: Number, divisor: int) -> tuple[Number, int]:
    """Cancel what a rate and its divisor share, as long as half of the divisor stays whole."""
    shared = gcd(rate.most, divisor)
    if shared % 2 == 0 and divisor // shared % 2:
        shared //= 2
    return fixed(rate.most // shared, rate.over), divisor // shared


def _parts_of(divisor: int) -> list[int]:
    """Return the powers of ten that divide a divisor into two even parts, the middle ones first."""
    powers = []
    part = 10
    while divisor % part == 0 and divisor // part % 2 == 0:
        powers.append(part)
        part *= 10
    middle = divisor**0.5
    return sorted(powers, key=lambda power: abs(power - middle))
