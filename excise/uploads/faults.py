"""What can be wrong with a row of a file, and how it is said in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one row; rows count from 1, the header."""

    row: int
    column: str
    code: str
    value: str


SENTENCES = {
    "column-count": (
        "แถวนี้มีจำนวนช่องไม่เท่ากับบรรทัดหัวคอลัมน์",
        "This row has another number of cells than the heading.",
    ),
    "required": ("ต้องระบุค่า", "Enter a value."),
    "ref-format": (
        "เลขอ้างอิงใช้ได้ไม่เกิน 60 ตัวอักษร",
        "Use at most 60 letters for the reference.",
    ),
    "ref-repeated": (
        "เลขอ้างอิงนี้มีอยู่แล้วในแถวก่อนหน้าโดยมีข้อมูลต่างกัน โปรดใช้เลขอื่นหรือลบแถวที่ซ้ำ",
        "An earlier row has this reference and says something else. Give it another one.",
    ),
    "product-unknown": (
        "ไม่มีสินค้าหรือบริการที่มีชื่อหรือบาร์โค้ดนี้ในทะเบียนของสถานประกอบการ",
        "This establishment has no product with this name or barcode.",
    ),
    "product-ambiguous": (
        "มีสินค้าชื่อนี้มากกว่าหนึ่งรายการ โปรดใช้บาร์โค้ด",
        "More than one product has this name. Write the barcode instead.",
    ),
    "date-format": (
        "เขียนวันที่แบบ 5/11/2569 หรือ 2026-11-05",
        "Write the day like 5/11/2569 or 2026-11-05.",
    ),
    "day-outside": (
        "วันที่ต้องอยู่ในเดือนของแบบนี้ หรือเป็นวันที่นำสินค้าออกตามแบบนี้",
        "The day must lie in the month of this return, or be its day of removal.",
    ),
    "number-format": (
        "เขียนเป็นตัวเลข เช่น 1,234.50",
        "Write a number, like 1,234.50.",
    ),
    "decimals": ("ทศนิยมมากกว่าที่กำหนด", "There are too many decimals."),
    "not-positive": ("ต้องมากกว่าศูนย์", "It must be more than zero."),
    "out-of-range": ("ตัวเลขมากหรือน้อยเกินไป", "The number is too large or too small."),
    "no-price-on-date": (
        "สินค้านี้ยังไม่มีราคาขายปลีกแนะนำที่แจ้งไว้ในวันนั้น โปรดแจ้งราคาก่อน",
        "The product has no notified price on that day. Notify the price first.",
    ),
    "no-rate-on-date": (
        "ไม่มีอัตราภาษีของสินค้านี้ในวันนั้น",
        "The tariff has no rate for the product on that day.",
    ),
    "measure-missing": (
        "ข้อมูลของสินค้าที่ต้องใช้คำนวณภาษียังไม่ครบ",
        "Something that the tax is worked out from is missing.",
    ),
    "line-refused": (
        "ไม่สามารถคำนวณภาษีของแถวนี้ได้",
        "The tax of this row cannot be worked out.",
    ),
}


def sentence(code: str, lang: str) -> str:
    """Say what is wrong.

    >>> sentence("required", "en")
    'Enter a value.'
    """
    return SENTENCES[code][lang != "th"]
