"""What to tell a person about an error of a calculation, Thai and English."""

from collections.abc import Mapping

MESSAGES: dict[str, tuple[str, str]] = {
    "unknown-item": (
        "ไม่มีรายการ {value} ในพิกัดอัตราภาษี (ที่ใช้ได้ เช่น {accepted})",
        "The tariff has no item {value} (there are {accepted})",
    ),
    "no-rate-on-date": (
        "รายการ {item} ไม่มีอัตราภาษี ณ วันที่ {value} (มีอัตราในช่วง {accepted})",
        "Item {item} has no rate on {value} (it has one in {accepted})",
    ),
    "no-provision-on-date": (
        "กฎหมายยังไม่ใช้บังคับ ณ วันที่ {date} ({accepted})",
        "The law has no {provision} on {date} ({accepted})",
    ),
    "measure-missing": (
        "ต้องระบุ {field} สำหรับรายการ {item} ({accepted})",
        "Item {item} needs {field} ({accepted})",
    ),
    "unknown-measure": (
        "ไม่รู้จักช่องข้อมูล {field} (ที่ใช้ได้: {accepted})",
        "There is no field {field} (there are: {accepted})",
    ),
    "out-of-range": (
        "{field}: {value} อยู่นอกช่วงที่รับได้ ({accepted})",
        "{field}: {value} is outside what is accepted ({accepted})",
    ),
    "too-many-decimals": (
        "{field}: {value} มีทศนิยมเกินกำหนด ({accepted})",
        "{field}: {value} has too many decimals ({accepted})",
    ),
    "prices-disagree": (
        "ราคาไม่รวมภาษีมูลค่าเพิ่ม {value} ไม่ตรงกับราคาขายปลีก ซึ่งคำนวณได้ {accepted}",
        "The price without VAT {value} disagrees with the retail price, which gives {accepted}",
    ),
    "field-missing": ("ต้องระบุ {field} ({accepted})", "{field} is missing ({accepted})"),
    "base-of-repealed-law": (
        "กฎหมายปัจจุบันคิดภาษีจากราคาขายปลีกแนะนำ มิใช่ {field} ตามกฎหมายเดิม (ใช้ {accepted})",
        "The Act of 2560 taxes the suggested retail price, not {field} as before (use {accepted})",
    ),
    "unknown-fund": (
        "ไม่มีกองทุน {value} (ที่มี: {accepted})",
        "There is no fund {value} (there are: {accepted})",
    ),
    "unknown-row": (
        "แถวนี้ไม่มีข้อมูลที่คำนวณได้ (ต้องมีช่องใดช่องหนึ่ง: {accepted})",
        "The row has nothing to calculate (it needs one of: {accepted})",
    ),
    "not-a-row": ("แถวนี้ไม่ใช่ชุดข้อมูลที่มีชื่อช่อง", "The row does not consist of named fields"),
    "not-a-number": ("{field}: {value} ไม่ใช่ตัวเลข", "{field}: {value} is not a number"),
    "not-a-date": (
        "{field}: {value} ไม่ใช่วันที่ (รูปแบบ {accepted})",
        "{field}: {value} is not a date ({accepted})",
    ),
    "not-a-month": (
        "{field}: {value} ไม่ใช่เดือนภาษี (รูปแบบ {accepted})",
        "{field}: {value} is not a month ({accepted})",
    ),
    "buddhist-year": (
        "{field}: {value} ใช้ปีพุทธศักราช กรุณาใช้ปีคริสต์ศักราช {accepted}",
        "{field}: {value} has a Buddhist year; the common era says {accepted}",
    ),
    "file-unreadable": ("อ่านแฟ้มไม่ได้: {problem}", "The file cannot be read: {problem}"),
    "file-broken": ("แฟ้มเสียหาย: {problem}", "The file is broken: {problem}"),
    "file-empty": ("แฟ้มไม่มีรายการ", "The file has no rows"),
    "edition-broken": ("อ่านพิกัดอัตราภาษีไม่ได้: {problem}", "The edition cannot be read: {problem}"),
    "edition-invalid": ("พิกัดอัตราภาษีมีข้อผิดพลาด: {problems}", "The edition has faults: {problems}"),
}


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "-"


def message(code: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """Return the sentence for an error code with its facts; the code itself when it has none.

    >>> message("field-missing", {"field": "units", "accepted": "a number"})[1]
    'units is missing (a number)'
    """
    th, en = MESSAGES.get(code, (code, code))
    named = _Facts(facts)
    return th.format_map(named), en.format_map(named)
