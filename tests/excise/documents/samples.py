"""Facts for the documents' tests; all persons, numbers and addresses are invented."""

import datetime as dt

from excise.documents.assessment import NoticeFacts, NoticeFund, NoticeLine, Reasons
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


def notice(count: int = 1, **changes: object) -> NoticeFacts:
    """The figures of the worked example A01, on one line or on many."""
    share = 27_517_800 // count
    lines = tuple(
        NoticeLine(
            heading="13.01(1)(ก)",
            text_th="เบียร์ตราช้างน้อย ขวดใหญ่ (สุราแช่ชนิดเบียร์)",
            text_en="Beer",
            tax_point_on=dt.date(2025, 8, 20),
            quantity="10,000",
            unit="ขวด",
            value_satang=64_490_000,
            rate="22% + 430 บาทต่อลิตรแห่งแอลกอฮอล์บริสุทธิ์",
            tax_satang=share + (27_517_800 - share * count if number == 0 else 0),
        )
        for number in range(count)
    )
    funds = (
        ("HEALTH", "สสส.", "เงินบำรุงกองทุนสนับสนุนการสร้างเสริมสุขภาพ", "2", 550_356),
        ("TPBS", "ส.ส.ท.", "เงินบำรุงองค์การกระจายเสียงและแพร่ภาพสาธารณะแห่งประเทศไทย", "1.5", 412_767),
        ("SPORT", "กกท.", "เงินบำรุงกองทุนพัฒนาการกีฬาแห่งชาติ", "2", 550_356),
        ("ELDERLY", "ผู้สูงอายุ", "เงินบำรุงกองทุนผู้สูงอายุ", "2", 550_356),
    )
    facts = {
        "number": "TS0118-2569-020100-0000017",
        "issued_at": ISSUED,
        "office": OFFICE,
        "payer": PAYER,
        "period": "สิงหาคม 2568",
        "was_filed": True,
        "due_on": dt.date(2025, 9, 15),
        "computed_to": dt.date(2026, 3, 31),
        "months": 7,
        "lines": lines,
        "tax_satang": 27_517_800,
        "penalty_multiple": "1",
        "penalty_remaining_pct": "100",
        "penalty_satang": 27_517_800,
        "surcharge_monthly_pct": "1.5",
        "surcharge_satang": 2_889_369,
        "funds": tuple(
            NoticeFund(code=code, short_th=short, name_th=th, name_en=code.title(), pct=pct,
                       amount_satang=satang)
            for code, short, th, pct, satang in funds
        ),
        "local_pct": "10",
        "local_on_tax_only": False,
        "local_satang": 5_792_497,
        "total_satang": 65_781_301,
        "pay_days": 30,
        "pay_by": dt.date(2026, 12, 22),
        "appeal_days": 30,
        "reasons": Reasons(
            facts="จากการตรวจสอบแบบรายการภาษีของบริษัทสำหรับเดือนภาษี สิงหาคม 2568 กับข้อมูลใบกำกับภาษีขาย"
            " พบว่าข้อมูลแสดง 24,500 ขวด แต่แบบรายการภาษีแสดง 14,500 ขวด ต่างกัน 10,000 ขวด"
            " ตามผลการกระทบยอดเลขที่ DC-2569-0000145",
            law="ฐานภาษีคำนวณตามมาตรา 17 แห่งพระราชบัญญัติภาษีสรรพสามิต พ.ศ. 2560 ผู้เสียภาษียื่นแบบไว้แต่ชำระภาษีขาด"
            " จึงต้องเสียเบี้ยปรับ 1 เท่าของภาษีที่ขาดตามมาตรา 140 เงินเพิ่มร้อยละ 1.5 ต่อเดือนตามมาตรา 141"
            " และภาษีเพื่อราชการส่วนท้องถิ่นตามมาตรา 150 ร้อยละ 10",
            discretion="ผู้เสียภาษีไม่ได้ชี้แจงภายในเวลาที่กำหนด และไม่มีเหตุอันควรลดเบี้ยปรับ\n"
            "จึงเรียกเก็บเบี้ยปรับเต็มจำนวน",
        ),
        "approver": "นายกฤษฎิ์ ณัฏฐ์ธนสิทธิ์",
        "approver_position": "ผู้อำนวยการส่วนตรวจสอบ",
        "approver_office": "สำนักงานสรรพสามิตภาคที่ 2",
        "tariff_edition": "first-edition 0123456789ab",
    }  # fmt: skip
    return NoticeFacts(**(facts | changes))


def slip_of(notice: NoticeFacts) -> PaySlipFacts:
    """The codes that a notice carries."""
    codes = ("099400016010101", "2569112200000146", "011825680800", notice.total_satang)
    return pay_slip(
        due_on=notice.pay_by,
        items=(PaySlipItem(text_th="รวม", amount_satang=notice.total_satang),),
        amount_satang=notice.total_satang,
        ref1=codes[1],
        ref2=codes[2],
        promptpay=promptpay_bill_payment(*codes),
        barcode=bank_barcode(*codes),
    )
