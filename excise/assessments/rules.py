"""What an assessment comes to, and what of the law under it is only assumed."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from excise.arrears.rules import (
    LateCase,
    late_total,
    penalty_multiple,
    remaining_pct_summoned,
)
from excise.returns.rules import ReturnTax, put_together
from excise.tariff.entries import Sourced
from excise.tariff.rules import Line, additions, calculate_line
from excise.tariff.schema import Tariff


def work_out(
    tariff: Tariff,
    lines: Sequence[Line],
    *,
    due_on: dt.date,
    computed_to: dt.date,
    was_filed: bool,
    remaining_pct: Decimal,
) -> ReturnTax:
    """Work out tax found short, with penalty, surcharge up to a day, funds and local tax.

    In satang, each amount rounded half up once. The penalty is once the tax when a return
    was filed, twice when none was, of which `remaining_pct` stays. Law: s. 140, 141, 150
    in force on the due date. Raises what `calculate_line` raises.
    >>> from excise.tariff.schema import first_edition
    >>> beer = Line(item="beer", tax_point_date=dt.date(2025, 8, 20), units=Decimal(10_000),
    ...             srp_ex_vat_satang=6449,
    ...             measures={"volume_l": Decimal("0.62"), "degree": Decimal(5)})
    >>> tax = work_out(first_edition(), [beer], due_on=dt.date(2025, 9, 15),
    ...                computed_to=dt.date(2026, 3, 31), was_filed=True,
    ...                remaining_pct=Decimal(100))
    >>> tax.penalty_satang, tax.surcharge_satang, tax.local_satang, tax.total_satang
    (27517800, 2889369, 5792497, 65781301)
    """
    taxes = [calculate_line(tariff, line) for line in lines]
    added = additions(tariff, taxes)
    case = LateCase(
        tax_satang=added.net_excise_satang,
        due=due_on,
        paid=computed_to,
        penalty_multiple=penalty_multiple(tariff, filed=was_filed, on=due_on),
        penalty_remaining_pct=remaining_pct,
    )
    return put_together(taxes, added, late_total(tariff, case))


@dataclass(frozen=True, slots=True)
class AssumedLaw:
    """A figure of the law that nobody confirmed: its name in the tariff, and where it stands."""

    name: str
    section: str


def assumed_law(
    tariff: Tariff, tax: ReturnTax, *, due_on: dt.date, was_filed: bool, remaining_pct: Decimal
) -> list[AssumedLaw]:
    """Name everything that an assessment rests on and that is only assumed.

    >>> from excise.tariff.schema import first_edition
    >>> due, terms = dt.date(2026, 1, 15), {"was_filed": True, "remaining_pct": Decimal(100)}
    >>> tax = work_out(first_edition(), [], due_on=due, computed_to=due, **terms)
    >>> [law.name for law in assumed_law(first_edition(), tax, due_on=due, **terms)]
    ['penalty_full_pct', 'local_tax_base']
    """
    penalty = "penalty_short_multiple" if was_filed else "penalty_not_filed_multiple"
    consenting = remaining_pct == remaining_pct_summoned(tariff, consenting=True, on=due_on)
    remaining = "penalty_consenting_pct" if consenting else "penalty_full_pct"
    names = ("surcharge_monthly_pct", "surcharge_cap_pct", penalty, remaining, "local_tax_pct")
    rows: list[tuple[str, str, Sourced]] = [
        *((name, law.section, law) for name in names if (law := tariff.provision(name, due_on))),
        *_rules(tariff, tax, due_on),
        *_funds(tariff, tax, due_on),
    ]
    assumed = [AssumedLaw(name, section) for name, section, row in rows if _is_assumed(row)]
    return [*_rates(tax), *assumed]


def _is_assumed(row: Sourced) -> bool:
    return row.confidence == "assumed"


def _rates(tax: ReturnTax) -> list[AssumedLaw]:
    """Name the items whose rate is assumed, each once."""
    assumed = (
        AssumedLaw(line.item, line.trace.facts["heading"])
        for line in tax.lines
        if line.confidence == "assumed"
    )
    return list(dict.fromkeys(assumed))


def _rules(tariff: Tariff, tax: ReturnTax, on: dt.date) -> Iterator[tuple[str, str, Sourced]]:
    local = tariff.rule(tariff.local_tax_base, "local_tax_base", on)
    yield "local_tax_base", local.section, local
    if tax.additions.funds_satang:
        base = tariff.rule(tariff.fund_base, "fund_base", on)
        yield "fund_base", base.section, base


def _funds(tariff: Tariff, tax: ReturnTax, on: dt.date) -> Iterator[tuple[str, str, Sourced]]:
    for fund in tariff.funds:
        if fund.code in tax.additions.funds_satang and fund.covers(on):
            yield f"fund_{fund.code}", fund.section, fund
