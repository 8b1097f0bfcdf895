"""The excise on a difference, with the way to it."""

from datetime import date
from decimal import Decimal

from excise.cases.models import Discrepancy
from excise.errors import Invalid
from excise.matching.rules import RULES, Rule
from excise.money import MAX_SATANG
from excise.periods import TaxMonth
from excise.products.models import Product
from excise.products.queries import line_of
from excise.returns.models import QUANTITY_PLACES
from excise.tariff.rules import LineTax, calculate_line
from excise.tariff.schema import Tariff


def tax_on(
    tariff: Tariff, product: Product | None, *, rule: Rule, period: date, difference: int
) -> LineTax | None:
    """Work out the excise on a difference as of the month's last day.

    None when the difference does not tell it: by the rule, because there is no single
    product or a figure of it is missing, or because it is more than money can be.
    """
    if product is None or not rule.tells_tax:
        return None
    is_money = rule.measure == "satang"
    units = Decimal(1) if is_money else Decimal(difference).scaleb(-QUANTITY_PLACES)
    try:
        line = line_of(
            product,
            tax_point_on=TaxMonth.of(period).last,
            quantity=units,
            receipts_satang=difference if is_money else None,
        )
        worked = calculate_line(tariff, line)
    except Invalid:
        return None
    return worked if worked.excise_satang < MAX_SATANG else None


def tax_at_stake(tariff: Tariff, found: Discrepancy) -> LineTax | None:
    """Work out the excise on a discrepancy by an edition, the one in force or another."""
    return tax_on(
        tariff,
        found.product,
        rule=RULES[found.rule],
        period=found.period,
        difference=found.difference,
    )
