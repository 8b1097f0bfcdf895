"""How dates, money and numbers are written for people. Pure: no Flask, no clock.

The Buddhist year exists only here: values carry the common era, text carries
the year of its language.
"""

import datetime as dt
from decimal import Decimal

from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal
from num2words import num2words

from excise.money import baht
from excise.periods import BANGKOK, BUDDHIST_YEARS_AHEAD

ENGLISH = "en_GB"  # day before month, as Thai readers expect
ARABIC_DIGITS, THAI_DIGITS = "0123456789", "๐๑๒๓๔๕๖๗๘๙"
_TO_THAI = str.maketrans(ARABIC_DIGITS, THAI_DIGITS)
_TO_ARABIC = str.maketrans(THAI_DIGITS, ARABIC_DIGITS)
_PATTERNS = {
    "long": "d MMMM y",
    "medium": "d MMM y",
    "month": "MMMM y",
    "short": "dd/MM/y",
}
_MONTHS = {width: get_month_names(width, locale="th") for width in ("wide", "abbreviated")}


def buddhist_year(day: dt.date) -> int:
    """Return the year of the Buddhist Era a day lies in.

    Until 1940 the year began on 1 April, so January to March still belonged
    to the year before; only old birth and registration dates reach so far.
    >>> buddhist_year(dt.date(2026, 11, 22)), buddhist_year(dt.date(1940, 3, 31))
    (2569, 2482)
    """
    began_in_april = day.year <= 1940 and day.month < 4
    return day.year + BUDDHIST_YEARS_AHEAD - began_in_april


def date_text(value: dt.date, lang: str, style: str = "long") -> str:
    """Write a date in Thai (Buddhist Era) or English (common era).

    Styles: "long", "medium", "month", "short", and "formal" for letters, which
    names the era. A datetime is taken at Bangkok.
    >>> date_text(dt.date(2026, 11, 22), "th")
    '22 พฤศจิกายน 2569'
    >>> date_text(dt.date(2026, 11, 22), "en", "month")
    'November 2026'
    """
    day = value.astimezone(BANGKOK).date() if isinstance(value, dt.datetime) else value
    if lang == "th":
        return _thai_date(day, style)
    return format_date(day, _PATTERNS["long" if style == "formal" else style], locale=ENGLISH)


def _thai_date(day: dt.date, style: str) -> str:
    # Babel knows the Thai months but no Buddhist calendar.
    year, month = buddhist_year(day), _MONTHS["wide"][day.month]
    match style:
        case "long":
            return f"{day.day} {month} {year}"
        case "formal":
            return f"{day.day} {month} พ.ศ. {year}"
        case "medium":
            return f"{day.day} {_MONTHS['abbreviated'][day.month]} {year}"
        case "month":
            return f"{month} {year}"
        case "short":
            return f"{day.day} {_MONTHS['abbreviated'][day.month]} {year % 100:02d}"
    raise KeyError(style)


def datetime_text(value: dt.datetime, lang: str, style: str = "long") -> str:
    """Write a moment as Bangkok's date and time of day.

    >>> datetime_text(dt.datetime(2026, 11, 22, 3, 41, tzinfo=dt.UTC), "th")
    '22 พฤศจิกายน 2569 เวลา 10.41 น.'
    """
    assert value.tzinfo, "a moment says where its clock stands"
    local = value.astimezone(BANGKOK)
    if lang == "th":
        return f"{date_text(local, 'th', style)} เวลา {local:%H.%M} น."
    return f"{date_text(local, 'en', style)}, {local:%H:%M}"


def amount(satang: int) -> str:
    """Write satang as baht with two decimals and grouping.

    >>> amount(123_450), amount(-5)
    ('1,234.50', '-0.05')
    """
    return f"{baht(satang):,.2f}"


def baht_text(satang: int) -> str:
    """Write satang as an amount in Thai words, as receipts and cheques must.

    >>> baht_text(10_100)
    'หนึ่งร้อยเอ็ดบาทถ้วน'
    """
    # num2words is exact on Decimal only; a float loses satang.
    words: str = num2words(baht(abs(satang)), lang="th", to="currency", currency="THB")
    return f"ลบ{words}" if satang < 0 else words


def quantity(value: Decimal | int, places: int = 0, lang: str = "th") -> str:
    """Write a quantity with grouping, exactly, without idle zeros.

    A whole number is scaled: it counts steps of 10**-places.
    >>> quantity(12_345_600, 3), quantity(Decimal("0.005"))
    ('12,345.6', '0.005')
    """
    number = Decimal(value).scaleb(-places) if isinstance(value, int) else value
    locale = "th" if lang == "th" else ENGLISH
    return format_decimal(number, locale=locale, decimal_quantization=False)


def tax_id(digits: str) -> str:
    """Write the 13 digits of a tax ID in the groups of the identity card.

    >>> tax_id("0105558096348")
    '0-1055-58096-34-8'
    """
    return "-".join((digits[0], digits[1:5], digits[5:10], digits[10:12], digits[12:]))


def thai_digits(text: str) -> str:
    """Write the digits of a text as Thai digits.

    >>> thai_digits("มาตรา 140")
    'มาตรา ๑๔๐'
    """
    return text.translate(_TO_THAI)


def arabic_digits(text: str) -> str:
    """Write the Thai digits of a text as the digits computers read.

    >>> arabic_digits("๒๕๖๙")
    '2569'
    """
    return text.translate(_TO_ARABIC)
