"""The words of an explanation, Thai and English."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

from excise.tariff.figures import Figure, shown

STEPS: dict[str, tuple[str, str]] = {
    "srp_ex_vat": (
        "ราคาขายปลีกแนะนำไม่รวมภาษีมูลค่าเพิ่ม",
        "Suggested retail price without VAT",
    ),
    "srp_ex_vat_3dp": ("ราคาไม่รวมภาษีมูลค่าเพิ่ม ทศนิยม 3 ตำแหน่ง", "Price without VAT to 3 decimals"),
    "value_band": ("ช่วงอัตราตามมูลค่า", "Band of the value rate"),
    "quantity_band": ("ช่วงอัตราตามปริมาณ", "Band of the quantity rate"),
    "band_measure": ("ค่าที่ใช้เลือกช่วงอัตรา", "Figure that selects the band"),
    "goods_value": ("มูลค่าสินค้าหรือบริการ", "Value of the goods or services"),
    "value_tax": ("ภาษีตามมูลค่า", "Tax on value"),
    "quantity": ("ปริมาณ", "Quantity"),
    "taxable_quantity": (
        "ปริมาณที่เสียภาษี (เศษนับเป็นหนึ่ง)",
        "Taxable quantity (a fraction counts as one)",
    ),
    "quantity_in_band": ("ปริมาณในช่วงอัตรา", "Quantity within the band"),
    "quantity_tax": ("ภาษีตามปริมาณ", "Tax on quantity"),
    "excise": ("ภาษีสรรพสามิต", "Excise tax"),
    "gross_excise": ("ภาษีสรรพสามิตทุกรายการ", "Excise tax of all lines"),
    "reduction": ("ภาษีที่ลดหย่อนได้", "Reduction that can be used"),
    "net_excise": ("ภาษีสรรพสามิตสุทธิ", "Net excise tax"),
    "local_tax": ("ภาษีเพื่อราชการส่วนท้องถิ่น", "Local tax"),
    "total_payable": ("รวมที่ต้องชำระ", "Total payable"),
    "tax_short": ("ภาษีที่ขาด", "Tax that is short"),
    "surcharge": ("เงินเพิ่ม", "Surcharge"),
    "surcharge_raw": ("เงินเพิ่มก่อนจำกัดเพดาน", "Surcharge before the cap"),
    "surcharge_cap": ("เพดานเงินเพิ่ม", "Cap of the surcharge"),
    "penalty_statutory": ("เบี้ยปรับตามกฎหมาย", "Statutory penalty"),
    "penalty": ("เบี้ยปรับที่เรียกเก็บ", "Penalty charged"),
    "subtotal": ("รวมภาษี เบี้ยปรับ และเงินเพิ่ม", "Tax, penalty and surcharge"),
}

FIGURES: dict[str, tuple[str, str]] = {
    "value_pct": ("อัตราตามมูลค่า", "value rate"),
    "baht_rate": ("อัตราตามปริมาณ", "quantity rate"),
    "pct": ("อัตรา", "rate"),
    "monthly_pct": ("อัตราต่อเดือน", "rate a month"),
    "months": ("จำนวนเดือน", "months"),
    "multiple": ("จำนวนเท่า", "multiple"),
    "remaining_pct": ("ส่วนที่เหลือ", "remaining"),
    "cap_pct": ("เพดาน", "cap"),
    "start": ("สะสมก่อนรายการนี้", "before this line"),
    "above": ("เกิน", "above"),
    "at_least": ("ตั้งแต่", "at least"),
    "up_to": ("ไม่เกิน", "up to"),
    "below": ("น้อยกว่า", "below"),
    "tax_due": ("ภาษีที่ต้องเสีย", "tax due"),
    "already_paid": ("ชำระแล้ว", "already paid"),
    "whole_tax": ("ภาษีที่ขาด", "tax that is short"),
    "deduction": ("รายการลดหย่อน", "reduction claimed"),
}

LOWER = {"above": ("<", "เกิน"), "at_least": ("≤", "ตั้งแต่")}
UPPER = {"up_to": ("≤", "ไม่เกิน"), "below": ("<", "น้อยกว่า")}


def step_label(name: str) -> tuple[str, str]:
    """Return the label of a step; the step of a fund or band is named after it.

    >>> step_label("value_tax")
    ('ภาษีตามมูลค่า', 'Tax on value')
    """
    if name.startswith("fund_"):
        return f"เงินบำรุงกองทุน {name[5:]}", f"Fund contribution {name[5:]}"
    if name in STEPS:
        return STEPS[name]
    base, _, number = name.rpartition("_")
    th, en = STEPS[base]
    return f"{th} ({number})", f"{en} ({number})"


def formula(operation: str, figures: Sequence[Figure], result: Fraction, *, thai: bool) -> str:
    """Write a step as one line a person can follow."""
    if operation == "terms":
        terms = groupby(figures, key=lambda figure: figure.term)
        return " + ".join(" × ".join(_figure(each, thai) for each in part) for _, part in terms)
    if operation == "least":
        word = "จำนวนที่น้อยกว่าระหว่าง" if thai else "the lesser of"
        return f"{word} " + " | ".join(_figure(each, thai) for each in figures)
    if operation == "whole":
        word = "เศษนับเป็นหนึ่ง" if thai else "a fraction counts as one"
        return f"{_figure(figures[0], thai)} → {shown(result)} ({word})"
    parts = ", ".join(_figure(each, thai) for each in figures)
    return f"{parts} → {shown(result)}" if operation == "portion" else parts


def _figure(figure: Figure, thai: bool) -> str:
    label, unit = (figure.th, figure.unit_th) if thai else (figure.en, figure.unit_en)
    if unit == "%":
        return f"{label} {shown(figure.value)}%"
    over = f" ÷ {shown(figure.over)}" if figure.over != 1 else ""
    return f"{label} {shown(figure.value)}{' ' + unit if unit else ''}{over}"
