"""Writing and sending a return, as a taxpayer does it."""

import hashlib
import re
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from excise.people.models import Delegation
from excise.people.models import Person as PersonRow
from excise.returns.models import Return, ReturnLine
from tests.browser import Browser, Person, enrol, words
from tests.portal import scenes
from tests.portal.scenes import TOTAL, add_line, begin_removal, database, ready, send
from web.clock import now, today


@pytest.fixture
def browser(somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


@pytest.fixture
def number(app: Flask, somchai: Person) -> str:
    return scenes.brewery(app, somchai)


def count(app: Flask, record: type) -> int:
    with database(app).reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(record)) or 0


def test_a_return_is_written_worked_out_and_sent(browser: Browser, number: str) -> None:
    browser.page("/returns/new")  # one establishment: straight on to what the return is for
    browser.follow("สินค้าที่กำลังจะนำออก")
    page = browser.submit()
    assert "ยังไม่ได้ส่ง" in page.said
    assert page.said.count("ยังทำไม่ได้") == 3, "nothing can be sent before the lines are in"
    browser.follow("1. สินค้าและจำนวน")
    browser.follow("เพิ่มรายการแรก")
    browser.submit()
    page = browser.submit(units="๑,๐๐๐")
    assert "1,000 กระป๋อง" in page.said
    assert "14,899.00" in page.said
    page = browser.submit(more="no")
    assert page.h1 == f"ต้องชำระ {TOTAL} บาท"
    browser.follow("ต่อไปยังตรวจทานและส่ง")
    page = browser.submit(declared="y")
    assert page.path == f"/returns/sent/{page.reference}"
    assert TOTAL in page.said
    assert browser.page(page.path).reference == page.reference, "it opens again"


def test_every_figure_opens_to_its_formula_its_law_and_its_source(
    browser: Browser, number: str
) -> None:
    ready(browser, number)
    opened = {words(part.find("summary")): words(part) for part in browser.last.all("details")}
    beer = next(text for title, text in opened.items() if "14,899.00" in title)
    for told in ("36.45", "× อัตราตามมูลค่า 22%", "มาตรา 17", "แหล่งที่มา", "430 บาทต่อลิตร"):
        assert told in beer
    assert "36.448598… ตัดเหลือทศนิยม 3 ตำแหน่ง" in beer
    local = next(text for title, text in opened.items() if "1,489.90" in title)
    assert "14,899 บาท × อัตรา 10%" in local
    assert "มาตรา 150" in local


def test_each_line_of_a_draft_opens_to_its_way_while_it_is_entered(
    browser: Browser, number: str
) -> None:
    draft = ready(browser, number)
    page = browser.page(f"/returns/{draft}/lines")
    [opened] = [words(part) for part in page.all("details") if "14,899.00" in words(part)]
    assert "430 บาทต่อลิตร" in opened


def test_the_calculation_is_explained_in_english_too(browser: Browser, number: str) -> None:
    draft = ready(browser, number)
    page = browser.page(f"/returns/{draft}/calculation?lang=en")
    assert page.h1 == f"To pay: {TOTAL} baht"
    assert "22% + 430 baht a litre of pure alcohol" in page.said


def test_what_was_typed_stays_beside_what_is_wrong_with_it(browser: Browser, number: str) -> None:
    draft = begin_removal(browser, number)
    page = add_line(browser, draft, units="12,50")
    assert page.errors
    assert [i.get("value") for i in page.all("input") if i.get("name") == "units"] == ["12,50"]
    page = browser.submit(units="0")
    assert page.errors == ["ปริมาณต้องมากกว่าศูนย์"]


def test_a_double_click_on_save_adds_one_line(browser: Browser, number: str, app: Flask) -> None:
    draft = begin_removal(browser, number)
    browser.page(f"/returns/{draft}/lines/new")
    form = browser.submit()
    browser.submit(units="5")
    browser.last = form  # the page before, sent once more
    assert browser.submit(units="5").status == 200
    assert count(app, ReturnLine) == 1


def test_lines_are_changed_and_removed(browser: Browser, number: str, app: Flask) -> None:
    draft = begin_removal(browser, number)
    add_line(browser, draft, units="5")
    page = browser.page(f"/returns/{draft}/lines/1")
    assert [i.get("value") for i in page.all("input") if i.get("name") == "units"] == ["5"]
    assert "1,000 กระป๋อง" in browser.submit(units="1000").said
    remove = browser.page(f"/returns/{draft}/lines/1/remove")
    assert "ยังไม่มีรายการ" in browser.submit().said
    browser.last = remove
    assert browser.submit().status == 200, "what is gone may be removed again"
    assert count(app, ReturnLine) == 0


def test_a_product_without_a_price_leads_to_its_notification(app: Flask, somchai: Person) -> None:
    number = scenes.brewery(app, somchai, price=False)
    somchai.sign_in()
    draft = begin_removal(somchai.browser, number)
    page = add_line(somchai.browser, draft, units="5")
    assert "เบียร์ตัวอย่าง" in page.errors[0]
    assert re.fullmatch("/products/[0-9]+/price", page.links()["แจ้งราคาของ เบียร์ตัวอย่าง"])


