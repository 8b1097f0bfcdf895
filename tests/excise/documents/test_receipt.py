import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from pydantic import ValidationError

from excise.documents.facts import facts_hash
from excise.documents.receipt import FundReceipt, ReceiptFacts
from excise.documents.receipt_pdf import render_receipt
from excise.errors import Invalid
from tests.excise.documents.samples import receipt

CODE = "0123456789AB"
URL = f"https://excise.example.org/v/2570-020100-0000145/{CODE}"
TRACE = b'{"steps":[]}'


def rendered(facts, trace=TRACE):
    return render_receipt(facts, verify_url=URL, code=CODE, register_seq=145, trace_json=trace)


def text_of(pdf):
    pages = pypdfium2.PdfDocument(pdf)
    return re.sub(r"\s+", "", "".join(page.get_textpage().get_text_bounded() for page in pages))


def squeezed(text):
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def pdf():
    return rendered(receipt())


def test_the_text_of_the_file_is_the_text_that_is_seen(pdf):
    text = text_of(pdf)
    for words in (
        "น้ำมันเบนซินไร้สารตะกั่ว",
        "จำนวนเงิน (ตัวอักษร)",
        "(สามแสนเก้าพันสี่ร้อยสิบสี่บาทเก้าสิบเอ็ดสตางค์)",
        "บริษัท น้ำดื่มที่ปรึกษาญี่ปุ่น-ไทย จำกัด (มหาชน)",
        "นางสาวปิยธิดา ล้ำเลิศวัฒนกุล",
        "สำนักงานสรรพสามิตพื้นที่ชลบุรี 1",
        "22 พฤศจิกายน 2569",
        "10.41 น.",
        "0-1055-58096-34-8",
        "0123-4567-89AB",
        "309,414.91",
        "กองทุนผู้สูงอายุ ใบเสร็จเลขที่ 2570-020100-ELDERLY-0000007",
        "ต้นฉบับ Original",
    ):
        assert squeezed(words) in text, words


def test_a_receipt_of_twelve_lines_is_one_page():
    petrol = receipt(12).lines[0]
    tax = petrol.amount_satang * 12
    facts = receipt(
        lines=(petrol,) * 12,
        tax_satang=tax,
        local_satang=tax // 10,
        fund_receipts=(),
        total_satang=tax + tax // 10 + 62_345,
    )
    assert len(pypdfium2.PdfDocument(rendered(facts))) == 1


def test_a_long_receipt_flows_on_and_states_its_total_once():
    pages = pypdfium2.PdfDocument(rendered(receipt(60)))
    texts = [squeezed(page.get_textpage().get_text_bounded()) for page in pages]
    assert len(texts) > 1
    assert all("รหัสรายได้" in text for text in texts[:-1])
    assert sum("Grandtotal" in text for text in texts) == 1


def test_the_code_on_the_paper_leads_to_the_check(pdf):
    [page] = pypdfium2.PdfDocument(pdf)
    [code] = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
    assert code.text == URL


def test_the_same_facts_give_the_same_bytes_in_another_process(pdf):
    program = (
        "import hashlib, sys\n"
        "from tests.excise.documents.test_receipt import receipt, rendered\n"
        "rendered(receipt(1))\n"
        "print(hashlib.sha256(rendered(receipt())).hexdigest())"
    )
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "America/Lima", "LANG": "C", "HOME": "/nowhere"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        env=os.environ | elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == hashlib.sha256(pdf).hexdigest()


def test_facts_and_trace_travel_inside(pdf):
    facts = receipt()
    document = pypdfium2.PdfDocument(pdf)
    files = [document.get_attachment(i) for i in range(document.count_attachments())]
    inside = {file.get_name(): bytes(file.get_data()) for file in files}
    assert inside == {"facts.json": facts.canonical(), "calculation.json": TRACE}
    assert hashlib.sha256(inside["facts.json"]).hexdigest() == facts_hash(facts)
    assert facts_hash(facts)[:32] in text_of(pdf)
    without = pypdfium2.PdfDocument(rendered(facts, trace=None))
    assert without.count_attachments() == 1


def test_a_copy_says_so_and_keeps_the_code_of_its_original(pdf):
    copy = receipt(copy_number=2)
    text = text_of(rendered(copy))
    assert "สำเนา" in text
    assert "Copy2" in text
    assert "ต้นฉบับ" not in text
    assert facts_hash(copy) == facts_hash(receipt())


def test_a_sample_is_marked_as_one():
    mark = "SAMPLE,NOLEGALEFFECT"
    assert mark in text_of(rendered(receipt(1, demo=True)))
    assert mark not in text_of(rendered(receipt(1)))


def test_facts_read_from_the_register_hash_as_they_did_there():
    canonical = receipt().canonical()
    assert ReceiptFacts.model_validate_json(canonical).canonical() == canonical
    stored = json.loads(canonical) | {"issued_at": "2026-11-22T03:41:07.123456+00:00"}
    assert b"07.123456+00:00" in ReceiptFacts.model_validate(stored).canonical()


def test_a_receipt_that_does_not_add_up_is_refused():
    with pytest.raises(Invalid) as refused:
        receipt(total_satang=30_941_490)
    assert refused.value.reason == "receipt-does-not-add-up"
    with pytest.raises(Invalid) as refused:
        receipt(tax_satang=28_017_275, total_satang=30_941_490)
    assert refused.value.reason == "lines-are-not-the-tax"


def test_a_credit_lowers_the_total():
    total = receipt().total_satang
    text = text_of(rendered(receipt(credit_satang=1_000, total_satang=total - 1_000)))
    assert squeezed("หัก เครดิตและลดหย่อน Less credit -10.00") in text


@pytest.mark.parametrize(
    "change", [{"total_satang": 309_414.91}, {"unknown": 1}, {"copy_number": -1}]
)
def test_facts_are_exact_and_known(change):
    with pytest.raises(ValidationError):
        receipt(**change)


def test_a_fund_without_a_name_shows_its_code():
    funds = (FundReceipt(code="HEALTH", number="2570-020100-HEALTH-0000001", amount_satang=60_143),)
    assert squeezed("HEALTH ใบเสร็จเลขที่ 2570-020100-HEALTH-0000001") in text_of(
        rendered(receipt(fund_receipts=funds))
    )


def test_what_a_taxpayer_typed_stays_text():
    from excise.documents.facts import Payer

    payer = Payer(name="<img src=http://evil.example/x> {{ 7 * 7 }} & Co", tax_id="1")
    assert squeezed("<img src=http://evil.example/x> {{ 7 * 7 }} & Co") in text_of(
        rendered(receipt(payer=payer))
    )
