"""A return beside what others told the Department, before it is sent and after."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from excise.cases.models import Discrepancy, Explanation
from excise.cases.rules import DiscrepancyState
from excise.evidence.parquet import month_folder
from excise.matching.actions import run_now
from excise.periods import TaxMonth
from excise.returns.models import Return
from tests import factories
from tests.browser import Browser, Page, Person, enrol
from tests.portal import scenes
from tests.portal.scenes import BEER, GTIN, database, invoice, months_ago, send, told
from web.clock import now

DIFFERS = "แหล่งข้อมูลอื่นแจ้งมากกว่าแบบนี้อยู่ 100 กระป๋อง ภาษีอาจขาดไป"


@pytest.fixture
def browser(somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


@pytest.fixture
def number(app: Flask, somchai: Person) -> str:
    return scenes.brewery(app, somchai, guarantee=True, gtin=GTIN)


@pytest.fixture
def draft(browser: Browser, number: str) -> str:
    """The return of last month with 1,000 cans; its lines are done."""
    return written(browser, number)


def written(browser: Browser, number: str, units: int = 1000) -> str:
    draft = scenes.begin_month(browser, number)
    month = months_ago(1)
    day = {"day": "5", "month": str(month.month), "year": str(month.year + 543)}
    when = {f"tax_point_on-{part}": value for part, value in day.items()}
    scenes.add_line(browser, draft, units=str(units), **when)
    browser.submit(more="no")
    return draft


def evidence(browser: Browser, draft: str) -> Page:
    return browser.page(f"/returns/{draft}/evidence")


def explain(browser: Browser, draft: str, **typed: Any) -> Page:
    browser.page(f"/returns/{draft}/evidence/R01/explain?product={BEER}")
    return browser.submit({"reason": "timing", "words": "ใบกำกับ INV-9 เป็นของเดือนก่อน"} | typed)


def task(browser: Browser, draft: str) -> str:
    """What the list of tasks says of the comparison."""
    said = browser.page(f"/returns/{draft}").said
    return said.partition("3. เทียบกับข้อมูลที่กรมมีอยู่แล้ว")[2].partition("4.")[0].strip()


def matched(app: Flask) -> list[Discrepancy]:
    run_now(
        app.extensions["settings"],
        database(app),
        factories.TARIFF,
        period=months_ago(1),
        cause="test",
        at=now(),
    )
    with database(app).reading() as session:
        return list(session.scalars(sa.select(Discrepancy)))


def test_the_comparison_waits_until_the_lines_are_done(browser: Browser, number: str) -> None:
    draft = scenes.begin_month(browser, number)
    assert task(browser, draft) == "ยังทำไม่ได้"


def test_a_silent_source_is_said_to_be_silent_and_blocks_nothing(
    browser: Browser, draft: str
) -> None:
    assert task(browser, draft) == "ยังไม่มีหน่วยงานส่งข้อมูล"
    assert "ยังไม่มีหน่วยงานใดส่งข้อมูล" in evidence(browser, draft).said
    assert send(browser, draft).reference


def test_equal_figures_agree_and_say_who_told_them(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(600, baht=12_000), invoice(400, baht=8_000))
    page = evidence(browser, draft)
    assert "ไม่มีรายการใดต่างกัน" in page.said
    assert "ตามแบบของท่าน 1,000 กระป๋อง ตามข้อมูลที่กรมได้รับ 1,000 กระป๋อง" in page.said
    assert "ยอดขายต่ำกว่ามูลค่าตามแบบ ซึ่งถูกต้องแล้ว" in page.said, "a maker sells below retail"
    assert "กรมสรรพากร ส่งล่าสุดเมื่อ" in page.said
    assert task(browser, draft) == "ตรงกัน"
    assert "ต่างจากแบบของท่าน" not in browser.page(f"/returns/{draft}/check").said


def test_a_difference_leads_to_its_line_its_explanation_and_its_invoices(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1110, baht=20_000), invoice(-10, baht=-200, document_type=81))
    assert task(browser, draft) == "ต่างกัน 1 รายการ ชี้แจงแล้ว 0 ต่างกัน"
    page = evidence(browser, draft)
    assert DIFFERS in page.said
    links = page.links()
    assert links["แก้ไขรายการที่ 1 เบียร์ตัวอย่าง"] == f"/returns/{draft}/lines/1"
    assert "ชี้แจงผลต่าง เบียร์ตัวอย่าง" in links
    rows = browser.follow("ดูใบกำกับภาษี เบียร์ตัวอย่าง")
    assert "1,100 กระป๋อง" in rows.said
    assert "ใบลดหนี้" in rows.said
    assert "-10" in rows.said
    assert "VS-" in rows.said, "under which delivery it came"


def test_the_pages_speak_english_too(app: Flask, browser: Browser, draft: str) -> None:
    told(app, invoice(1100, baht=20_000), invoice(7, product_code="08859999999992"))
    page = browser.page(f"/returns/{draft}/evidence?lang=en")
    assert page.h1 == "What the Department already holds"
    assert "Others told us 100 กระป๋อง more than this return says." in page.said
    assert "No product of yours has this barcode" in page.said
    for name in ("Explain the difference เบียร์ตัวอย่าง", "The tax invoices behind it เบียร์ตัวอย่าง"):
        assert browser.page(page.links()[name]).tree.get("lang") == "en"
    assert browser.page(f"/returns/{draft}").said.count("Different") == 1


def test_correcting_the_line_ends_the_difference(app: Flask, browser: Browser, draft: str) -> None:
    told(app, invoice(1100, baht=20_000))
    evidence(browser, draft)
    browser.follow("แก้ไขรายการที่ 1 เบียร์ตัวอย่าง")
    browser.submit(units="1100")
    browser.submit(more="no")
    assert task(browser, draft) == "ตรงกัน"


def test_a_product_the_return_leaves_out_stands_there_with_a_way_to_add_it(
    app: Flask, browser: Browser, number: str
) -> None:
    draft = scenes.begin_month(browser, number)
    browser.page(f"/returns/{draft}/nothing")
    browser.submit()
    told(app, invoice(24, baht=500))
    page = evidence(browser, draft)
    assert "แหล่งข้อมูลอื่นแจ้ง 24 กระป๋อง แต่แบบนี้ไม่มีรายการดังกล่าว" in page.said
    assert browser.follow("เพิ่มรายการนี้ในแบบ เบียร์ตัวอย่าง").h1 == "เบียร์ตัวอย่าง"
    assert "แหล่งข้อมูลอื่นแจ้ง 24 กระป๋อง" in browser.page(f"/returns/{draft}/check").said
    assert send(browser, draft).reference, "it is said, not forbidden"


def test_what_cannot_be_compared_says_why(app: Flask, browser: Browser, draft: str) -> None:
    last = TaxMonth.of(months_ago(1)).last
    early = now().replace(year=last.year, month=last.month, day=last.day - 2)
    told(app, invoice(1100, baht=20_000), at=early)
    page = evidence(browser, draft)
    assert "หน่วยงานส่งข้อมูลก่อนสิ้นเดือน ตัวเลขจึงยังไม่ครบ" in page.said
    assert DIFFERS not in page.said
    assert task(browser, draft) == "ไม่มีรายการให้เทียบ"


def test_a_product_without_a_barcode_is_named(app: Flask, somchai: Person) -> None:
    number = scenes.brewery(app, somchai, guarantee=True)
    somchai.sign_in()
    draft = written(somchai.browser, number)
    page = evidence(somchai.browser, draft)
    assert "สินค้าที่ไม่มีบาร์โค้ด" in page.said


def test_an_explanation_stands_on_every_page_and_can_be_changed(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    page = explain(browser, draft)
    assert page.path == f"/returns/{draft}/evidence"
    assert "ใบกำกับ INV-9 เป็นของเดือนก่อน" in page.said
    assert task(browser, draft) == "ต่างกัน 1 รายการ ชี้แจงแล้ว 1 ชี้แจงแล้ว"
    changed = explain(browser, draft, reason="exported", words="ใบขนสินค้าขาออก A001")
    assert "เป็นการขายของเดือนอื่น" not in changed.said
    check = browser.page(f"/returns/{draft}/check")
    assert "ข้อมูลที่กรมได้รับต่างจากแบบของท่าน" not in check.said
    for shown in (check, send(browser, draft)):
        assert "ส่งสินค้าออกนอกราชอาณาจักร" in shown.said
        assert "ใบขนสินค้าขาออก A001" in shown.said
    with database(app).reading() as session:
        assert len(session.scalars(sa.select(Explanation)).all()) == 1


def test_what_was_typed_stays_and_another_reason_needs_words(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    page = explain(browser, draft, reason=None)
    assert page.errors == ["โปรดเลือกเหตุผล"]
    assert "INV-9" in next(item.text or "" for item in page.all("textarea"))
    assert browser.submit(reason="other", words=" ").errors == ["โปรดระบุรายละเอียดของเหตุผล"]
    assert browser.submit(reason="other", words="ก" * 1001).errors
    assert browser.submit(reason="other", words="ก" * 1000).errors == []


def test_an_explanation_is_for_the_figures_that_were_seen(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    form = browser.page(f"/returns/{draft}/evidence/R01/explain?product={BEER}")
    told(app, invoice(300, baht=5_000))
    browser.last = form
    page = browser.submit(reason="timing")
    assert page.errors
    assert "400 กระป๋อง" in page.said
    assert browser.submit(reason="timing").errors == [], "they have been seen now"
    told(app, invoice(200, baht=5_000))
    page = evidence(browser, draft)
    assert "ผลต่างเพิ่มขึ้นจากที่ท่านชี้แจงไว้" in page.said
    assert "600 กระป๋อง" in browser.page(f"/returns/{draft}/check").said


def test_a_difference_that_is_gone_needs_no_explanation(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1000, baht=20_000))
    page = browser.page(f"/returns/{draft}/evidence/R01/explain?product={BEER}")
    assert page.path == f"/returns/{draft}/evidence"
    assert "ไม่มีผลต่างนี้แล้ว" in page.said


def test_an_explained_difference_opens_no_case_by_itself(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    explain(browser, draft)
    send(browser, draft)
    (one,) = matched(app)
    assert (one.state, one.officer_id) == (DiscrepancyState.EXPLAINED, None)


def test_an_unexplained_difference_stands_in_the_officers_queue(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    check = browser.page(f"/returns/{draft}/check")
    assert DIFFERS in check.said
    assert "แก้ไขหรือชี้แจง" in check.links()
    send(browser, draft)
    (one,) = matched(app)
    assert (one.state, one.difference) == (DiscrepancyState.QUEUED, 1_000_000)


def test_evidence_that_cannot_be_read_keeps_nobody_from_sending(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    for path in month_folder(app.extensions["settings"], months_ago(1)).glob("*.parquet"):
        path.write_bytes(b"damaged")
    assert task(browser, draft) == "ยังดูไม่ได้ในขณะนี้"
    assert "ท่านยังส่งแบบได้ตามปกติ" in evidence(browser, draft).said
    assert send(browser, draft).reference


def test_a_stranger_sees_nothing_of_it(app: Flask, browser: Browser, draft: str) -> None:
    told(app, invoice(1100, baht=20_000))
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    for page in ("", "/R01/invoices", f"/R01/explain?product={BEER}"):
        shown = stranger.browser.page(f"/returns/{draft}/evidence{page}", status=404)
        assert "กระป๋อง" not in shown.text


def test_only_the_taxpayers_own_invoices_are_listed(
    app: Flask, browser: Browser, draft: str
) -> None:
    theirs = invoice(5, tax_id=factories.tax_id(7), document_no="THEIRS-1")
    told(app, invoice(1100, baht=20_000, document_no="OURS-1"), theirs)
    page = browser.page(f"/returns/{draft}/evidence/R11/invoices")
    assert "OURS-1" in page.said
    assert "THEIRS-1" not in page.text
    browser.page(f"/returns/{draft}/evidence/R99/invoices", status=404)


def test_long_lists_of_invoices_turn_pages(app: Flask, browser: Browser, draft: str) -> None:
    told(app, *(invoice(1, baht=20, line_no=n) for n in range(1, 31)))
    page = browser.page(f"/returns/{draft}/evidence/R01/invoices?product={BEER}")
    assert "1 ถึง 25 จาก 30" in page.said
    assert "26 ถึง 30 จาก 30" in browser.follow("หน้าถัดไป").said


def test_a_draft_with_an_explanation_can_be_thrown_away(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    explain(browser, draft)
    browser.page(f"/returns/{draft}/discard")
    browser.submit()
    with database(app).reading() as session:
        assert session.scalars(sa.select(Return)).all() == []


def test_after_sending_the_old_tab_leads_to_the_confirmation(
    app: Flask, browser: Browser, draft: str
) -> None:
    told(app, invoice(1100, baht=20_000))
    form = browser.page(f"/returns/{draft}/evidence/R01/explain?product={BEER}")
    sent = send(browser, draft)
    browser.last = form
    assert browser.submit(reason="timing").path == sent.path
