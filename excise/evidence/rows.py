"""The accepted rows of a delivery in one form, whatever the channel they came by.

CSV in UTF-8 with a header, in base units (ten-thousandths of a unit, satang) and
ISO dates, its lines ended by a line feed. No value needs quoting, so the worker
reads it without a guess and the same rows are the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from excise.errors import Invalid
from excise.evidence.rules import Sale
from excise.money import MAX_SATANG

COLUMNS = tuple(field.name for field in fields(Sale))


@dataclass(frozen=True)
class Rows:
    """Accepted rows as they are kept, and what they come to.

    `periods` are the first days of their months, in ISO form, earliest first.
    """

    content: bytes
    count: int
    amount_satang: int
    periods: list[str]


def written(sales: Iterable[Sale]) -> Rows:
    """Write the sales down, in the order they came.

    Raises Invalid `delivery-too-large` when their sum passes all that money can be.
    """
    content = bytearray(",".join(COLUMNS).encode() + b"\n")
    count = amount_satang = 0
    periods = set()
    for sale in sales:
        content += _line(sale).encode()
        count += 1
        amount_satang += sale.amount_satang
        periods.add(sale.period)
    if abs(amount_satang) >= MAX_SATANG:
        raise Invalid("delivery-too-large", field="file", amount_satang=amount_satang)
    months = [period.isoformat() for period in sorted(periods)]
    return Rows(bytes(content), count, amount_satang, months)


def _line(sale: Sale) -> str:
    return (
        f"{sale.tax_id},{sale.branch},{sale.document_no},{sale.line_no},{sale.document_type},"
        f"{sale.document_on},{sale.period},{sale.product_code},"
        f"{sale.units},{sale.amount_satang},{sale.vat_satang}\n"
    )
