"""Edges of the tariff: dates, bands, fractions, refusals, and what is added to a return."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from excise.errors import Invalid
from excise.money import baht
from excise.tariff.rules import (
    Line,
    LineTax,
    additions,
    calculate_line,
    check_srp,
    describe_rate,
    inputs_of,
    replay,
    srp_ex_vat_satang,
    weakest,
)
from excise.tariff.schema import first_edition, load

TARIFF = first_edition()


def line(item: str, on: str = "2026-04-02", **facts: Any) -> Line:
    known = {
        name: facts.pop(name)
        for name in ("srp_ex_vat_satang", "retail_price_incl_vat_satang")
        if name in facts
    }
    return Line(
        item=item,
        tax_point_date=dt.date.fromisoformat(on),
        units=Decimal(facts.pop("units", 1)),
        measures={name: Decimal(str(value)) for name, value in facts.items()},
        **known,
    )


def tax(item: str, on: str = "2026-04-02", **facts: Any) -> LineTax:
    return calculate_line(TARIFF, line(item, on, **facts))


BEER: dict[str, Any] = {"srp_ex_vat_satang": 3645, "volume_l": "0.32", "degree": 5}
COLA: dict[str, Any] = {
    "srp_ex_vat_satang": 1308,
    "sugar_g_per_100ml": 11,
    "litres_per_unit": "0.325",
}


# --- which rate ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "satang"),
    [
        ("2022-02-17", 599),
        ("2022-02-18", 299),
        ("2022-05-20", 299),
        ("2022-05-21", 134),
        ("2023-07-20", 134),
        ("2023-07-21", 599),
        ("2024-01-19", 599),
        ("2024-01-20", 499),
        ("2024-04-19", 499),
        ("2024-04-20", 599),
        ("2025-05-06", 599),
        ("2025-05-07", 692),
    ],
)
def test_the_day_of_removal_decides_the_rate_of_diesel(on: str, satang: int) -> None:
    assert tax("diesel_b7", on, litres_per_unit=1).excise_satang == satang


@pytest.mark.parametrize(
    ("sugar", "baht_a_litre"),
    [("6", 0), ("6.01", 1), ("8", 1), ("8.01", 3), ("10", 3), ("10.01", 5), ("18.01", 5)],
)
def test_the_upper_edge_of_a_sugar_band_belongs_to_it(sugar: str, baht_a_litre: int) -> None:
    found = tax("juice_qualifying", litres_per_unit=1, sugar_g_per_100ml=sugar)
    assert found.quantity_tax_satang == 100 * baht_a_litre


@pytest.mark.parametrize(("km", "pct"), [("79.99", 10), ("80", 5)])
def test_a_plug_in_hybrid_of_80_km_pays_the_lower_rate(km: str, pct: int) -> None:
    found = tax("car_phev", srp_ex_vat_satang=100_00, electric_range_km=km)
    assert found.excise_satang == 100 * pct


@pytest.mark.parametrize(("satang", "pct"), [(100_000, 0), (100_001, 10)])
def test_the_price_of_the_bottle_itself_selected_the_band_of_wine(satang: int, pct: int) -> None:
    found = tax("wine_grape", "2024-02-22", srp_ex_vat_satang=satang, volume_l="0.75", degree=12)
    assert found.value_tax_satang == round(satang * pct / 100)


@pytest.mark.parametrize(
    ("retail", "sticks", "pct"),
    [(7200, 20, 25), (7201, 20, 42), (7300, 20, 42), (3600, 10, 25), (3601, 10, 42)],
)
def test_the_shelf_price_of_twenty_sticks_selects_the_band_of_cigarettes(
    retail: int, sticks: int, pct: int
) -> None:
    found = tax("cigarette", retail_price_incl_vat_satang=retail, sticks_per_unit=sticks)
    price = srp_ex_vat_satang(TARIFF, retail_incl_vat_satang=retail, on=dt.date(2026, 4, 2))
    assert found.value_tax_satang == int(
        (Decimal(price) * pct / 100).quantize(Decimal(1), ROUND_HALF_UP)
    )
    assert found.quantity_tax_satang == 125 * sticks


@pytest.mark.parametrize(
    ("item", "on"),
    [
        ("car_e85_ngv", "2026-01-01"),
        ("petrol_ulg", "2017-09-15"),
        ("beer", "2017-09-15"),
        ("eco_car", "2026-01-01"),
        ("car_mhev", "2025-12-31"),
        ("pickup_bev", "2022-06-08"),
        ("soft_drink", "2000-01-01"),
    ],
)
def test_a_day_without_a_rate_is_refused(item: str, on: str) -> None:
    with pytest.raises(Invalid) as refused:
        tax(item, on)
    assert refused.value.reason == "no-rate-on-date"
    assert refused.value.facts["field"] == "tax_point_date"


def test_every_item_can_be_calculated_from_the_inputs_it_asks_for() -> None:
    for item in TARIFF.items:
        for row in item.rates:
            fields = inputs_of(TARIFF, item.id, row.from_)
            entered: dict[str, Any] = {field.name: 1 for field in fields if field.required}
            price = entered.pop("srp_ex_vat", None)
            facts = entered if price is None else entered | {"srp_ex_vat_satang": 100}
            if "retail_price_incl_vat_per_pack_20" in {field.name for field in fields}:
                facts["retail_price_incl_vat_per_pack_20"] = 1
            found = tax(item.id, row.from_.isoformat(), **facts)
            assert found.excise_satang >= 0
            assert replay(found.trace.to_json()) == ()
            assert all(describe_rate(TARIFF, item.id, row.from_))


# --- how much -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "litres", "charged"),
    [(1, "10000.3", 10001), (1, "10000", 10000), (3, "0.5", 2), (4, "0.5", 2), (1, "0.0001", 1)],
)
def test_a_fraction_of_a_litre_counts_as_one_on_the_whole_line(
    units: int, litres: str, charged: int
) -> None:
    found = tax("petrol_ulg", units=units, litres_per_unit=litres)
    assert (found.excise_satang, found.quantity) == (750 * charged, str(charged))


def test_a_fraction_of_a_hundred_cards_counts_as_one() -> None:
    assert tax("playing_cards", units=2, cards_per_unit=52).excise_satang == 2 * 3000


def test_a_part_of_a_litre_of_drink_is_charged_as_a_part() -> None:
    assert tax("juice_qualifying", litres_per_unit="0.1", sugar_g_per_100ml=17).excise_satang == 50


@pytest.mark.parametrize(
    ("before_kg", "grams", "satang"),
    [
        (0, 1000, 2500),
        (11_999, 1000, 2500),
        (12_000, 1000, 10_000),
        ("11999.5", 1000, 1250 + 5000),
        (0, 12_001_000, 30_000_000 + 10_000),
    ],
)
def test_only_the_grams_above_twelve_tonnes_a_year_pay_the_higher_rate(
    before_kg: Any, grams: int, satang: int
) -> None:
    found = tax("native_shredded", grams_per_unit=grams, cumulative_kg_in_calendar_year=before_kg)
    assert found.excise_satang == satang
    assert replay(found.trace.to_json()) == ()


@pytest.mark.parametrize(
    ("retail", "satang"),
    [(3900, 3645), (5100, 4766), (1400, 1308), (1200, 1121), (1000, 935), (10700, 10000), (0, 0)],
)
def test_the_third_decimal_of_a_price_without_vat_is_cut(retail: int, satang: int) -> None:
    on = dt.date(2026, 4, 2)
    assert srp_ex_vat_satang(TARIFF, retail_incl_vat_satang=retail, on=on) == satang


@pytest.mark.parametrize(
    ("declared", "mode", "highest", "conforms"),
    [
        (9500, 10_000, None, True),
        (9499, 10_000, None, False),
        (17_000, None, 20_000, True),
        (16_999, None, 20_000, False),
        (9500, 10_000, 20_000, True),  # the mode comes first
        (9500, 10_001, None, False),  # 95.0095 baht: a fraction of a satang short
    ],
)
def test_a_price_below_the_share_of_the_market_does_not_conform(
    declared: int, mode: int | None, highest: int | None, conforms: bool
) -> None:
    check = check_srp(
        TARIFF,
        declared_satang=declared,
        mode_satang=mode,
        highest_satang=highest,
        on=dt.date(2026, 4, 2),
    )
    assert check is not None
    assert check.conforms is conforms


def test_half_a_satang_is_rounded_up() -> None:
    """The customs screen: 0.130 litres at 0.50 baht are 0.065, charged 0.07; local tax 0.01."""
    found = tax("juice_qualifying", "2018-01-15", litres_per_unit="0.13", sugar_g_per_100ml=11)
    total = additions(TARIFF, [found])
    assert (found.excise_satang, total.local_satang) == (7, 1)


@pytest.mark.parametrize(
    ("item", "excise", "local"), [("petrol_ulg", 750, 75), ("gasohol_e10", 675, 68)]
)
def test_the_rates_published_in_may_2025_hold(item: str, excise: int, local: int) -> None:
    found = tax(item, "2025-05-07", litres_per_unit=1)
    assert (found.excise_satang, additions(TARIFF, [found]).local_satang) == (excise, local)


def test_excise_is_not_part_of_its_own_base_as_it_was_before_the_act() -> None:
    """Published guide, law before 2017: wine of 154 baht at 60 % came to 271.76; the Act taxes SRP."""
    before_the_act = Decimal(154) * Decimal("0.6") / (1 - Decimal("1.1") * Decimal("0.6"))
    assert before_the_act.quantize(Decimal("0.01")) == Decimal("271.76")
    found = tax("wine_grape", srp_ex_vat_satang=154_00, volume_l="0.75", degree=12)
    assert found.value_tax_satang == 770  # 5 % of 154 baht
    with pytest.raises(Invalid):
        tax("wine_grape", "2017-09-15", srp_ex_vat_satang=154_00, volume_l="0.75", degree=12)


def test_the_value_tax_is_not_charged_on_the_quantity_tax_as_a_newspaper_did() -> None:
    """Bangkok Post, 23 Feb 2024: 10 % of 1,135 baht (price plus 135 quantity tax). The Act: of SRP."""
    facts: dict[str, Any] = {"srp_ex_vat_satang": 1000_00, "volume_l": "0.75", "degree": 12}
    old = tax("wine_grape", "2024-02-22", **facts)
    new = tax("wine_grape", "2024-02-23", **facts)
    assert (old.quantity_tax_satang, new.quantity_tax_satang) == (135_00, 90_00)
    assert old.value_tax_satang == 0  # the band up to 1,000 baht, not 113.50
    assert new.value_tax_satang == 50_00  # 5 % of 1,000, not of 1,090


def test_an_electric_car_outside_the_conditions_pays_more() -> None:
    price: dict[str, Any] = {"srp_ex_vat_satang": 1_000_000_00}
    assert tax("car_bev", **price).excise_satang == 20_000_00
    assert tax("car_bev_nonconforming", **price).excise_satang == 100_000_00


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "facts", "code", "field"),
    [
        ("wyne", {}, "unknown-item", "item"),
        ("beer", {"srp_ex_vat_satang": 3645, "volume_l": "0.32"}, "measure-missing", "degree"),
        ("beer", {"volume_l": "0.32", "degree": 5}, "measure-missing", "srp_ex_vat"),
        ("cola", {}, "unknown-item", "item"),
        ("soft_drink", {**COLA, "litres_per_unit": -1}, "out-of-range", "litres_per_unit"),
        ("beer", {**BEER, "degree": "100.01"}, "out-of-range", "degree"),
        ("beer", {**BEER, "degree": "NaN"}, "out-of-range", "degree"),
        ("beer", {**BEER, "degree": "5.001"}, "too-many-decimals", "degree"),
        ("beer", {**BEER, "degree": "1E-1000000"}, "too-many-decimals", "degree"),
        ("beer", {**BEER, "degree": "1E+1000000"}, "out-of-range", "degree"),
        ("beer", {**BEER, "units": "-1"}, "out-of-range", "units"),
        ("beer", {**BEER, "units": "Infinity"}, "out-of-range", "units"),
        ("cigarette", {"units": "1.5"}, "too-many-decimals", "units"),
        ("beer", {**BEER, "srp_ex_vat_satang": -1}, "out-of-range", "srp_ex_vat"),
        ("beer", {**BEER, "alcohol": 5}, "unknown-measure", "alcohol"),
        (
            "beer",
            {**BEER, "retail_price_incl_vat_satang": 3800},
            "prices-disagree",
            "srp_ex_vat",
        ),
        (
            "cigarette",
            {"srp_ex_vat_satang": 1, "sticks_per_unit": 20},
            "measure-missing",
            "retail_price_incl_vat_per_pack_20",
        ),
        ("car_mhev", {"srp_ex_vat_satang": 1}, "measure-missing", "co2_g_per_km"),
        (
            "native_shredded",
            {"grams_per_unit": 1},
            "measure-missing",
            "cumulative_kg_in_calendar_year",
        ),
        (
            "car_bev",
            {"units": 1_000_000_000, "srp_ex_vat_satang": 10_000_000_000_000},
            "out-of-range",
            "units",
        ),
    ],
)
def test_a_line_that_cannot_be_calculated_names_the_field(
    item: str, facts: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        tax(item, **facts)
    assert (refused.value.reason, refused.value.facts["field"]) == (code, field)
    assert refused.value.facts["accepted"]


def test_an_eco_car_above_its_last_band_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        tax("eco_car", "2025-12-31", srp_ex_vat_satang=1, co2_g_per_km="120.01")
    assert (refused.value.reason, refused.value.facts["field"]) == ("out-of-range", "co2_g_per_km")


# --- the explanation ----------------------------------------------------------------------------


def test_the_weakest_row_decides_how_sure_a_tax_is() -> None:
    assert tax("beer", "2017-10-01", **BEER).confidence == "official"
    assert tax("soft_drink", **COLA).confidence == "press"  # 14 % official, sugar from the press
    hybrid: dict[str, Any] = {"srp_ex_vat_satang": 100_00}
    assert tax("car_hev", co2_g_per_km=100, **hybrid).confidence == "press"
    assert tax("car_hev", co2_g_per_km=121, **hybrid).confidence == "memory"
    assert weakest([]) == "official"


def test_a_trace_shows_the_rate_its_source_and_both_languages() -> None:
    document = tax("beer", "2026-04-02", **BEER).trace.to_json()
    steps = {step["name"]: step for step in document["steps"]}
    assert list(steps) == ["goods_value", "value_tax", "quantity", "quantity_tax", "excise"]
    value_tax = steps["value_tax"]
    assert (value_tax["exact"], value_tax["result"], value_tax["satang"]) == ("8.019", "8.02", 802)
    assert value_tax["rounding"] == ["half_up 2"]
    assert value_tax["section"] == "มาตรา 17"
    assert value_tax["rate"]["from"] == "2017-09-16"
    assert value_tax["rate"]["source"]
    assert value_tax["rate"]["confidence"] == "official"
    assert value_tax["label_th"] == "ภาษีตามมูลค่า"
    assert value_tax["formula_en"].endswith(
        "36.45 baht × Number of pieces 1 units × value rate 22%"
    )
    assert document["digest"] == TARIFF.digest
    assert document["facts"]["item"] == "beer"


def test_a_stored_trace_is_replayed_without_the_tariff_and_a_changed_one_is_found() -> None:
    stored = json.dumps(
        tax("cigarette", retail_price_incl_vat_satang=7300, sticks_per_unit=20).trace.to_json()
    )
    assert replay(json.loads(stored)) == ()
    document = json.loads(stored)
    changed = next(step for step in document["steps"] if step["name"] == "value_tax")
    changed["satang"] += 1
    assert replay(document) == ("value_tax",)
    document = json.loads(stored)
    changed = next(step for step in document["steps"] if step["name"] == "value_band")
    changed["figures"][0]["value"] = "60"
    assert replay(document) == ("value_band",)


def test_the_form_asks_for_what_the_date_needs() -> None:
    def names(item: str, on: str) -> list[str]:
        return [field.name for field in inputs_of(TARIFF, item, dt.date.fromisoformat(on))]

    assert names("motorcycle", "2019-12-31") == ["units", "srp_ex_vat", "engine_cc"]
    assert names("motorcycle", "2020-01-01") == ["units", "srp_ex_vat", "co2_g_per_km"]
    assert names("petrol_ulg", "2026-01-01") == ["units", "litres_per_unit"]
    assert names("nightclub", "2026-01-01") == ["srp_ex_vat"]
    assert names("wine_grape", "2024-02-22") == ["units", "srp_ex_vat", "volume_l", "degree"]
    receipts = inputs_of(TARIFF, "nightclub", dt.date(2026, 1, 1))[0]
    assert (receipts.of, receipts.label_en) == ("line", "Receipts without VAT")
    degree = inputs_of(TARIFF, "beer", dt.date(2026, 1, 1))[-1]
    assert (degree.of, degree.decimals, degree.unit_th) == ("product", 2, "ดีกรี")


def test_a_banded_rate_is_told_band_by_band() -> None:
    thai, english = describe_rate(TARIFF, "car_phev", dt.date(2026, 4, 2))
    assert english == "Electric range on one charge (km): <80: 10% of value; ≥80: 5% of value"
    assert "ร้อยละ 5 ของมูลค่า" in thai


# --- what is added ------------------------------------------------------------------------------


def test_local_tax_is_rounded_once_for_the_return_and_not_for_each_line() -> None:
    pouch = tax("native_shredded", "2018-01-15", grams_per_unit=10)
    total = additions(TARIFF, [pouch] * 10)
    assert pouch.excise_satang == 5
    assert additions(TARIFF, [pouch]).local_satang == 1
    assert total.local_satang == 5  # ten times 0.5 satang, not ten times 1


def test_funds_are_due_on_liquor_and_tobacco_only_and_from_their_own_day() -> None:
    before = tax("beer", "2018-01-25", **BEER)
    after = tax("beer", "2018-01-26", **BEER)
    car = tax("car_gt3000", srp_ex_vat_satang=100_00)
    assert set(additions(TARIFF, [before]).funds_satang) == {"HEALTH", "TPBS", "SPORT"}
    total = additions(TARIFF, [before, after, car])
    assert total.funds_satang == {"HEALTH": 60, "TPBS": 45, "SPORT": 60, "ELDERLY": 30}
    assert additions(TARIFF, [car]).funds_satang == {}


def test_a_reduction_never_makes_the_tax_negative() -> None:
    car = tax("car_gt3000", srp_ex_vat_satang=100_000_00)
    total = additions(TARIFF, [car], reductions_satang=[61_000_00])
    assert car.excise_satang == 50_000_00
    assert (total.net_excise_satang, total.local_satang) == (0, 0)
    assert (total.reduction_satang, total.unused_reduction_satang) == (50_000_00, 11_000_00)
    assert replay(total.trace.to_json()) == ()


@pytest.mark.parametrize("reductions", [[-1], [1, 2]])
def test_a_reduction_that_fits_no_line_is_refused(reductions: list[int]) -> None:
    with pytest.raises(Invalid):
        additions(TARIFF, [tax("beer", **BEER)], reductions_satang=reductions)


def test_a_return_over_two_rates_is_summed_exactly_and_rounded_once() -> None:
    text = _edition_with_local_tax_of_5_pct_from_2026()
    tariff = load(text)
    lines = [
        calculate_line(
            tariff, line("juice_qualifying", on, litres_per_unit="0.01", sugar_g_per_100ml=11)
        )
        for on in ("2025-12-31", "2026-01-01")
    ]
    assert [each.excise_satang for each in lines] == [5, 5]
    assert additions(tariff, lines).local_satang == 1  # 0.5 + 0.25 satang


def _edition_with_local_tax_of_5_pct_from_2026() -> str:
    text = files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8")
    old = "    - {from: 2017-09-16, value: 10, unit: pct, section: มาตรา 150,"
    assert old in text
    new = old.replace("from: 2017-09-16,", "from: 2017-09-16, to: 2025-12-31,")
    later = old.replace("2017-09-16", "2026-01-01").replace("value: 10", "value: 5")
    return text.replace(old, f"{new} source: x, confidence: assumed}}\n{later}")


# --- what always holds --------------------------------------------------------------------------

CANS = st.builds(
    lambda units, price, sugar, litres: line(
        "soft_drink",
        units=units,
        srp_ex_vat_satang=price,
        sugar_g_per_100ml=sugar,
        litres_per_unit=litres,
    ),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.decimals(0, 200, places=2),
    st.decimals(0, 100, places=4),
)
BOTTLES = st.builds(
    lambda units, price, litres, degree: line(
        "spirit_other", units=units, srp_ex_vat_satang=price, volume_l=litres, degree=degree
    ),
    st.integers(0, 10**6),
    st.integers(0, 10**8),
    st.decimals(0, 10, places=4),
    st.decimals(0, 100, places=2),
)


def legal(found: Line, pct: int, quantity: Decimal, rate: Decimal) -> int:
    """The law in plain decimals: price × pieces × percent, quantity × rate, each half up."""
    value = baht(found.srp_ex_vat_satang or 0) * found.units * pct / 100
    parts = (value, found.units * quantity * rate)
    cent = Decimal("0.01")
    return int(sum((part.quantize(cent, ROUND_HALF_UP) for part in parts), Decimal(0)) * 100)


@given(BOTTLES)
def test_spirits_agree_with_the_law_in_plain_decimals(bottle: Line) -> None:
    pure = bottle.measures["volume_l"] * bottle.measures["degree"] / 100
    found = calculate_line(TARIFF, bottle)
    assert found.excise_satang == legal(bottle, 20, pure, Decimal(255))


@given(CANS | BOTTLES)
def test_a_trace_adds_up_and_nothing_is_negative(bought: Line) -> None:
    found = calculate_line(TARIFF, bought)
    assert found.value_tax_satang >= 0
    assert found.quantity_tax_satang >= 0
    assert found.excise_satang == found.value_tax_satang + found.quantity_tax_satang
    assert replay(json.loads(json.dumps(found.trace.to_json()))) == ()


@given(st.lists(CANS | BOTTLES, min_size=1, max_size=6), st.randoms())
def test_the_order_of_the_lines_does_not_matter(lines: list[Line], random: Any) -> None:
    taxes = [calculate_line(TARIFF, each) for each in lines]
    shuffled = list(taxes)
    random.shuffle(shuffled)
    first, second = additions(TARIFF, taxes), additions(TARIFF, shuffled)
    without_trace: Callable[[Any], Any] = lambda total: replace(total, trace=None)  # noqa: E731
    assert without_trace(first) == without_trace(second)
    assert first.total_payable_satang == (
        first.net_excise_satang + first.local_satang + first.funds_total_satang
    )
    assert replay(first.trace.to_json()) == ()
