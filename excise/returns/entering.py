"""What a line of a return must say, before any of it is entered."""

from datetime import date

from excise.errors import Invalid
from excise.periods import TaxMonth
from excise.returns.models import Return
from excise.tariff.rules import InputField, inputs_of
from excise.tariff.schema import Tariff


def needs_of(tariff: Tariff, tax_return: Return, item: str) -> dict[str, InputField]:
    """Return by name what a line must say.

    What is asked for on the first day of the return and, by a new rate, on the last. An item
    without a rate on those days needs nothing: the line itself will say so.
    """
    found: dict[str, InputField] = {}
    for day in _days(tax_return):
        try:
            needs = inputs_of(tariff, item, day)
        except Invalid:
            continue
        found |= {need.name: need for need in needs if need.of == "line"}
    return found


def _days(tax_return: Return) -> list[date]:
    if tax_return.removal_on:
        return [tax_return.removal_on]
    return [tax_return.period, TaxMonth.of(tax_return.period).last]
