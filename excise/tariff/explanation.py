"""A stored trace in the words of one language: what a page or a letter prints line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from excise.formats import amount, date_text
from excise.tariff.figures import shown

CONFIDENCE: dict[str, tuple[str, str]] = {
    "official": ("ข้อมูลทางการ", "official"),
    "press": ("จากข่าวหรือสำนักงานกฎหมาย", "from the press"),
    "derived": ("คำนวณจากข้อมูลดังกล่าว", "derived"),
    "memory": ("ยังไม่ได้ตรวจกับเอกสาร", "not yet checked"),
    "assumed": ("สมมติ รอกรมยืนยัน", "assumed, to be confirmed"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """The row of the tariff that gave a rate: since when, by which law, read where."""

    in_force: str
    law: str
    source: str
    confidence: str
    is_assumed: bool


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One step of a calculation as people read it; what it has not got is empty."""

    name: str
    label: str
    formula: str
    result: str
    rounding: str
    section: str
    row: Row | None


def explained(trace: Mapping[str, Any], lang: str) -> list[Explained]:
    """Turn a stored trace into lines in "th" or "en".

    >>> from datetime import date
    >>> from excise.tariff.rules import Line, calculate_line
    >>> from excise.tariff.schema import first_edition
    >>> line = Line(item="beer", tax_point_date=date(2026, 4, 2), srp_ex_vat_satang=3645,
    ...             measures={"volume_l": Decimal("0.32"), "degree": Decimal(5)})
    >>> steps = explained(calculate_line(first_edition(), line).trace.to_json(), "en")
    >>> steps[-1].formula, steps[-1].result
    ('Tax on value 8.02 baht + Tax on quantity 6.88 baht', '14.90 baht')
    """
    return [_step(step, lang) for step in trace["steps"]]


def _step(step: Mapping[str, Any], lang: str) -> Explained:
    baht = "บาท" if lang == "th" else "baht"
    satang = step["satang"]
    return Explained(
        name=step["name"],
        label=step[f"label_{lang}"],
        formula=step[f"formula_{lang}"],
        result=number_text(step["result"]) if satang is None else f"{amount(satang)} {baht}",
        rounding=_rounding(step, lang),
        section=step["section"] or "",
        row=_row(step["rate"], lang) if step["rate"] else None,
    )


def number_text(exact: str) -> str:
    """Write an exact number for reading; one that does not end is cut after six decimals.

    >>> number_text("3900/107"), number_text("24000")
    ('36.448598…', '24,000')
    """
    number = Fraction(exact)
    if "/" not in exact:
        return shown(number)
    digits = number.numerator * 10**6 // number.denominator
    return f"{Decimal(digits).scaleb(-6):,}…"


def _rounding(step: Mapping[str, Any], lang: str) -> str:
    """Say how it was rounded; nothing when it came out even."""
    if step["exact"] == step["result"]:
        return ""
    words = [_one_rounding(*text.split(), lang=lang) for text in step["rounding"]]
    return f"{number_text(step['exact'])} " + (" แล้ว" if lang == "th" else ", then ").join(words)


def _one_rounding(mode: str, decimals: str, *, lang: str) -> str:
    if lang == "th":
        cut = f"ตัดเหลือทศนิยม {decimals} ตำแหน่ง"
        return cut if mode == "down" else f"ปัดครึ่งขึ้นเป็นทศนิยม {decimals} ตำแหน่ง"
    return f"{'cut' if mode == 'down' else 'rounded half up'} to {decimals} decimals"


def _row(rate: Mapping[str, str], lang: str) -> Row:
    return Row(
        in_force=_in_force(rate, lang),
        law=rate["law"],
        source=rate["source"],
        confidence=confidence_text(rate["confidence"], lang),
        is_assumed=rate["confidence"] == "assumed",
    )


def _in_force(rate: Mapping[str, str], lang: str) -> str:
    edges = [date.fromisoformat(rate[edge]) for edge in ("from", "to") if edge in rate]
    days = [date_text(day, lang, "medium") for day in edges]
    return f"ตั้งแต่ {' ถึง '.join(days)}" if lang == "th" else f"from {' to '.join(days)}"


def confidence_text(confidence: str, lang: str) -> str:
    """Say how sure a figure of the law is."""
    return CONFIDENCE[confidence][lang != "th"]
