"""The tariff's room: one officer drafts, another decides, and then everybody is taxed by it."""

import io

import pytest

from excise import formats, work
from excise.tariff.queries import edition_in_force, tariff_in_force
from tests import factories
from tests.browser import hire
from tests.factories import MONTH
from tests.journeys.conftest import wait_for


@pytest.fixture
def database(app):
    return app.extensions["database"]


@pytest.fixture
def writer(app):
    writer = hire(app, "writer@office.example.org", "tariff_officer")
    writer.sign_in()
    return writer.browser


@pytest.fixture
def head(app):
    head = hire(app, "head@office.example.org", "tariff_head")
    head.sign_in()
    return head.browser


def begun(writer):
    writer.page("/tariff/new")
    return writer.submit(purpose="กฎกระทรวงเพิ่มอัตราภาษีเบียร์")


NEW_RATE = {
    "from_-day": "1",
    "from_-month": "10",
    "from_-year": "2569",
    "value": "22",
    "baht": "500",
    "law": "กฎกระทรวง (ฉบับที่ 40) พ.ศ. 2569",
    "source": "ราชกิจจานุเบกษา 1 ก.ย. 2569",
    "confidence": "official",
}


def with_rate(writer, **changes):
    begun(writer)
    writer.page("/tariff/2/items/beer")
    return writer.submit({**NEW_RATE, **changes})


def test_a_rate_goes_from_the_draft_to_everybody(app, database, writer, head):
    with database.transaction() as session:
        reference = factories.filed(session).reference
    page = with_rate(writer)
    assert "500" in page.said
    assert "ตั้งแต่ 1 ต.ค. 2569" in page.said
    page = writer.submit(button="ส่งขออนุมัติ")
    assert "รอพิจารณา" in page.said
    head.page("/tariff/2")
    page = head.follow("พิจารณา")
    assert reference in page.said
    assert "แบบที่ยื่นแล้วซึ่งได้รับผลกระทบ: 1 ฉบับ" in page.said
    head.submit(button="อนุมัติ")
    assert head.last.errors
    page = head.submit(examined="y", button="อนุมัติ")
    assert "ยังไม่มีผลต่อผู้ใด" in head.last.text
    head.page("/tariff/2/publish")
    page = head.submit(sure="y")
    assert "ใช้อยู่" in page.said
    with database.reading() as session:
        assert edition_in_force(session).number == 2
        assert str(tariff_in_force(session).item("beer").rates[-1].baht) == "500"
    assert "500 บาท" in head.page(f"/tariff/2/items?on={MONTH}").said
    assert "ถูกแทนที่แล้ว" in head.page("/tariff/1").said
    assert reference in head.page("/tariff/2/filings").said


def test_what_is_wrong_with_a_rate_stands_beside_it_and_what_was_typed_stays(writer):
    page = with_rate(writer, value="31", source="")
    assert "ระบุแหล่งที่มา" in " ".join(page.errors)
    page = writer.submit(source="ราชกิจจานุเบกษา")
    assert "ร้อยละ 31 สูงกว่าอัตราเพดานร้อยละ 30" in page.said
    assert 'value="31"' in page.text


def test_a_faulty_file_is_kept_and_every_fault_shown(writer):
    begun(writer)
    text = writer.get("/tariff/2/text").text
    assert writer.get("/tariff/2/text").headers["Content-Disposition"].startswith("attachment")
    faulty = text.replace("unit: kg\n", "unit: stone\n").replace("baht: 430,", "baht: 4300,")
    writer.page("/tariff/2/upload")
    page = writer.submit(file=(io.BytesIO(faulty.encode()), "edition.yaml"))
    assert "items lpg: ไม่มีหน่วย stone" in page.said
    assert "4300 บาท สูงกว่าอัตราเพดาน" in page.said
    writer.page("/tariff/2/upload")
    page = writer.submit(file=(io.BytesIO(b"items: ["), "edition.yaml"))
    assert "ข้อความไม่ถูกรูปแบบ YAML" in page.said
    assert "ส่งขออนุมัติ</button>" not in page.text
    writer.page("/tariff/2/upload")
    page = writer.submit(file=(io.BytesIO(b"\xff\xfe"), "edition.yaml"))
    assert "UTF-8" in " ".join(page.errors)
    writer.page("/tariff/2/items", status=409)
    writer.page("/tariff/2/upload")
    page = writer.submit(file=(io.BytesIO(text.encode()), "edition.yaml"))
    assert "ส่งขออนุมัติ</button>" in page.text


