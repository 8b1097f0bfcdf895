"""What one cell of a file of lines means: read as leniently as the boxes of a page."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from excise.evidence.values import WrongValue, gtin14
from excise.money import scaled
from excise.periods import TaxMonth, gregorian
from excise.products.models import Product
from excise.written import number, western

_LONGEST_REF = 60
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DEFUSED = re.compile(r"'(?=[=+\-@])")


def plain(text: str) -> str:
    """Return a cell as it was meant: composed, spaces made one, no guard against formulas.

    >>> plain(" เบียร์   เย็น "), plain("'-5")
    ('เบียร์ เย็น', '-5')
    """
    return _DEFUSED.sub("", unicodedata.normalize("NFC", " ".join(text.split())), count=1)


def reference(text: str) -> str:
    """Return the reference of a row; raises WrongValue."""
    if not (told := plain(text)):
        raise WrongValue("required")
    if len(told) > _LONGEST_REF or not told.isprintable():
        raise WrongValue("ref-format")
    return told


def product_reader(products: Sequence[Product]) -> Callable[[str], int]:
    """Return what finds a product by its barcode or by its name; it raises WrongValue."""
    by_code = {gtin14(each.gtin): each.id for each in products if each.gtin}
    by_name: dict[str, list[int]] = {}
    for each in products:
        by_name.setdefault(plain(each.name).casefold(), []).append(each.id)

    def read(text: str) -> int:
        if not (told := plain(text)):
            raise WrongValue("required")
        found = by_name.get(told.casefold(), [])
        if len(found) > 1:
            raise WrongValue("product-ambiguous")
        code = western(told).zfill(14)
        if not found and code in by_code:
            return by_code[code]
        if not found:
            raise WrongValue("product-unknown")
        return found[0]

    return read


def day_reader(period: date, removal_on: date | None) -> Callable[[str], date]:
    """Return what reads a day of a return, in either era; it raises WrongValue."""

    def read(text: str) -> date:
        told = western(text)
        if not told:
            if removal_on is None:
                raise WrongValue("required")
            return removal_on
        day = _day(told)
        if removal_on not in (None, day) or TaxMonth.of(day) != TaxMonth.of(period):
            raise WrongValue("day-outside")
        return day

    return read


def _day(text: str) -> date:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        raise WrongValue("date-format")
    try:
        return date(gregorian(year), month, day)
    except ValueError as error:
        raise WrongValue("date-format") from error


def decimal_reader(places: int, at_most: int, *, required: bool) -> Callable[[str], Decimal | None]:
    """Return what reads a number with so many decimals at most; it raises WrongValue."""

    def read(text: str) -> Decimal | None:
        told = plain(text)
        if not told:
            if required:
                raise WrongValue("required")
            return None
        try:
            value = number(told)
        except ValueError as error:
            raise WrongValue("number-format") from error
        if value.adjusted() > 18 or value > at_most or value < 0:
            raise WrongValue("not-positive" if value < 0 else "out-of-range")
        try:
            scaled(value, places)
        except ValueError as error:
            raise WrongValue("decimals") from error
        return value

    return read


def counted(read: Callable[[str], Decimal | None], places: int) -> Callable[[str], int]:
    """Return what reads a number that must be more than zero, as a count of its last decimal."""

    def count(text: str) -> int:
        value = read(text)
        if not value:
            raise WrongValue("not-positive")
        return scaled(value, places)

    return count
