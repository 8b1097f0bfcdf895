"""Many callers at the same moment: one effect, one receipt, and everybody is told of it."""

import re
import uuid
from collections import Counter

import pytest

from excise.documents.store import Store
from excise.evidence.models import Delivery
from excise.money import baht
from excise.payments.files import COLUMNS, import_file
from excise.payments.models import Payment
from excise.receipts.models import Receipt
from tests import factories
from tests.conftest import count
from tests.exchange.conftest import opened
from tests.exchange.envelopes import envelope, header, post, token
from tests.exchange.test_services import sale
from tests.excise.at_once import at_once

TIMES = 8
FUNDS = 4  # of beer, each with a receipt of its own
STATUS = re.compile("<status>(ACCEPTED|PARTIAL|REJECTED)<")
RECEIPT = re.compile("<receiptNo>([^<]+)<")


@pytest.fixture(params=["sqlite_url", "pg_url"])
def door(request, tmp_path):
    with opened(request.getfixturevalue(request.param), tmp_path) as door:
        yield door


def elements(told):
    return "".join(f"<{name}>{value}</{name}>" for name, value in told.items())


def delivery(head, number="D-1", **changes):
    inside = f"<documentNo>{number}</documentNo><record>{elements(sale(**changes))}</record>"
    space = "urn:th:excise:exchange:third-party-data:v1"
    return f'<SubmitVatSales xmlns="{space}">{head}{inside}</SubmitVatSales>'


def notification(head, told):
    space = "urn:th:excise:exchange:payment:v1"
    return f'<NotifyPayment xmlns="{space}">{head}{elements(told)}</NotifyPayment>'


def say(door, payload, *, by, service):
    data = envelope(payload, security=token(by, door.passwords[by]))
    return post(door, data, service=service).text


def heads(agency, *, is_same):
    number = str(uuid.uuid4())
    for _ in range(TIMES):
        yield header(agency, messageId=number if is_same else str(uuid.uuid4()))


@pytest.mark.parametrize("is_same", [True, False], ids=["same message", "same document"])
def test_one_delivery_however_often_at_once(door, is_same):
    payloads = [delivery(head) for head in heads("RD", is_same=is_same)]
    answers = at_once(
        TIMES, lambda one: say(door, payloads[one], by="RD", service="third-party-data")
    )
    assert {RECEIPT.search(each)[1] for each in answers} == {"VS-2570-0000001"}
    assert {STATUS.search(each)[1] for each in answers} == {"ACCEPTED"}
    assert sum("<replayed>true<" in each for each in answers) == TIMES - 1
    with door.database.reading() as session:
        assert count(session, Delivery) == 1


def test_of_two_contents_at_once_one_counts_and_the_others_hear_of_it(door):
    payloads = [
        delivery(head, quantity=str(1 + number % 2))
        for number, head in enumerate(heads("RD", is_same=False))
    ]
    answers = at_once(
        TIMES, lambda one: say(door, payloads[one], by="RD", service="third-party-data")
    )
    assert Counter(STATUS.search(each)[1] for each in answers) == {"ACCEPTED": 4, "REJECTED": 4}
    assert {RECEIPT.search(each)[1] for each in answers} == {"VS-2570-0000001"}


@pytest.fixture
def owed(door):
    with door.database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        told = factories.bank_message(bill)
    return {
        "bankCode": told.bank_code,
        "transactionId": told.transaction_id,
        "paidAt": told.paid_at.isoformat(),
        "amount": f"{baht(told.amount_satang):f}",
        "ref1": told.ref1,
        "ref2": told.ref2,
        "channel": told.channel,
    }


@pytest.mark.parametrize("is_same", [True, False], ids=["same message", "same transaction"])
def test_one_receipt_however_often_the_bank_says_it_at_once(door, owed, is_same):
    payloads = [notification(head, owed) for head in heads("KTB", is_same=is_same)]
    answers = at_once(TIMES, lambda one: say(door, payloads[one], by="KTB", service="payment"))
    assert len({RECEIPT.search(each)[1] for each in answers}) == 1
    assert sum("<replayed>true<" in each for each in answers) == TIMES - 1
    with door.database.reading() as session:
        assert [count(session, record) for record in (Payment, Receipt)] == [1, 1 + FUNDS]


def test_a_message_and_a_bank_file_with_the_same_transaction_are_one_payment(door, owed):
    cells = dict(zip(COLUMNS, owed.values(), strict=True))
    content = "\n".join((",".join(COLUMNS), ",".join(cells.values()))).encode()
    payloads = [notification(head, owed) for head in heads("KTB", is_same=False)]

    def tell(number):
        if number % 2:
            return say(door, payloads[number], by="KTB", service="payment")
        with door.database.transaction() as session:
            store = Store(door.settings.documents)
            import_file(
                session, store, name="f.csv", content=content, actor="officer:1", at=factories.AT
            )
        return "<receiptNo>"

    assert all("<receiptNo>" in str(each) for each in at_once(TIMES, tell))
    with door.database.reading() as session:
        assert [count(session, record) for record in (Payment, Receipt)] == [1, 1 + FUNDS]
