"""Golden data of each rule: sales and returns in, outcome out."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from excise.evidence import parquet
from excise.evidence.layouts import LAYOUTS
from excise.matching.declared import TABLES, around
from excise.matching.engine import judged_by
from excise.matching.rules import RULES

OCTOBER = date(2026, 10, 1)
SEPTEMBER, NOVEMBER = date(2026, 9, 1), date(2026, 11, 1)
BREWERY, CLUB, BOTH, STRANGER = "0105500000001", "0105500000002", "0105500000003", "0994000000009"
BEER, STOUT, TWICE = "08850000000011", "08850000000028", "08850000000035"
UNIT = 10_000
SALES = pa.schema(
    [
        ("tax_id", pa.string()),
        ("period", pa.date32()),
        ("product_code", pa.string()),
        ("units", pa.int64()),
        ("amount_satang", pa.int64()),
    ]
)


def sale(
    units: int = 0,
    *,
    baht: int = 0,
    code: str = BEER,
    of: str = BREWERY,
    month: date = OCTOBER,
) -> dict[str, Any]:
    return {
        "tax_id": of,
        "period": month,
        "product_code": code,
        "units": units * UNIT,
        "amount_satang": baht * 100,
    }


def returned(
    units: int = 0,
    *,
    baht: int | None = None,
    code: str = BEER,
    of: str = BREWERY,
    month: date = OCTOBER,
) -> dict[str, Any]:
    return {
        "tax_id": of,
        "registration_id": 1,
        "is_service": of == CLUB,
        "product_code": "" if of == CLUB else code,
        "period": month,
        "units": units * UNIT,
        "value_satang": None if baht is None else baht * 100,
    }


def _payer(tax_id: str, place: int, goods: bool, services: bool) -> dict[str, Any]:
    return {
        "tax_id": tax_id,
        "registration_id": place,
        "product_id": None,
        "sells_goods": goods,
        "sells_services": services,
    }


def _product(number: int, place: int, code: str) -> dict[str, Any]:
    return {
        "tax_id": BREWERY,
        "registration_id": place,
        "product_id": number,
        "product_code": code,
        "has_price": True,
    }


def outcome(
    rule: str,
    sales: Iterable[dict[str, Any]],
    declared: Iterable[dict[str, Any]],
    *,
    silent: Iterable[date] = (),
    incomplete: Iterable[date] = (),
    awaited: Iterable[tuple[str, date]] = (),
) -> list[tuple[Any, ...]]:
    """Everything the rule says of October: outcome, reason, difference, tolerance."""
    states = dict.fromkeys(silent, "silent") | dict.fromkeys(incomplete, "incomplete")
    rows: dict[str, list[dict[str, Any]]] = {
        "declared": list(declared),
        "products": [
            _product(1, 1, BEER),
            _product(2, 1, STOUT),
            _product(3, 1, TWICE),
            _product(4, 2, TWICE),
        ],
        "payers": [
            _payer(BREWERY, 1, True, False),
            _payer(CLUB, 3, False, True),
            _payer(BOTH, 4, True, True),
        ],
        "months": [
            {"layout": code, "is_own": layout.is_own, "period": month}
            | {"state": states.get(month, "complete")}
            for code, layout in LAYOUTS.items()
            for month in around(OCTOBER)
        ],
        "awaited": [
            {"tax_id": tax_id, "registration_id": place, "period": month}
            for place, (tax_id, month) in enumerate(awaited, 1)
        ],
    }
    with duckdb.connect() as connection:
        for name, schema in TABLES.items():
            connection.register(name, pa.Table.from_pylist(rows.get(name, []), schema=schema))
        for code in RULES[rule].needs:
            parquet.view_of(connection, code, [], LAYOUTS[code].view_types)
        connection.execute("DROP VIEW vat_sales")
        connection.register("vat_sales", pa.Table.from_pylist(list(sales), schema=SALES))
        found = judged_by(connection, RULES[rule], OCTOBER)
        return [
            (each.outcome.value, each.reason, each.difference, each.tolerance) for each in found
        ]


def words(*args: Any, **more: Any) -> list[str]:
    return [told[0] for told in outcome(*args, **more)]


@pytest.mark.parametrize(
    ("sold", "told", "expected"),
    [
        (1000, 1000, "matched"),
        (1005, 1000, "within-tolerance"),  # 0.5 % of the larger side is 5.025
        (1006, 1000, "under-declared"),
        (995, 1000, "within-tolerance"),
        (994, 1000, "over-declared"),
        (11, 10, "within-tolerance"),  # at least one unit
        (12, 10, "under-declared"),
        (0, 0, "matched"),
    ],
)
def test_r01_lets_half_a_percent_and_at_least_a_unit_pass(sold, told, expected):
    assert words("R01", [sale(sold)], [returned(told)]) == [expected]


def test_r01_adds_up_invoices_lines_and_credit_notes():
    sales = [sale(700), sale(350), sale(-40)]
    assert outcome("R01", sales, [returned(600), returned(400)]) == [
        ("under-declared", "", 10 * UNIT, 1010 * UNIT * 50 // 10_000)
    ]


def test_r01_names_what_stands_on_one_side_only():
    assert words("R01", [sale(100)], []) == ["missing-in-return"]
    assert words("R01", [], [returned(100)]) == ["missing-in-source"]


@pytest.mark.parametrize("told", [[], [returned(0)]])
def test_goods_that_came_back_in_a_later_month_are_not_missing_in_its_return(told):
    assert words("R01", [sale(-200)], told) == ["over-declared"]


def test_r01_keeps_products_apart():
    sales = [sale(100), sale(50, code=STOUT)]
    assert words("R01", sales, [returned(150), returned(0, code=STOUT)]) == [
        "over-declared",
        "under-declared",
    ]


@pytest.mark.parametrize("beside", [SEPTEMBER, NOVEMBER])
def test_what_the_month_beside_makes_good_is_a_shift(beside):
    sales = [sale(1200), sale(800, month=beside)]
    told = [returned(1000), returned(1000, month=beside)]
    assert words("R01", sales, told) == ["period-shift"]


def test_a_month_beside_that_no_source_has_told_of_shifts_nothing():
    told = [returned(1000), returned(200, month=NOVEMBER)]
    assert words("R01", [sale(1200)], told, silent=[NOVEMBER]) == ["under-declared"]


def test_a_shift_of_another_size_is_no_shift():
    sales = [sale(1200), sale(900, month=NOVEMBER)]
    told = [returned(1000), returned(1000, month=NOVEMBER)]
    assert words("R01", sales, told) == ["under-declared"]


def test_absurd_figures_are_not_compared_and_end_nothing():
    most = 10**12  # units on one line
    for month in (OCTOBER, NOVEMBER):
        absurd = [sale(most, month=month)] * 1000
        assert outcome("R01", [*absurd, sale(100, code=STOUT)], [returned(100)])[-1][0] == (
            "missing-in-return"
        )
    absurd = [sale(most, baht=most)] * 100_000
    assert [each[:3] for each in outcome("R01", absurd, [returned(100)])] == [
        ("not-comparable", "figures-too-large", 0)
    ]
    told = [returned(100, baht=10_000_000)]
    assert outcome("R11", absurd, told)[0][:2] == ("not-comparable", "figures-too-large")


def test_a_silent_source_is_never_a_mismatch():
    assert outcome("R01", [], [returned(100)], silent=[OCTOBER])[0][:2] == (
        "not-comparable",
        "source-silent",
    )


def test_a_source_that_spoke_before_the_month_ended_has_not_told_all():
    assert outcome("R01", [sale(40)], [returned(100)], incomplete=[OCTOBER])[0][:2] == (
        "not-comparable",
        "source-incomplete",
    )


def test_a_return_that_is_not_late_yet_is_not_missing():
    late = [(BREWERY, OCTOBER)]
    assert outcome("R01", [sale(40)], [], awaited=late)[0][:2] == (
        "not-comparable",
        "return-not-due",
    )


def test_a_product_nobody_registered_is_an_open_question():
    assert outcome("R01", [sale(40, code="08859999999990")], [])[0][:2] == (
        "identity-unresolved",
        "unknown-product",
    )


def test_a_code_registered_at_two_places_is_compared_as_one():
    """Else to register it once more would be a way never to be compared."""
    told = [returned(600, code=TWICE), returned(400, code=TWICE) | {"registration_id": 2}]
    assert words("R01", [sale(1000, code=TWICE)], told) == ["matched"]
    assert words("R01", [sale(1100, code=TWICE)], told) == ["under-declared"]


def test_returns_of_two_places_awaited_are_one_answer():
    late = [(BREWERY, OCTOBER), (BREWERY, OCTOBER)]
    assert len(outcome("R01", [sale(40)], [], awaited=late)) == 1


def test_r01_leaves_strangers_to_r11():
    assert outcome("R01", [sale(40, of=STRANGER)], []) == []
    assert outcome("R11", [sale(40, baht=10, of=STRANGER)], [])[0][:2] == (
        "identity-unresolved",
        "unknown-tax-id",
    )


def club(sold: int, told: int) -> list[str]:
    sales = [sale(baht=sold, code="", of=CLUB)]
    return words("R11", sales, [returned(baht=told, of=CLUB)])


@pytest.mark.parametrize(
    ("sold", "told", "expected"),
    [
        (10_000_000, 10_000_000, "matched"),
        (10_500_000, 10_000_000, "within-tolerance"),  # 5 %
        (10_500_001, 10_000_000, "under-declared"),
        (9_499_999, 10_000_000, "over-declared"),
        (1_100_000, 1_000_000, "within-tolerance"),  # 100,000 baht
        (1_100_001, 1_000_000, "under-declared"),
    ],
)
def test_r11_holds_receipts_of_services_against_vat_sales(sold, told, expected):
    assert club(sold, told) == [expected]


def test_r11_lets_a_maker_sell_below_the_retail_value_but_not_above():
    told = [returned(100, baht=10_000_000)]
    assert words("R11", [sale(100, baht=4_000_000)], told) == ["matched"]
    assert words("R11", [sale(100, baht=10_500_001)], told) == ["under-declared"]


def test_r11_counts_only_what_is_a_product_of_the_makers():
    sales = [sale(100, baht=4_000_000), sale(1, baht=50_000_000, code="08859999999990")]
    assert words("R11", sales, [returned(100, baht=10_000_000)]) == ["matched"]


def test_r11_does_not_mix_goods_with_services():
    assert outcome("R11", [sale(baht=1_000_000, code="", of=BOTH)], [returned(baht=1, of=BOTH)])[0][
        :2
    ] == ("not-comparable", "goods-and-services")


def test_r11_leaves_alone_what_is_taxed_by_quantity_only():
    assert words("R11", [], [returned(100, baht=None)]) == []


def test_r11_leaves_goods_of_which_nothing_was_declared_to_r01():
    assert words("R11", [sale(100, baht=4_000_000)], []) == []
