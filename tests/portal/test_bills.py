"""How a bill is shown, paid, and printed."""

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask

from excise.config import Settings
from excise.documents.codes import code128_svg, data_uri, qr_svg
from excise.ledger.actions import Movement
from excise.ledger.models import Account
from excise.payments.codes import bank_barcode, parse_promptpay, promptpay_bill_payment
from excise.payments.credit import give
from excise.payments.models import Bill
from tests.browser import Browser, Person, enrol, words
from tests.factories import AT
from tests.portal import scenes

SATANG = 1_750_633


@pytest.fixture
def browser(somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


@pytest.fixture
def bill(app: Flask, somchai: Person, browser: Browser) -> str:
    """The address of the bill of a return just sent."""
    draft = scenes.ready(browser, scenes.brewery(app, somchai))
    page = scenes.send(browser, draft)
    [address] = [href for href in page.links().values() if href.startswith("/bills/2")]
    return address


def test_a_bill_shows_its_amount_and_the_codes_that_banks_scan(
    browser: Browser, bill: str, settings: Settings
) -> None:
    page = browser.page(bill)
    assert page.h1 == f"ชำระ {scenes.TOTAL} บาท"
    assert "รอชำระ" in page.said
    facts = {
        words(key): words(value) for key, value in zip(page.all("dt"), page.all("dd"), strict=True)
    }
    assert facts["รหัสอ้างอิง 1"] == page.reference == bill.rsplit("/", 1)[1]
    paid = (settings.biller_id, page.reference, facts["รหัสอ้างอิง 2"], SATANG)
    pictures = {picture.get("src") for picture in page.all("img")}
    assert pictures == {
        data_uri(qr_svg(promptpay_bill_payment(*paid))),
        data_uri(code128_svg(bank_barcode(*paid))),
    }


def test_the_slip_is_a_pdf_whose_codes_pay_the_same_bill(browser: Browser, bill: str) -> None:
    answer = browser.get(f"{bill}/slip.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.data == browser.get(f"{bill}/slip.pdf").data
    [page] = pypdfium2.PdfDocument(answer.data)
    codes = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
    qr = next(code.text for code in codes if code.format.name == "QRCode")
    paid = parse_promptpay(qr)
    assert (f"/bills/{paid.ref1}", paid.amount_satang) == (bill, SATANG)


def test_a_payment_turns_the_page_to_paid_and_leads_to_the_receipt(
    browser: Browser, bill: str, app: Flask
) -> None:
    browser.page(bill)
    number = scenes.pay(app)
    page = browser.follow("ดูอีกครั้ง")
    assert page.h1 == f"ชำระแล้ว {scenes.TOTAL} บาท"
    assert page.links()[f"ใบเสร็จรับเงิน {number}"] == f"/receipts/{number}"
    assert not page.all("img"), "nobody pays twice"
    assert "ชำระแล้ว" in browser.page("/bills/").said


def test_a_bill_is_nobody_elses(browser: Browser, bill: str, app: Flask) -> None:
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    stranger.browser.page(bill, status=404)
    stranger.browser.page(f"{bill}/slip.pdf", status=404)
    assert "ยังไม่มีใบแจ้ง" in stranger.browser.page("/bills/").said


def test_a_bill_paid_in_part_asks_for_the_rest_and_shows_the_receipt(
    browser: Browser, bill: str, app: Flask
) -> None:
    number = scenes.pay(app, amount_satang=SATANG - 12_345)
    page = browser.page(bill)
    assert page.h1 == "ชำระ 123.45 บาท"
    assert page.links()[f"ใบเสร็จรับเงิน {number}"] == f"/receipts/{number}"
    assert "ชำระบางส่วน" in browser.page("/bills/").said


def test_credit_pays_a_bill_once_its_owner_says_so(browser: Browser, bill: str, app: Flask) -> None:
    with app.extensions["database"].transaction() as session:
        taxpayer = session.scalars(sa.select(Bill.taxpayer_id)).one()
        money = [Movement(Account.RECEIVABLE, 12_345)]
        give(session, taxpayer_id=taxpayer, movements=money, cause="credit:test", at=AT)
    page = browser.page(bill)
    assert "123.45" in page.said
    browser.page(page.links()["ชำระด้วยเครดิต"])
    page = browser.submit(button="ชำระจากเครดิต")
    assert page.h1 == f"ชำระ {(SATANG - 12_345) / 100:,.2f} บาท"
    assert "ชำระด้วยเครดิต" not in page.links()
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    stranger.browser.page(f"{bill}/credit", status=404)
