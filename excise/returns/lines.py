"""Lines as entered, of a return or of an assessment, made ready for the calculation."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from excise.errors import Invalid
from excise.money import scaled
from excise.products.models import Product
from excise.products.queries import line_of
from excise.products.rules import needs_price
from excise.returns.models import QUANTITY_PLACES
from excise.tariff.rules import Line, LineTax, calculate_line
from excise.tariff.schema import Tariff


class Entered(Protocol):
    """So much of one product at one tax point; for a service, its receipts that day."""

    @property
    def position(self) -> int:
        """The number of the line."""

    @property
    def product(self) -> Product:
        """What is taxed."""

    @property
    def tax_point_on(self) -> date:
        """The day whose price and rate count."""

    @property
    def units(self) -> int:
        """Ten-thousandths of the product's unit."""

    @property
    def quantity(self) -> Decimal:
        """The number of units."""

    @property
    def receipts_satang(self) -> int | None:
        """Receipts without VAT, of services only."""

    @property
    def measures(self) -> dict[str, Any]:
        """What belongs to the line alone, as decimal texts."""

    @property
    def row_count(self) -> int:
        """How many rows of a file it adds up; 0 when it was entered by hand."""

    @property
    def first_on(self) -> date | None:
        """The day of the first of those rows."""


def units_of(quantity: Decimal) -> int:
    """Return a quantity in ten-thousandths; raises Invalid when it is finer than that.

    >>> units_of(Decimal("1.5"))
    15000
    """
    if not quantity.is_finite():
        raise Invalid("quantity-not-positive", field="units")
    try:
        return scaled(quantity, QUANTITY_PLACES)
    except ValueError as error:
        raise Invalid("too-many-decimals", field="units", accepted=QUANTITY_PLACES) from error


def lines_of(lines: Iterable[Entered]) -> list[Line]:
    """Return the lines as the calculation takes them, with the price in force that day."""
    return [_line(line) for line in lines]


def _line(line: Entered) -> Line:
    return line_of(
        line.product,
        tax_point_on=line.tax_point_on,
        quantity=line.quantity,
        receipts_satang=line.receipts_satang,
        measures={name: Decimal(text) for name, text in line.measures.items()},
    )


def value_satang(line: Entered, worked: LineTax) -> int | None:
    """Return the base of the tax on value: the receipts of a service, the value of goods.

    None when the item is taxed by quantity alone.
    """
    return worked.goods_value_satang if line.receipts_satang is None else line.receipts_satang


def check_line(tariff: Tariff, line: Entered, *, is_service: bool) -> LineTax:
    """Return the tax of a line; raises Invalid with the field when it cannot be worked out."""
    if line.units <= 0:
        raise Invalid("quantity-not-positive", field="units")
    if is_service:
        if line.receipts_satang is None or line.receipts_satang <= 0:
            raise Invalid("receipts-not-positive", field="receipts")
    elif needs_price(tariff, line.product.item, line.tax_point_on) and (
        line.product.price_on(line.tax_point_on) is None
    ):
        raise Invalid("no-price-on-date", field="tax_point_on", product=line.product.name)
    return calculate_line(tariff, _line(line))
