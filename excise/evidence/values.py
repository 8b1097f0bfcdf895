"""What one value of a file must look like, and what it means: one reader a kind.

These readers are the definition. `columnwise` reads whole columns fast where
nothing is unusual; whatever it does not know for certain comes here.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from stdnum import ean

from excise.errors import Invalid
from excise.evidence.columns import Column, Kind
from excise.periods import BUDDHIST_YEARS_AHEAD
from excise.taxpayers.rules import tax_id as checked_tax_id

Value = str | int | bool | date
SIGNS = {388: 1, 80: 1, 81: -1}  # tax invoice, debit note, credit note
FIRST_DATE = date(2000, 1, 1)
PLACES = {Kind.AMOUNT: 2, Kind.QUANTITY: 4}
INTEGER_DIGITS = 12  # a thousand billion baht or units on one line
# No comma and no quote, and nothing that a spreadsheet takes for a formula.
PATTERNS = {
    Kind.BRANCH: r"[0-9]{5}",
    Kind.CODE: r"[0-9A-Za-zก-๙][0-9A-Za-zก-๙ ./_#()&+-]{0,39}",
    Kind.COUNT: r"0*[0-9]{1,12}",
    Kind.DOCUMENT_NO: r"[0-9A-Za-zก-๙][0-9A-Za-zก-๙ ./_#()&+-]{0,39}",
    Kind.LINE_NO: r"[1-9][0-9]{0,5}",
    Kind.SERIAL: r"0*[1-9][0-9]{0,17}",
    Kind.VIN: r"[0-9A-HJ-NPR-Z]{17}",
}
_COMPILED = {kind: re.compile(pattern) for kind, pattern in PATTERNS.items()}
_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_THAI = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_HS = re.compile(r"[0-9]{6,12}")
_BUDDHIST_YEARS = range(2400, 2700)
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_LONGEST_TEXT = 200


class WrongValue(Exception):
    """Carries a code from the reader of a value to its row."""


def value_of(text: str, column: Column, *, today: date) -> Value | None:
    """Return what a value of a file means; an empty one is "" or None, by its type.

    Spaces around it are forgiven, and Thai digits wherever digits are meant.
    Amounts are satang, quantities ten-thousandths. Raises WrongValue.
    >>> amount = Column("amount", "มูลค่า", Kind.AMOUNT, ("1",))
    >>> value_of(" ๑๒.๕ ", amount, today=date(2026, 11, 10))
    1250
    """
    text = text.strip()
    if not text:
        if column.required:
            raise WrongValue("required")
        return None if column.kind in _NEVER_TEXT else ""
    if column.kind not in _WORDS:
        text = text.translate(_THAI_DIGITS)
    return _READERS[column.kind](text, column, today)


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
        raise WrongValue("product-code-format")
    if not ean.is_valid(text):
        raise WrongValue("check-digit")
    return text.zfill(14)


def goods_code(text: str) -> str:
    """Return a GTIN in its longest form, any other code of goods as it is.

    >>> goods_code("8850124003225"), goods_code("MALT-01")
    ('08850124003225', 'MALT-01')
    """
    try:
        return _gtin14(text)
    except WrongValue:
        return matching(text, Kind.CODE)


def matching(text: str, kind: Kind) -> str:
    """Return text that has the form of its kind; raises WrongValue."""
    if not _COMPILED[kind].fullmatch(text):
        raise WrongValue(f"{kind}-format")
    return text


def document_type(text: str) -> int:
    """Return 388, 80 or 81; raises WrongValue."""
    if text not in ("388", "80", "81"):
        raise WrongValue("not-in-list")
    return int(text)


@lru_cache(maxsize=65536)
def tax_id(text: str) -> str:
    """Return the 13 digits; raises WrongValue."""
    try:
        return checked_tax_id(text)
    except Invalid as error:
        code = "check-digit" if error.reason == "tax-id-check-digit" else "tax-id-format"
        raise WrongValue(code) from error


def past(text: str, today: date) -> date:
    """Return a day that has come, written either way; raises WrongValue."""
    return _come(_date(text), today)


@lru_cache(maxsize=4096)
def _date(text: str) -> date:
    if iso := _ISO.fullmatch(text):
        year, month, day = map(int, iso.groups())
        # By its digits, because a leap day of the Buddhist era need not be one of ours.
        if year in _BUDDHIST_YEARS:
            raise WrongValue("date-buddhist-year")
    elif thai := _THAI.fullmatch(text):
        day, month, year = map(int, thai.groups())
        if year not in _BUDDHIST_YEARS:
            raise WrongValue("date-format")
        year -= BUDDHIST_YEARS_AHEAD
    else:
        raise WrongValue("date-format")
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise WrongValue("date-format") from error
    if found < FIRST_DATE:
        raise WrongValue("date-too-early")
    return found


def _come(day: date, today: date) -> date:
    if day > today:
        raise WrongValue("future-date")
    return day


def _month(text: str, _column: Column, today: date) -> date:
    first = f"{text}-01" if "-" in text else f"1/{text}"
    try:
        return _come(_date(first), today)
    except WrongValue as wrong:
        raise WrongValue("month-format" if str(wrong) == "date-format" else str(wrong)) from wrong


def scaled(text: str, kind: Kind) -> int:
    """Return a decimal number in its smallest units; raises WrongValue."""
    if not (number := _NUMBER.fullmatch(text)):
        raise WrongValue("number-format")
    places = PLACES[kind]
    whole, decimals = number[1].lstrip("0"), (number[2] or "").rstrip("0")
    if len(decimals) > places:
        raise WrongValue("decimals")
    if len(whole) > INTEGER_DIGITS:
        raise WrongValue("out-of-range")
    return int(whole + decimals.ljust(places, "0"))


def _patterned(text: str, column: Column, _today: date) -> str:
    return matching(text, column.kind)


def _whole(text: str, column: Column, _today: date) -> int:
    return int(matching(text, column.kind))


def _scaled(text: str, column: Column, _today: date) -> int:
    return scaled(text, column.kind)


def _choice(text: str, column: Column, _today: date) -> str:
    if text not in column.choices:
        raise WrongValue("choice")
    return text


def _action(text: str, column: Column, today: date) -> str:
    return _choice(text.upper(), column, today)


def _flag(text: str, _column: Column, _today: date) -> bool:
    if text.upper() not in ("Y", "N"):
        raise WrongValue("flag-format")
    return text.upper() == "Y"


def _hs_code(text: str, _column: Column, _today: date) -> str:
    if not _HS.fullmatch(digits := text.replace(".", "")):
        raise WrongValue("hs-code-format")
    return digits


def _text(text: str, _column: Column, _today: date) -> str:
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        raise WrongValue("text-format")
    return text


_WORDS = (Kind.TEXT, Kind.CODE, Kind.DOCUMENT_NO)  # a Thai digit there is a letter like others
_NEVER_TEXT = {
    *(Kind.AMOUNT, Kind.COUNT, Kind.DATE, Kind.DOCUMENT_TYPE, Kind.FLAG),
    *(Kind.LINE_NO, Kind.MONTH, Kind.QUANTITY, Kind.SERIAL),
}
_READERS: dict[Kind, Callable[[str, Column, date], Value]] = {
    Kind.ACTION: _action,
    Kind.AMOUNT: _scaled,
    Kind.BRANCH: _patterned,
    Kind.CHOICE: _choice,
    Kind.CODE: _patterned,
    Kind.COUNT: _whole,
    Kind.DATE: lambda text, _column, today: past(text, today),
    Kind.DOCUMENT_NO: _patterned,
    Kind.DOCUMENT_TYPE: lambda text, _column, _today: document_type(text),
    Kind.FLAG: _flag,
    Kind.GOODS_CODE: lambda text, _column, _today: goods_code(text),
    Kind.GTIN: lambda text, _column, _today: gtin14(text),
    Kind.HS_CODE: _hs_code,
    Kind.LINE_NO: _whole,
    Kind.MONTH: _month,
    Kind.QUANTITY: _scaled,
    Kind.SERIAL: _whole,
    Kind.TAX_ID: lambda text, _column, _today: tax_id(text),
    Kind.TEXT: _text,
    Kind.VIN: lambda text, column, today: _patterned(text.upper(), column, today),
}
