import re

import pypdfium2
import pytest
import zxingcpp

from excise.documents.pay_slip import render_pay_slip
from excise.errors import Invalid
from excise.payments.codes import parse_promptpay
from tests.excise.documents.samples import pay_slip

MM = 72 / 25.4


@pytest.fixture(scope="module")
def page():
    [only] = pypdfium2.PdfDocument(render_pay_slip(pay_slip()))
    return only


def scanned(page, dots_per_inch):
    codes = zxingcpp.read_barcodes(page.render(scale=dots_per_inch / 72).to_pil())
    return {code.format.name: code for code in codes}


def test_bank_and_app_read_the_same_payment(page):
    facts, codes = pay_slip(), scanned(page, 200)
    paid = parse_promptpay(codes["QRCode"].text)
    assert (paid.ref1, paid.ref2, paid.amount_satang) == (facts.ref1, facts.ref2, 30_837_295)
    assert codes["Code128"].text == facts.barcode


def test_the_barcode_is_wide_enough_for_tellers(page):
    found = scanned(page, 300)["Code128"].position
    assert (found.top_right.x - found.top_left.x) / (300 / 25.4) >= 121


def test_the_slip_says_what_to_pay_and_until_when(page):
    text = re.sub(r"\s+", "", page.get_textpage().get_text_bounded())
    for words in (
        "ใบแจ้งการชำระเงิน",
        "ภาษีเพื่อราชการส่วนท้องถิ่น",
        "308,372.95",
        "(สามแสนแปดพันสามร้อยเจ็ดสิบสองบาทเก้าสิบห้าสตางค์)",
        "15ธันวาคม2569",
        "2569112200000145",
        "ใบแจ้งนี้ไม่ใช่ใบเสร็จรับเงิน",
        "ตัดตามรอยประ",
    ):
        assert words in text, words


def test_items_that_are_not_the_amount_are_refused():
    with pytest.raises(Invalid):
        pay_slip(amount_satang=1)


def test_a_sample_slip_is_marked_as_one():
    [page] = pypdfium2.PdfDocument(render_pay_slip(pay_slip(demo=True)))
    assert "SAMPLE, NO LEGAL EFFECT" in page.get_textpage().get_text_bounded()
    assert scanned(page, 200)["QRCode"].text == pay_slip().promptpay
