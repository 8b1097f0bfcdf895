"""The worked examples of the law, every line that can be calculated."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from excise.money import satang
from excise.tariff.rules import Line, additions, calculate_line, replay
from excise.tariff.schema import first_edition

CASES: list[dict[str, Any]] = yaml.load(
    Path(__file__).with_name("examples.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)["cases"]
LINES = [case for case in CASES if {"item", "tax_point_date"} <= case["inputs"].keys()]
NOT_MEASURES = {
    "item",
    "tariff_code",
    "tax_point_date",
    "units",
    "srp_ex_vat",
    "retail_price_incl_vat",
    "rates",
    "band_parameter",
}


def line_of(inputs: dict[str, Any]) -> Line:
    def price(name: str) -> int | None:
        return satang(Decimal(str(inputs[name]))) if name in inputs else None

    measures = {name: value for name, value in inputs.items() if name not in NOT_MEASURES}
    measures |= inputs.get("band_parameter", {})
    return Line(
        item=inputs["item"],
        tax_point_date=dt.date.fromisoformat(inputs["tax_point_date"]),
        units=Decimal(str(inputs["units"])),
        srp_ex_vat_satang=price("srp_ex_vat"),
        retail_price_incl_vat_satang=price("retail_price_incl_vat"),
        measures={name: Decimal(str(value)) for name, value in measures.items()},
    )


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["id"])
def test_a_line_of_the_examples_comes_out_to_the_satang(case: dict[str, Any]) -> None:
    tax = calculate_line(first_edition(), line_of(case["inputs"]))
    total = additions(first_edition(), [tax])
    expected = case["result"]
    assert {
        "value_tax": tax.value_tax_satang,
        "quantity_tax": tax.quantity_tax_satang,
        "excise": tax.excise_satang,
        "local": total.local_satang,
        "funds": total.funds_satang,
        "funds_total": total.funds_total_satang,
        "total_payable": total.total_payable_satang,
    } == {
        "funds": {},
        "funds_total": 0,
    } | {name: expected[name] for name in expected if name != "total_text_th"}
    assert replay(tax.trace.to_json()) == ()
    assert replay(total.trace.to_json()) == ()


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["id"])
def test_the_trace_shows_the_exact_figures_of_the_examples(case: dict[str, Any]) -> None:
    trace = calculate_line(first_edition(), line_of(case["inputs"])).trace
    named = {expected["name"]: expected["exact"] for expected in case["steps"]}
    for name in named.keys() & {"srp_ex_vat_3dp", "srp_ex_vat"}:
        step = trace.step(name)
        assert step is not None
        assert Decimal(step.to_json()["result"]) == Decimal(named[name])
    for name in named.keys() & {"value_tax", "quantity_tax", "excise"}:
        step = trace.step(name)
        assert step is not None
        assert Decimal(step.to_json()["exact"]) == Decimal(named[name])
