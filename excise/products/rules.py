"""What a product must state, and whether it needs a price."""

from datetime import date

from excise.tariff.entries import Item
from excise.tariff.rules import InputField, inputs_of
from excise.tariff.schema import Tariff

PRICE = "srp_ex_vat"


def measures_of_product(tariff: Tariff, item_id: str, on: date) -> list[InputField]:
    """List the figures that belong to the product itself and do not follow from its price.

    >>> from excise.tariff.schema import first_edition
    >>> [field.name for field in measures_of_product(first_edition(), "beer", date(2026, 4, 2))]
    ['volume_l', 'degree']
    """
    fields = inputs_of(tariff, item_id, on)
    return [f for f in fields if f.of == "product" and f.required and f.name != PRICE]


def needs_price(tariff: Tariff, item_id: str, on: date) -> bool:
    """Tell whether the tax on an item depends on its suggested retail price on a day.

    Services are taxed on what they receive, so they need none.
    >>> from excise.tariff.schema import first_edition
    >>> [needs_price(first_edition(), item, date(2026, 4, 2)) for item in ("beer", "lpg", "golf")]
    [True, False, False]
    """
    fields = inputs_of(tariff, item_id, on)
    return any(f.name == PRICE and f.of == "product" and f.required for f in fields)


def is_service(tariff: Tariff, item_id: str) -> bool:
    """Tell whether the item is a service, which has no retail price to notify."""
    return tariff.item(item_id).form == "services"


def items_for(tariff: Tariff, duty_groups: list[str], on: date) -> list[Item]:
    """Return the items of some duty groups that have a rate on a day, in tariff order.

    >>> from excise.tariff.schema import first_edition
    >>> [item.id for item in items_for(first_edition(), ["0804"], date(2026, 4, 2))]
    ['battery']
    """
    groups = set(duty_groups)
    return [
        item
        for item in tariff.items
        if groups & set(item.duty_groups) and any(rate.covers(on) for rate in item.rates)
    ]