def test_a_schedule_that_items_share_is_changed_band_by_band(writer):
    begun(writer)
    writer.page("/tariff/2/items/soft_drink")
    page = writer.follow("เปลี่ยนตารางอัตรา")
    assert "น้ำอัดลม" in page.said
    told = {name: entry for name, entry in NEW_RATE.items() if name not in ("value", "baht")}
    page = writer.submit({**told, "baht_5": "7"})
    assert "&gt;18: 7" in page.text
    assert "ตั้งแต่ 1 ต.ค. 2569" in page.said
    writer.page("/tariff/2/schedules/nonsense", status=404)


def test_where_bands_begin_is_changed_in_the_text(writer):
    begun(writer)
    page = writer.page("/tariff/2/schedules/sugar_quantity_schedule")
    text = writer.get(page.links()["ดาวน์โหลดข้อความของร่าง"]).text
    moved = text.replace("{up_to: 6, baht: 0}", "{up_to: 5, baht: 0}")
    moved = moved.replace("{above: 6, up_to: 8,", "{above: 5, up_to: 8,")
    writer.follow("อัปโหลดกลับเข้ามา")
    page = writer.submit(file=(io.BytesIO(moved.encode()), "edition.yaml"))
    assert "&lt;=" not in page.text
    assert "&gt;5 ≤8" in page.text
    assert "ส่งขออนุมัติ</button>" in page.text


def test_a_source_is_confirmed_and_the_row_is_no_longer_assumed(writer):
    begun(writer)
    page = writer.page("/tariff/2/assumed")
    before = page.text.count("ยืนยัน<span")
    assert before > 20
    writer.page("/tariff/2/confirm?where=provisions+penalty_full_pct&from=2017-09-16")
    page = writer.submit(source="กฎกระทรวง พ.ศ. 2560 ข้อ 3", confidence="official")
    assert page.text.count("ยืนยัน<span") == before - 1
    assert "แหล่งข้อมูลทางการ" in writer.page("/tariff/2").said
    writer.page("/tariff/2/confirm?where=provisions+nonsense&from=", status=404)


def test_a_returned_draft_says_why(writer, head):
    with_rate(writer)
    writer.submit(button="ส่งขออนุมัติ")
    head.page("/tariff/2/return")
    head.submit(reason="วันเริ่มใช้ผิด")
    assert "วันเริ่มใช้ผิด" in writer.page("/tariff/2").said


def test_an_edition_can_end_unpublished(writer, head):
    begun(writer)
    writer.page("/tariff/2/reject")
    page = writer.submit(reason="ร่างซ้ำ")
    assert "ร่างซ้ำ" in page.said
    head.page("/tariff/2/reject", status=409)


def test_the_author_sees_no_way_to_decide_and_has_none(app, writer):
    with_rate(writer)
    page = writer.submit(button="ส่งขออนุมัติ")
    assert "พิจารณา" not in page.links()
    writer.page("/tariff/2/approve", status=403)


def test_others_only_read(app):
    auditor = hire(app, "auditor@office.example.org", "auditor")
    auditor.sign_in()
    assert "ร่างฉบับใหม่" not in auditor.browser.page("/tariff/").said
    auditor.browser.page("/tariff/1")
    auditor.browser.page("/tariff/1/items")
    auditor.browser.page("/tariff/1/assumed")
    auditor.browser.page("/tariff/new", status=403)
    auditor.browser.page("/tariff/9", status=404)


def test_a_role_without_the_tariff_does_not_see_it(app):
    cashier = hire(app, "cashier@office.example.org", "cashier")
    cashier.sign_in()
    cashier.browser.page("/tariff/", status=403)


def test_the_time_machine_shows_what_a_draft_would_bring_and_hands_out_all_of_it(
    app, database, writer
):
    with database.transaction() as session:
        filed = factories.filed(session)
        total = filed.total_satang
    with_rate(writer)
    writer.page("/tariff/2")
    writer.follow("ทดลองกับแบบที่ยื่นแล้ว")
    months = {"since-month": "10", "since-year": "2569", "until-month": "9", "until-year": "2569"}
    assert writer.submit(months).errors
    page = writer.submit({"until-month": "10"})
    assert "กำลังคำนวณ" in page.said
    with work.worker(app.extensions["settings"], database):
        wait_for(lambda: "ผลต่าง" in writer.page(page.path).said, seconds=30)
    page = writer.last
    assert formats.amount(total) in page.said
    assert "13.01(1)(ก) เบียร์" in page.said
    table = writer.get(f"{page.path}/csv").text
    assert f",{total}," in table
    writer.page("/tariff/1/trial/2-nothing", status=404)


def test_only_who_keeps_the_tariff_tries_it(app):
    auditor = hire(app, "auditor@office.example.org", "auditor")
    auditor.sign_in()
    auditor.browser.page("/tariff/1/trial", status=403)
