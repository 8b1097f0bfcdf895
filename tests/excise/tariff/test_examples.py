"""Every worked case of the law, generated from its file; the two traps and why they differ."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from excise.money import half_up, satang
from excise.recalculation import verified
from excise.tariff.rules import Line, calculate_line, replay
from excise.tariff.rules.reductions import local_tax
from excise.tariff.schema import first_edition
from excise.worksheet import calculate_rows, read_rows

EXAMPLES: dict[str, Any] = yaml.load(
    Path(__file__).with_name("examples.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
CASES: dict[str, dict[str, Any]] = {case["id"]: case for case in EXAMPLES["cases"]}
TRAPS = {"O12", "O13"}
ROUNDING_ONLY = {"O09"}  # names its own rate, which comes from the tariff here
ANSWERED = [case for name, case in CASES.items() if name not in TRAPS | ROUNDING_ONLY]
LINES = [case for case in ANSWERED if {"item", "tax_point_date"} <= case["inputs"].keys()]
TARIFF = first_edition()


def answer(case: dict[str, Any]) -> dict[str, Any]:
    [result] = calculate_rows(TARIFF, [case])
    return result


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["id"])
def test_a_case_of_the_law_comes_out_to_the_satang(case: dict[str, Any]) -> None:
    result = answer(case)
    assert "error" not in result, result
    expected = {"funds": {}, "funds_total": 0} if case in LINES else {}
    expected |= case["result"]
    assert {name: result[name] for name in expected} == expected
    assert result["id"] == case["id"]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["id"])
def test_a_case_is_verified_from_its_json_alone(case: dict[str, Any]) -> None:
    document = json.loads(json.dumps([answer(case)]))
    assert verified(document, [TARIFF]).faults == ()


def test_all_cases_come_out_of_one_file_beside_the_traps(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(EXAMPLES), encoding="utf-8")
    results = calculate_rows(TARIFF, read_rows(file))
    assert len(results) == EXAMPLES["meta"]["count"] == len(CASES)
    assert {each["id"] for each in results if "error" in each} == TRAPS | ROUNDING_ONLY


def test_every_case_comes_out_of_csv_as_well(tmp_path: Path) -> None:
    rows = []
    for case in ANSWERED:
        inputs = {name: value for name, value in case["inputs"].items() if name != "rates"}
        rows.append({"id": case["id"]} | inputs.pop("band_parameter", {}) | inputs)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    file = tmp_path / "cases.csv"
    file.write_text(out.getvalue(), encoding="utf-8-sig")
    for case, result in zip(ANSWERED, calculate_rows(TARIFF, read_rows(file)), strict=True):
        assert {name: result[name] for name in case["result"]} == case["result"]


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["id"])
def test_the_trace_shows_the_exact_figures_of_the_examples(case: dict[str, Any]) -> None:
    traces = answer(case)["trace"]
    assert all(replay(trace) == () for trace in traces.values())
    steps = {step["name"]: step for trace in traces.values() for step in trace["steps"]}
    named = {expected["name"]: Decimal(expected["exact"]) for expected in case["steps"]}
    for name in named.keys() & {"srp_ex_vat_3dp", "srp_ex_vat"}:
        assert Decimal(steps[name]["result"]) == named[name]
    for name in named.keys() & {"value_tax", "quantity_tax", "excise"}:
        assert Decimal(steps[name]["exact"]) == named[name]


def test_o09_rounds_half_a_satang_up() -> None:
    case = CASES["O09"]
    exact = Fraction(case["inputs"]["litres"]) * Fraction(case["inputs"]["qty_baht"])
    assert exact == Fraction("0.065")
    excise = half_up(exact.numerator * 100, exact.denominator)
    local = local_tax(TARIFF, Fraction(excise, 100), dt.date(2018, 1, 15))
    assert {"excise": excise, "local": local} == case["result"]


def wine(on: str, price_satang: int) -> Line:
    measures = {"volume_l": Decimal("0.75"), "degree": Decimal(12)}
    return Line(
        item="wine_grape",
        tax_point_date=dt.date.fromisoformat(on),
        srp_ex_vat_satang=price_satang,
        measures=measures,
    )


def test_the_trap_o12_is_the_repealed_law_and_we_refuse_its_base() -> None:
    """Before 2017 the tax on imports was part of its own base, the price at the border (CIF).

    The Act of 2560 taxes the suggested retail price without VAT (s. 17): the price at the border
    says nothing about it, so the row is refused, and nothing of ours gives 271.76 baht.
    """
    inputs, published = CASES["O12"]["inputs"], CASES["O12"]["result"]["excise"]
    share = Fraction(inputs["excise_pct"]) / 100
    landed = Fraction(inputs["cif"]) * (1 + Fraction(inputs["duty_pct"]) / 100)
    inside_its_base = landed * share / (1 - share * Fraction(11, 10))
    assert half_up(inside_its_base.numerator * 100, inside_its_base.denominator) == published
    error = answer(CASES["O12"])["error"]
    assert (error["code"], error["field"]) == ("base-of-repealed-law", "cif")
    assert "srp_ex_vat" in error["message_th"]
    for on in ("2017-09-16", "2026-04-02"):
        line = wine(on, satang(Decimal(inputs["cif"])))
        assert calculate_line(TARIFF, line).excise_satang != published


def test_the_trap_o13_has_the_right_quantity_and_the_wrong_value_part() -> None:
    """The newspaper takes 10 % of price and quantity tax together, 1,135 baht.

    By law the value part is a percentage of the suggested retail price alone (s. 17).
    """
    inputs, published = CASES["O13"]["inputs"], CASES["O13"]["result"]
    price = satang(Decimal(inputs["srp"]))
    old, new = (calculate_line(TARIFF, wine(on, price)) for on in ("2024-02-22", "2024-02-23"))
    assert old.quantity_tax_satang == published["quantity_old"]
    assert new.quantity_tax_satang == published["quantity_new"]
    newspaper = (price + published["quantity_old"]) * 10 // 100
    assert newspaper == 113_50
    assert old.value_tax_satang != newspaper
    assert (old.value_tax_satang, new.value_tax_satang) == (0, price * 5 // 100)
    assert answer(CASES["O13"])["error"]["code"] == "unknown-row"
