"""What a verifier finds without a tariff, in whole returns, in files, and how it names it."""

import copy
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.verification import verify_trace
from excise.assessments.rules import work_out as work_out_assessment
from excise.errors import Invalid
from excise.recalculation import read_document, verified
from excise.recalculation.contradictions import contradictions
from excise.returns.rules import work_out
from excise.tariff.entries import Tariff
from excise.tariff.rules import Line
from excise.tariff.schema import load
from excise.worksheet import calculate_rows
from tests.excise.recalculation.test_mutations import (
    BEER,
    COLA,
    LATE,
    PETROL,
    TARIFF,
    calculated,
    unseen,
)

LINES = [
    Line(
        item="beer",
        tax_point_date=date(2026, 10, 5),
        units=Decimal(1000),
        srp_ex_vat_satang=3645,
        measures={"volume_l": Decimal("0.32"), "degree": Decimal(5)},
    ),
    Line(
        item="petrol_ulg",
        tax_point_date=date(2026, 10, 6),
        measures={"litres_per_unit": Decimal("9.5")},
    ),
]


def late_return(tariff: Tariff = TARIFF) -> Any:
    tax = work_out(tariff, LINES, due_on=date(2026, 11, 16), filed_on=date(2026, 12, 20))
    return json.loads(json.dumps(tax.to_json()))


def step(trace: Any, name: str) -> Any:
    return next(entry for entry in trace["steps"] if entry["name"] == name)


def faults(document: Any) -> list[tuple[str, str, str]]:
    return [
        (each.where, each.stored, each.expected) for each in verified(document, [TARIFF]).faults
    ]


def test_a_return_is_verified_whole_and_a_changed_leaf_is_found() -> None:
    tree = late_return()
    assert verified(tree, [TARIFF]).traces == 4
    assert faults(tree) == []
    # Another day within the same month and the same rate row calculates the same: only what was
    # filed beside it (the day of the line, the due day, the moment of filing) tells it apart.
    assert {path[-1] for path in unseen(tree, every=5)} <= {"tax_point_date", "due", "paid"}


def test_an_assessment_is_verified() -> None:
    tax = work_out_assessment(
        TARIFF,
        LINES,
        due_on=date(2026, 11, 16),
        computed_to=date(2027, 3, 1),
        was_filed=True,
        remaining_pct=Decimal(50),
    )
    assert faults(json.loads(json.dumps(tax.to_json()))) == []


@pytest.mark.parametrize("row", [BEER, LATE], ids=["line", "late"])
def test_a_single_trace_is_verified(row: dict[str, Any]) -> None:
    [result] = calculated(row)
    for trace in result["trace"].values():
        assert faults(trace) == []
        # Alone, nothing tells a day from another under the same rate, or in the same month.
        assert {path[-1] for path in unseen(trace)} <= {"tax_point_date", "due", "paid", "line_1"}
    assert faults(result["trace"]) == []


def test_one_changed_figure_is_the_one_that_is_named() -> None:
    tree = calculated(COLA | {"id": "C7"}, PETROL)
    step(tree[0]["trace"]["line"], "quantity")["figures"][1]["value"] = "0.326"
    where = "row C7 > trace > line > steps > quantity > figures > litres_per_unit > value"
    assert (where, "0.326", "0.325") in faults(tree)
    tree = calculated(COLA | {"id": "C7"}, PETROL)
    step(tree[0]["trace"]["line"], "value_tax")["rate"]["law"] = "x"
    assert [where for where, _, _ in faults(tree)] == [
        "row C7 > trace > line > steps > value_tax > rate > law"
    ]


def test_a_figure_changed_together_with_its_result_is_found() -> None:
    [result] = calculated(COLA)
    tax = step(result["trace"]["line"], "quantity_tax")
    tax["figures"][0]["value"] = "326"
    tax |= {"exact": "1630", "result": "1630", "satang": 163_000}
    tax |= {name: tax[name].replace("325", "326") for name in ("formula_th", "formula_en")}
    wrong = {where for where, _, _ in faults([result])}
    inside = "row 1 > trace > line > steps"
    assert f"{inside} > quantity_tax > figures > quantity > value" in wrong
    assert f"{inside} > excise > figures > quantity_tax (2) > value" in wrong


