"""An assessment as the taxpayer receives it."""

import hashlib
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from excise.assessments.models import Assessment
from excise.documents.models import Document
from excise.payments.models import Bill
from excise.periods import local_date
from tests.browser import Browser, Page, Person, enrol, letters, words
from tests.portal import scenes
from tests.portal.scenes import database
from web.clock import now
from web.i18n import show_date

APPEAL_DAYS = 30


@pytest.fixture
def browser(somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


@pytest.fixture
def number(app: Flask, somchai: Person) -> str:
    return scenes.brewery(app, somchai)


@pytest.fixture
def notice(app: Flask, number: str) -> str:
    return scenes.assessed(app, number)


def bill_on(page: Page) -> list[str]:
    """Where the page leads to pay."""
    return [href for href in page.links().values() if re.fullmatch("/bills/[0-9]+", href)]


def test_the_letter_leads_to_the_notice_with_everything_on_it(
    app: Flask, browser: Browser, notice: str
) -> None:
    letter = next(each for each in letters(app, "somchai@example.com") if notice in each["subject"])
    link = re.search(r"http://localhost:8000(/assessments/\S+)", letter["body"])
    assert link
    page = browser.page(link[1])
    assert page.reference == notice
    with database(app).reading() as session:
        one = session.scalars(sa.select(Assessment)).one()
        bill = session.scalars(sa.select(Bill)).one()
        assert one.served_at
        served_on = local_date(one.served_at)
    assert page.h1 == f"การประเมินภาษี {bill.amount_satang / 100:,.2f} บาท"
    for part in (one.facts, one.law, one.discretion):
        assert " ".join(part.split()) in page.said
    for heading in ("ข้อเท็จจริง", "ข้อกฎหมาย", "การใช้ดุลพินิจ"):
        assert heading in [words(each) for each in page.all("h3")]
    with app.test_request_context():
        appeal_by = show_date(served_on + timedelta(days=APPEAL_DAYS))
        pay_by = show_date(bill.due_on)
    assert f"คือภายในวันที่ {appeal_by} (มาตรา 93 และมาตรา 94)" in page.said
    assert f"ภายในวันที่ {pay_by}" in page.said


def test_every_figure_opens_to_its_way(browser: Browser, notice: str) -> None:
    page = browser.page(f"/assessments/{notice}")
    opened = [words(part) for part in page.all("details")]
    assert any("เบี้ยปรับ" in text and "มาตรา 140" in text for text in opened)
    assert any("เงินเพิ่ม" in text and "มาตรา 141" in text for text in opened)
    assert any("ภาษีเพื่อราชการส่วนท้องถิ่น" in text and "มาตรา 150" in text for text in opened)
    english = browser.page(f"/assessments/{notice}?lang=en")
    assert "You may appeal to the Appeal Committee within 30 days" in english.said


def test_the_notice_is_the_same_file_for_ever(app: Flask, browser: Browser, notice: str) -> None:
    browser.page(f"/assessments/{notice}")
    first, again = (browser.get(f"/assessments/{notice}.pdf") for _ in range(2))
    assert first.data == again.data
    assert first.data.startswith(b"%PDF-")
    assert "immutable" in first.headers["Cache-Control"]
    with database(app).reading() as session:
        made = session.scalars(sa.select(Document).where(Document.number == notice)).one()
    assert hashlib.sha256(first.data).hexdigest() == made.sha256


def test_the_first_page_says_why_by_when_and_leads_to_paying(
    app: Flask, browser: Browser, notice: str
) -> None:
    page = browser.page("/")
    assert "การประเมินที่ต้องชำระ" in page.said
    assert "พบภาษีขาดสำหรับเดือน" in page.said
    assert notice in page.said
    assert "ใบแจ้งที่ต้องชำระ" not in page.said, "the bill does not stand beside its notice"
    (paying,) = [text for text, href in page.links().items() if href.endswith(notice)]
    (bill,) = bill_on(browser.follow(paying))
    assert notice in browser.page(bill).said
    assert browser.follow("การประเมินของรายการนี้").path == f"/assessments/{notice}"


def test_when_it_is_paid_the_receipt_stands_there_and_nothing_is_due(
    app: Flask, browser: Browser, notice: str
) -> None:
    assert "ยังไม่ได้ชำระ" in browser.page("/assessments/").said
    receipt = scenes.pay(app)
    page = browser.page(f"/assessments/{notice}")
    assert "ชำระตามการประเมินนี้แล้ว" in page.said
    assert not bill_on(page)
    shown = browser.follow(f"ใบเสร็จรับเงิน {receipt}")
    assert shown.links()["การประเมินของรายการนี้"] == f"/assessments/{notice}"
    assert "ชำระแล้ว" in browser.page("/assessments/").said
    assert "การประเมินที่ต้องชำระ" not in browser.page("/").said


def test_an_overdue_assessment_says_so(app: Flask, browser: Browser, number: str) -> None:
    notice = scenes.assessed(app, number, at=now() - timedelta(days=31))
    for page in ("/", "/assessments/", f"/assessments/{notice}"):
        assert "เกินกำหนด" in browser.page(page).said
    assert "พ้นกำหนดชำระแล้ว" in browser.last.said


def test_what_is_not_served_does_not_exist_for_the_taxpayer(
    app: Flask, browser: Browser, number: str
) -> None:
    scenes.proposed(app, number)
    with database(app).reading() as session:
        reference = session.scalars(sa.select(Assessment.reference)).one()
    assert "ยังไม่มีการประเมิน" in browser.page("/assessments/").said
    browser.page(f"/assessments/{reference}", status=404)


def test_an_approved_one_appears_when_it_is_served(
    app: Flask, browser: Browser, number: str
) -> None:
    notice = scenes.assessed(app, number, served=False)
    browser.page(f"/assessments/{notice}", status=404)
    browser.page(f"/assessments/{notice}.pdf", status=404)
    scenes.work_off(app)
    assert browser.page(f"/assessments/{notice}").reference == notice


def test_a_stranger_sees_nothing_of_it(app: Flask, notice: str) -> None:
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    assert notice not in stranger.browser.page("/assessments/").said
    stranger.browser.page(f"/assessments/{notice}", status=404)
    stranger.browser.page(f"/assessments/{notice}.pdf", status=404)
