"""What can be wrong with one row of a delivery: one table for files, pages and messages.

The numbers are those of the exchange's catalogue: 2000 a value, 2001 required,
2002 not in list, 2003 a number, 2004 a date, 2005 an identifier, 5001 there with
other content. So a page and an agency hear the same of the same row.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """The number of a fault in the catalogue, and its sentence in both languages."""

    number: int
    th: str
    en: str


CODES = {
    "required": Code(2001, "ต้องระบุค่า", "Enter a value."),
    "not-in-list": Code(
        2002,
        "ใช้ 388 (ใบกำกับภาษี) 80 (ใบเพิ่มหนี้) หรือ 81 (ใบลดหนี้) เท่านั้น",
        "Use 388 (tax invoice), 80 (debit note) or 81 (credit note).",
    ),
    "decimals": Code(
        2003,
        "ทศนิยมเกินกำหนด: จำนวนเงินไม่เกิน 2 ตำแหน่ง ปริมาณไม่เกิน 4 ตำแหน่ง",
        "Too many decimals: at most 2 in an amount, 4 in a quantity.",
    ),
    "future-date": Code(2004, "วันที่อยู่ในอนาคต", "The date lies in the future."),
    "check-digit": Code(
        2005,
        "เลขตรวจสอบไม่ถูกต้อง โปรดตรวจสอบว่าตัวเลขครบและเรียงลำดับถูกต้อง",
        "The check digit does not fit: a digit is wrong or two are swapped.",
    ),
    "tax-id-format": Code(
        2005,
        "เลขประจำตัวผู้เสียภาษีต้องเป็นตัวเลข 13 หลัก รวมเลขศูนย์ข้างหน้า",
        "Write the 13 digits of the tax ID, with its leading zeros.",
    ),
    "branch-format": Code(
        2005,
        "รหัสสาขาต้องเป็นตัวเลข 5 หลัก สำนักงานใหญ่คือ 00000",
        "Write the branch as 5 digits; the head office is 00000.",
    ),
    "document-no-format": Code(
        2000,
        "เลขที่เอกสารใช้อักษร ตัวเลข เว้นวรรค และ . / _ # ( ) & + - ได้ไม่เกิน 40 ตัว โดยขึ้นต้นด้วยอักษรหรือตัวเลข",
        "Use at most 40 letters, digits, spaces and . / _ # ( ) & + -, a letter or digit first.",
    ),
    "line-no-format": Code(
        2003,
        "ลำดับรายการต้องเป็นจำนวนเต็มตั้งแต่ 1 ถึง 999999",
        "Write the line as a whole number from 1 to 999999.",
    ),
    "date-format": Code(
        2004,
        "เขียนวันที่แบบ 2026-11-23 (ค.ศ.) หรือ 23/11/2569 (พ.ศ.)",
        "Write the date like 2026-11-23, or 23/11/2569 in the Buddhist Era.",
    ),
    "product-code-format": Code(
        2005,
        "รหัสสินค้าต้องเป็นเลขบาร์โค้ด (GTIN) 8, 12, 13 หรือ 14 หลัก หรือเว้นว่าง",
        "Write a GTIN of 8, 12, 13 or 14 digits, or leave it empty.",
    ),
    "amount-format": Code(
        2003,
        "จำนวนเงินบาท เขียนเป็นตัวเลขอารบิก มีจุดทศนิยมได้ไม่เกิน 2 ตำแหน่ง ไม่มีจุลภาคหรือเครื่องหมายลบ",
        "Baht in plain digits, a point and up to 2 decimals, no commas and no minus.",
    ),
    "quantity-format": Code(
        2003,
        "ปริมาณ เขียนเป็นตัวเลขอารบิก มีจุดทศนิยมได้ไม่เกิน 4 ตำแหน่ง ไม่มีจุลภาคหรือเครื่องหมายลบ",
        "Plain digits, a point and up to 4 decimals, no commas and no minus.",
    ),
    "number-format": Code(
        2003,
        "เขียนเป็นตัวเลขอารบิก ใช้จุดทศนิยม ไม่มีจุลภาคหรือเครื่องหมายลบ (ใบลดหนี้นับเป็นค่าลบอยู่แล้ว)",
        "Write plain digits with a point, no commas and no minus:"
        " a credit note counts negative by itself.",
    ),
    "date-buddhist-year": Code(
        2004,
        "ปีเป็น พ.ศ. แต่รูปแบบนี้ใช้ปี ค.ศ.: เขียน 2026-11-23 หรือ 23/11/2569",
        "The year is of the Buddhist Era: write 2026-11-23, or 23/11/2569.",
    ),
    "date-too-early": Code(2004, "วันที่ก่อน พ.ศ. 2543", "The date lies before the year 2000."),
    "out-of-range": Code(2003, "ตัวเลขใหญ่เกินไป", "The number is too large."),
    "after-total": Code(
        2000, "มีแถวต่อจากแถว TOTAL ซึ่งต้องเป็นแถวสุดท้าย", "A row follows TOTAL, which must be last."
    ),
    "column-count": Code(
        2000,
        "จำนวนคอลัมน์ไม่เท่ากับหัวตาราง",
        "The row has another number of columns than the header.",
    ),
    "code-format": Code(
        2005,
        "รหัสใช้อักษร ตัวเลข เว้นวรรค และ . / _ # ( ) & + - ได้ไม่เกิน 40 ตัว โดยขึ้นต้นด้วยอักษรหรือตัวเลข",
        "Use at most 40 letters, digits, spaces and . / _ # ( ) & + -, a letter or digit first.",
    ),
    "choice": Code(
        2002,
        "ใช้ค่าที่กำหนดไว้ในรูปแบบไฟล์เท่านั้น",
        "Use one of the values that the layout of the file names.",
    ),
    "count-format": Code(
        2003, "ต้องเป็นจำนวนเต็มไม่เกิน 12 หลัก", "Write a whole number of at most 12 digits."
    ),
    "flag-format": Code(2002, "ใช้ Y หรือ N เท่านั้น", "Use Y or N."),
    "hs-code-format": Code(
        2005,
        "พิกัดศุลกากรต้องเป็นตัวเลข 6 ถึง 12 หลัก มีจุดคั่นได้",
        "Write the HS code as 6 to 12 digits, with or without points.",
    ),
    "month-format": Code(
        2004,
        "เขียนเดือนแบบ 2026-11 (ค.ศ.) หรือ 11/2569 (พ.ศ.)",
        "Write the month like 2026-11, or 11/2569 in the Buddhist Era.",
    ),
    "serial-format": Code(
        2003,
        "ต้องเป็นเลขลำดับไม่เกิน 18 หลัก",
        "Write the serial as a whole number of at most 18 digits.",
    ),
    "text-format": Code(
        2000,
        "ข้อความยาวไม่เกิน 200 ตัวอักษร และไม่มีอักขระที่มองไม่เห็น",
        "Write at most 200 letters, none of them invisible.",
    ),
    "vin-format": Code(
        2005,
        "หมายเลขตัวรถต้องเป็นอักษรโรมันหรือตัวเลข 17 ตัว โดยไม่ใช้ I O Q",
        "Write the 17 letters and digits of the VIN, which never has I, O or Q.",
    ),
    "not-this-taxpayer": Code(
        2005,
        "ไม่ใช่เลขประจำตัวผู้เสียภาษีของสถานประกอบการนี้",
        "This is not the tax ID of this establishment.",
    ),
    "not-this-establishment": Code(
        2005,
        "ไม่ใช่เลขทะเบียนของสถานประกอบการนี้ ให้ส่งแยกตามสถานประกอบการ",
        "This is not the number of this establishment. Send each establishment's rows apart.",
    ),
    "not-your-product": Code(
        2005,
        "สถานประกอบการนี้ไม่ได้แจ้งสินค้ารหัสนี้ไว้ ให้เพิ่มสินค้าก่อนแล้วส่งใหม่",
        "This establishment has no product of this code. Add the product first, then send again.",
    ),
    "not-yours-to-tell": Code(
        2002,
        "การจ่ายแสตมป์เป็นข้อมูลของกรมสรรพสามิต ให้แจ้งเฉพาะการใช้ คืน หรือชำรุด",
        "The Department itself tells of stamps issued. Tell of those packed, returned or damaged.",
    ),
    "not-balanced": Code(
        2003,
        "ยอดคงเหลือต้องเท่ากับ ยอดยกมา + รับ - จ่าย - สูญเสีย",
        "The closing must be opening + received - issued - lost.",
    ),
    "opening-differs": Code(
        2003,
        "ยอดยกมาต้องเท่ากับยอดคงเหลือของรายการก่อนหน้าในบัญชีเดียวกัน",
        "The opening must be the closing of the entry before it in the same account.",
    ),
    "closing-differs": Code(
        2003,
        "ยอดคงเหลือไม่เท่ากับยอดยกมาของรายการถัดไปที่ส่งไว้แล้ว ให้แก้ไขรายการถัดไปในไฟล์เดียวกันด้วย (C)",
        "The closing is not the opening of the next entry that was sent before."
        " Correct the later entries in the same file too (C).",
    ),
    "told-before": Code(
        5001,
        "เคยส่งรายการของวันนี้ไว้แล้วด้วยตัวเลขอื่น หากต้องการแก้ไขให้ระบุการดำเนินการเป็น C",
        "This day was sent before with other figures. To correct it, give it the action C.",
    ),
    "key-repeated": Code(
        5001,
        "รายการที่มีเลขอ้างอิงเดียวกันนี้มีมาก่อนแล้วในไฟล์โดยเนื้อหาต่างกัน",
        "A row of the same reference came before in the file with other content.",
    ),
}
