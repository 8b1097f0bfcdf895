"""Late tax: the examples of the law and the edges of its months, caps and tables."""

import datetime as dt
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from excise.arrears.rules import (
    LateCase,
    late_total,
    months_late,
    penalty_multiple,
    remaining_pct_summoned,
    remaining_pct_voluntary,
)
from excise.errors import Invalid
from excise.money import satang
from excise.periods import add_months
from excise.tariff.rules import Line, additions, calculate_line, replay
from excise.tariff.schema import first_edition

EXAMPLES: dict[str, Any] = yaml.load(
    (Path(__file__).parents[1] / "tariff" / "examples.yaml").read_text(encoding="utf-8"),
    Loader=yaml.CSafeLoader,
)
LATE = [case for case in EXAMPLES["cases"] if case["category"] == "late"]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def late_case(inputs: dict[str, Any]) -> LateCase:
    return LateCase(
        tax_satang=satang(Decimal(inputs["tax"])),
        already_paid_satang=satang(Decimal(inputs["already_paid"])),
        due=day(inputs["due"]),
        paid=day(inputs["paid"]),
        penalty_multiple=Decimal(inputs["penalty_multiple"]),
        penalty_remaining_pct=Decimal(inputs["penalty_remaining_pct"]),
        extended=inputs["surcharge_per_month"] == "0.0075",
    )


@pytest.mark.parametrize("case", LATE, ids=lambda case: case["id"])
def test_a_late_case_comes_out_to_the_satang(case: dict[str, Any]) -> None:
    total = late_total(first_edition(), late_case(case["inputs"]))
    found = {name.removesuffix("_satang"): value for name, value in asdict(total).items()}
    expected = {name: value for name, value in case["result"].items() if name != "total_text_th"}
    assert {name: found[name] for name in expected} == expected
    assert replay(total.trace.to_json()) == ()


def test_local_tax_on_the_tax_only_is_a_switch() -> None:
    case = late_case(next(case["inputs"] for case in LATE if case["id"] == "L06"))
    total = late_total(first_edition(), case, local_base="tax_only")
    assert total.local_satang == 2_500_006
    assert total.total_payable_satang == total.subtotal_satang + 2_500_006
    assert replay(total.trace.to_json()) == ()


@pytest.mark.parametrize("vector", EXAMPLES["vectors"]["months_late"])
def test_months_are_counted_from_the_due_date(vector: dict[str, Any]) -> None:
    assert months_late(day(vector["due"]), day(vector["paid"])) == vector["months"]


