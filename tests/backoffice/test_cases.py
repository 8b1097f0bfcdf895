"""Discrepancies, as officers meet them."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from excise.audit import AuditEntry
from excise.cases.models import Discrepancy
from excise.cases.notices import Said, answer, keep_files
from excise.cases.rules import AnswerKind, Reason
from excise.documents.store import Store
from excise.packs import verified
from tests import factories
from tests.backoffice import matters
from tests.backoffice.matters import database
from tests.browser import Browser


@pytest.fixture
def auditor(app: Flask) -> Browser:
    return matters.employ(app, "auditor", office="010100").browser


def test_a_difference_stands_in_the_queue_with_the_tax_at_stake(
    app: Flask, auditor: Browser
) -> None:
    case = matters.undeclared(app)
    page = auditor.page("/cases/")
    for told in (case, "เบียร์ขวด", "10,000 ขวด", "275,178.00", "รอตรวจ", "ตุลาคม 2569"):
        assert told in page.said
    home = auditor.page("/")
    assert "รายการที่ไม่ตรงกันรอตรวจ" in home.said


def test_the_most_tax_stands_first_and_other_offices_are_not_seen(
    app: Flask, auditor: Browser
) -> None:
    small = matters.discrepancy(app, potential_satang=1_00)
    large = matters.discrepancy(
        app, potential_satang=9_000_00, place={"tax_id": factories.tax_id(2)}
    )
    elsewhere = matters.discrepancy(
        app, place={"tax_id": factories.tax_id(3), "office_code": "020100"}
    )
    page = auditor.page("/cases/")
    assert page.said.index(large) < page.said.index(small)
    assert elsewhere not in page.said
    assert auditor.page(f"/cases/{elsewhere}", status=404)


def test_the_filters_narrow_the_queue(app: Flask, auditor: Browser) -> None:
    case = matters.discrepancy(app)
    assert case not in auditor.page("/cases/?state=closed").said
    assert case in auditor.page("/cases/?state=all").said
    assert case in auditor.page("/cases/?state=nonsense&office=999999&page=x").said
    auditor.page("/cases/")
    assert case in auditor.submit(state="queued", office="010100").said


def test_one_discrepancy_is_shown_with_rule_and_documents(app: Flask, auditor: Browser) -> None:
    case = matters.undeclared(app)
    page = auditor.page(f"/cases/{case}")
    for told in (
        "กรมสรรพากร, แจ้งล่าสุด",
        "10,000 ขวด",
        "ปริมาณที่ขายหรือจ่ายออกมากกว่าปริมาณที่ยื่นแบบ (ไม่ได้แสดงรายการนี้ไว้)",
        "R01 ปริมาณตามใบกำกับภาษีขายและบัญชีสินค้าเทียบกับแบบรายการภาษี",
        "1-0",
        "6,000",
        "VS-2570-0000001",
        "ใบกำกับภาษี 2 รายการ",
    ):
        assert told in page.said
    assert page.links()["VS-2570-0000001"] == "/evidence/VS-2570-0000001"


def test_the_documents_are_shown_a_page_at_a_time(app: Flask, auditor: Browser) -> None:
    case = matters.undeclared(app, *[400] * 28)
    assert "แสดงรายการที่ 1 ถึง 25 จาก 28" in auditor.page(f"/cases/{case}").said
    assert "แสดงรายการที่ 26 ถึง 28 จาก 28" in auditor.follow("หน้าถัดไป").said
    assert "ถึง 28 จาก 28" in auditor.page(f"/cases/{case}?page=999999999999").said


def test_evidence_that_cannot_be_read_hides_nothing_else(
    app: Flask, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError

    case = matters.discrepancy(app)
    monkeypatch.setattr("backoffice.cases.evidence.totals_of", broken)
    page = auditor.page(f"/cases/{case}")
    assert "ขณะนี้อ่านข้อมูลของหน่วยงานอื่นไม่ได้" in page.said
    assert "10,000 ขวด" in page.said


def test_who_takes_it_is_named_and_others_cannot(app: Flask, auditor: Browser) -> None:
    case = matters.discrepancy(app)
    auditor.page(f"/cases/{case}")
    page = auditor.submit(button="รับไว้ตรวจ")
    assert "ท่านรับรายการนี้ไว้ตรวจแล้ว" in page.said
    assert "สมศรี ตั้งใจ" in page.said
    other = matters.employ(app, "auditor", office="010000", name="other").browser
    page = other.page(f"/cases/{case}")
    assert "สมศรี ตั้งใจ กำลังตรวจรายการนี้" in page.said
    assert not [form for form in page.tree.find(".//main").iter("form")]


def state(app: Flask, case: str) -> str:
    with database(app).reading() as session:
        query = session.query(Discrepancy).filter(Discrepancy.reference == case)
        return query.one().state.value


@pytest.mark.parametrize(("way", "end"), [("aside", "suppressed"), ("close", "closed")])
def test_a_discrepancy_ends_with_a_reason_only(
    app: Flask, auditor: Browser, way: str, end: str
) -> None:
    case = matters.discrepancy(app)
    auditor.page(f"/cases/{case}/{way}")
    page = auditor.submit(reason="  ")
    assert page.errors == ["โปรดระบุเหตุผล ซึ่งจะอยู่ในประวัติ"]
    page = auditor.submit(reason="ใบลดหนี้มาภายหลัง")
    assert page.path == f"/cases/{case}"
    assert "ใบลดหนี้มาภายหลัง" in page.said
    assert state(app, case) == end
    auditor.page(f"/cases/{case}/{way}")
    assert auditor.submit(reason="อีกครั้ง").status == 409


def test_who_may_only_look_sees_no_button(app: Flask) -> None:
    case = matters.discrepancy(app)
    assessor = matters.employ(app, "assessor").browser
    page = assessor.page(f"/cases/{case}")
    assert not [form for form in page.tree.find(".//main").iter("form")]
    token = next(i.get("value") for i in page.all("input") if i.get("name") == "csrf_token")
    answer = assessor.quiet("/cases/x/take", method="POST", data={"csrf_token": token})
    assert answer.status_code == 403
    cashier = matters.employ(app, "cashier").browser
    assert cashier.page("/cases/", status=403)


def test_the_queue_asks_no_more_when_it_is_longer(app: Flask, auditor: Browser) -> None:
    questions: list[str] = []
    event.listen(
        database(app).engine, "before_cursor_execute", lambda *args: questions.append(args[2])
    )

    def asked() -> int:
        questions.clear()
        auditor.page("/cases/?state=all")
        return len(questions)

    matters.discrepancy(app)
    few = asked()
    for number in range(5):
        matters.discrepancy(app, place={"tax_id": factories.tax_id(number)})
    assert asked() == few


def test_a_notice_is_read_before_it_is_sent_and_its_answer_refused(
    app: Flask, auditor: Browser
) -> None:
    case = matters.discrepancy(app)
    auditor.page(f"/cases/{case}")
    auditor.submit(button="รับไว้ตรวจ")
    assert f"อ้างเลขที่ {case}" in auditor.page(f"/cases/{case}/notify").said
    told = auditor.submit()
    assert "รอผู้เสียภาษีตอบ" in told.said
    content = b"%PDF-1.7 bill"
    with matters.database(app).transaction() as session:
        one = session.query(Discrepancy).one()
        answer(
            session,
            Said(
                kind=AnswerKind.EXPLAIN,
                reason=Reason.TIMING,
                words="ออกใบกำกับเดือนถัดไป",
                files=keep_files(
                    Store(app.extensions["settings"].documents), [("บิล.pdf", content)]
                ),
            ),
            reference=case,
            person_id=one.registration.applicant_id,
            submission_id="s-1",
            at=one.changed_at,
        )
    page = auditor.page(f"/cases/{case}")
    assert "ออกใบกำกับเดือนถัดไป" in page.said
    assert page.links()["บิล.pdf"].startswith(f"/cases/{case}/files/")
    auditor.page(f"/cases/{case}/refuse")
    assert "ไม่รับคำตอบแล้ว" in auditor.submit(reason="ไม่มีหลักฐาน").said
    auditor.page(f"/cases/{case}/void")
    assert "เพิกถอนแล้ว" in auditor.submit(reason="ผิดราย").said


def test_what_agencies_were_asked_to_correct_is_listed_for_the_office(
    app: Flask, auditor: Browser
) -> None:
    case = matters.discrepancy(app)
    assert "ยังไม่มีคำขอ" in auditor.page("/cases/requests").said
    auditor.page(f"/cases/{case}")
    auditor.submit(button="รับไว้ตรวจ")
    auditor.page(f"/cases/{case}/notify")
    auditor.submit()
    with matters.database(app).transaction() as session:
        one = session.query(Discrepancy).one()
        answer(
            session,
            Said(kind=AnswerKind.DISPUTE, source="RD", words="ไม่ใช่ใบกำกับของเรา"),
            reference=case,
            person_id=one.registration.applicant_id,
            submission_id="s-2",
            at=one.changed_at,
        )
    page = auditor.page("/cases/requests")
    for told in (case, "กรมสรรพากร", "ไม่ใช่ใบกำกับของเรา", "ยังไม่ได้รับคำตอบ"):
        assert told in page.said
    elsewhere = matters.employ(app, "auditor", office="100100", name="other")
    assert case not in elsewhere.browser.page("/cases/requests").said


def test_the_tax_at_stake_is_shown_with_its_way(app: Flask, auditor: Browser) -> None:
    case = matters.undeclared(app)
    page = auditor.page(f"/cases/{case}")
    shown = page.said.partition("ภาษีสรรพสามิตของผลต่าง ณ วันสุดท้ายของเดือน")[2]
    for told in ("275,178.00", "อัตรา", "ใบกำกับภาษี 2 รายการ"):
        assert told in shown


def test_an_evidence_pack_is_made_handed_out_and_verifies(app: Flask, auditor: Browser) -> None:
    case = matters.undeclared(app)
    auditor.page(f"/cases/{case}")
    auditor.follow("ชุดพยานหลักฐาน: ข้อมูลทั้งหมดนี้ในไฟล์เดียวพร้อมลายมือชื่ออิเล็กทรอนิกส์")
    assert "กำลังจัดทำ" in auditor.submit(button="จัดทำชุดพยานหลักฐานตามสถานะปัจจุบัน").said
    matters.do_the_work(app)
    page = auditor.page(f"/cases/{case}/packs")
    action = next(f.get("action") for f in page.all("form") if "/packs/" in f.get("action", ""))
    token = next(i.get("value") for i in page.all("input") if i.get("name") == "csrf_token")
    answer = auditor.quiet(action, method="POST", data={"csrf_token": token})
    assert verified(answer.data).faults == ()
    with database(app).reading() as session:
        acts = session.scalars(sa.select(AuditEntry.act)).all()
    assert "pack.hand-out" in acts
