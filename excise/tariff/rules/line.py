"""The excise tax on one line of a return."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from excise.errors import Invalid
from excise.money import MAX_SATANG, baht
from excise.tariff.entries import Band, Confidence, Rate, RoundingStep, Tariff
from excise.tariff.figures import Figure, exact_text
from excise.tariff.rules.measures import Entered, checked, figure_of
from excise.tariff.rules.prices import srp_ex_vat_steps
from excise.tariff.rules.rates import Part, RateOnDate, confidence_of, rate_facts, rate_on, weakest
from excise.tariff.rules.trace import Step, Trace, amount, edges, in_term, percent, step
from excise.tariff.words import FIGURES

VALUE_LAW = "มาตรา 17"
Kind = Literal["liquor", "tobacco"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was removed, imported or received: the product's measures and the day that counts.

    A service is one unit whose price is the receipts without VAT.
    """

    item: str
    tax_point_date: dt.date
    units: Decimal = Decimal(1)
    srp_ex_vat_satang: int | None = None
    retail_price_incl_vat_satang: int | None = None
    measures: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTax:
    """The tax on one line, in satang, and how it came about."""

    item: str
    tax_point_date: dt.date
    kind: Kind
    value_tax_satang: int
    quantity_tax_satang: int
    excise_satang: int
    goods_value_satang: int | None
    quantity: str | None
    unit: str
    confidence: Confidence
    trace: Trace


def calculate_line(tariff: Tariff, line: Line) -> LineTax:
    """Work out the excise tax on one line: the part on value plus the part on quantity.

    Each part is rounded half up to satang, once, on the whole line. Law: s. 17 and the tariff in
    force on the tax point. Raises Invalid `unknown-item`, `no-rate-on-date`, `measure-missing`,
    `out-of-range`, `too-many-decimals`, `prices-disagree`.
    >>> from excise.tariff.schema import first_edition
    >>> can = Line(item="beer", tax_point_date=dt.date(2017, 10, 1), srp_ex_vat_satang=3645,
    ...            measures={"volume_l": Decimal("0.32"), "degree": Decimal(5)})
    >>> tax = calculate_line(first_edition(), can)
    >>> tax.value_tax_satang, tax.quantity_tax_satang, tax.excise_satang
    (802, 688, 1490)
    """
    return _Calculation(tariff, line).result()