def test_a_rate_that_is_not_the_tariffs_is_found_however_well_it_is_carried_on() -> None:
    dearer = COLA | {"tax_point_date": "2024-04-02"}
    [then], [now] = calculated(dearer), calculated(COLA)
    forged = json.loads(json.dumps(then).replace("2024-04-02", "2026-04-02"))
    assert now["excise"] != forged["excise"]
    assert any("rate" in where for where, _, _ in faults([forged]))


@pytest.mark.parametrize(
    "name", ["value_tax", "goods_value", "quantity", "quantity_band", "excise"]
)
def test_a_missing_step_is_found(name: str) -> None:
    [result] = calculated(COLA)
    line = result["trace"]["line"]
    line["steps"] = [entry for entry in line["steps"] if entry["name"] != name]
    assert "row 1 > trace > line > steps" in {where for where, _, _ in faults([result])}


def test_steps_in_another_order_are_found_even_without_a_tariff() -> None:
    [result] = calculated(COLA)
    line = result["trace"]["line"]
    line["steps"].reverse()
    assert "steps" in {fault.where for fault in contradictions(line)}
    assert "row 1 > trace > line > steps" in {where for where, _, _ in faults([result])}


@pytest.mark.parametrize(
    ("name", "leaf", "value"),
    [
        ("goods_value", "result", "13081"),
        ("value_tax", "satang", 183_121),
        ("value_tax", "formula_th", "ราคา 1 บาท"),
        ("quantity_tax", "formula_en", "1"),
        ("excise", "label_th", "ภาษี"),
    ],
)
def test_much_is_found_without_any_tariff(name: str, leaf: str, value: object) -> None:
    [result] = calculated(COLA)
    line = result["trace"]["line"]
    step(line, name)[leaf] = value
    assert f"steps > {name} > {leaf}" in {fault.where for fault in contradictions(line)}


def test_an_edition_that_is_not_at_hand_is_a_fault() -> None:
    [result] = calculated(COLA)
    result["trace"]["line"]["digest"] = "0" * 64
    assert ("row 1 > trace > line > digest", "0" * 64, TARIFF.digest) in faults([result])


def test_the_days_of_a_filed_original_are_held_against_its_calculation() -> None:
    tax = late_return()
    original = {
        "reference": "PS0307-2570-0000001",
        "due_on": "2026-11-16",
        "filed_at": "2026-12-19T18:00:00+00:00",
        "lines": [
            {
                "position": n,
                "product": "x",
                "item": trace["facts"]["item"],
                "tax_point_on": trace["facts"]["tax_point_date"],
                "quantity": quantity,
                "unit": "x",
                "receipts_satang": None,
                "measures": {},
            }
            for n, (trace, quantity) in enumerate(zip(tax["lines"], ("1000", "1"), strict=True), 1)
        ],
        "tax": tax,
    }
    assert faults(original) == []
    for path, value in [
        (("due_on",), "2026-11-17"),
        (("filed_at",), "2026-12-19T16:00:00+00:00"),
        (("lines", 0, "tax_point_on"), "2026-10-06"),
        (("lines", 0, "quantity"), "1001"),
        (("lines", 1, "item"), "beer"),
        (("tax", "arrears", "facts", "paid"), "2026-12-19"),
    ]:
        other = copy.deepcopy(original)
        inside: Any = other
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = value
        assert faults(other), path


@pytest.mark.parametrize("found", [[], {}, 5, None, "x", [{"id": 1, "error": {}}], {"trace": []}])
def test_a_file_without_a_calculation_says_so(found: object) -> None:
    with pytest.raises(Invalid) as refused:
        verified(found, [TARIFF])
    assert refused.value.reason == "no-calculation"


