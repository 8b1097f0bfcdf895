"""The sentences an assessment begins with: the officer goes on from them."""

from datetime import timedelta
from decimal import Decimal

from excise.arrears.rules import penalty_multiple
from excise.assessments.models import Assessment
from excise.cases.models import Discrepancy
from excise.formats import date_text, quantity
from excise.matching import wording
from excise.matching.models import Run
from excise.matching.rules import RULES
from excise.tariff.schema import Tariff


def facts_found(discrepancy: Discrepancy, run: Run) -> str:
    """Say what the comparison found, with its figures."""
    registration, short = discrepancy.registration, short_by(discrepancy)
    what = f" รายการ {discrepancy.product.name}" if discrepancy.product else ""
    return (
        f"จากการตรวจสอบแบบรายการภาษีของ {registration.taxpayer.name_th} {registration.name}"
        f" ทะเบียนสรรพสามิตเลขที่ {registration.number} สำหรับเดือนภาษี"
        f" {date_text(discrepancy.period, 'th', 'month')}{what} กับข้อมูลที่ได้รับจากหน่วยงานอื่น"
        f" ({RULES[discrepancy.rule].title_th}) พบว่าข้อมูลของหน่วยงานอื่นแสดง"
        f" {measured(discrepancy, discrepancy.evidence)} แต่แบบรายการภาษีแสดง"
        f" {measured(discrepancy, discrepancy.declared)} ต่างกัน {measured(discrepancy, short)}"
        f" ตามผลการกระทบยอดเลขที่ {discrepancy.reference}"
        f" ประมวลผลเมื่อวันที่ {date_text(run.ran_at, 'th')}"
    )


def short_by(discrepancy: Discrepancy) -> int:
    """Return how much less was declared than others say; 0 when it was more."""
    return max((discrepancy.evidence or 0) - (discrepancy.declared or 0), 0)


def measured(discrepancy: Discrepancy, figure: int | None) -> str:
    """Write a figure of a discrepancy with its unit, in Thai."""
    unit = discrepancy.product.unit if discrepancy.product else ""
    return wording.figure(figure or 0, measure=discrepancy.measure, unit=unit, lang="th")


def law_applied(tariff: Tariff, assessment: Assessment) -> str:
    """Say which sections are applied, with the figures in force on the due date."""
    due = assessment.due_on
    monthly = tariff.provision("surcharge_monthly_pct", due)
    local = tariff.provision("local_tax_pct", due)
    multiple = penalty_multiple(tariff, filed=assessment.was_filed, on=due)
    remaining = Decimal(assessment.remaining_pct)
    kept = "" if remaining == 100 else f" คงเรียกเก็บร้อยละ {quantity(remaining)} ของเบี้ยปรับ"
    filing = (
        "ยื่นแบบรายการภาษีไว้แต่ชำระภาษีขาด" if assessment.was_filed else "ไม่ได้ยื่นแบบรายการภาษีภายในกำหนด"
    )
    return (
        f"ฐานภาษีคำนวณตามมาตรา 17 แห่ง{tariff.act} อัตราภาษีตาม{tariff.base_regulation}"
        f" ผู้เสียภาษี{filing} จึงต้องเสียเบี้ยปรับ {quantity(multiple)} เท่าของภาษีที่ขาดตามมาตรา 140{kept}"
        f" เงินเพิ่มร้อยละ {quantity(monthly.value)} ต่อเดือนหรือเศษของเดือน"
        f" นับแต่วันที่ {date_text(due + timedelta(days=1), 'th')} ตาม{monthly.section}"
        f" และภาษีเพื่อราชการส่วนท้องถิ่นร้อยละ {quantity(local.value)} ตาม{local.section}"
        f" จึงแจ้งการประเมินเป็นหนังสือตามมาตรา 88"
    )
