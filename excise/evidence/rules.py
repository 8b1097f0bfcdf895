"""What one row of VAT sales must say, and what it means in whole numbers.

The layout is the Revenue Department's report of output tax (รายงานภาษีขาย), one
row for each line of a tax invoice. It is strict, because machines write it:
plain digits, a point, no commas. Only spaces around a value are forgiven.
Law: Revenue Code, s. 87 (the report), s. 86/4, 86/9, 86/10 (its documents).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

from stdnum import ean

from excise.errors import Invalid
from excise.evidence.codes import CODES
from excise.periods import BUDDHIST_YEARS_AHEAD
from excise.taxpayers.rules import tax_id as checked_tax_id

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
_SIGNS = {388: 1, 80: 1, 81: -1}  # tax invoice, debit note, credit note
_FIRST_DATE = date(2000, 1, 1)
# No comma and no quote: the canonical rows need no quoting, and a formula is no number.
_DOCUMENT_NO = re.compile(r"[0-9A-Za-zก-๙][0-9A-Za-zก-๙ ./_#()&+-]{0,39}")
_LINE_NO = re.compile(r"[1-9][0-9]{0,5}")
_BRANCH = re.compile(r"[0-9]{5}")
_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_INTEGER_DIGITS = 12  # a thousand billion baht or units on one line
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_THAI = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_BUDDHIST_YEARS = range(2400, 2700)


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


class _Wrong(Exception):
    """Carries a code from the reader of a value to its row."""


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
                raise _Wrong("required")
            return reader(text)
        except _Wrong as wrong:
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
    document_no = row.read("document_no", _document_no, "")
    line_no = row.read("line_no", _line_no, 0)
    document_type = row.read("document_type", _document_type, 388)
    seller = row.read("tax_id", _tax_id, "")
    branch = row.read("branch", _branch, "")
    on = row.read("document_date", lambda text: _past(text, today), today)
    product_code = row.read("product_code", gtin14, "")
    units = row.read("quantity", _units, 0)
    amount_satang = row.read("amount", _satang, 0)
    vat_satang = row.read("vat", _satang, 0)
    if row.faults:
        return row.faults
    sign = _SIGNS[document_type]
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


def gtin14(text: str) -> str:
    """Return a GTIN in its longest form, by which all sources name a product alike.

    Nothing stays nothing: not every line sells a product with a bar code.
    >>> gtin14("8850124003225")
    '08850124003225'
    """
    return _gtin14(text) if text else ""


@lru_cache(maxsize=65536)
def _gtin14(text: str) -> str:
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        raise _Wrong("product-code-format")
    if not ean.is_valid(text):
        raise _Wrong("check-digit")
    return text.zfill(14)


def _document_no(text: str) -> str:
    return _matching(text, _DOCUMENT_NO, "document-no-format")


def _branch(text: str) -> str:
    return _matching(text, _BRANCH, "branch-format")


def _line_no(text: str) -> int:
    return int(_matching(text, _LINE_NO, "line-no-format"))


def _matching(text: str, pattern: re.Pattern[str], code: str) -> str:
    if not pattern.fullmatch(text):
        raise _Wrong(code)
    return text


def _document_type(text: str) -> int:
    if text not in ("388", "80", "81"):
        raise _Wrong("not-in-list")
    return int(text)


@lru_cache(maxsize=65536)
def _tax_id(text: str) -> str:
    try:
        return checked_tax_id(text)
    except Invalid as error:
        code = "check-digit" if error.reason == "tax-id-check-digit" else "tax-id-format"
        raise _Wrong(code) from error


def _past(text: str, today: date) -> date:
    day = _date(text)
    if day > today:
        raise _Wrong("future-date")
    return day


@lru_cache(maxsize=4096)
def _date(text: str) -> date:
    if iso := _ISO.fullmatch(text):
        year, month, day = map(int, iso.groups())
        # By its digits, because a leap day of the Buddhist era need not be one of ours.
        if year in _BUDDHIST_YEARS:
            raise _Wrong("date-buddhist-year")
    elif thai := _THAI.fullmatch(text):
        day, month, year = map(int, thai.groups())
        if year not in _BUDDHIST_YEARS:
            raise _Wrong("date-format")
        year -= BUDDHIST_YEARS_AHEAD
    else:
        raise _Wrong("date-format")
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise _Wrong("date-format") from error
    if found < _FIRST_DATE:
        raise _Wrong("date-too-early")
    return found


def _units(text: str) -> int:
    return _scaled(text, 4)


def _satang(text: str) -> int:
    return _scaled(text, 2)


def _scaled(text: str, places: int) -> int:
    if not (number := _NUMBER.fullmatch(text)):
        raise _Wrong("number-format")
    whole, decimals = number[1].lstrip("0"), (number[2] or "").rstrip("0")
    if len(decimals) > places:
        raise _Wrong("decimals")
    if len(whole) > _INTEGER_DIGITS:
        raise _Wrong("out-of-range")
    return int(whole + decimals.ljust(places, "0"))
