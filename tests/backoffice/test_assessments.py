"""Assessments, from the press on a discrepancy to the notice, as officers meet them."""

from dataclasses import replace

import pytest
from flask import Flask

from excise.assessments.models import AssessmentState
from excise.config import Settings
from tests.backoffice import matters
from tests.backoffice.matters import kept, proposed
from tests.browser import Browser, Page, words


@pytest.fixture
def auditor(app: Flask) -> Browser:
    return matters.employ(app, "auditor", office="010100").browser


@pytest.fixture
def assessor(app: Flask) -> Browser:
    return matters.employ(app, "assessor", office="010000").browser


def buttons(page: Page) -> list[str]:
    main = page.tree.find(".//main")
    assert main is not None
    found = [item for item in main.iter() if "govuk-button" in item.get("class", "").split()]
    return [words(item) for item in found]


def test_one_press_takes_the_case_and_begins_the_draft(app: Flask, auditor: Browser) -> None:
    case = matters.undeclared(app)
    auditor.page(f"/cases/{case}")
    page = auditor.submit(button="จัดทำการประเมิน")
    draft = kept(app)
    assert page.path == f"/assessments/{draft.reference}"
    [line] = draft.lines
    assert (line.units, line.tax_point_on.day) == (10_000 * 10_000, 2)  # the last document's day
    for told in ("ร่าง", "275,178.00", "10,000 ขวด", "ยังไม่มี", "สมมติ"):
        assert told in page.said
    assert buttons(page) == ["เสนอพิจารณา", "เงื่อนไขและเหตุผล", "เพิ่มรายการ"]
    again = auditor.page(f"/cases/{case}")
    assert draft.reference in again.links()


def test_a_second_press_leads_to_the_same_draft(app: Flask, auditor: Browser) -> None:
    case = matters.discrepancy(app)
    auditor.page(f"/cases/{case}")
    page = auditor.last
    first = auditor.submit(button="จัดทำการประเมิน").path
    auditor.last = page
    assert auditor.submit(button="จัดทำการประเมิน").path == first
    other = matters.employ(app, "auditor", office="010000", name="other").browser
    other.page("/")
    page = other.page(f"/cases/{case}")
    assert "จัดทำการประเมิน" not in buttons(page)


def test_what_is_missing_leads_to_where_it_is_entered(app: Flask, auditor: Browser) -> None:
    auditor.page(f"/cases/{matters.discrepancy(app)}")
    auditor.submit(button="จัดทำการประเมิน")
    page = auditor.submit(button="เสนอพิจารณา")
    assert page.path.endswith("/terms")
    assert "ต้องมีทั้งข้อเท็จจริง ข้อกฎหมาย และการใช้ดุลพินิจ" in page.said


def test_terms_are_changed_and_the_figures_follow(app: Flask, auditor: Browser) -> None:
    auditor.page(f"/cases/{matters.discrepancy(app)}")
    auditor.submit(button="จัดทำการประเมิน")
    reference = kept(app).reference
    auditor.page(f"/assessments/{reference}/terms")
    page = auditor.submit(
        was_filed="yes", consenting="yes", discretion="ย่อหน้าแรก\r\n\r\nย่อหน้าที่สอง\u200b"
    )
    assert page.path == f"/assessments/{reference}"
    assert "137,589.00" in page.said
    assert "ร้อยละ 50 ของเบี้ยปรับตามกฎหมาย" in page.said
    assert "เบี้ยปรับ 1 เท่าของภาษีที่ขาด" in page.said
    assert kept(app).discretion == "ย่อหน้าแรก\n\nย่อหน้าที่สอง"
    auditor.page(f"/assessments/{reference}/terms")
    page = auditor.submit({"computed_to-day": "1", "computed_to-month": "1"}, facts="ที่พิมพ์ไว้")
    assert page.errors == ["คำนวณเงินเพิ่มได้ถึงวันที่ตั้งแต่วันครบกำหนดชำระจนถึงสิ้นเดือนนี้"]
    assert "ที่พิมพ์ไว้" in page.text
    page = auditor.submit({"computed_to-day": "45"})
    assert page.errors == ["เดือนนั้นไม่มีวันที่นี้"]


