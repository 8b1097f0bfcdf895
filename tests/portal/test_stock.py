"""Stock statements as a taxpayer's people meet them."""

import io

import pytest
import sqlalchemy as sa
from flask import Flask

from excise.people.models import Delegation
from excise.people.models import Person as PersonRow
from excise.stock.models import Statement
from excise.taxpayers.models import Registration
from tests.browser import Browser, Person, enrol
from tests.conftest import count
from tests.portal import scenes
from tests.portal.scenes import GTIN, database
from web.clock import now

HEADER = "form,tax_id,registration_no,product_code,day_on,opening,received,issued,lost,closing"


@pytest.fixture
def number(app: Flask, somchai: Person) -> str:
    return scenes.brewery(app, somchai, gtin=GTIN)


@pytest.fixture
def browser(number: str, somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


def day(number: int) -> str:
    return f"{scenes.months_ago(1):%Y-%m}-{number:02}"


def typed(browser: Browser, number: str, *lines: dict[str, str], button: str = "ตรวจสอบรายการ"):
    browser.page(f"/establishments/{number}/stock/0702/lines")
    boxes = {
        f"line-{place}-{name}": value
        for place, line in enumerate(lines, start=1)
        for name, value in line.items()
    }
    return browser.submit(boxes, button=button)


def file(number: str, *rows: str, header: str = HEADER):
    told = [f"0702,{number[:13]},{number},{GTIN},{row}" for row in rows]
    return io.BytesIO("\r\n".join([header, *told]).encode()), "stock.csv"


def upload(browser: Browser, number: str, *rows: str):
    browser.page(f"/establishments/{number}/stock/0702/upload")
    return browser.submit(file=file(number, *rows))


def sent(app: Flask) -> int:
    with database(app).reading() as session:
        return count(session, Statement)


def test_lines_are_typed_checked_and_sent(browser: Browser, number: str, app: Flask) -> None:
    first = {"product_code": GTIN, "day_on": day(5), "opening": "100", "issued": "40"}
    page = typed(browser, number, first, {"product_code": GTIN, "day_on": day(6), "lost": "0.5"})
    assert "ยังไม่ได้ส่ง" in page.said
    assert "59.5" in page.said  # carried over and added up
    check = browser.last
    page = browser.submit(button="ส่งรายการ")
    receipt = page.reference
    browser.last = check
    assert browser.submit(button="ส่งรายการ").reference == receipt  # a second press
    assert sent(app) == 1
    scenes.work_off(app)
    assert "รับแล้ว" in browser.page(f"/stock/statements/{receipt}").said
    place = browser.page(f"/establishments/{number}/stock")
    assert receipt in place.said
    account = browser.page(f"/establishments/{number}/stock/0702/item?code=0{GTIN}")
    assert "59.5" in account.said
    assert browser.page(f"/establishments/{number}/stock?month={scenes.months_ago(1)}").said
    answer = browser.get(f"/stock/statements/{receipt}/file")
    assert GTIN in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]


def test_what_is_wrong_stands_beside_its_box_and_nothing_typed_is_lost(
    browser: Browser, number: str, app: Flask
) -> None:
    wrong = {"product_code": "96385074", "day_on": "soon", "opening": "12,5"}
    page = typed(browser, number, wrong)
    assert page.status == 422
    links = {page.links()[said] for said in page.errors}
    assert links == {"#line-1-product_code", "#line-1-day_on", "#line-1-opening"}
    assert "soon" in browser.page(f"/establishments/{number}/stock/0702/lines").text
    assert sent(app) == 0


def test_lines_that_are_saved_wait_for_who_may_send(
    browser: Browser, number: str, app: Flask
) -> None:
    clerk = enrol(app, "clerk@example.com")
    with database(app).transaction() as session:
        place = session.scalars(sa.select(Registration).where(Registration.number == number)).one()
        row = session.scalars(sa.select(PersonRow).where(PersonRow.email == clerk.email)).one()
        session.add(
            Delegation(
                person_id=row.id,
                taxpayer_id=place.taxpayer_id,
                rights=["view", "prepare"],
                granted_by=place.applicant_id,
                granted_at=now(),
            )
        )
    clerk.sign_in()
    line = {"product_code": GTIN, "day_on": day(5), "opening": "100"}
    page = typed(clerk.browser, number, line)
    assert "ไม่มีสิทธิส่ง" in page.said
    clerk.browser.page(f"/establishments/{number}/stock/0702/upload", status=403)
    # The owner has the page open from before: the clerk's lines are not written over unseen.
    page = typed(browser, number, {**line, "opening": "7"}, button="บันทึกไว้ทำต่อภายหลัง")
    assert "บันทึกรายการแล้ว" in page.said
    clerk.browser.last = (stale := clerk.browser.page(f"/establishments/{number}/stock/0702/lines"))
    typed(browser, number, {**line, "opening": "8"}, button="บันทึกไว้ทำต่อภายหลัง")
    clerk.browser.last = stale
    page = clerk.browser.submit({"line-1-opening": "9"}, button="บันทึกไว้ทำต่อภายหลัง")
    assert page.status == 422
    assert "ยังไม่ได้บันทึก" in page.said
    assert 'value="9"' in page.text


def test_a_file_is_taken_whole_and_the_same_again_changes_nothing(
    browser: Browser, number: str, app: Flask
) -> None:
    row = f"{day(5)},100,0,40,0,60"
    receipt = upload(browser, number, row).reference
    page = upload(browser, number, row)
    assert page.reference == receipt
    assert "เคยส่งแล้ว" in page.text
    assert sent(app) == 1


def test_a_refused_file_comes_back_with_remarks_and_can_be_sent_as_it_is(
    browser: Browser, number: str, app: Flask
) -> None:
    page = upload(browser, number, f"{day(5)},100,0,40,0,61", f"{day(6)},60,0,0,0,60")
    assert page.status == 422
    assert "ยอดคงเหลือต้องเท่ากับ" in page.said
    assert sent(app) == 0
    back = (
        browser.get(f"/establishments/{number}/stock/0702/remarks").get_data().decode("utf-8-sig")
    )
    assert "fault_th,fault_en" in back
    assert "The closing must be" in back
    corrected = back.replace(",40,0,61,", ",40,0,60,")
    browser.page(f"/establishments/{number}/stock/0702/upload")
    page = browser.submit(file=(io.BytesIO(corrected.encode()), "again.csv"))
    assert page.reference
    assert sent(app) == 1
    assert "ดาวน์โหลดไฟล์ล่าสุด" not in browser.page(f"/establishments/{number}/stock/0702/upload").said


def test_rows_of_another_establishment_are_refused(
    browser: Browser, number: str, app: Flask
) -> None:
    browser.page(f"/establishments/{number}/stock/0702/upload")
    foreign, name = file("01055580963481999", f"{day(5)},1,0,0,0,1")
    page = browser.submit(file=(foreign, name))
    assert "ไม่ใช่เลขทะเบียนของสถานประกอบการนี้" in page.said
    assert sent(app) == 0


def test_a_place_of_service_tells_of_its_tickets_only(app: Flask, somchai: Person) -> None:
    number = scenes.night_club(app, somchai)
    somchai.sign_in()
    page = somchai.browser.page(f"/establishments/{number}/stock")
    assert "ภส.07-05" in page.said
    assert "ภส.07-02" not in page.said
    somchai.browser.page(f"/establishments/{number}/stock/0702/lines", status=404)
