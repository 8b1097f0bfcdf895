"""An assessment to the satang."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from excise.assessments.rules import assumed_law, work_out
from excise.money import satang
from excise.tariff.rules import Line, replay
from excise.tariff.schema import first_edition

TARIFF = first_edition()
TERMS = {"due_on": date(2025, 9, 15), "was_filed": True, "remaining_pct": Decimal(100)}


def example() -> dict:
    path = Path(__file__).parents[1] / "tariff" / "examples.yaml"
    cases = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["cases"]
    return next(case for case in cases if case["id"] == "A01")


def beer(units: int = 10_000) -> Line:
    given = example()["inputs"]
    return Line(
        item=given["item"],
        tax_point_date=date(2025, 8, 20),
        units=Decimal(units),
        srp_ex_vat_satang=satang(Decimal(given["srp_ex_vat"])),
        measures={name: Decimal(given[name]) for name in ("volume_l", "degree")},
    )


def worked(**changes):
    lines = changes.pop("lines", [beer()])
    return work_out(TARIFF, lines, **{"computed_to": date(2026, 3, 31), **TERMS, **changes})


def test_every_figure_of_the_example_comes_out():
    expected, tax = example()["result"], worked()
    late = tax.arrears
    assert expected == {
        "tax": tax.additions.net_excise_satang,
        "penalty": tax.penalty_satang,
        "months": late.months,
        "surcharge": tax.surcharge_satang,
        "sum_1": late.subtotal_satang,
        "funds": tax.additions.funds_satang,
        "sum_2": tax.additions.funds_total_satang,
        "local": tax.local_satang,
        "grand_total": tax.total_satang,
    }
    assert replay(late.trace.to_json()) == ()


def test_the_steps_of_the_example_come_out():
    named = {step["name"]: step["satang"] for step in example()["steps"]}
    steps = worked().lines[0].trace
    for name in ("goods_value", "value_tax", "quantity_tax"):
        assert steps.step(name).satang == named[name]


@pytest.mark.parametrize(
    ("was_filed", "remaining_pct", "penalty"),
    [
        (True, 100, 275_178_00),
        (True, 50, 137_589_00),
        (False, 100, 550_356_00),
        (False, 0, 0),
    ],
)
def test_the_penalty_doubles_when_nothing_was_filed(was_filed, remaining_pct, penalty):
    tax = worked(was_filed=was_filed, remaining_pct=Decimal(remaining_pct))
    assert tax.penalty_satang == penalty
    assert tax.local_satang == (275_178_00 + penalty + tax.surcharge_satang + 5) // 10


@pytest.mark.parametrize(
    ("computed_to", "surcharge"),
    [
        (date(2025, 9, 15), 0),
        (date(2025, 9, 16), 4_127_67),
        (date(2025, 10, 15), 4_127_67),
        (date(2025, 10, 16), 8_255_34),
        (date(2040, 1, 1), 275_178_00),
    ],
)
def test_the_surcharge_counts_months_or_parts_and_never_exceeds_the_tax(computed_to, surcharge):
    assert worked(computed_to=computed_to).surcharge_satang == surcharge


def test_lines_are_rounded_each_and_added_to_once():
    two = worked(lines=[beer(3), beer(4)])
    assert two.additions.net_excise_satang == sum(line.excise_satang for line in two.lines)
    assert two.total_satang == sum(
        [
            two.additions.net_excise_satang,
            two.penalty_satang,
            two.surcharge_satang,
            two.local_satang,
            *two.additions.funds_satang.values(),
        ]
    )


def assumed(tax, **changes):
    terms = {**TERMS, **changes}
    return [law.name for law in assumed_law(TARIFF, tax, **terms)]


def test_what_is_assumed_is_named_once_each():
    tax = worked()
    assert assumed(tax) == ["penalty_full_pct", "local_tax_base", "fund_base"]
    assert assumed(tax, remaining_pct=Decimal(50))[0] == "penalty_consenting_pct"


def test_an_assumed_rate_is_named_by_its_item_and_heading():
    coffee = Line(
        item="coffee_tea",
        tax_point_date=date(2025, 8, 20),
        units=Decimal(10),
        srp_ex_vat_satang=2000,
        measures={"litres_per_unit": Decimal("0.3"), "sugar_g_per_100ml": Decimal(9)},
    )
    tax = worked(lines=[coffee, coffee])
    found = assumed_law(TARIFF, tax, **TERMS)
    assert [law.name for law in found].count("coffee_tea") == 1
    assert found[0].section == TARIFF.item("coffee_tea").heading


def test_nothing_assumed_is_missed():
    """Whatever makes the whole calculation doubtful is named, and the other way round."""
    tax = worked()
    assert (tax.confidence == "assumed") is bool(assumed(tax))
