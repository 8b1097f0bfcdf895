"""The officers of the demonstration."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.people.actions import hire as hire_one
from excise.people.models import Officer, Person

STAFF = {
    "registrar": ("สมศรี ทะเบียนดี", "นักวิชาการสรรพสามิตชำนาญการ"),
    "cashier": ("วิชัย รับชำระ", "เจ้าพนักงานสรรพสามิตชำนาญงาน"),
    "accountant": ("พรทิพย์ บัญชีตรง", "นักวิชาการเงินและบัญชีชำนาญการ"),
    "finance_head": ("มานพ การคลัง", "ผู้อำนวยการกลุ่มการเงินและบัญชี"),
    "auditor": ("อนุชา ตรวจสอบ", "นักตรวจสอบภาษีชำนาญการ"),
    "support": ("จิราพร รับฟัง", "นักประชาสัมพันธ์ปฏิบัติการ"),
    "operator": ("ธนา ดูแลระบบ", "นักวิชาการคอมพิวเตอร์ชำนาญการ"),
    "tariff_officer": ("กานดา พิกัดชัด", "นักวิชาการสรรพสามิตชำนาญการ"),
    "tariff_head": ("ประเสริฐ รักษ์กฎหมาย", "ผู้อำนวยการสำนักมาตรฐานและพัฒนาการจัดเก็บภาษี"),
    "rule_officer": ("สุชาดา เทียบข้อมูล", "นักวิเคราะห์นโยบายและแผนชำนาญการ"),
    "rule_head": ("ณรงค์ กำกับเกณฑ์", "ผู้อำนวยการสำนักตรวจสอบ ป้องกันและปราบปราม"),
    "assessor": ("ศิริพร ประเมินชอบ", "ผู้อำนวยการส่วนตรวจสอบภาษี"),
}


@dataclass(frozen=True)
class Officers:
    """The ids of those who act in the story."""

    registrar: int


def email_of(role: str) -> str:
    """Return the e-mail of the demo officer with a role."""
    return f"{role}@officer.example.org"


def hire(session: Session, *, at: datetime) -> Officers:
    """Put the officers in place; those who are there already stay."""
    for role, (name, position) in STAFF.items():
        if session.scalar(sa.select(Person.id).where(Person.email == email_of(role))):
            continue
        hire_one(
            session,
            name=name,
            email=email_of(role),
            roles=[role],
            office_code="000000",
            position_th=position,
            at=at,
        )
    query = sa.select(Officer.id).join(Person).where(Person.email == email_of("registrar"))
    return Officers(registrar=session.scalars(query).one())
