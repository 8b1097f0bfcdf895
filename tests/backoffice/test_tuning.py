"""The rules' room: a setting is drafted, replayed, put in force by another, and rolled back."""

import pytest

from excise.cases.models import Discrepancy
from excise.tuning.models import RuleSetting
from tests.backoffice import matters
from tests.backoffice.matters import database

ENTERED = {
    "starts_on-month": "10",
    "starts_on-year": "2569",
    "share_bp": "1.00",
    "least": "20,000",
    "why_th": "นับเป็นพาเลต",
    "why_en": "counted by the pallet",
}
MONTHS = {
    "since-month": "9",
    "since-year": "2569",
    "until-month": "10",
    "until-year": "2569",
}


@pytest.fixture
def writer(app):
    return matters.employ(app, "rule_officer").browser


@pytest.fixture
def head(app):
    return matters.employ(app, "rule_head").browser


def replayed(app, writer):
    writer.page("/rules/R01/new")
    path = writer.submit(ENTERED).path
    writer.follow("ทดสอบย้อนหลัง")
    writer.submit(MONTHS)
    matters.do_the_work(app)
    return path


def test_a_setting_goes_from_the_draft_into_force_and_back(app, writer, head):
    matters.undeclared(app)
    matters.do_the_work(app)
    path = replayed(app, writer)
    page = writer.page(f"{path}/replayed")
    for told in ("ตุลาคม 2569", "275,178.00", "10,000 หน่วย", "ไม่พบ"):
        assert told in page.said
    writer.page(path)
    assert "รอพิจารณา" in writer.submit(button="ส่งพิจารณา").said
    head.page("/rules/")
    head.page(path)
    head.follow("พิจารณา")
    assert head.submit().errors  # the box is not ticked
    page = head.submit(examined="y")
    assert "ใช้บังคับแล้ว" in page.said
    matters.do_the_work(app)
    assert [one.state.value for one in cases(app)] == ["closed"]
    head.follow("ย้อนกลับ")
    assert head.submit(reason=" ").errors
    assert "ย้อนกลับแล้ว" in head.submit(reason="พลาดคดีจริง").said
    matters.do_the_work(app)
    assert [one.state.value for one in cases(app)] == ["closed", "queued"]
    assert "พลาดคดีจริง" in writer.page(path).said


def cases(app):
    with database(app).reading() as session:
        query = session.query(Discrepancy).filter(Discrepancy.rule == "R01")
        return query.order_by(Discrepancy.id).all()


def test_what_was_typed_wrong_is_said_beside_it_and_nothing_is_lost(app, writer):
    writer.page("/rules/R01/new")
    page = writer.submit(ENTERED | {"share_bp": "101", "why_en": ""})
    assert len(page.errors) == 2
    assert "นับเป็นพาเลต" in page.text
    with database(app).reading() as session:
        assert session.query(RuleSetting).count() == 0
    path = writer.submit(ENTERED).path
    writer.follow("เปลี่ยน")
    assert "ร้อยละ" in writer.submit(least="5").said
    assert "5 หน่วย" in writer.page(path).said


def test_months_that_run_backwards_or_are_too_many_are_refused(app, writer):
    writer.page("/rules/R01/new")
    writer.submit(ENTERED)
    writer.follow("ทดสอบย้อนหลัง")
    assert writer.submit(MONTHS | {"since-month": "11"}).errors
    assert writer.submit(MONTHS | {"since-year": "2560"}).errors == ["เลือกได้ไม่เกิน 36 เดือน"]


def test_who_drafted_it_decides_nothing_and_others_see_it_only(app):
    both = matters.employ(app, "rule_officer", "rule_head", name="both").browser
    path = replayed(app, both)
    both.page(path)
    both.submit(button="ส่งพิจารณา")
    assert "พิจารณา" not in both.page(path).links()
    both.page(f"{path}/publish", status=403)
    auditor = matters.employ(app, "auditor").browser
    assert "R01" in auditor.page("/rules/").said
    assert not [form for form in auditor.page(path).tree.find(".//main").iter("form")]
    auditor.page(f"{path}/replayed", status=403)
    matters.employ(app, "cashier").browser.page("/rules/", status=403)


def test_a_rule_shows_how_often_it_was_right(app, head):
    matters.discrepancy(app)
    page = head.page("/rules/R01")
    assert "มาพร้อมระบบ" in page.said
    assert "0.5 % แต่ไม่น้อยกว่า 1 หน่วย" in page.said
    head.page("/rules/R99", status=404)
