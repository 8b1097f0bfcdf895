"""What people report about our pages, as support staff work on it."""

from excise.documents.store import Store
from excise.problems.actions import keep_picture
from tests import factories
from tests.backoffice import matters
from tests.browser import letters

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_a_report_is_looked_at_answered_and_made_public(app):
    with matters.database(app).transaction() as session:
        store = Store(app.extensions["settings"].documents)
        told = factories.problem(session, picture=keep_picture(store, "ภาพ.png", PNG)).reference
        factories.problem(session, what="เรื่องที่สอง")
    support = matters.employ(app, "support").browser
    assert "เรื่องที่รอคำตอบ2" in support.page("/").said
    page = support.page("/support/")
    assert "เรื่องที่สอง" in page.said
    assert told not in support.page("/support/?mine=y").said
    support.page("/support/")
    page = support.follow(told)
    assert "/returns/" in page.said
    assert support.get(f"/support/{told}/picture").data == PNG
    page = support.submit(button="บันทึกประเภท")
    assert page.errors == ["เลือกประเภท"]
    page = support.submit(kind="fault")
    assert "กำลังตรวจสอบ" in page.said
    support.follow("เขียนบันทึก")
    page = support.submit(words="ถามผู้พัฒนาก่อน")
    assert "ถามผู้พัฒนาก่อน" in page.said
    support.follow("ตอบผู้แจ้ง")
    assert support.submit(words="").errors == ["เลือกผลการพิจารณา", "กรอกข้อความ"]
    page = support.submit(state="changed", words="แก้ไขแล้ว")
    assert "แก้ไขแล้ว" in letters(app, "visitor@example.com")[-1]["body"]
    support.follow("ข้อความเผยแพร่")
    page = support.submit(th="แก้ไขปุ่มแล้ว", en="The button works")
    page = support.submit(button="อนุมัติและเผยแพร่")
    assert "เผยแพร่เมื่อ" in page.said
    assert told not in support.page("/support/").said
    assert told in support.page("/support/?state=changed&kind=fault&mine=y").said
    support.page(f"/support/{told}/answer", status=409)


def test_other_officers_do_not_see_reports_but_may_send_their_own(app):
    auditor = matters.employ(app, "auditor").browser
    auditor.page("/support/", status=403)
    auditor.page("/cases/")
    auditor.follow("แจ้งปัญหาของหน้านี้")
    page = auditor.submit(category="unclear", what="คำว่า ส่วนต่าง หมายถึงอะไร")
    assert page.reference in auditor.page("/problems/").said
    support = matters.employ(app, "support").browser
    assert "เว็บไซต์เจ้าหน้าที่" in support.page(f"/support/{page.reference}").said
