"""The bulk engine says what the single calculation says, to the satang, or says nothing."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from excise.errors import Invalid
from excise.tariff.bulk import Bulk
from excise.tariff.bulk.plans import Bands, Plan
from excise.tariff.rules import Line, additions, calculate_line, inputs_of, replay
from excise.tariff.schema import first_edition

TARIFF = first_edition()
BULK = Bulk(TARIFF)
SCHEMA = {"item": pl.String, "tax_point_date": pl.Date} | dict.fromkeys(TARIFF.measures, pl.Int64)
FIRST_DAYS = [dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in BULK.plans.days]
ONE_DAY = dt.timedelta(days=1)
PRICES = ("srp_ex_vat", "retail_price_incl_vat")
NO_FUNDS = dict.fromkeys(BULK.fund_columns)
Row = dict[str, Any]


def count(name: str, number: Fraction | int) -> int:
    return int(number * 10 ** TARIFF.measures[name].decimals)


def edges_of(bands: Bands | None) -> Iterator[tuple[str, Fraction]]:
    if bands and bands.by:
        for edge in (*bands.edges, *([bands.end] if bands.end else [])):
            yield bands.by, edge.at


EDGES = sorted(
    {
        edge
        for plan in BULK.plans.plans
        if plan
        for b in (plan.value, plan.quantity)
        for edge in edges_of(b)
    }
)


def single(row: Row) -> dict[str, int | str | None] | None:
    """What the single calculation says; None when it refuses."""
    entered = {
        name: Decimal(number).scaleb(-TARIFF.measures[name].decimals)
        for name, number in row.items()
        if name in TARIFF.measures and number is not None
    }
    units = entered.pop("units", None)
    prices = {f"{name}_satang": row.get(name) for name in PRICES}
    for name in PRICES:
        entered.pop(name, None)
    try:
        if units is None and TARIFF.item(row["item"]).form == "goods":
            return None
        line = calculate_line(
            TARIFF,
            Line(
                item=row["item"],
                tax_point_date=row["tax_point_date"],
                units=Decimal(1) if units is None else units,
                measures=entered,
                **prices,
            ),
        )
    except Invalid:
        return None
    total = additions(TARIFF, [line])
    return {
        "value_tax": line.value_tax_satang,
        "quantity_tax": line.quantity_tax_satang,
        "excise": line.excise_satang,
        "local": total.local_satang,
        **{name: total.funds_satang.get(name[5:]) for name in BULK.fund_columns},
        "funds_total": total.funds_total_satang,
        "total_payable": total.total_payable_satang,
        "confidence": total.confidence,
    }


@dataclass
class Compared:
    alike: int = 0
    refused: int = 0
    left: int = 0


def compare(rows: list[Row]) -> Compared:
    found = Compared()
    for row, bulk in zip(
        rows, BULK.taxes(pl.DataFrame(rows, SCHEMA)).iter_rows(named=True), strict=True
    ):
        expected = single(row)
        if bulk["total_payable"] is None:
            found.refused += expected is None
            found.left += expected is not None
        else:
            assert NO_FUNDS | bulk == expected, {
                name: n for name, n in row.items() if n is not None
            }
            found.alike += 1
    return found


def plain_row(item: str, on: dt.date, **given: int) -> Row:
    row: Row = {"item": item, "tax_point_date": on}
    try:
        needed = [field.name for field in inputs_of(TARIFF, item, on) if field.required]
    except Invalid:
        needed = []
    return row | {name: count(name, 7) for name in needed} | given


def test_every_item_on_every_first_day_the_day_before_and_at_every_edge_of_a_band() -> None:
    rows: list[Row] = []
    for item in TARIFF.items:
        for row in item.rates:
            days = [row.from_, *([row.to, row.to + ONE_DAY] if row.to else [])]
            rows += [plain_row(item.id, day) for day in (row.from_ - ONE_DAY, *days)]
    known: set[Plan | None] = set()
    for place, item in enumerate(TARIFF.items):
        for day, at in zip(FIRST_DAYS, BULK.plans.places[place][1:], strict=True):
            plan = BULK.plans.plans[at]
            if plan is None or plan in known:
                continue
            known.add(plan)
            for by, edge in (*edges_of(plan.value), *edges_of(plan.quantity)):
                name = {"srp_baht": "srp_ex_vat"}.get(by, by)
                rows += [
                    plain_row(item.id, day, **{name: count(name, edge) + n}) for n in (-1, 0, 1)
                ]
    found = compare(rows)
    assert found.alike > 500
    assert found.left == 0


def test_halves_of_a_satang_go_up() -> None:
    rows = [
        plain_row(item, dt.date(2026, 4, 2), srp_ex_vat=price)
        for item in ("soft_drink", "beer", "car_phev")
        for price in range(1, 120)
    ]
    assert compare(rows).left == 0


def test_a_price_with_vat_is_cut_to_three_decimals_and_then_rounded_to_two() -> None:
    on = dt.date(2026, 4, 2)
    rows: list[Row] = [
        {"item": "cigarette", "tax_point_date": on, "units": 1_0000, "sticks_per_unit": sticks,
         "retail_price_incl_vat": price}
        for sticks in (10, 17, 20)
        for price in range(3000, 8000, 97)
    ]  # fmt: skip
    assert compare(rows) == Compared(alike=len(rows))


def any_row(chance: random.Random) -> Row:
    """Make a line of anything: missing, at an edge, at a limit, beyond it, absurdly large."""
    row: Row = {name: any_count(chance, name) for name in TARIFF.measures}
    row["item"] = chance.choice(TARIFF.items).id if chance.random() > 0.02 else "nothing"
    row["tax_point_date"] = chance.choice(FIRST_DAYS) + dt.timedelta(
        days=chance.choice((-1, 0, 1, 40))
    )
    if chance.random() < 0.8:
        row["units"] = chance.randint(1, 500) * 10_000
    row[chance.choice(PRICES)] = None
    for name in PRICES:
        if row[name] is not None and chance.random() < 0.7:
            row[name] = chance.randint(1, 10**7)
    return row


def any_count(chance: random.Random, name: str) -> int | None:
    measure = TARIFF.measures[name]
    edges = [count(name, edge) for by, edge in EDGES if by == name]
    limit = measure.max * 10**measure.decimals
    kind = chance.random()
    if kind < 0.03:
        return None
    if edges and kind < 0.5:
        return chance.choice(edges) + chance.choice((-1, 0, 1))
    if kind < 0.52:
        return chance.choice((0, -1, limit, limit + 1))
    if kind < 0.55:
        return chance.randrange(limit)
    return chance.randrange(1, 10 ** chance.randint(1, measure.decimals + 3))


@settings(derandomize=True, max_examples=8, deadline=None)
@given(st.integers(0, 10**9))
def test_any_lines_come_out_as_by_the_single_calculation_or_are_left_to_it(seed: int) -> None:
    chance = random.Random(seed)
    rows = [any_row(chance) for _ in range(150)]
    assert compare(rows).alike > 30


@pytest.mark.parametrize("item", ["beer", "soft_drink", "car_phev", "lpg"])
def test_the_trace_of_what_bulk_says_can_be_replayed(item: str) -> None:
    on = dt.date(2026, 4, 2)
    row = plain_row(item, on)
    measures = {
        name: Decimal(7)
        for name in row
        if name in TARIFF.measures and name not in (*PRICES, "units")
    }
    line = calculate_line(
        TARIFF,
        Line(
            item=item, tax_point_date=on, units=Decimal(7), srp_ex_vat_satang=700, measures=measures
        ),
    )
    assert replay(line.trace.to_json()) == ()


def test_a_line_too_large_for_64_bits_is_left_and_its_neighbours_are_not() -> None:
    on = dt.date(2026, 4, 2)
    rows = [
        plain_row("beer", on),
        plain_row("beer", on, units=10**13, volume_l=10**11, srp_ex_vat=1),
        plain_row("beer", on, units=10**11, volume_l=7500, degree=4000, srp_ex_vat=10**4),
    ]
    taxes = BULK.taxes(pl.DataFrame(rows, SCHEMA))["total_payable"]
    assert taxes.is_null().to_list() == [False, True, False]
    compare(rows)


def test_many_lines_are_worked_out_in_pieces_and_come_out_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(5)
    lines = pl.DataFrame([any_row(chance) for _ in range(60)], SCHEMA)
    whole = BULK.taxes(lines)
    monkeypatch.setattr("excise.tariff.bulk.engine.PIECE", 13)
    assert BULK.taxes(lines).select(whole.columns).equals(whole)
