"""What one row of VAT sales must say, and what it means in whole numbers.

The layout is the Revenue Department's report of output tax (รายงานภาษีขาย), one
row for each line of a tax invoice. It is strict, because machines write it:
plain digits, a point, no commas. Only spaces around a value are forgiven.
Law: Revenue Code, s. 87 (the report), s. 86/4, 86/9, 86/10 (its documents).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from excise.evidence import values
from excise.evidence.codes import CODES
from excise.evidence.columns import Kind
from excise.evidence.values import SIGNS, WrongValue

COLUMNS = (
    "document_no",
    "line_no",
    "document_type",
    "tax_id",
    "branch",
    "document_date",
    "product_code",
    "quantity",
    "amount",
    "vat",
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of a tax invoice; a credit note's units and amounts are negative.

    `units` counts ten-thousandths; `product_code` is a GTIN of 14 digits, or
    empty; `period` is the first day of the month of `document_on`.
    """

    tax_id: str
    branch: str
    document_no: str
    line_no: int
    document_type: int
    document_on: date
    period: date
    product_code: str
    units: int
    amount_satang: int
    vat_satang: int


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value of a row; `code` stands in `CODES`."""

    field: str
    code: str
    value: str

    @property
    def number(self) -> int:
        """The number in the exchange's catalogue."""
        return CODES[self.code].number


class _Row:
    """A row being read: every wrong value leaves a fault and a stand-in."""

    def __init__(self, entered: Mapping[str, str]) -> None:
        self.entered = entered
        self.faults: list[Fault] = []

    def read(self, column: str, reader: Callable[[str], T], instead: T) -> T:
        """Return what the reader makes of the value, or `instead` and a fault."""
        text = self.entered.get(column, "").strip()
        try:
            if not text and column != "product_code":
                raise WrongValue("required")
            return reader(text)
        except WrongValue as wrong:
            self.faults.append(Fault(column, str(wrong), text[:60]))
            return instead


def check_sale(entered: Mapping[str, str], *, today: date) -> Sale | list[Fault]:
    """Return the sale a row tells of, or everything that is wrong with it.

    A missing column counts as empty. `today` is the day in Thailand.
    >>> row = {
    ...     "document_no": "INV-1", "line_no": "1", "document_type": "81",
    ...     "tax_id": "0105558096348", "branch": "00000", "document_date": "5/10/2569",
    ...     "product_code": "8850124003225", "quantity": "12", "amount": "1250.50", "vat": "87.54",
    ... }
    >>> sale = check_sale(row, today=date(2026, 11, 10))
    >>> sale.period, sale.product_code, sale.units, sale.amount_satang
    (datetime.date(2026, 10, 1), '08850124003225', -120000, -125050)
    >>> [fault.code for fault in check_sale(row | {"vat": "1.005"}, today=date(2026, 11, 10))]
    ['decimals']
    """
    row = _Row(entered)
    document_no = row.read("document_no", lambda text: values.matching(text, Kind.DOCUMENT_NO), "")
    line_no = row.read("line_no", lambda text: int(values.matching(text, Kind.LINE_NO)), 0)
    document_type = row.read("document_type", values.document_type, 388)
    seller = row.read("tax_id", values.tax_id, "")
    branch = row.read("branch", lambda text: values.matching(text, Kind.BRANCH), "")
    on = row.read("document_date", lambda text: values.past(text, today), today)
    product_code = row.read("product_code", values.gtin14, "")
    units = row.read("quantity", lambda text: values.scaled(text, Kind.QUANTITY), 0)
    amount_satang = row.read("amount", _satang, 0)
    vat_satang = row.read("vat", _satang, 0)
    if row.faults:
        return row.faults
    sign = SIGNS[document_type]
    return Sale(
        tax_id=seller,
        branch=branch,
        document_no=document_no,
        line_no=line_no,
        document_type=document_type,
        document_on=on,
        period=on.replace(day=1),
        product_code=product_code,
        units=sign * units,
        amount_satang=sign * amount_satang,
        vat_satang=sign * vat_satang,
    )


def key_of(sale: Sale) -> tuple[str, str, str, int, int]:
    """Return what names a line among all lines of its source.

    The year belongs to it, because sellers begin their numbers anew each year.
    """
    return sale.tax_id, sale.branch, sale.document_no, sale.line_no, sale.document_on.year


def _satang(text: str) -> int:
    return values.scaled(text, Kind.AMOUNT)