@pytest.mark.parametrize("junk", [None, 5, "x", [], {}, "1e999999999", "NaN", "1/0", -1, True])
def test_junk_in_a_trace_is_a_fault_and_no_crash(junk: object) -> None:
    [result] = calculated(BEER)
    for path in [("steps",), ("facts",), ("subject",), ("steps", 3), ("steps", 3, "figures")]:
        other: Any = copy.deepcopy(result)
        inside = other["trace"]["line"]
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = junk
        assert is_refused([other]), path
    other = copy.deepcopy(result)
    step(other["trace"]["line"], "value_tax")["figures"][0]["value"] = junk
    assert faults([other])


def test_answers_without_a_trace_are_answered_again() -> None:
    tree = calculated({"tax_month": "2025-10"}, {"total": 50_000_000, "count": 3})
    assert faults(tree) == []
    tree[0]["due"] = "2025-11-18"
    tree[1]["instalments"][2] += 1
    assert [where for where, _, _ in faults(tree)] == ["row 1 > due", "row 2 > instalments > 3"]


def is_refused(document: Any) -> bool:
    try:
        return bool(faults(document))
    except Invalid as refused:
        return refused.reason in {"no-calculation", "file-broken"}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(verify_trace, arguments)


def test_the_command_confirms_in_thai_and_english(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(calculate_rows(TARIFF, [BEER, LATE, {"item": "x"}])))
    done = run(str(file))
    assert done.exit_code == 0
    assert "ถูกต้อง" in done.output
    assert "Right: 2 calculations" in done.output


def test_the_command_names_the_fault_and_exits_with_1(tmp_path: Path) -> None:
    tree = calculated(BEER | {"id": "O01"})
    step(tree[0]["trace"]["return"], "local_tax")["satang"] += 1
    file = tmp_path / "results.json"
    file.write_text(json.dumps(tree))
    done = run(str(file))
    assert done.exit_code == 1
    assert "row O01 > trace > return > steps > local_tax > satang" in done.output
    assert "27519" in done.output
    assert "27518" in done.output
    assert "Not right: 1 faults" in done.output


def test_an_edition_from_a_file_can_be_at_hand(tmp_path: Path) -> None:
    text = files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8")
    later = tmp_path / "later.yaml"
    later.write_text(
        text.replace(
            "value: 10, unit: pct, section: มาตรา 150", "value: 9, unit: pct, section: มาตรา 150"
        )
    )
    file = tmp_path / "results.json"
    file.write_text(json.dumps(calculate_rows(load(later.read_text()), [BEER])))
    alone = run(str(file))
    assert alone.exit_code == 3
    assert "all figures agree, but the edition is not at hand" in alone.output
    assert load(later.read_text()).digest in alone.output
    assert run(str(file), "--edition", str(later)).exit_code == 0
    tree = json.loads(file.read_text())
    step(tree[0]["trace"]["return"], "local_tax")["satang"] += 1
    file.write_text(json.dumps(tree))
    assert run(str(file)).exit_code == 1


def test_a_late_return_filed_under_a_later_edition_is_verified_with_its_text() -> None:
    text = files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8")
    milder = load(text.replace("value: 1.5, unit: pct", "value: 1.25, unit: pct"))
    tax = late_return(milder)
    assert tax["surcharge_satang"] < late_return()["surcharge_satang"]
    assert not verified(tax, [TARIFF, milder]).faults
    alone = verified(tax, [TARIFF])
    assert alone.lacks_only_editions
    assert alone.missing_editions == (milder.digest,)
    step(tax["arrears"], "surcharge")["satang"] -= 1
    assert not verified(tax, [TARIFF]).lacks_only_editions


def test_the_command_needs_neither_database_nor_network(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(calculate_rows(TARIFF, [BEER])))
    program = (
        "import socket, sys\n"
        "def no(*_): raise OSError\n"
        "socket.socket.connect = no\n"
        "from cli import main\n"
        f"try: main(['verify-trace', {str(file)!r}])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert 'sqlalchemy' not in sys.modules and 'excise.db' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"[{", "file-broken"), (b"%PDF-1.7 x", "file-broken"), (b"[NaN]", "file-broken")],
)
def test_a_broken_file_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        read_document(file)
    assert refused.value.reason == reason
