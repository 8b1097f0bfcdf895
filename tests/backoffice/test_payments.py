"""Money that banks report, on the cashier's pages."""

import io

import pytest
import sqlalchemy as sa

from backoffice.payments.forms import BankFileForm
from excise.payments.models import Payment
from excise.receipts.models import Receipt
from tests import factories
from tests.browser import hire, words

HEADER = "bank_code,transaction_id,paid_at,amount,ref1,ref2,channel\n"


@pytest.fixture
def cashier(app):
    cashier = hire(app, "cashier@office.example.org", "cashier")
    cashier.sign_in()
    return cashier.browser


@pytest.fixture
def bill(app):
    with app.extensions["database"].transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        return bill.ref1, bill.ref2, bill.amount_satang


def row(ref1, ref2, satang, transaction="T1"):
    return f"KTB,{transaction},2026-11-23T10:15:00,{satang / 100:.2f},{ref1},{ref2},PromptPay\n"


def send(browser, text, name="bank.csv"):
    browser.page("/payments/files/new")
    content = text if isinstance(text, bytes) else text.encode()
    return browser.submit(file=(io.BytesIO(content), name))


def count(app, record):
    with app.extensions["database"].reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(record))


def test_a_file_that_pays_a_bill_gives_a_receipt(app, cashier, bill):
    page = send(cashier, HEADER + row(*bill))
    assert "bank.csv" in page.h1
    assert "ตัดชำระแล้ว" in page.said
    assert count(app, Receipt) > 0
    assert "bank.csv" in cashier.page("/payments/files/").said


def test_the_same_file_again_shows_its_first_answer(app, cashier, bill):
    first = send(cashier, HEADER + row(*bill))
    again = send(cashier, HEADER + row(*bill), name="copy.csv")
    assert (again.path, again.reference) == (first.path, first.reference)
    assert count(app, Payment) == 1


def test_one_wrong_row_refuses_the_whole_file_and_is_named(app, cashier, bill):
    good, bad = row(*bill), "KTB,T2,2569-11-23T10:15:00,12.345,X,Y,PromptPay\n"
    page = send(cashier, HEADER + good + bad)
    assert page.status == 422
    assert page.errors
    told = [words(cell) for cell in page.all("td")]
    assert {"12.345", "2569-11-23T10:15:00"} <= set(told)
    assert count(app, Payment) == 0


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\xff", b"a,b,c\n1,2,3\n", HEADER.encode(), b"%PDF-1.7"]
)
def test_what_is_no_statement_is_refused_with_a_sentence(app, cashier, content):
    page = send(cashier, content)
    assert page.status == 422
    assert page.errors
    assert count(app, Payment) == 0


def test_a_file_that_is_too_large_is_refused_not_cut(app, cashier, bill, monkeypatch):
    """Cut after its last whole row it would have looked complete."""
    size = BankFileForm.file.kwargs["validators"][-1]
    assert size.most_bytes == 32 << 20
    monkeypatch.setattr(size, "most_bytes", len(HEADER + row(*bill)))
    page = send(cashier, HEADER + row(*bill) + row(*bill, "T2"))
    assert page.status == 422
    assert "ไฟล์ใหญ่กว่า" in page.errors[0]
    assert count(app, Payment) == 0


def test_no_file_is_refused_beside_the_field(cashier):
    cashier.page("/payments/files/new")
    page = cashier.submit()
    assert page.status == 422
    assert len(page.errors) == 1


def test_money_without_a_bill_is_in_the_list_with_its_reason(cashier, bill):
    ref1, ref2, satang = bill
    send(cashier, HEADER + row(ref1, ref2, satang - 1) + row("9" * 16, ref2, 100, "T2"))
    listed = cashier.page("/payments/?state=unallocated")
    assert "ไม่พบใบแจ้งการชำระเงินที่มีเลขอ้างอิงนี้" in listed.said


def test_who_may_only_look_cannot_import(app):
    auditor = hire(app, "auditor@office.example.org", "auditor")
    auditor.sign_in()
    auditor.browser.page("/payments/")
    auditor.browser.page("/payments/files/new", status=403)


def test_a_file_that_does_not_exist_is_not_found(cashier):
    cashier.page("/payments/files/2147483647", status=404)
    cashier.page("/payments/files/99999999999", status=404)
