"""The notice of assessment as a file."""

import hashlib
import re

import pypdfium2
import pytest
import zxingcpp

from excise.documents.assessment import NoticeFacts
from excise.documents.assessment_pdf import render_notice
from excise.documents.facts import facts_hash
from excise.errors import Invalid
from tests.excise.documents.samples import notice, slip_of
from tests.excise.documents.test_receipt import squeezed, text_of

CODE = "0123456789AB"
URL = f"https://excise.example.org/v/TS0118-2569-020100-0000017/{CODE}"
TRACE = b'{"tax":{}}'
# The sections whose content was read; the others are not printed.
SECTIONS = {"17", "88", "93", "94", "140", "141", "150"}


def rendered(facts, *, slip=True):
    codes = slip_of(facts) if slip else None
    return render_notice(facts, slip=codes, verify_url=URL, code=CODE, trace_json=TRACE)


@pytest.fixture(scope="module")
def pdf():
    return rendered(notice())


def test_every_figure_of_the_form_is_printed(pdf):
    text = text_of(pdf)
    for words in (
        "หนังสือแจ้งการประเมินภาษีสรรพสามิต",
        "ตส.01-18",
        "TS0118-2569-020100-0000017",
        "13.01(1)(ก)",
        "10,000 ขวด",
        "644,900.00",
        "22% + 430 บาท",
        "ภาษีสรรพสามิตที่ขาด รวมภาษีทุกรายการข้างต้น 275,178.00",
        "เบี้ยปรับ มาตรา 140 1 เท่าของภาษี 275,178.00",
        "เงินเพิ่ม มาตรา 141 ร้อยละ 1.5 ต่อเดือน × 7 เดือน ถึง 31 มี.ค. 2569 28,893.69",
        "รวม (1) Sum (1) 579,249.69",
        "ร้อยละ 1.5 ของภาษี 4,127.67",
        "รวม (2) Sum (2) 20,638.35",
        "ภาษีเพื่อราชการส่วนท้องถิ่น มาตรา 150 ร้อยละ 10 ของรวม (1) 57,924.97",
        "Total 657,813.01",
        "(หกแสนห้าหมื่นเจ็ดพันแปดร้อยสิบสามบาทหนึ่งสตางค์)",
    ):
        assert squeezed(words) in text, words


def test_the_reasons_the_time_and_the_way_to_appeal_are_printed(pdf):
    text = text_of(pdf)
    for words in (
        "ต่างกัน 10,000 ขวด",
        "ข้อกฎหมาย",
        "จึงเรียกเก็บเบี้ยปรับเต็มจำนวน",
        "เงินเพิ่มคำนวณถึงวันที่ 31 มีนาคม 2569 และยังเพิ่มขึ้นร้อยละ 1.5 ต่อเดือน",
        "ภายใน 30 วันนับแต่วันที่ได้รับหนังสือนี้",
        "อุทธรณ์การประเมินต่อคณะกรรมการพิจารณาอุทธรณ์ ตามมาตรา 93 และมาตรา 94",
        "ผู้ประเมิน Assessed by",
        "ผู้อำนวยการส่วนตรวจสอบ สำนักงานสรรพสามิตภาคที่ 2",
        "พระราชบัญญัติว่าด้วยธุรกรรมทางอิเล็กทรอนิกส์ พ.ศ. 2544",
    ):
        assert squeezed(words) in text, words


def test_only_sections_that_were_read_are_printed(pdf):
    pages = pypdfium2.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_bounded() for page in pages)
    assert set(re.findall(r"มาตรา\s+(\d+)", text)) == SECTIONS


def test_not_filed_and_reduced_say_so():
    half = notice(
        was_filed=False,
        penalty_multiple="2",
        penalty_remaining_pct="50",
    )
    text = text_of(rendered(half))
    assert squeezed("ไม่ได้ยื่นแบบรายการภาษีสำหรับเดือนภาษีข้างต้น") in text
    assert squeezed("2 เท่าของภาษี คงเรียกเก็บร้อยละ 50") in text


def test_the_codes_pay_the_bill_and_lead_to_the_check(pdf):
    slip = slip_of(notice())
    read = {
        code.text
        for page in pypdfium2.PdfDocument(pdf)
        for code in zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil())
    }
    assert read == {slip.promptpay, slip.barcode, URL}


def test_an_amount_beyond_the_banks_codes_is_paid_at_the_office():
    text = text_of(rendered(notice(), slip=False))
    assert squeezed("เกินกว่าที่รหัสชำระเงินของธนาคารรองรับ") in text
    assert "PromptPay" not in text


def test_facts_and_calculation_travel_inside(pdf):
    document = pypdfium2.PdfDocument(pdf)
    files = [document.get_attachment(i) for i in range(document.count_attachments())]
    inside = {file.get_name(): bytes(file.get_data()) for file in files}
    assert inside == {"facts.json": notice().canonical(), "calculation.json": TRACE}
    assert facts_hash(notice())[:32] in text_of(pdf)


def test_the_same_facts_give_the_same_bytes(pdf):
    assert hashlib.sha256(rendered(notice())).digest() == hashlib.sha256(pdf).digest()


def test_an_ordinary_notice_has_two_pages_and_a_long_one_flows_on(pdf):
    assert len(pypdfium2.PdfDocument(pdf)) == 2
    pages = pypdfium2.PdfDocument(rendered(notice(40)))
    texts = [squeezed(page.get_textpage().get_text_bounded()) for page in pages]
    assert len(texts) > 3
    assert all("0000017" in text for text in texts)
    assert sum("Total657,813.01" in text for text in texts) == 1


def test_a_sample_is_marked_as_one(pdf):
    mark = "SAMPLE,NOLEGALEFFECT"
    assert mark in text_of(rendered(notice(demo=True)))
    assert mark not in text_of(pdf)


def test_facts_read_back_hash_as_they_did():
    canonical = notice().canonical()
    assert NoticeFacts.model_validate_json(canonical).canonical() == canonical


def test_a_notice_that_does_not_add_up_is_refused():
    with pytest.raises(Invalid) as refused:
        notice(total_satang=65_781_300)
    assert refused.value.reason == "notice-does-not-add-up"
    with pytest.raises(Invalid) as refused:
        notice(tax_satang=27_517_801, total_satang=65_781_302)
    assert refused.value.reason == "lines-are-not-the-tax"


def test_words_without_a_space_stay_on_the_page():
    long = "1" * 2000
    facts = notice()
    lines = (facts.lines[0].model_copy(update={"text_th": "<b>" + "W" * 200}),)
    reasons = facts.reasons.model_copy(update={"law": long})
    with pypdfium2.PdfDocument(
        rendered(facts.model_copy(update={"lines": lines, "reasons": reasons}))
    ) as made:
        for page in made:
            words = page.get_textpage()
            width = page.get_width()
            boxes = [words.get_charbox(number) for number in range(words.count_chars())]
            assert max(right for _, _, right, _ in boxes) < width
