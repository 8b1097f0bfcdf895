"""What a rule counts and what its key names, in finished words of one language."""

from datetime import date

from excise.formats import amount, date_text, quantity
from excise.matching.rules import MEASURES, RULES, SUBJECTS

_PLACES = 4  # of a unit
_BAHT = ("บาท", "baht")
_UNITS = ("หน่วย", "units")
_BARCODE = ("บาร์โค้ด", "Barcode")
_TOGETHER = ("สินค้าทั้งหมดรวมกัน", "All products together")
_HINT = (
    "อีกฝั่งหนึ่งเป็น {factor} เท่าพอดี หน่วยนับอาจต่างกัน เช่น ลังกับกระป๋อง",
    "One side is {factor} times the other: the units may differ, as cases and cans do.",
)
FACTORS = (6, 12, 24, 1000)  # as in judge.sql


def _in(words: tuple[str, str], lang: str) -> str:
    return words[lang != "th"]


def figure(number: int, *, measure: str, unit: str = "", lang: str) -> str:
    """Write a figure in the measure of a rule; `unit` is the product's, if there is one.

    >>> figure(125_000, measure="units", unit="ลิตร", lang="th")
    '12.5 ลิตร'
    >>> figure(2, measure="months", lang="en")
    '2 month(s)'
    """
    if measure == "satang":
        return f"{amount(number)} {_in(_BAHT, lang)}"
    if measure == "units":
        return f"{quantity(number, _PLACES, lang)} {unit or _in(_UNITS, lang)}"
    return f"{quantity(number, 0, lang)} {_in(MEASURES[measure], lang)}"


def subject(key: str, *, rule: str, product: str = "", lang: str) -> str:
    """Name what a finding is about: the product where it is known, else what its key says.

    >>> subject("A0191691000123|2", rule="R11", lang="en")
    'A0191691000123, 2'
    >>> subject("08850124003225|2026-10-05", rule="R01", product="เบียร์", lang="th")
    'เบียร์, 5 ต.ค. 2569'
    """
    kind = RULES[rule].subject
    first, *more = key.split("|")
    if product:
        named = product
    elif not key or kind == "month":
        named = first or (_in(_TOGETHER if rule == "R11" else SUBJECTS["month"], lang))
    elif first.isdigit() and len(first) == len("08850124003225"):
        named = f"{_in(_BARCODE, lang)} {first}"
    else:
        named = f"{_in(SUBJECTS[kind], lang)} {_part(first, lang)}"
    return ", ".join([named, *(_part(each, lang) for each in more if each)])


def _part(text: str, lang: str) -> str:
    try:
        return date_text(date.fromisoformat(text), lang, "medium") if "-" in text else text
    except ValueError:
        return text


def unit_hint(declared: int | None, evidence: int | None, tolerance: int, *, lang: str) -> str:
    """Say that the two sides may count other units, when one is a usual pack of the other.

    >>> unit_hint(100, 1200, 1, lang="en")[:33], unit_hint(100, 1300, 1, lang="en")
    ('One side is 12 times the other: t', '')
    """
    if not declared or not evidence:
        return ""
    less, more = sorted((abs(declared), abs(evidence)))
    found = (each for each in FACTORS if abs(more - less * each) <= tolerance)
    factor = next(found, None)
    return _in(_HINT, lang).format(factor=factor) if factor else ""