@pytest.mark.parametrize("page", ["calculation", "check"])
def test_nobody_reaches_the_sum_or_the_sending_with_gaps(
    browser: Browser, number: str, page: str
) -> None:
    draft = begin_removal(browser, number)
    shown = browser.page(f"/returns/{draft}/{page}")
    assert shown.path == f"/returns/{draft}"
    assert "ยังไม่ครบ" in shown.said


def test_nothing_is_sent_without_the_declaration(browser: Browser, number: str, app: Flask) -> None:
    draft = ready(browser, number)
    browser.page(f"/returns/{draft}/check")
    assert browser.submit().errors
    with database(app).reading() as session:
        assert session.scalars(sa.select(Return.reference)).one() is None


def test_sending_asks_for_the_password_when_it_was_long_ago(browser: Browser, number: str) -> None:
    draft = ready(browser, number)
    with browser.session_transaction() as session:
        session["fs_paa"] = time.time() - 16 * 60
    assert browser.page(f"/returns/{draft}/check").path == "/account/verify"


def test_double_click_back_button_and_second_tab_show_the_same_reference(
    browser: Browser, number: str, app: Flask
) -> None:
    draft = ready(browser, number)
    form = browser.page(f"/returns/{draft}/check")
    first = browser.submit(declared="y").reference
    browser.last = form
    assert browser.submit(declared="y").reference == first, "double click"
    for old_tab in ("", "/lines", "/calculation", "/check", "/lines/1", "/discard"):
        assert browser.page(f"/returns/{draft}{old_tab}").reference == first, old_tab
    assert count(app, Return) == 1


def test_eight_presses_at_once_file_one_return(browser: Browser, number: str, app: Flask) -> None:
    draft = ready(browser, number)
    page = browser.page(f"/returns/{draft}/check")
    data = {
        item.get("name"): item.get("value")
        for item in page.tree.find(".//main").iter("input")
        if item.get("type") == "hidden"
    }
    cookie = browser.get_cookie("portal")
    answers: list[str] = []

    def press() -> None:
        tab = app.test_client()
        tab.set_cookie("portal", cookie.value)
        answer = tab.post(f"/returns/{draft}/check", data={**data, "declared": "y"})
        answers.append(answer.headers.get("Location", answer.text))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database(app).reading() as session:
        reference = session.scalars(sa.select(Return.reference)).one()
    assert answers == [f"/returns/sent/{reference}"] * 8


def test_a_line_changed_meanwhile_is_shown_before_anything_is_sent(
    browser: Browser, number: str, app: Flask
) -> None:
    draft = ready(browser, number)
    seen = browser.page(f"/returns/{draft}/check")
    add_line(browser, draft, units="1")
    browser.last = seen
    page = browser.submit(declared="y")
    assert page.path == f"/returns/{draft}", "the list is open again"
    browser.page(f"/returns/{draft}/lines")
    browser.submit(more="no")
    browser.last = seen
    page = browser.submit(declared="y")
    assert page.path == f"/returns/{draft}/check"
    assert "ตัวเลขเปลี่ยน" in page.said
    assert TOTAL not in page.said
    assert browser.submit(declared="y").reference


def test_a_month_with_nothing_is_sent_in_three_pages(app: Flask, somchai: Person) -> None:
    number = scenes.brewery(app, somchai, guarantee=True)
    somchai.sign_in()
    browser = somchai.browser
    browser.page(f"/returns/new/{number}/month")
    draft = browser.submit().path.rsplit("/", 1)[1]
    browser.page(f"/returns/{draft}/nothing")  # 1
    browser.submit()
    assert browser.last.path == f"/returns/{draft}/check"  # 2
    page = browser.submit(declared="y")  # 3
    assert page.reference
    assert "ไม่มีภาษีที่ต้องชำระ" in page.said


def test_the_month_that_the_link_names_is_chosen(app: Flask, somchai: Person) -> None:
    number = scenes.brewery(app, somchai, guarantee=True)
    somchai.sign_in()
    for month in (scenes.months_ago(1), scenes.months_ago(2)):
        page = somchai.browser.page(f"/returns/new/{number}/month?month={month}")
        chosen = [o.get("value") for o in page.all("option") if o.get("selected") is not None]
        assert chosen == [month.isoformat()]


def test_a_late_month_says_how_late_and_what_it_costs(app: Flask, somchai: Person) -> None:
    number = scenes.brewery(app, somchai, guarantee=True)
    somchai.sign_in()
    browser = somchai.browser
    month = scenes.months_ago(2)
    browser.page(f"/returns/new/{number}/month?month={month}")
    draft = browser.submit().path.rsplit("/", 1)[1]
    when = {"day": "1", "month": str(month.month), "year": str(month.year + 543)}
    day = {f"tax_point_on-{part}": value for part, value in when.items()}
    add_line(browser, draft, units="1000", **day)
    page = browser.submit(more="no")
    with database(app).reading() as session:
        late = (today() - session.scalars(sa.select(Return.due_on)).one()).days
    assert f"ช้ากว่ากำหนด {late} วัน" in page.said
    opened = [words(part) for part in page.all("details")]
    assert any("เงินเพิ่ม" in text and "1.5%" in text and "มาตรา 141" in text for text in opened)
    assert any("เบี้ยปรับ" in text and "มาตรา 140" in text for text in opened)


