"""The books, as accountants read them."""

import csv
import io
from datetime import timedelta

import pytest

from excise.ledger.models import Account
from excise.ledger.queries import Standing, standings
from excise.payments.actions import receive
from tests import factories
from tests.backoffice import matters
from tests.browser import words
from tests.factories import AT

PERIOD = f"{AT:%Y-%m}"


@pytest.fixture
def paid(app):
    with app.extensions["database"].transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        receive(session, factories.bank_message(bill), actor="system", at=AT)
        receive(session, factories.bank_message(bill, amount_satang=700), actor="system", at=AT)
        return bill.amount_satang


@pytest.fixture
def accountant(app):
    return matters.employ(app, "accountant").browser


def table(page):
    rows = [[words(cell) for cell in row] for row in page.all("tr")]
    return {row[0]: row[1:] for row in rows}


def test_the_trial_balance_of_a_period_adds_up_to_nothing(app, accountant, paid):
    rows = table(accountant.page(f"/ledger/?period={PERIOD}"))
    assert rows["เงินรับรอตัดบัญชี"][-1] == "-7.00"
    assert rows["เงินฝากธนาคาร"][0] == "0.00"
    before, debit, credit, after = rows["รวม"]
    assert (before, after) == ("0.00", "0.00")
    assert debit == credit != "0.00"
    tomorrow = AT.date() + timedelta(1)
    with app.extensions["database"].reading() as session:
        later = {each.account: each for each in standings(session, since=tomorrow, until=tomorrow)}
    assert later[Account.UNALLOCATED] == Standing(Account.UNALLOCATED, -700, 0, 0)
    assert sum(each.closing_satang for each in later.values()) == 0
    assert "ยังไม่มีรายการบัญชี" in accountant.page("/ledger/?period=fy2566").said


def test_the_journal_shows_every_entry_whole_and_by_account(accountant, paid):
    page = accountant.page(f"/ledger/journal?period={PERIOD}")
    assert page.said.count("รับเงิน KTB") == 2
    bank = accountant.page(f"/ledger/journal?period={PERIOD}&account=bank")
    assert "เบี้ยปรับ" not in "".join(words(body) for body in bank.all("tbody"))
    answer = accountant.get(f"/ledger/journal.csv?period={PERIOD}")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    debits, credits = (
        sum(int(row[f"{side}_satang"]) for row in rows) for side in ("debit", "credit")
    )
    assert debits == credits > 0
    assert {row["account"] for row in rows} <= {account.value for account in Account}


def test_only_those_who_keep_the_books_read_them(app, paid):
    cashier = matters.employ(app, "cashier").browser
    for page in ("", "journal", "journal.csv"):
        cashier.page(f"/ledger/{page}", status=403)