def test_lines_are_added_changed_and_taken_out(app: Flask, auditor: Browser) -> None:
    auditor.page(f"/cases/{matters.discrepancy(app)}")
    auditor.submit(button="จัดทำการประเมิน")
    reference = kept(app).reference
    auditor.page(f"/assessments/{reference}/lines/new")
    auditor.submit()
    day = {"tax_point_on-day": "3", "tax_point_on-month": "11", "tax_point_on-year": "2569"}
    page = auditor.submit(day, units="1,200")
    assert page.errors == ["วันที่ต้องอยู่ในเดือนภาษีที่ประเมิน"]
    page = auditor.submit({"tax_point_on-month": "10"}, units="๑,๒๐๐.๕")
    assert page.path == f"/assessments/{reference}"
    assert "1,200.5 ขวด" in page.said
    auditor.follow("แก้ไข เบียร์ขวด" if "แก้ไข เบียร์ขวด" in page.links() else "เปลี่ยน เบียร์ขวด")
    auditor.submit(units="7")
    auditor.page(f"/assessments/{reference}")
    page = auditor.submit(button="นำออก เบียร์ขวด")
    assert len(kept(app).lines) == 1
    assert auditor.page(f"/assessments/{reference}/lines/99", status=404)
    assert auditor.page(f"/assessments/{reference}/lines/9?product=999", status=404)


def test_other_eyes_approve_and_the_notice_is_served(
    app: Flask, auditor: Browser, assessor: Browser
) -> None:
    reference = proposed(auditor, matters.undeclared(app))
    assert "การประเมินรอพิจารณา1" in assessor.page("/").said
    assert reference in assessor.follow("การประเมินรอพิจารณา").said
    page = assessor.page(f"/assessments/{reference}")
    assert buttons(page) == ["พิจารณา", "ส่งคืน"]
    page = assessor.follow("พิจารณา")
    for told in ("ไม่มีเหตุอันควรลด", "ฐานของภาษีเพื่อราชการส่วนท้องถิ่น (มาตรา 150)", "10,000 ขวด"):
        assert told in page.said
    page = assessor.submit(button="อนุมัติ")
    assert page.errors == ["โปรดทำเครื่องหมายเมื่อพิจารณาการประเมินแล้ว"]
    page = assessor.submit(button="อนุมัติ", examined="y")
    one = kept(app)
    assert one.state is AssessmentState.APPROVED
    assert page.reference == one.number
    assert "กำลังจัดทำ" in page.said
    assert assessor.page(f"/assessments/{reference}/notice.pdf", status=404)
    matters.do_the_work(app)
    page = assessor.page(f"/assessments/{reference}")
    pdf = assessor.get(page.links()["ดาวน์โหลดหนังสือ (PDF)"])
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    assert f'filename="{one.number}.pdf"' in pdf.headers["Content-Disposition"]
    assert "ประเมินแล้ว" in auditor.page(f"/cases/{one.discrepancy.reference}").said
    assert one.number in auditor.page("/assessments/?state=served").said


def test_approving_twice_is_approved_once(app: Flask, auditor: Browser, assessor: Browser) -> None:
    reference = proposed(auditor, matters.discrepancy(app))
    assessor.page(f"/assessments/{reference}/approve")
    page = assessor.last
    first = assessor.submit(button="อนุมัติ", examined="y").reference
    assessor.last = page
    assert assessor.submit(button="อนุมัติ", examined="y").reference == first
    assert assessor.page(f"/assessments/{reference}/approve").path == f"/assessments/{reference}"


def test_the_total_that_was_agreed_to_must_still_be_the_total(
    app: Flask, auditor: Browser, assessor: Browser
) -> None:
    reference = proposed(auditor, matters.discrepancy(app))
    assessor.page(f"/assessments/{reference}/approve")
    page = assessor.submit(button="อนุมัติ", examined="y", agreed_satang="1")
    assert page.path == f"/assessments/{reference}/approve"
    assert "ตัวเลขเปลี่ยน" in page.said
    assert kept(app).state is AssessmentState.PROPOSED


