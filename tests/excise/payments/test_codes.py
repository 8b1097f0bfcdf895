from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from excise.errors import Invalid
from excise.money import satang
from excise.payments.codes import BillPayment, bank_barcode, parse_promptpay, promptpay_bill_payment

VECTORS = yaml.load(
    (Path(__file__).parents[1] / "tariff" / "examples.yaml").read_text(encoding="utf-8"),
    Loader=yaml.CSafeLoader,
)["vectors"]
GOOD = BillPayment("099400016010101", "2569112300000001", "0105558096348", 3_765_495)


def parts(vector):
    amount = satang(Decimal(vector["amount"]))
    return vector["biller_id"], vector["ref1"], vector["ref2"], amount


def call(function, payment):
    return function(payment.biller_id, payment.ref1, payment.ref2, payment.amount_satang)


@pytest.mark.parametrize("vector", VECTORS["promptpay_bill_payment"], ids=lambda v: v["biller_id"])
def test_the_qr_text_is_the_example_to_the_byte(vector):
    assert promptpay_bill_payment(*parts(vector)) == vector["payload"]


@pytest.mark.parametrize("vector", VECTORS["bot_barcode"], ids=lambda v: v["biller_id"])
def test_the_barcode_text_is_the_example_to_the_byte(vector):
    assert bank_barcode(*parts(vector)) == vector["text"]


def test_a_qr_text_reads_back_as_the_same_payment():
    assert parse_promptpay(call(promptpay_bill_payment, GOOD)) == GOOD


def test_no_satang_is_lost_on_the_way_to_the_bank():
    assert "540837654.95" in call(promptpay_bill_payment, GOOD)
    assert call(bank_barcode, GOOD).endswith("\r3765495")


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_an_altered_qr_text_is_refused(place):
    text = call(promptpay_bill_payment, GOOD)
    altered = text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :]
    with pytest.raises(Invalid):
        parse_promptpay(altered)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"biller_id": "0994000160101"}, "bad-biller"),
        ({"biller_id": "๐99400016010101"}, "bad-biller"),
        ({"ref1": ""}, "bad-reference"),
        ({"ref1": "2569/11"}, "bad-reference"),
        ({"ref2": "abc"}, "bad-reference"),
        ({"ref2": "1" * 21}, "bad-reference"),
        ({"ref2": "123\r"}, "bad-reference"),
        ({"amount_satang": 0}, "bad-amount"),
        ({"amount_satang": -1}, "bad-amount"),
        ({"amount_satang": 10**12}, "bad-amount"),
    ],
)
@pytest.mark.parametrize("function", [promptpay_bill_payment, bank_barcode])
def test_what_a_bank_would_refuse_is_never_printed(function, change, code):
    fields = {name: getattr(GOOD, name) for name in GOOD.__slots__} | change
    with pytest.raises(Invalid) as refused:
        function(**fields)
    assert refused.value.reason == code


def test_the_largest_amount_still_fits():
    largest = BillPayment(GOOD.biller_id, GOOD.ref1, GOOD.ref2, 10**12 - 1)
    assert parse_promptpay(call(promptpay_bill_payment, largest)) == largest


@pytest.mark.parametrize("text", ["", "63040000", "0002016304AAE6", "https://example.org/6304"])
def test_another_text_is_no_bill_payment(text):
    with pytest.raises(Invalid):
        parse_promptpay(text)