class _Calculation:
    """One line on its way: collects the steps and the rows used."""

    def __init__(self, tariff: Tariff, line: Line) -> None:
        self.tariff, self.line = tariff, line
        self.rate: RateOnDate = rate_on(tariff, line.item, line.tax_point_date)
        self.unit = tariff.units[self.rate.item.unit]
        self.units = self._units()
        self.steps: list[Step] = []
        self.confidences: list[Confidence] = []
        rounding = tariff.rule(tariff.tax_rounding, "tax_rounding", line.tax_point_date)
        self.rounding: tuple[RoundingStep, ...] = rounding.steps
        self.srp_baht = self._srp()
        self.entered = Entered(tariff, line.item, self._measures())

    def result(self) -> LineTax:
        value_tax = self._value_tax()
        quantity_tax = self._quantity_tax()
        excise = self._excise(value_tax, quantity_tax)
        by_name = {step.name: step for step in self.steps}
        quantity = by_name.get("taxable_quantity") or by_name.get("quantity")
        goods_value = by_name.get("goods_value")
        return LineTax(
            item=self.line.item,
            tax_point_date=self.line.tax_point_date,
            kind=self.rate.item.kind,
            value_tax_satang=value_tax.satang if value_tax else 0,
            quantity_tax_satang=quantity_tax.satang if quantity_tax else 0,
            excise_satang=excise.satang,
            goods_value_satang=goods_value.satang if goods_value else None,
            quantity=exact_text(quantity.result) if quantity else None,
            unit=self.rate.item.unit,
            confidence=weakest(self.confidences),
            trace=self._trace(),
        )

    def _trace(self) -> Trace:
        item = self.rate.item
        facts = {
            "item": item.id,
            "heading": item.heading,
            "name_th": item.name_th,
            "name_en": item.name_en,
            "tax_point_date": self.line.tax_point_date.isoformat(),
            "act": self.tariff.act,
            "confidence": weakest(self.confidences),
        }
        return Trace("line", self.tariff.name, self.tariff.digest, facts, tuple(self.steps))

    def _units(self) -> Figure:
        measure = self.tariff.measures["units"]
        number = checked(
            "units", self.line.units, decimals=self.unit.count_decimals, at_most=measure.max
        )
        return figure_of(measure, "units", number)

    def _srp(self) -> Fraction | None:
        """Return the price without VAT in baht; two prices that disagree are refused."""
        given, retail = self.line.srp_ex_vat_satang, self.line.retail_price_incl_vat_satang
        if retail is None:
            return None if given is None else self._price("srp_ex_vat", given)
        self._price("retail_price_incl_vat", retail)
        steps = srp_ex_vat_steps(self.tariff, Fraction(retail, 100), self.line.tax_point_date)
        without_vat = steps[-1]
        if given is not None and given != without_vat.satang:
            raise Invalid(
                "prices-disagree",
                field="srp_ex_vat",
                value=str(baht(given)),
                accepted=str(baht(without_vat.satang)),
            )
        self.steps += steps
        return without_vat.result

    def _price(self, name: str, satang: int) -> Fraction:
        measure = self.tariff.measures[name]
        return checked(name, baht(satang), decimals=measure.decimals, at_most=measure.max)

    def _measures(self) -> dict[str, Decimal]:
        prices: dict[str, Decimal] = {}
        if self.srp_baht is not None:
            prices["srp_ex_vat"] = baht(int(self.srp_baht * 100))
        if self.line.retail_price_incl_vat_satang is not None:
            prices["retail_price_incl_vat"] = baht(self.line.retail_price_incl_vat_satang)
        return {**self.line.measures, **prices}

    def _choose(self, part: Part, step_name: str) -> Rate | Band:
        """Pick the band, write the step that shows why, and note how sure the rate is."""
        if not part.row.bands or part.by is None:
            self.confidences.append(part.row.confidence)
            return part.row
        number = self.entered.figure(part.by)
        band = part.band_of(number.value)
        self.confidences.append(confidence_of(part, band))
        self.steps.append(
            step(
                step_name,
                "within",
                [number, *edges(band, number)],
                rate=rate_facts(self.tariff, part, band),
            )
        )
        return band

    def _value_tax(self) -> Step | None:
        """Price × pieces × rate. A zero rate needs no price, but shows one that was given."""
        part = self.rate.value
        if part is None:
            return None
        choice = self._choose(part, "value_band")
        pct = choice.value_pct or Decimal(0)
        if pct == 0 and self.srp_baht is None:
            return None
        goods_value = step(
            "goods_value",
            "terms",
            [self.entered.figure("srp_ex_vat"), self.units],
            rounding=self.rounding,
            section=VALUE_LAW,
            money=True,
        )
        figures = [*goods_value.figures, percent("value_pct", pct)]
        facts = rate_facts(self.tariff, part, choice)
        value_tax = step(
            "value_tax",
            "terms",
            figures,
            rounding=self.rounding,
            section=VALUE_LAW,
            rate=facts,
            money=True,
        )
        self.steps += [goods_value, value_tax]
        return value_tax

    def _quantity_tax(self) -> Step | None:
        part = self.rate.quantity
        if part is None:
            return None
        quantity = self._quantity()
        if part.row.marginal:
            return self._marginal_tax(part, quantity)
        choice = self._choose(part, "quantity_band")
        figures = [quantity, self._baht_rate(choice)]
        quantity_tax = step(
            "quantity_tax",
            "terms",
            figures,
            rounding=self.rounding,
            rate=rate_facts(self.tariff, part, choice),
            money=True,
        )
        self.steps.append(quantity_tax)
        return quantity_tax

    def _quantity(self) -> Figure:
        """Pieces × factors; where a fraction counts as one, rounded up on the whole line."""
        names = self.unit.factors
        last = len(names) - 1
        factors = [
            self.entered.figure(name, over=self.unit.over if place == last else 1)
            for place, name in enumerate(names)
        ]
        whole = step("quantity", "terms", [self.units, *factors])
        self.steps.append(whole)
        if self.rate.item.fraction == "counts as one":
            whole = step("taxable_quantity", "whole", [self._quantity_figure(whole)])
            self.steps.append(whole)
        return self._quantity_figure(whole)

    def _quantity_figure(self, quantity: Step) -> Figure:
        return Figure("quantity", quantity.result, "ปริมาณ", "quantity", self.unit.th, self.unit.en)

    def _marginal_tax(self, part: Part, quantity: Figure) -> Step:
        """Charge each stretch of the year's quantity at the rate of its band."""
        assert part.by is not None
        measure = self.tariff.measures[part.by]
        before = self.entered.number(part.by) * measure.line_units
        start = Figure("start", before, *FIGURES["start"], self.unit.th, self.unit.en)
        figures: list[Figure] = []
        for place, band in enumerate(part.row.bands, start=1):
            limits = edges(band, quantity, times=measure.line_units)
            within = step(
                f"quantity_in_band_{place}",
                "portion",
                [start, quantity, *limits],
                rate=rate_facts(self.tariff, part, band),
            )
            self.steps.append(within)
            if within.result:
                self.confidences.append(confidence_of(part, band))
            for figure in (self._quantity_figure(within), self._baht_rate(band)):
                figures.append(in_term(figure, place))
        quantity_tax = step("quantity_tax", "terms", figures, rounding=self.rounding, money=True)
        self.steps.append(quantity_tax)
        return quantity_tax

    def _baht_rate(self, choice: Rate | Band) -> Figure:
        number = Fraction(choice.baht or 0)
        th, en = FIGURES["baht_rate"]
        return Figure("baht_rate", number, th, en, f"บาทต่อ{self.unit.th}", f"baht a {self.unit.en}")

    def _excise(self, *parts: Step | None) -> Step:
        figures = [amount(part, term) for term, part in enumerate(parts) if part is not None]
        excise = step("excise", "terms", figures, money=True)
        if excise.satang > MAX_SATANG:
            raise Invalid(
                "out-of-range",
                field="units",
                value=str(self.line.units),
                accepted=f"a tax up to {baht(MAX_SATANG)} baht",
            )
        self.steps.append(excise)
        return excise