def test_a_day_outside_the_month_is_refused_beside_the_day(app: Flask, somchai: Person) -> None:
    number = scenes.brewery(app, somchai, guarantee=True)
    somchai.sign_in()
    browser = somchai.browser
    browser.page(f"/returns/new/{number}/month?month={scenes.months_ago(1)}")
    draft = browser.submit().path.rsplit("/", 1)[1]
    day = {"tax_point_on-day": "1", "tax_point_on-month": "1", "tax_point_on-year": "2569"}
    page = add_line(browser, draft, units="1", **day)
    assert page.errors == ["วันที่ต้องอยู่ในเดือนของแบบนี้"]
    assert "#tax_point_on-day" in page.links().values()


def test_a_service_files_what_it_received(app: Flask, somchai: Person) -> None:
    number = scenes.night_club(app, somchai)
    somchai.sign_in()
    browser = somchai.browser
    page = browser.page(f"/returns/new/{number}")
    assert page.path.endswith("/month"), "services have no other basis"
    draft = browser.submit().path.rsplit("/", 1)[1]
    month = scenes.months_ago(1)
    day = {"day": "9", "month": str(month.month), "year": str(month.year)}
    figures = {f"tax_point_on-{part}": value for part, value in day.items()}
    page = add_line(browser, draft, receipts="100,000.00", **figures)
    assert "100,000.00" in page.said
    browser.submit(more="no")
    assert send(browser, draft).reference.startswith("PS0308-")


def test_a_closed_basis_says_why_and_stays_closed(browser: Browser, number: str) -> None:
    page = browser.page(f"/returns/new/{number}")
    assert "หลักประกัน" in page.said
    assert "สินค้าทั้งเดือน" not in page.links()
    assert "ยื่นครบทุกเดือน" in browser.page(f"/returns/new/{number}/month").said
    browser.page(f"/returns/new/{number}/{'year'}", status=404)


def test_a_draft_is_thrown_away(browser: Browser, number: str, app: Flask) -> None:
    draft = ready(browser, number)
    browser.page(f"/returns/{draft}/discard")
    assert browser.submit().path == "/returns/"
    browser.page(f"/returns/{draft}", status=404)
    assert count(app, Return) == count(app, ReturnLine) == 0


def test_the_original_is_handed_out_byte_for_byte(browser: Browser, number: str) -> None:
    page = send(browser, ready(browser, number))
    file = browser.get(f"{page.path}/original.json")
    assert hashlib.sha256(file.data).hexdigest() in page.said
    assert page.reference in file.headers["Content-Disposition"]


def test_what_is_not_theirs_does_not_exist_for_others(
    browser: Browser, number: str, app: Flask
) -> None:
    draft = ready(browser, number)
    page = send(browser, draft)
    other = begin_removal(browser, number)
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    for path in (
        f"/returns/new/{number}",
        f"/returns/new/{number}/removal",
        f"/returns/{other}",
        f"/returns/{other}/lines",
        f"/returns/{other}/check",
        page.path,
        f"{page.path}/original.json",
    ):
        stranger.browser.page(path, status=404)
    assert page.reference not in stranger.browser.page("/returns/").said


def test_who_may_only_look_cannot_send(browser: Browser, number: str, app: Flask) -> None:
    draft = ready(browser, number)
    helper = enrol(app, "helper@example.com")
    with database(app).transaction() as session:
        owner = session.scalars(sa.select(Delegation)).one()
        row = session.scalars(
            sa.select(PersonRow).where(PersonRow.email == "helper@example.com")
        ).one()
        session.add(
            Delegation(
                person_id=row.id,
                taxpayer_id=owner.taxpayer_id,
                rights=["view"],
                granted_at=now() - timedelta(days=1),
                granted_by=owner.person_id,
            )
        )
    helper.sign_in()
    helper.browser.page(f"/returns/{draft}/check")
    assert helper.browser.submit(declared="y").status == 403
    with database(app).reading() as session:
        assert session.scalars(sa.select(Return.reference)).one() is None


def test_a_month_that_is_not_over_is_written_but_not_sent(app: Flask, somchai: Person) -> None:
    club = scenes.night_club(app, somchai)
    somchai.sign_in()
    browser = somchai.browser
    browser.page(f"/returns/new/{club}/month?month={today().replace(day=1)}")
    draft = browser.submit(day=today().replace(day=1).isoformat()).path.rpartition("/")[2]
    browser.page(f"/returns/{draft}/nothing")
    page = browser.submit()
    assert page.path == f"/returns/{draft}/check"
    assert "เดือนนี้ยังไม่สิ้นสุด" in page.said
    assert not [item for item in page.all("input") if item.get("name") == "declared"]
