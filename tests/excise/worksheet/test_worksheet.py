"""Files of calculations: every example by JSON and CSV, and what a bad row or file answers."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from excise.errors import Invalid
from excise.tariff.rules import replay
from excise.tariff.schema import first_edition
from excise.worksheet import as_csv, as_table, calculate_rows, read_rows

CASES: list[dict[str, Any]] = yaml.load(
    (Path(__file__).parents[1] / "tariff" / "examples.yaml").read_text(encoding="utf-8"),
    Loader=yaml.CSafeLoader,
)["cases"]
CALCULABLE = [
    case
    for case in CASES
    if {"item", "tax_point_date"} <= case["inputs"].keys()
    or case["category"] in {"late", "deadline", "price control"}
]
PETROL = {"item": "petrol_ulg", "tax_point_date": "2026-02-01", "units": "1"}
GOOD = PETROL | {"litres_per_unit": "10"}


def result_of(row: dict[str, Any]) -> dict[str, Any]:
    [result] = calculate_rows(first_edition(), [row])
    return result


def assert_as_in_the_example(case: dict[str, Any], result: dict[str, Any]) -> None:
    expected = {name: value for name, value in case["result"].items() if name != "total_text_th"}
    assert result["id"] == case["id"]
    assert {name: result[name] for name in expected} == expected
    assert all(replay(trace) == () for trace in result.get("trace", {}).values())


def test_a_json_file_of_examples_gives_their_results(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": CALCULABLE}), encoding="utf-8")
    results = calculate_rows(first_edition(), read_rows(file))
    assert len(results) == len(CALCULABLE) == 80
    for case, result in zip(CALCULABLE, results, strict=True):
        assert_as_in_the_example(case, result)
    json.dumps(results)


@pytest.mark.parametrize("prefix", ["band_parameter.", ""])
def test_a_csv_file_of_examples_gives_their_results(tmp_path: Path, prefix: str) -> None:
    rows = []
    for case in CALCULABLE:
        inputs = dict(case["inputs"])
        inputs.pop("rates", None)
        bands = inputs.pop("band_parameter", {})
        rows.append({"id": case["id"]} | inputs | {prefix + k: v for k, v in bands.items()})
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    file = tmp_path / "cases.csv"
    file.write_text(out.getvalue(), encoding="utf-8-sig")
    results = calculate_rows(first_edition(), read_rows(file))
    for case, result in zip(CALCULABLE, results, strict=True):
        assert_as_in_the_example(case, result)


def test_a_bad_row_answers_with_its_error_and_the_others_come_out() -> None:
    good, bad, other = calculate_rows(first_edition(), [GOOD, PETROL | {"id": "x"}, GOOD])
    assert good["excise"] == other["excise"] == 7500
    assert (good["id"], bad["id"], other["id"]) == (1, "x", 3)
    assert bad["error"]["code"] == "measure-missing"
    assert bad["error"]["field"] == "litres_per_unit"
    assert "litres_per_unit" in bad["error"]["message_th"]
    assert "needs litres_per_unit" in bad["error"]["message_en"]
    assert bad["error"]["accepted"]


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({}, "unknown-row", "item"),
        ({"inputs": 5}, "not-a-row", "inputs"),
        (GOOD | {"item": "x"}, "unknown-item", "item"),
        (GOOD | {"units": ""}, "field-missing", "units"),
        (GOOD | {"units": "ten"}, "not-a-number", "units"),
        (GOOD | {"units": "1_0"}, "not-a-number", "units"),
        (GOOD | {"units": 1.5}, "not-a-number", "units"),
        (GOOD | {"units": True}, "not-a-number", "units"),
        (GOOD | {"units": [1]}, "not-a-number", "units"),
        (GOOD | {"litres_per_unit": "1.00001"}, "too-many-decimals", "litres_per_unit"),
        (GOOD | {"litres": "1"}, "unknown-measure", "litres"),
        (GOOD | {"srp_ex_vat": "1.001"}, "too-many-decimals", "srp_ex_vat"),
        (GOOD | {"srp_ex_vat": "1." + "0" * 30 + "1"}, "too-many-decimals", "srp_ex_vat"),
        (GOOD | {"srp_ex_vat": "NaN"}, "out-of-range", "srp_ex_vat"),
        (GOOD | {"srp_ex_vat": "1E+999999"}, "out-of-range", "srp_ex_vat"),
        (GOOD | {"tax_point_date": "1/2/2026"}, "not-a-date", "tax_point_date"),
        (GOOD | {"tax_point_date": "2026-02-30"}, "not-a-date", "tax_point_date"),
        (GOOD | {"tax_point_date": "2569-02-01"}, "buddhist-year", "tax_point_date"),
        (GOOD | {"tax_point_date": "2016-02-01"}, "no-rate-on-date", "tax_point_date"),
        ({"tax": "1", "due": "2026-01-15"}, "field-missing", "paid"),
        ({"tax": "1", "duty": "2"}, "unknown-measure", "duty"),
        ({"tax": "-1"}, "out-of-range", "tax"),
        ({"tax_month": "2026-13"}, "not-a-month", "tax_month"),
        ({"tax_month": "2569-01"}, "buddhist-year", "tax_month"),
        ({"tax_month": "2015-01"}, "no-provision-on-date", "date"),
        ({"declared": "1"}, "field-missing", "mode"),
    ],
)
def test_a_row_that_cannot_be_calculated_says_why(
    row: dict[str, Any], code: str, field: str
) -> None:
    error = result_of(row)["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message_th"] != error["message_en"]
    assert code not in error["message_en"]


def test_an_unknown_item_is_answered_with_those_that_come_nearest() -> None:
    error = result_of(GOOD | {"item": "petrol_ugl"})["error"]
    assert "petrol_ulg" in error["accepted"].split(", ")
    assert "petrol_ulg" in error["message_th"]
    assert "beer" in result_of(GOOD | {"item": "zzzzz"})["error"]["accepted"].split(", ")


@pytest.mark.parametrize("name", ["srp_ex_vat", "receipts", "receipts_ex_vat"])
def test_the_receipts_of_a_service_are_its_price(name: str) -> None:
    row = {"item": "nightclub", "tax_point_date": "2024-02-22", name: "1234567.89"}
    assert result_of(row)["excise"] == 12_345_679


@pytest.mark.parametrize(
    ("row", "result"),
    [
        ({"tax": "50000", "reduction": "1234.56"}, {"net_excise": 4_876_544, "local": 487_654}),
        (
            {"refund": "75000", "claimed": "2026-01-10", "refunded": "2026-08-10"},
            {"months": 4, "interest": 300_000},
        ),
        ({"excise": "100", "local": "10", "kind": "-"}, {"funds_if_also_refunded": 0}),
        (
            {"fund": "TPBS", "collected": "500000", "remitted_before": "1999800000"},
            {"to_fund": 20_000_000, "to_treasury": 30_000_000},
        ),
        ({"fund": "HEALTH", "collected": "1", "remitted_before": "0"}, {"to_treasury": 0}),
        ({"total": 1, "count": 3}, {"instalments": [0, 0, 1]}),
        ({"declared": "100", "announced": "90", "units": 1, "value_pct": 14}, {"shortfall": 0}),
        ({"item": "gasohol_e85", "date": "2026-04-02"}, {"local_per_litre_baht": "0.1125"}),
    ],
)
def test_the_other_kinds_of_rows_are_answered(row: dict[str, Any], result: dict[str, Any]) -> None:
    found = result_of(row)
    assert {name: found[name] for name in result} == result


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({"total": 1, "count": 0}, "out-of-range", "count"),
        ({"total": 1, "count": 121}, "out-of-range", "count"),
        ({"total": "1.5", "count": 2}, "too-many-decimals", "total"),
        ({"refund": "1", "months": "-1"}, "out-of-range", "months"),
        ({"refund": "1", "months": 1, "rate_pct_month": "200"}, "out-of-range", "rate_pct_month"),
        ({"fund": "X", "collected": 1, "remitted_before": 0}, "unknown-fund", "fund"),
        ({"tax": "1", "reduction": "-1"}, "out-of-range", "reduction"),
        ({"item": "beer", "date": "2015-04-02"}, "no-rate-on-date", "tax_point_date"),
        ({"item": "perfume", "date": "2026-04-02"}, "field-missing", "tax_point_date"),
        ({"item": "beer", "computed_to": "2026-03-31"}, "field-missing", "due"),
        ({"cif": "100"}, "base-of-repealed-law", "cif"),
    ],
)
def test_another_kind_of_row_that_cannot_be_answered_says_why(
    row: dict[str, Any], code: str, field: str
) -> None:
    error = result_of(row)["error"]
    assert (error["code"], error["field"]) == (code, field)


def test_a_late_row_takes_the_rate_of_the_tariff_when_it_names_none() -> None:
    row = {"tax": "100000", "due": "2026-01-15", "paid": "2026-02-15", "penalty_multiple": "2"}
    result = result_of(row)
    assert (result["surcharge"], result["penalty"]) == (150_000, 20_000_000)


@pytest.mark.parametrize(
    ("name", "content", "code", "problem"),
    [
        ("a.json", b"[{", "file-broken", "line 1"),
        ("a.json", b"[1]", "file-broken", "row 1"),
        ("a.json", b'"x"', "file-broken", "no list"),
        ("a.json", b'[{"units": NaN}]', "file-broken", "NaN"),
        ("a.json", b"[" * 100_000, "file-broken", ""),
        ("a.json", b'[{"units": ' + b"9" * 5000 + b"}]", "file-broken", ""),
        ("a.json", b"[]", "file-empty", ""),
        ("a.csv", b"", "file-empty", ""),
        ("a.csv", b"item,units\n", "file-empty", ""),
        ("a.csv", b"item,item\nbeer,1\n", "file-broken", "twice"),
        ("a.csv", b"item\nbeer,1\n", "file-broken", "line 2"),
        ("a.csv", b'item\n"beer\n', "file-broken", "line"),
        ("a.csv", b"item\n\xff\xfe\n", "file-broken", "UTF-8"),
        ("missing.csv", None, "file-unreadable", "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes | None, code: str, problem: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        read_rows(file)
    assert refused.value.reason == code
    assert problem in str(refused.value.facts.get("problem", ""))


def test_a_number_in_a_json_file_stays_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    text = json.dumps([GOOD]).replace('"10"', "10000.3")
    file.write_text(text, encoding="utf-8")
    [result] = calculate_rows(first_edition(), read_rows(file))
    assert result["excise"] == 7_500_750


def test_results_are_written_as_csv_without_formulas() -> None:
    results = calculate_rows(first_edition(), [GOOD | {"id": "=1+1"}, {"id": "b"}])
    first, second = csv.DictReader(io.StringIO(as_csv(results)))
    assert first["id"] == "'=1+1"
    assert first["excise"] == "7500"
    assert second["error_code"] == "unknown-row"


def test_results_are_written_as_a_table_in_baht() -> None:
    beer = {
        "id": "b",
        "item": "beer",
        "tax_point_date": "2026-04-02",
        "units": "1000",
        "srp_ex_vat": "36.45",
        "volume_l": "0.32",
        "degree": "5",
    }
    header, line, bad = as_table(calculate_rows(first_edition(), [beer, {"id": "x"}])).splitlines()
    assert header.split()[0] == "id"
    assert line.split() == [
        "b",
        "8,019.00",
        "6,880.00",
        "14,899.00",
        "1,489.90",
        "1,117.43",
        "17,506.33",
        "press",
    ]
    assert bad.split()[:3] == ["x", "The", "row"]