@pytest.mark.parametrize(
    ("due", "paid", "months"),
    [
        ("2026-01-31", "2026-03-01", 2),
        ("2026-01-31", "2026-03-31", 2),
        ("2026-01-31", "2026-04-01", 3),
        ("2028-01-30", "2028-02-29", 1),
        ("2028-01-30", "2028-03-01", 2),
        ("2025-12-15", "2026-01-16", 2),
        ("2026-01-15", "2025-12-01", 0),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last_of_a_shorter_one(
    due: str, paid: str, months: int
) -> None:
    assert months_late(day(due), day(paid)) == months


@given(st.dates(day("2017-09-16"), day("2040-01-01")), st.integers(1, 3000))
def test_the_months_counted_are_the_fewest_that_reach_the_payment(due: dt.date, days: int) -> None:
    paid = due + dt.timedelta(days=days)
    months = months_late(due, paid)
    assert add_months(due, months - 1) < paid <= add_months(due, months)


def test_the_assessment_notice_adds_the_funds_on_the_tax_alone() -> None:
    case = next(case for case in EXAMPLES["cases"] if case["id"] == "A01")
    expected, tariff = case["result"], first_edition()
    line = Line(
        item="beer",
        tax_point_date=day("2025-08-20"),
        units=Decimal(10_000),
        srp_ex_vat_satang=6449,
        measures={"volume_l": Decimal("0.62"), "degree": Decimal(5)},
    )
    tax = calculate_line(tariff, line)
    funds = additions(tariff, [tax]).funds_satang
    due, to = day(case["inputs"]["due"]), day(case["inputs"]["computed_to"])
    total = late_total(
        tariff,
        LateCase(
            tax_satang=tax.excise_satang,
            due=due,
            paid=to,
            penalty_multiple=penalty_multiple(tariff, filed=True, on=due),
        ),
    )
    assert {
        "tax": tax.excise_satang,
        "penalty": total.penalty_satang,
        "months": total.months,
        "surcharge": total.surcharge_satang,
        "sum_1": total.subtotal_satang,
        "funds": funds,
        "sum_2": sum(funds.values()),
        "local": total.local_satang,
        "grand_total": total.total_payable_satang + sum(funds.values()),
    } == expected


@pytest.mark.parametrize(
    ("days", "pct"), [(1, 2), (15, 2), (16, 5), (30, 5), (31, 10), (60, 10), (61, 20), (900, 20)]
)
def test_the_penalty_of_who_pays_unasked_grows_with_the_days(days: int, pct: int) -> None:
    due = day("2026-01-15")
    paid = due + dt.timedelta(days=days)
    assert remaining_pct_voluntary(first_edition(), due=due, paid=paid) == pct


def test_after_a_summons_half_the_penalty_remains_for_who_consents() -> None:
    due = day("2026-01-15")
    assert remaining_pct_summoned(first_edition(), consenting=True, on=due) == 50
    assert remaining_pct_summoned(first_edition(), consenting=False, on=due) == 100


def test_not_filed_is_penalised_twice_and_short_once() -> None:
    due = day("2026-01-15")
    assert penalty_multiple(first_edition(), filed=False, on=due) == 2
    assert penalty_multiple(first_edition(), filed=True, on=due) == 1


def test_the_figures_of_a_late_case_are_assumed_until_confirmed() -> None:
    case = LateCase(
        tax_satang=100, due=day("2026-01-15"), paid=day("2026-02-01"), penalty_multiple=Decimal(1)
    )
    assert late_total(first_edition(), case).confidence == "assumed"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tax_satang": -1}, "tax"),
        ({"already_paid_satang": 101}, "already_paid"),
        ({"penalty_multiple": Decimal(-1)}, "penalty_multiple"),
        ({"penalty_multiple": Decimal("NaN")}, "penalty_multiple"),
        ({"penalty_remaining_pct": Decimal(101)}, "penalty_remaining_pct"),
        ({"monthly_pct": Decimal(-1)}, "surcharge_per_month"),
    ],
)
def test_a_figure_out_of_range_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    facts: dict[str, Any] = {
        "tax_satang": 100,
        "due": day("2026-01-15"),
        "paid": day("2026-02-01"),
        "penalty_multiple": Decimal(1),
    }
    with pytest.raises(Invalid) as refused:
        late_total(first_edition(), LateCase(**(facts | change)))
    assert (refused.value.reason, refused.value.facts["field"]) == ("out-of-range", field)


@given(
    tax=st.integers(0, 10**13),
    days=st.integers(0, 4000),
    multiple=st.sampled_from([0, 1, 2]),
    pct=st.integers(0, 100),
)
def test_a_late_case_is_never_negative_and_its_surcharge_never_above_the_tax(
    tax: int, days: int, multiple: int, pct: int
) -> None:
    due = day("2018-01-15")
    case = LateCase(
        tax_satang=tax,
        due=due,
        paid=due + dt.timedelta(days=days),
        penalty_multiple=Decimal(multiple),
        penalty_remaining_pct=Decimal(pct),
    )
    total = late_total(first_edition(), case)
    assert 0 <= total.surcharge_satang <= tax
    assert 0 <= total.penalty_satang <= 2 * tax
    assert total.subtotal_satang == tax + total.penalty_satang + total.surcharge_satang
    assert total.total_payable_satang == total.subtotal_satang + total.local_satang
    assert replay(total.trace.to_json()) == ()
