"""What other agencies delivered, on the auditor's pages."""

import io

import pytest
import sqlalchemy as sa

from backoffice.evidence.forms import DeliveryForm
from excise import work
from excise.config import ROOT
from excise.evidence.layouts import LAYOUTS
from excise.evidence.models import Delivery
from tests.browser import hire, words

EXAMPLE = (ROOT / "docs" / "examples" / "vat-sales.csv").read_text()
HEADER, FIRST, *_ = EXAMPLE.splitlines(keepends=True)


@pytest.fixture
def auditor(app):
    auditor = hire(app, "auditor@office.example.org", "auditor")
    auditor.sign_in()
    return auditor.browser


@pytest.fixture(autouse=True)
def _later(monkeypatch):
    """The example is of October 2026, and the clock of the machine may not be."""
    from datetime import UTC, datetime

    monkeypatch.setattr("backoffice.evidence.views.now", lambda: datetime(2026, 11, 23, tzinfo=UTC))


def send(browser, text, name="sales.csv"):
    browser.page("/evidence/new/vat_sales")
    content = text if isinstance(text, bytes) else text.encode()
    return browser.submit(file=(io.BytesIO(content), name))


def count(app):
    with app.extensions["database"].reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Delivery))


def read_all(app):
    database = app.extensions["database"]
    with work.worker(app.extensions["settings"], database):
        work.drain(database)
    assert work.failed(database) == []


def figures(page):
    names, values = page.all("dt"), page.all("dd")
    return dict(zip(map(words, names), map(words, values), strict=True))


def test_a_file_is_brought_in_read_and_listed(app, auditor):
    page = send(auditor, EXAMPLE)
    assert page.reference == "VS-2570-0000001"
    assert "กำลังอ่าน" in page.said
    assert "ตุลาคม 2569" in page.said
    assert "hx-trigger" in page.text
    read_all(app)
    page = auditor.follow("ดูอีกครั้ง")
    assert "hx-trigger" not in page.text
    assert [figures(page)[name] for name in ("จำนวนแถว", "รายการใหม่", "ซ้ำ")] == ["6", "6", "0"]
    assert figures(page)["ผลรวมของมูลค่าสินค้าหรือบริการ (amount) (บาท)"] == "86,237.30"
    listed = auditor.page("/evidence/")
    for told in ("VS-2570-0000001", "กรมสรรพากร", "ตุลาคม 2569", "อ่านแล้ว"):
        assert told in listed.said


def test_what_was_delivered_is_handed_out_as_it_came(auditor):
    page = send(auditor, EXAMPLE, name="ภาษีขาย ต.ค..csv")
    answer = auditor.get(page.links()["ภาษีขาย ต.ค..csv"])
    assert answer.data == EXAMPLE.encode()
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="VS-2570-0000001.csv"'


def test_the_same_file_again_leads_to_its_first_delivery(app, auditor):
    first = send(auditor, EXAMPLE)
    again = send(auditor, EXAMPLE, name="copy.csv")
    assert again.reference == first.reference
    assert "นำเข้าไฟล์นี้แล้วก่อนหน้านี้" in again.said
    assert count(app) == 1


def test_repeated_and_conflicting_rows_are_counted_on_the_page(app, auditor):
    send(auditor, EXAMPLE)
    read_all(app)
    lines = EXAMPLE.splitlines(keepends=True)
    send(auditor, lines[0] + lines[1] + lines[2].replace("850.00", "851.00"))
    read_all(app)
    page = auditor.page("/evidence/VS-2570-0000002")
    told = figures(page)
    assert [told[name] for name in ("รายการใหม่", "ซ้ำ", "ขัดแย้ง")] == ["0", "1", "1"]
    assert "โปรดสอบถามหน่วยงานที่ส่ง" in page.said


def test_one_wrong_row_refuses_the_whole_file_and_is_named(app, auditor):
    good = "".join(FIRST.replace(",1,388", f",{number},388") for number in range(1, 1000))
    page = send(auditor, HEADER + good + FIRST.replace("2026-10-05", "2569-10-05"))
    assert page.status == 422
    assert page.errors
    cells = [words(cell) for kind in ("th", "td") for cell in page.all(kind)]
    assert {"1001", "วันที่เอกสาร (document_date)", "2569-10-05"} <= set(cells)
    assert any("ปีเป็น พ.ศ." in cell for cell in cells)
    assert count(app) == 0


