"""Facts for the documents' tests; all persons, numbers and addresses are invented."""

import datetime as dt

from excise.documents.facts import Filing, Office, Payer
from excise.documents.pay_slip import PaySlipFacts, PaySlipItem
from excise.documents.receipt import FundReceipt, PaymentFacts, ReceiptFacts, ReceiptLine
from excise.payments.codes import bank_barcode, promptpay_bill_payment

ISSUED = dt.datetime(2026, 11, 22, 3, 41, 7, tzinfo=dt.UTC)
OFFICE = Office(
    code="020100",
    name_th="สำนักงานสรรพสามิตพื้นที่ชลบุรี 1",
    name_en="Area Excise Office Chonburi 1",
    address="99/1 ถนนสุขุมวิท ตำบลบ้านสวน อำเภอเมืองชลบุรี จังหวัดชลบุรี 20000",
    phone="0 3827 0000",
)
PAYER = Payer(
    name="บริษัท น้ำดื่มที่ปรึกษาญี่ปุ่น-ไทย จำกัด (มหาชน)",
    tax_id="0105558096348",
    registration_number="01055580963481001",
    establishment="โรงอุตสาหกรรมบ่อวิน",
    address="เลขที่ 321/45 หมู่ 6 ตำบลบ่อวิน อำเภอศรีราชา จังหวัดชลบุรี 20230",
)
RETURN = Filing(
    form="ภส. 03-07", reference="EX-2569-11-0000145", period="ตุลาคม 2569", filed_at=ISSUED
)
GOODS = (
    ("น้ำมันเบนซินไร้สารตะกั่ว", "Unleaded petrol", "10,000 ลิตร", "7.50 บาท/ลิตร", 7_500_000),
    ("น้ำมันดีเซลที่มีไบโอดีเซลผสม", "Diesel B7", "2,500.5 ลิตร", "6.92 บาท/ลิตร", 1_730_346),
    ("สุราแช่ชนิดเบียร์ ขนาด 320 มล.", "Beer", "36,450.00 บาท", "22%", 801_900),
    ("เครื่องดื่มชูกำลังและน้ำผลไม้เข้มข้นที่มีน้ำตาลเกิน 14 กรัมต่อ 100 มิลลิลิตร", "Sweetened drinks",
     "1,284,645.00 บาท", "14%", 17_985_030),
)  # fmt: skip


def receipt(count: int = 4, **changes: object) -> ReceiptFacts:
    rows = tuple(
        ReceiptLine(text_th=th, text_en=en, base=base, rate=rate, amount_satang=satang,
                    income_code=f"01{i % 4:02d}00")
        for i in range(count) for th, en, base, rate, satang in [GOODS[i % len(GOODS)]]
    )  # fmt: skip
    tax = sum(row.amount_satang for row in rows)
    funds = (
        FundReceipt(code="HEALTH", number="2570-020100-HEALTH-0000007", amount_satang=16_038,
                    name_th="กองทุนสนับสนุนการสร้างเสริมสุขภาพ", name_en="Health Promotion Fund"),
        FundReceipt(code="TPBS", number="2570-020100-TPBS-0000007", amount_satang=12_029,
                    name_th="ส.ส.ท.", name_en="Thai PBS"),
        FundReceipt(code="SPORTS", number="2570-020100-SPORTS-0000007", amount_satang=16_038,
                    name_th="กองทุนพัฒนาการกีฬาแห่งชาติ", name_en="National Sports Fund"),
        FundReceipt(code="ELDERLY", number="2570-020100-ELDERLY-0000007", amount_satang=16_038,
                    name_th="กองทุนผู้สูงอายุ", name_en="Elderly Fund"),
    )  # fmt: skip
    facts = {
        "number": "2570-020100-0000145",
        "issued_at": ISSUED,
        "office": OFFICE,
        "payer": PAYER,
        "tax_return": RETURN,
        "lines": rows,
        "tax_satang": tax,
        "penalty_satang": 50_000,
        "surcharge_satang": 12_345,
        "local_satang": tax // 10,
        "fund_receipts": funds,
        "total_satang": tax + tax // 10 + 62_345 + 60_143,
        "payment": PaymentFacts(
            channel="พร้อมเพย์ (ชำระบิล)",
            bank="ธนาคารกรุงไทย จำกัด (มหาชน)",
            paid_on=ISSUED.date(),
            bank_reference="KTB202611221039550001742",
            ref1="2569112200000145",
            ref2="0105558096348",
        ),
        "issuer": "นางสาวปิยธิดา ล้ำเลิศวัฒนกุล",
        "issuer_position": "นักวิชาการสรรพสามิตชำนาญการ",
        "tariff_edition": "2569.11",
    }
    return ReceiptFacts(**(facts | changes))


def pay_slip(**changes: object) -> PaySlipFacts:
    codes = ("099400016010101", "2569112200000145", "0105558096348", 30_837_295)
    facts = {
        "issued_at": ISSUED,
        "due_on": dt.date(2026, 12, 15),
        "office": OFFICE,
        "payer": PAYER,
        "tax_return": RETURN,
        "items": (
            PaySlipItem(text_th="ภาษีสรรพสามิต", text_en="Excise tax", amount_satang=28_017_276),
            PaySlipItem(text_th="ภาษีเพื่อราชการส่วนท้องถิ่น", text_en="Local tax", amount_satang=2_801_728),
            PaySlipItem(text_th="เงินเพิ่ม จำนวน 1 เดือน", text_en="Surcharge", amount_satang=18_291),
        ),
        "amount_satang": codes[3],
        "biller_id": codes[0],
        "ref1": codes[1],
        "ref2": codes[2],
        "promptpay": promptpay_bill_payment(*codes),
        "barcode": bank_barcode(*codes),
    }  # fmt: skip
    return PaySlipFacts(**(facts | changes))