def test_the_preparer_sees_no_way_to_approve_and_is_refused_when_posting(app: Flask) -> None:
    both = matters.employ(app, "auditor", "assessor").browser
    reference = proposed(both, matters.discrepancy(app))
    page = both.page(f"/assessments/{reference}")
    assert buttons(page) == []
    assert "ผู้จัดทำการประเมินจะอนุมัติเองไม่ได้" in page.said
    refused = both.page(f"/assessments/{reference}/approve", status=403)
    assert "ท่านเป็นผู้จัดทำการประเมินนี้" in refused.said
    assert both.page(f"/assessments/{reference}/give-back", status=403)
    token = next(i.get("value") for i in page.all("input") if i.get("name") == "csrf_token")
    for total in (1, 963_123_00):
        data = {"csrf_token": token, "agreed_satang": total, "examined": "y"}
        answer = both.quiet(f"/assessments/{reference}/approve", method="POST", data=data)
        assert answer.status_code == 403
    assert kept(app).state is AssessmentState.PROPOSED
    assert "การประเมินรอพิจารณา0" in both.page("/").said


def test_a_proposal_is_given_back_with_words_and_comes_again(
    app: Flask, auditor: Browser, assessor: Browser
) -> None:
    reference = proposed(auditor, matters.discrepancy(app))
    assessor.page(f"/assessments/{reference}/give-back")
    assert assessor.submit(reason="").errors == ["โปรดระบุสิ่งที่ต้องแก้ไข"]
    assessor.submit(reason="อธิบายดุลพินิจเพิ่ม")
    page = auditor.page(f"/assessments/{reference}")
    assert "ส่งคืน: อธิบายดุลพินิจเพิ่ม" in page.said
    page = auditor.submit(button="เสนอพิจารณา")
    assert "รอพิจารณา" in page.said


def test_assumed_law_is_refused_with_its_names_outside_the_demonstration(
    settings: Settings, app: Flask, auditor: Browser, assessor: Browser
) -> None:
    reference = proposed(auditor, matters.discrepancy(app))
    app.extensions["settings"] = replace(settings, demo=False)
    page = assessor.page(f"/assessments/{reference}/approve")
    page = assessor.submit(button="อนุมัติ", examined="y")
    [error] = page.errors
    assert "มาตรา 150 (local_tax_base)" in error
    assert kept(app).state is AssessmentState.PROPOSED


def test_approving_asks_for_the_password_again_after_a_while(
    app: Flask, auditor: Browser, assessor: Browser
) -> None:
    reference = proposed(auditor, matters.discrepancy(app))
    with assessor.session_transaction() as cookie:
        cookie["fs_paa"] = 0
    page = assessor.page(f"/assessments/{reference}/approve")
    assert page.path == "/account/verify"


def test_withdrawing_leaves_the_case_under_review(app: Flask, auditor: Browser) -> None:
    case = matters.discrepancy(app)
    reference = proposed(auditor, case)
    auditor.page(f"/assessments/{reference}")
    auditor.follow("ถอนการประเมินนี้")
    page = auditor.submit(button="ถอน")
    assert page.path == f"/cases/{case}"
    assert "จัดทำการประเมิน" in buttons(page)
    assert reference not in auditor.page("/assessments/").said
    assert reference in auditor.page("/assessments/?state=withdrawn").said


def test_another_office_finds_nothing(app: Flask, auditor: Browser) -> None:
    reference = proposed(auditor, matters.discrepancy(app))
    stranger = matters.employ(app, "auditor", "assessor", office="020100").browser
    assert reference not in stranger.page("/assessments/").said
    for page in ("", "/approve", "/terms", "/notice.pdf", "/give-back", "/withdraw"):
        assert stranger.page(f"/assessments/{reference}{page}", status=404)


def test_pages_are_english_too(app: Flask, auditor: Browser, assessor: Browser) -> None:
    case = matters.undeclared(app)
    reference = proposed(auditor, case)
    for browser, path in (
        (auditor, f"/cases/{case}"),
        (auditor, "/cases/"),
        (assessor, f"/assessments/{reference}"),
        (assessor, f"/assessments/{reference}/approve"),
        (assessor, "/assessments/"),
    ):
        assert browser.page(f"{path}?lang=en").tree.get("lang") == "en"
