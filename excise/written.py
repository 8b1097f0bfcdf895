"""Digits and numbers as people in Thailand write them, on a page or in a file."""

import re
from decimal import Decimal

_WESTERN = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|-?\.\d+")


def western(text: str) -> str:
    """Return the text with Thai digits turned into 0-9 and without any spaces.

    >>> western(" ๑,๒๓๔ .๕ ")
    '1,234.5'
    """
    return "".join(text.translate(_WESTERN).split())


def number(text: str) -> Decimal:
    """Read a number as people write it in Thailand.

    Commas may only group thousands: "12,50" is more likely twelve and a half
    than one thousand two hundred and fifty, so it is refused, not guessed.
    Raises ValueError.
    >>> number("฿ 1,234.50"), number("๙๙ บาท")
    (Decimal('1234.50'), Decimal('99'))
    """
    plain = western(text).replace("฿", "").removesuffix("บาท")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    return Decimal(plain.replace(",", ""))
