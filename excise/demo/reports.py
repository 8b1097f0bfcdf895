"""What people of the demonstration reported about our pages, and what they were told."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.config import Settings
from excise.demo.officers import email_of
from excise.demo.story import businesses
from excise.people.models import Officer, Person
from excise.problems import actions
from excise.problems.models import Problem
from excise.problems.rules import Category, ProblemKind, ProblemState

_S = ProblemState
REPORTS = (
    (
        "/returns/new",
        Category.UNCLEAR,
        "ไม่ทราบว่าต้องเลือกยื่นก่อนนำสินค้าออกหรือยื่นรายเดือน",
        ProblemKind.QUESTION,
        _S.ANSWERED,
        "เลือกรายเดือนได้เมื่อมีหลักประกันในทะเบียน หากไม่มี ให้ยื่นทุกครั้งก่อนนำสินค้าออกจากโรงอุตสาหกรรม",
    ),
    (
        "/bills/",
        Category.IDEA,
        "อยากให้แสดงวันครบกำหนดในรายการใบแจ้งการชำระเงินทุกใบ",
        ProblemKind.SUGGESTION,
        _S.CHANGED,
        "ปรับปรุงแล้ว รายการแสดงวันครบกำหนดของทุกใบ ขอบคุณสำหรับข้อเสนอแนะ",
    ),
    (
        "/tariff",
        Category.WRONG,
        "ค้นหาคำว่า เบียร์ 0% แล้วไม่พบรายการ",
        ProblemKind.FAULT,
        _S.PLANNED,
        "จะปรับปรุงการค้นหาให้พบคำที่ใช้กันทั่วไป",
    ),
    ("/products/new", Category.STUCK, "สแกนบาร์โค้ดแล้วหน้าไม่ตอบสนอง", None, None, ""),
)
NEWS = (
    "รายการใบแจ้งการชำระเงินแสดงวันครบกำหนดของทุกใบแล้ว",
    "The list of bills now shows the due day of each.",
)


def report_some(session: Session, settings: Settings, *, at: datetime) -> None:
    """Let a taxpayer report and the support officer answer, once."""
    sender = _person(session, businesses()[0].owner_email)
    helper = session.scalar(
        sa.select(Officer.id).join(Person).where(Person.email == email_of("support"))
    )
    known = sa.select(Problem.id).where(Problem.submission_id == "demo-report-0")
    if sender is None or helper is None or session.scalar(known):
        return
    for number, (page, category, what, kind, state, words) in enumerate(REPORTS):
        began = at - timedelta(days=len(REPORTS) - number, hours=2)
        one = _report(session, settings, sender, number, page, category, what, began)
        if kind and state:
            _answer(session, settings, one, helper, kind, state, words, began)


def _person(session: Session, email: str) -> int | None:
    return session.scalar(sa.select(Person.id).where(Person.email == email))


def _report(
    session: Session,
    settings: Settings,
    sender: int,
    number: int,
    page: str,
    category: Category,
    what: str,
    at: datetime,
) -> Problem:
    return actions.report(
        session,
        actions.Report(
            category=category,
            what=what,
            doing="",
            site="portal",
            page=page,
            request_id="",
            language="th",
            person_id=sender,
        ),
        submission_id=f"demo-report-{number}",
        token=f"demo-report-{number}",
        link_to=lambda one: f"{settings.public_url}/problems/{one.reference}",
        at=at,
    )


def _answer(
    session: Session,
    settings: Settings,
    one: Problem,
    helper: int,
    kind: ProblemKind,
    state: ProblemState,
    words: str,
    began: datetime,
) -> None:
    on = {"reference": one.reference, "officer_id": helper}
    actions.triage(session, **on, kind=kind, at=began + timedelta(hours=3))  # type: ignore[arg-type]
    actions.answer(
        session,
        **on,  # type: ignore[arg-type]
        state=state,
        words=words,
        link_to=lambda found: f"{settings.public_url}/problems/{found.reference}",
        at=began + timedelta(hours=20),
    )
    if state is _S.CHANGED:
        th, en = NEWS
        late = began + timedelta(hours=21)
        actions.draft_news(session, **on, th=th, en=en, at=late)  # type: ignore[arg-type]
        actions.publish_news(session, **on, at=late)  # type: ignore[arg-type]