def test_very_many_faults_are_counted_and_the_first_are_shown(auditor):
    page = send(auditor, HEADER + FIRST.replace("388", "x") * 300)
    assert "200" in page.said
    assert "300" in page.said
    assert len(page.all("tr")) == 201 + len(LAYOUTS["vat_sales"].heading) + 1


def test_faults_are_told_in_english_too(auditor):
    auditor.page("/?lang=en")
    page = send(auditor, HEADER + FIRST.replace(",388,", ",380,"))
    cells = [words(cell) for cell in page.all("td")]
    assert cells[:2] == ["document_type", "380"]
    assert cells[2].startswith("Use 388 (tax invoice)")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\xff",
        b"%PDF-1.7",
        HEADER.encode(),
        EXAMPLE.encode("utf-16"),
        (HEADER + '"never closed').encode(),
        (HEADER + FIRST.replace("INV6910-0001", "=1+1")).encode(),
        (HEADER + FIRST.replace("INV6910-0001", "a\u202eb")).encode(),
        (HEADER + FIRST.replace("INV6910-0001", "<script>alert(1)</script>")).encode(),
        (HEADER + FIRST.replace("62784.00", "9" * 400)).encode(),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_sentence(app, auditor, content):
    page = send(auditor, content)
    assert page.status == 422
    assert page.errors
    assert count(app) == 0


def test_a_file_that_is_too_large_is_refused_not_cut(app, auditor, monkeypatch):
    size = DeliveryForm.file.kwargs["validators"][-1]
    assert size.most_bytes == 512 << 20
    monkeypatch.setattr(size, "most_bytes", len(EXAMPLE) - 1)
    page = send(auditor, EXAMPLE)
    assert page.status == 422
    assert "ไฟล์ใหญ่กว่า" in page.errors[0]
    assert count(app) == 0


def test_no_file_is_refused_beside_the_field(auditor):
    auditor.page("/evidence/new/vat_sales")
    page = auditor.submit()
    assert page.status == 422
    assert len(page.errors) == 1


def test_an_assessor_looks_but_does_not_import_and_a_cashier_does_neither(app, auditor):
    send(auditor, EXAMPLE)
    for role, look, change in (("assessor", 200, 403), ("cashier", 403, 403)):
        person = hire(app, f"{role}@office.example.org", role)
        person.sign_in()
        for path in ("/evidence/", "/evidence/VS-2570-0000001"):
            person.browser.page(path, status=look)
        assert person.browser.get("/evidence/VS-2570-0000001/file").status_code == look
        person.browser.page("/evidence/new/vat_sales", status=change)


def test_a_delivery_that_does_not_exist_is_not_found(auditor):
    auditor.page("/evidence/VS-2570-0000009", status=404)
    auditor.page("/evidence/VS-2570-0000009/file", status=404)


def test_every_layout_is_offered_explained_and_its_example_taken(app, auditor):
    page = auditor.page("/evidence/new")
    offered = [link for link in page.links().values() if "/evidence/new/" in link]
    assert len(offered) == len(LAYOUTS)
    for path in offered:
        page = auditor.page(path)
        example = auditor.get(page.links()["ดาวน์โหลดตัวอย่าง"])
        page = auditor.submit(file=(io.BytesIO(example.data), "example.csv"))
        assert page.reference, (path, page.errors)
    read_all(app)
    auditor.page("/evidence/")
    auditor.page("/evidence/new/nothing", status=404)


def test_the_example_of_a_layout_opens_in_english(auditor):
    auditor.page("/?lang=en")
    page = auditor.page("/evidence/new/import_lines")
    assert "Lines of import declarations" in page.said
    assert "Write the HS code" in page.said


def test_what_a_source_corrects_or_annuls_is_counted_on_the_page(app, auditor):
    send(auditor, EXAMPLE)
    read_all(app)
    changed = FIRST.replace("62784.00", "62785.00").rstrip() + ",C\r\n"
    send(auditor, HEADER.rstrip() + ",action\r\n" + changed)
    read_all(app)
    told = figures(auditor.page("/evidence/VS-2570-0000002"))
    assert [told[name] for name in ("รายการใหม่", "แก้ไขหรือยกเลิก")] == ["0", "1"]


def test_only_who_is_signed_in_may_send_very_large_files_and_only_here(app, auditor, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)  # the site outlives the test
    more = EXAMPLE + FIRST * 50
    assert len(more) > 2000
    assert "นำเข้าไม่ได้" not in send(auditor, more).said
    stranger = app.test_client()
    for address in ("/evidence/new/vat_sales", "/account/sign-in"):
        assert stranger.post(address, data={"file": "x" * 2000}).status_code == 413
