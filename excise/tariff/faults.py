"""What may be wrong with the text of an edition, as a code with its facts, in two languages."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

SENTENCES: dict[str, tuple[str, str]] = {
    # The text as such
    "not-yaml": (
        "ข้อความไม่ถูกรูปแบบ YAML ตรวจวงเล็บ เครื่องหมายคำพูด และการย่อหน้าใกล้บรรทัดนี้",
        "{problem}",
    ),
    "key-twice": ("มีชื่อ {name} ซ้ำสองครั้ง", "{name} stands twice"),
    "referred-to": (
        "ถูกอ้างอิงจากที่อื่น ให้เขียนเต็มทุกแห่ง",
        "is referred to from elsewhere; write it out",
    ),
    "endless": ("มีส่วนซ้อนกันไม่สิ้นสุด", "parts within parts without end"),
    "no-sections": ("ต้องประกอบด้วยหมวดที่มีชื่อกำกับ", "an edition is a mapping of sections"),
    # One field
    "missing": ("ต้องระบุ", "Field required"),
    "extra_forbidden": ("ไม่มีช่องข้อมูลชื่อนี้", "{problem}"),
    "greater_than_equal": ("ต้องไม่น้อยกว่า {ge}", "{problem}"),
    "string_too_short": ("ต้องไม่เว้นว่าง", "{problem}"),
    "too_short": ("ต้องมีอย่างน้อยหนึ่งรายการ", "{problem}"),
    "literal_error": ("ต้องเป็นค่าใดค่าหนึ่งใน {expected}", "{problem}"),
    "decimal_parsing": ("ต้องเป็นตัวเลข", "{problem}"),
    "decimal_max_places": ("มีทศนิยมเกิน {decimal_places} ตำแหน่ง", "{problem}"),
    "decimal_max_digits": ("มีตัวเลขเกิน {max_digits} หลัก", "{problem}"),
    "int_parsing": ("ต้องเป็นจำนวนเต็ม", "{problem}"),
    "bool_parsing": ("ต้องเป็น true หรือ false", "{problem}"),
    "value_error": ("ต้องเป็นวันที่ เช่น 2026-01-31", "{problem}"),
    "not-readable": ("ค่านี้ใช้ไม่ได้", "{problem}"),
    # Rows and days
    "section-lacks": ("ขาด {name}", "{name} is missing"),
    "no-row": ("ยังไม่มีแถวข้อมูล", "there is no row"),
    "ends-before": (
        "มีแถวที่สิ้นสุดวันที่ {to} ก่อนวันเริ่ม {first}",
        "a row ends on {to} before it begins on {first}",
    ),
    "days-overlap": (
        "ช่วงวันทับซ้อน มีสองแถวใช้บังคับในวันที่ {day}",
        "overlap, two rows are in force on {day}",
    ),
    "days-gap": (
        "ช่วงวันขาดตอน ไม่มีแถวระหว่าง {first} กับ {last}",
        "gap, no row between {first} and {last}",
    ),
    # Names
    "twice": ("ซ้ำสองครั้ง", "stands twice"),
    "unknown-unit": ("ไม่มีหน่วย {name}", "unknown unit {name}"),
    "unknown-schedule": ("ไม่มีตารางอัตรา {name}", "unknown schedule {name}"),
    "unknown-chapter": ("ไม่มีตอนที่ {name}", "unknown chapter {name}"),
    "unknown-duty-group": ("ไม่มีกลุ่มสินค้า {name}", "unknown duty group {name}"),
    "unknown-measure": ("ไม่มีปริมาณชื่อ {name}", "unknown measure {name}"),
    # Bands
    "last-band-ends": ("ช่วงอัตราขาดตอน ช่วงสุดท้ายมีขอบบน", "gap, the last band has an upper edge"),
    "first-band-begins": ("ช่วงอัตราขาดตอน ช่วงแรกมีขอบล่าง", "gap, the first band has a lower edge"),
    "bands-overlap": ("ช่วงอัตราสองช่วงทับซ้อนที่ {at}", "overlap of two bands at {at}"),
    "bands-gap": ("ช่วงอัตราขาดตอนระหว่าง {low} กับ {high}", "gap between {low} and {high}"),
    "edge-gap": ("ไม่มีช่วงอัตราสำหรับค่า {at} พอดี", "gap at {at} itself"),
    "edge-overlap": ("ค่า {at} พอดีอยู่ในสองช่วงอัตรา", "overlap at {at} itself"),
    # Figures
    "too-fine": ("{figure} มีทศนิยมเกิน {places} ตำแหน่ง", "{figure} has more than {places} decimals"),
    "above-ceiling-pct": (
        "ร้อยละ {figure} สูงกว่าอัตราเพดานร้อยละ {limit}",
        "{figure}% is above the ceiling of {limit}%",
    ),
    "above-ceiling-baht": (
        "{figure} บาท สูงกว่าอัตราเพดาน {limit} บาท",
        "{figure} baht is above the ceiling of {limit} baht",
    ),
    "bands-and-rate": (
        "แถวเดียวมีได้เฉพาะช่วงอัตราหรืออัตราเดียว ไม่ใช่ทั้งสองอย่าง",
        "a row has bands or a rate, not both",
    ),
    "no-rate": ("แถวไม่มีอัตรา", "a row without a rate"),
    "quantity-twice": (
        "อัตราตามปริมาณมาจากทั้งตารางอัตราและแถว",
        "the quantity tax comes from the schedule and from the row",
    ),
    "marginal-value": (
        "อัตราก้าวหน้าใช้ได้เฉพาะภาษีตามปริมาณ",
        "only a quantity tax can be marginal",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where in the text, and what.

    `where` is a place like "items beer", empty for the text as a whole; `from_` the first day of
    the row, `line` counts from 1. As text it is English.
    >>> str(Fault("unknown-unit", "items lpg", {"name": "stone"}, line=7))
    'line 7: items lpg: unknown unit stone'
    >>> Fault("unknown-unit", "items lpg", {"name": "stone"}).told("th")
    'items lpg: ไม่มีหน่วย stone'
    """

    code: str
    where: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    from_: dt.date | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Say it in English."""
        return self.told("en")

    def told(self, lang: str) -> str:
        """Say it in Thai or English, with its line and place."""
        is_thai = lang == "th"
        since = f" {'ตั้งแต่' if is_thai else 'from'} {self.from_}" if self.from_ else ""
        line = f"{'บรรทัดที่' if is_thai else 'line'} {self.line}" if self.line else ""
        sentence = SENTENCES[self.code][not is_thai].format_map(self.facts)
        return ": ".join(filter(None, (line, f"{self.where}{since}", sentence)))

    def as_json(self) -> dict[str, object]:
        """Return the fault for other programs."""
        told = {"message_th": self.told("th"), "message_en": self.told("en")}
        return {"code": self.code, "where": self.where, "line": self.line, **told}
