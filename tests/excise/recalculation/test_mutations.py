"""Every leaf of every kind of calculation, changed one at a time: each change is found."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from excise.recalculation import verified
from excise.tariff.schema import first_edition
from excise.worksheet import calculate_rows

TARIFF = first_edition()
BEER = {
    "item": "beer", "tax_point_date": "2026-04-02", "units": "100",
    "retail_price_incl_vat": "69", "volume_l": "0.62", "degree": "5",
}  # fmt: skip
COLA = {
    "item": "soft_drink", "tax_point_date": "2026-04-02", "units": "1000",
    "srp_ex_vat": "13.08", "sugar_g_per_100ml": "11", "litres_per_unit": "0.325",
}  # fmt: skip
PETROL = {
    "item": "petrol_ulg", "tax_point_date": "2026-02-01", "units": "3", "litres_per_unit": "10.3",
}  # fmt: skip
LEAF = {
    "item": "native_shredded", "tax_point_date": "2026-04-02", "units": "5000",
    "grams_per_unit": "500", "cumulative_kg_in_calendar_year": "11000",
}  # fmt: skip
CAR = {
    "item": "car_ice_le3000", "tax_point_date": "2026-04-02", "units": "2",
    "srp_ex_vat": "700000", "co2_g_per_km": "121",
}  # fmt: skip
CLUB = {"item": "nightclub", "tax_point_date": "2026-01-01", "srp_ex_vat": "1234567.89"}
LATE = {
    "tax": "250000.55", "already_paid": "50000", "due": "2026-01-15", "paid": "2026-03-01",
    "penalty_multiple": "2", "penalty_remaining_pct": "10",
}  # fmt: skip
ROWS = {
    "beer": BEER,
    "cola": COLA,
    "petrol": PETROL,
    "leaf": LEAF,
    "car": CAR,
    "club": CLUB,
    "late": LATE,
}


def calculated(*rows: dict[str, Any]) -> Any:
    return json.loads(json.dumps(calculate_rows(TARIFF, rows)))


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(tree, dict | list):
        entries = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, inner in entries:
            yield from leaves(inner, (*path, key))
    else:
        yield path


def another(leaf: Any) -> Any:
    """Return what could stand there instead."""
    if not isinstance(leaf, str):
        return 1 if leaf is None else leaf + 1
    return leaf[:-1] + str((int(leaf[-1]) + 1) % 10) if leaf[-1:].isdigit() else leaf + "ๆ"


def unseen(tree: Any, *, every: int = 1) -> list[tuple[Any, ...]]:
    """Change each leaf in turn, and put it back; return those whose change nobody notices.

    `every` takes one of so many, where a large tree repeats what smaller ones hold.
    """
    missed = []
    for path in list(leaves(tree))[::every]:
        inside = tree
        for key in path[:-1]:
            inside = inside[key]
        leaf, inside[path[-1]] = inside[path[-1]], another(inside[path[-1]])
        if not verified(tree, [TARIFF]).faults:
            missed.append(path)
        inside[path[-1]] = leaf
    return missed


@pytest.mark.parametrize("name", ROWS)
def test_each_changed_leaf_of_a_result_is_found(name: str) -> None:
    tree = calculated(ROWS[name])
    assert verified(tree, [TARIFF]).faults == ()
    # The number of the row is ours to give: nothing else in the file repeats it.
    assert unseen(tree) == [(0, "id")]
