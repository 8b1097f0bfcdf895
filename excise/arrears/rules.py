"""Surcharge, penalty and the total of a late case. Values in, values out."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from excise.errors import Invalid
from excise.money import MAX_SATANG
from excise.periods import TaxMonth, add_months
from excise.periods import due_date as due_date_by_rule
from excise.tariff.entries import Confidence, Provision, Tariff
from excise.tariff.figures import Figure
from excise.tariff.rules.rates import weakest
from excise.tariff.rules.trace import Step, Trace, amount, in_term, percent, step
from excise.tariff.words import FIGURES

LocalBase = Literal["tax_penalty_surcharge", "tax_only"]


def months_late(due: dt.date, paid: dt.date) -> int:
    """Count the months, a part counting as one, from the day after the due date.

    A month ends on the same day of the next one, or on its last day. Law: s. 141.
    >>> due = dt.date(2026, 1, 15)
    >>> [months_late(due, dt.date(2026, *paid)) for paid in ((1, 15), (1, 16), (2, 15), (2, 16))]
    [0, 1, 1, 2]
    """
    if paid <= due:
        return 0
    months = (paid.year - due.year) * 12 + paid.month - due.month
    return months if paid <= add_months(due, months) else months + 1


def due_date(
    tariff: Tariff,
    month: TaxMonth,
    *,
    days_off: Mapping[dt.date, bool] | None = None,
    published: Mapping[TaxMonth, dt.date] | None = None,
) -> dt.date:
    """Return the due date of a month under the tariff: the 15th after, on a working day.

    >>> from excise.tariff.schema import first_edition
    >>> due_date(first_edition(), TaxMonth(2025, 10))
    datetime.date(2025, 11, 17)
    """
    on = month.next.first
    return due_date_by_rule(
        month,
        due_day=int(tariff.provision("due_day", on).value),
        shifts=tariff.rule(tariff.due_day_shift, "due_day_shift", on).shift == "next_working_day",
        days_off=days_off,
        published=published,
    )


def penalty_multiple(tariff: Tariff, *, filed: bool, on: dt.date) -> Decimal:
    """Return the statutory penalty as a multiple of the tax that is short. Law: s. 140.

    >>> from excise.tariff.schema import first_edition
    >>> penalty_multiple(first_edition(), filed=False, on=dt.date(2026, 1, 15))
    Decimal('2')
    """
    name = "penalty_short_multiple" if filed else "penalty_not_filed_multiple"
    return tariff.provision(name, on).value


def remaining_pct_voluntary(tariff: Tariff, *, due: dt.date, paid: dt.date) -> Decimal:
    """Return the percent of the penalty that remains for who pays unasked, by days late.

    >>> from excise.tariff.schema import first_edition
    >>> due = dt.date(2026, 1, 15)
    >>> [int(remaining_pct_voluntary(first_edition(), due=due, paid=due + dt.timedelta(days=late)))
    ...  for late in (15, 16, 30, 31, 60, 61)]
    [2, 5, 5, 10, 10, 20]
    """
    relief = tariff.rule(tariff.penalty_relief, "penalty_relief", due)
    late = (paid - due).days
    return next(
        band.remaining_pct
        for band in relief.bands
        if band.up_to_days is None or late <= band.up_to_days
    )


def remaining_pct_summoned(tariff: Tariff, *, consenting: bool, on: dt.date) -> Decimal:
    """Return the percent of the penalty that remains after a summons.

    >>> from excise.tariff.schema import first_edition
    >>> remaining_pct_summoned(first_edition(), consenting=True, on=dt.date(2026, 1, 15))
    Decimal('50')
    """
    name = "penalty_consenting_pct" if consenting else "penalty_full_pct"
    return tariff.provision(name, on).value


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCase:
    """Tax that was due on a day and is paid (or computed up to) another.

    `extended` says that the deadline was extended under section 8; `monthly_pct` sets another
    rate than the tariff's, for a decision that names one.
    """

    tax_satang: int
    due: dt.date
    paid: dt.date
    penalty_multiple: Decimal
    penalty_remaining_pct: Decimal = Decimal(100)
    already_paid_satang: int = 0
    extended: bool = False
    monthly_pct: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateTotal:
    """What is asked in a late case, in satang, and how it came about."""

    short_satang: int
    months: int
    surcharge_satang: int
    penalty_statutory_satang: int
    penalty_satang: int
    subtotal_satang: int
    local_satang: int
    local_if_on_tax_only_satang: int
    total_payable_satang: int
    confidence: Confidence
    trace: Trace


def late_total(tariff: Tariff, case: LateCase, *, local_base: LocalBase | None = None) -> LateTotal:
    """Work out surcharge, penalty, local tax and the total of a late case.

    Surcharge on the tax that is short, capped at that tax; each amount rounded half up once; local
    tax on the sum, or on the tax only (`local_base`; the tariff decides when it is left out).
    The law in force on the due date counts. Law: s. 140, 141, 150. Raises Invalid `out-of-range`.
    >>> from excise.tariff.schema import first_edition
    >>> case = LateCase(tax_satang=10_000_000, due=dt.date(2026, 1, 15), paid=dt.date(2026, 2, 15),
    ...                 penalty_multiple=Decimal(0))
    >>> total = late_total(first_edition(), case)
    >>> total.surcharge_satang, total.local_satang, total.total_payable_satang
    (150000, 1015000, 11165000)
    """
    _check(case)
    return _Calculation(tariff, case).result(local_base)


def _check(case: LateCase) -> None:
    amounts = {
        "tax": Decimal(case.tax_satang),
        "already_paid": Decimal(case.already_paid_satang),
        "penalty_multiple": case.penalty_multiple,
        "penalty_remaining_pct": case.penalty_remaining_pct,
        "surcharge_per_month": case.monthly_pct or Decimal(0),
    }
    highest = {
        "tax": Decimal(MAX_SATANG),
        "already_paid": Decimal(case.tax_satang),
        "penalty_multiple": Decimal(10),
    }
    for name, number in amounts.items():
        limit = highest.get(name, Decimal(100))
        if not number.is_finite() or not 0 <= number <= limit:
            raise Invalid("out-of-range", field=name, value=str(number), accepted=f"0 to {limit}")


class _Calculation:
    """A late case on its way: collects the steps and the figures of the law used."""

    def __init__(self, tariff: Tariff, case: LateCase) -> None:
        self.tariff, self.case = tariff, case
        self.rounding = tariff.rule(tariff.tax_rounding, "tax_rounding", case.due).steps
        self.months = months_late(case.due, case.paid)
        self.steps: list[Step] = []
        self.confidences: list[Confidence] = []

    def result(self, local_base: LocalBase | None) -> LateTotal:
        short = self._short()
        surcharge = self._surcharge(short)
        statutory, penalty = self._penalty(short)
        subtotal = self._sum("subtotal", [short, penalty, surcharge])
        whole, tax_only = self._local(subtotal), self._local(short)
        local = tax_only if self._local_base(local_base) == "tax_only" else whole
        self.steps.append(local)
        total = self._sum("total_payable", [subtotal, local])
        return LateTotal(
            short_satang=short.satang,
            months=self.months,
            surcharge_satang=surcharge.satang,
            penalty_statutory_satang=statutory.satang,
            penalty_satang=penalty.satang,
            subtotal_satang=subtotal.satang,
            local_satang=local.satang,
            local_if_on_tax_only_satang=tax_only.satang,
            total_payable_satang=total.satang,
            confidence=weakest(self.confidences),
            trace=self._trace(),
        )

    def _trace(self) -> Trace:
        facts = {
            "due": self.case.due.isoformat(),
            "paid": self.case.paid.isoformat(),
            "months": str(self.months),
            "confidence": weakest(self.confidences),
        }
        return Trace("late", self.tariff.name, self.tariff.digest, facts, tuple(self.steps))

    def _law(self, name: str) -> Provision:
        provision = self.tariff.provision(name, self.case.due)
        self.confidences.append(provision.confidence)
        return provision

    def _short(self) -> Step:
        due = _baht("tax_due", self.case.tax_satang)
        paid = in_term(_baht("already_paid", -self.case.already_paid_satang), 1)
        short = step("tax_short", "terms", [due, paid], money=True)
        self.steps.append(short)
        return short

    def _surcharge(self, short: Step) -> Step:
        law = self._law(
            "surcharge_extended_monthly_pct" if self.case.extended else "surcharge_monthly_pct"
        )
        pct = law.value if self.case.monthly_pct is None else self.case.monthly_pct
        months = Figure("months", Fraction(self.months), *FIGURES["months"])
        figures = [amount(short, 0), percent("monthly_pct", pct), months]
        raw = self._rounded("surcharge_raw", figures, law.section)
        cap_law = self._law("surcharge_cap_pct")
        cap_figures = [amount(short, 0), percent("cap_pct", cap_law.value)]
        cap = self._rounded("surcharge_cap", cap_figures, cap_law.section)
        figures = [amount(raw, 0), amount(cap, 1)]
        surcharge = step("surcharge", "least", figures, section=cap_law.section, money=True)
        self.steps.append(surcharge)
        return surcharge

    def _penalty(self, short: Step) -> tuple[Step, Step]:
        section = self._law("penalty_short_multiple").section
        multiple = Figure("multiple", Fraction(self.case.penalty_multiple), *FIGURES["multiple"])
        statutory = self._rounded("penalty_statutory", [amount(short, 0), multiple], section)
        remaining = percent("remaining_pct", self.case.penalty_remaining_pct)
        return statutory, self._rounded("penalty", [amount(statutory, 0), remaining], section)

    def _rounded(self, name: str, figures: list[Figure], section: str) -> Step:
        made = step(name, "terms", figures, rounding=self.rounding, section=section, money=True)
        self.steps.append(made)
        return made

    def _local(self, base: Step) -> Step:
        law = self._law("local_tax_pct")
        figures = [amount(base, 0), percent("pct", law.value)]
        return step(
            "local_tax",
            "terms",
            figures,
            rounding=self.rounding,
            section=law.section,
            money=True,
        )

    def _local_base(self, asked: LocalBase | None) -> LocalBase:
        row = self.tariff.rule(self.tariff.local_tax_base, "local_tax_base", self.case.due)
        self.confidences.append(row.confidence)
        return asked or row.base

    def _sum(self, name: str, parts: list[Step]) -> Step:
        figures = [amount(part, term) for term, part in enumerate(parts)]
        made = step(name, "terms", figures, money=True)
        self.steps.append(made)
        return made


def _baht(name: str, satang: int) -> Figure:
    return Figure(name, Fraction(satang, 100), *FIGURES[name], "บาท", "baht")
