"""An edition that could make a calculation doubtful is refused, with the reason."""

import datetime as dt
import re
from decimal import Decimal
from importlib.resources import files

import pytest

from excise.errors import Invalid
from excise.tariff.amending import faults_of
from excise.tariff.schema import first_edition, load

TEXT = files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8")
THAI = re.compile("[ก-๙]")
E10 = "{from: 2017-09-16, to: 2025-05-06, baht: 5.85,"
SUGAR = "{above: 6, up_to: 8, baht: 0.1},"


def test_the_first_edition_is_whole() -> None:
    tariff = first_edition()
    assert len(tariff.items) == 74
    assert len(tariff.duty_groups) == 25
    assert {group for item in tariff.items for group in item.duty_groups} == set(tariff.duty_groups)
    assert {item.form for item in tariff.items if item.chapter >= 17} == {"services"}
    assert {item.form for item in tariff.items if item.chapter <= 16} == {"goods"}
    assert {item.kind for item in tariff.items if item.chapter == 13} == {"liquor"}
    assert {item.kind for item in tariff.items if item.chapter == 14} == {"tobacco"}
    assert {item.kind for item in tariff.items if item.chapter not in {13, 14}} == {None}


def test_nothing_was_in_force_before_the_act() -> None:
    rows = [row for item in first_edition().items for row in item.rates]
    assert min(row.from_ for row in rows) == first_edition().in_force_from == dt.date(2017, 9, 16)


def test_the_digest_names_the_very_text() -> None:
    assert load(TEXT).digest == first_edition().digest
    assert load(TEXT + "\n# a remark\n").digest != first_edition().digest


def test_a_rate_is_read_without_passing_through_a_float() -> None:
    row = first_edition().item("native_shredded").rates[0]
    assert row.baht == Decimal("0.005")
    assert str(row.baht) == "0.005"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (E10, E10.replace("05-06", "05-07"), "gasohol_e10: overlap"),
        (E10, E10.replace("05-06", "05-05"), "gasohol_e10: gap"),
        (E10, E10.replace(" to: 2025-05-06,", ""), "gasohol_e10: overlap"),
        (E10, E10.replace("to: 2025", "to: 2016"), "ends on 2016-05-06 before it begins"),
        (E10, E10.replace("5.85", "5.8501"), "5.8501 has more than 3 decimals"),
        (E10, E10.replace("5.85", "20.01"), "above the ceiling of 20 baht"),
        (E10, E10.replace("baht: 5.85,", ""), "a row without a rate"),
        (E10, E10.replace("baht: 5.85", "baht: -1"), "greater than or equal to 0"),
        (E10, E10.replace("baht: 5.85", "bath: 5.85"), "bath"),
        (E10, E10.replace("2017-09-16", "2017-09-31"), "items.1.rates.0.from"),
        (E10, E10.replace("2017-09-16", "1505520000"), "items.1.rates.0.from"),
        (SUGAR, SUGAR.replace("up_to: 8", "up_to: 7"), "gap between 7 and 8"),
        (SUGAR, SUGAR.replace("up_to: 8", "up_to: 9"), "overlap of two bands at 8"),
        (SUGAR, SUGAR.replace("up_to: 8", "below: 8"), "gap at 8 itself"),
        (SUGAR, SUGAR.replace("above: 6", "at_least: 6"), "overlap at 6 itself"),
        ("unit: kg\n", "unit: stone\n", "unknown unit stone"),
        ("schedule: sugar_quantity_schedule", "schedule: salt", "unknown schedule salt"),
        ("by: electric_range_km", "by: weight", "unknown measure weight"),
        ('duty_groups: ["9001"]', 'duty_groups: ["9999"]', "unknown duty group 9999"),
        ("chapter: 15\n", "chapter: 99\n", "unknown chapter 99"),
        ("  - id: lpg\n", "  - id: beer\n", "beer: stands twice"),
        ('source: "Nation", confidence: press', "confidence: press", "source: Field required"),
        ('source: "Nation", confidence', 'source: "", confidence', "at least 1 character"),
        ("confidence: derived", "confidence: certain", "confidence"),
        ("factors: [volume_l, degree]", "factors: [volume, degree]", "unknown measure volume"),
        ("value: 1.5, unit: pct", "value: 1.555, unit: pct", "1.555 has more than 2 decimals"),
        ("{code: HEALTH, pct: 2,", "{code: HEALTH, pct: 2.125,", "2.125 has more than 2 decimals"),
    ],
)
def test_a_faulty_edition_is_refused_with_its_fault(old: str, new: str, complaint: str) -> None:
    assert old in TEXT
    with pytest.raises(Invalid) as refused:
        load(TEXT.replace(old, new, 1))
    assert refused.value.reason == "edition-invalid"
    faults = faults_of(refused.value)
    assert any(complaint in str(fault) for fault in faults)
    assert all(fault.line for fault in faults)
    assert all(THAI.search(fault.told("th").split(": ")[-1]) for fault in faults)


def test_all_faults_are_told_at_once() -> None:
    text = TEXT.replace("unit: kg\n", "unit: stone\n").replace("chapter: 15\n", "chapter: 99\n")
    with pytest.raises(Invalid) as refused:
        load(text)
    assert len(faults_of(refused.value)) >= 4


@pytest.mark.parametrize("text", ["", "just words", "[1, 2]", "items: [", "a: 1\na: 2"])
def test_text_that_is_no_edition_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        load(text)
    assert refused.value.reason == "edition-broken"
    [fault] = faults_of(refused.value)
    assert THAI.search(fault.told("th"))


def test_a_figure_of_the_law_is_dated_too() -> None:
    assert first_edition().provision("due_day", dt.date(2017, 9, 16)).value == 15
    with pytest.raises(Invalid) as refused:
        first_edition().provision("due_day", dt.date(2017, 9, 15))
    assert refused.value.reason == "no-provision-on-date"
