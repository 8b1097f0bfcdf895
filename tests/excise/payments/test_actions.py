from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise.errors import Invalid
from excise.ledger.models import Account, Entry
from excise.ledger.queries import trial_balance
from excise.payments.actions import Outcome, TransactionChanged, receive
from excise.payments.models import Bill, Payment, PaymentState
from excise.receipts.models import Receipt
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT


@pytest.fixture
def bill(session):
    return factories.bill(session, factories.filed(session))


def pay(session, bill, **changes):
    return tell(session, factories.bank_message(bill, **changes))


def tell(session, message):
    return receive(session, message, actor="system", at=AT)


def only_payment(session):
    return session.scalars(sa.select(Payment)).one()


def test_exact_money_pays_the_bill_and_issues_a_receipt_for_tax_and_each_fund(session, bill):
    assert pay(session, bill) is Outcome.ALLOCATED
    session.expire(bill)
    assert bill.is_paid
    receipts = list(session.scalars(sa.select(Receipt).order_by(Receipt.id)))
    assert [receipt.number for receipt in receipts] == [
        "2570-010100-0000001",
        "2570-010100-HEALTH-0000001",
        "2570-010100-TPBS-0000001",
        "2570-010100-SPORT-0000001",
        "2570-010100-ELDERLY-0000001",
    ]
    assert sum(receipt.amount_satang for receipt in receipts) == bill.amount_satang
    assert {receipt.main_id for receipt in receipts[1:]} == {receipts[0].id}
    balances = trial_balance(session)
    assert balances[Account.BANK] == bill.amount_satang
    assert balances[Account.RECEIVABLE] == balances[Account.UNALLOCATED] == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ref1": "2569111099999999"}, "unknown-reference"),
        ({"ref1": ""}, "unknown-reference"),
        ({"ref2": "030725691001"}, "unknown-reference"),
    ],
)
def test_money_that_names_no_bill_waits_with_the_reason(session, bill, change, reason):
    assert pay(session, bill, **change) is Outcome.UNALLOCATED
    payment = only_payment(session)
    assert (payment.state, payment.reason) == (PaymentState.UNALLOCATED, reason)
    assert (payment.bill_id, count(session, Receipt), bill.is_paid) == (None, 0, False)
    balances = trial_balance(session)
    assert balances[Account.BANK] == -balances[Account.UNALLOCATED] == payment.amount_satang
    assert balances[Account.RECEIVABLE] == bill.amount_satang


def test_a_second_payment_of_a_bill_waits_even_within_one_transaction(session, bill):
    assert [pay(session, bill), pay(session, bill)] == [Outcome.ALLOCATED, Outcome.UNALLOCATED]
    reasons = session.scalars(sa.select(Payment.reason).order_by(Payment.id)).all()
    assert reasons == ["", "already-paid"]
    assert trial_balance(session)[Account.UNALLOCATED] == -bill.amount_satang


def test_the_same_message_again_changes_nothing(session, bill):
    message = factories.bank_message(bill)
    assert [tell(session, message) for _ in range(3)] == [
        Outcome.ALLOCATED,
        Outcome.REPEATED,
        Outcome.REPEATED,
    ]
    assert count(session, Payment) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount_satang": 1},
        {"ref1": "X"},
        {"ref2": "X"},
        {"channel": "counter"},
        {"paid_at": AT + timedelta(seconds=1)},
    ],
)
def test_the_same_transaction_with_other_content_is_a_conflict(session, bill, change):
    pay(session, bill, transaction_id="T-1")
    with pytest.raises(TransactionChanged):
        pay(session, bill, transaction_id="T-1", **change)


def test_a_transaction_number_belongs_to_its_bank(session, bill):
    pay(session, bill, transaction_id="T-1")
    assert pay(session, bill, transaction_id="T-1", bank_code="BBL") is Outcome.UNALLOCATED


@pytest.mark.parametrize("amount", [0, -1, 10**17, 10**30])
def test_an_amount_that_no_bank_can_mean_is_refused(session, bill, amount):
    with pytest.raises(Invalid) as refused:
        pay(session, bill, amount_satang=amount)
    assert refused.value.facts["field"] == "amount"


def test_eight_equal_messages_at_once_are_one_payment(database):
    with database.transaction() as session:
        message = factories.bank_message(factories.bill(session, factories.filed(session)))

    def send(_number):
        with database.transaction() as session:
            return tell(session, message)

    answers = at_once(8, send)
    assert answers.count(Outcome.REPEATED) == 7
    with database.reading() as session:
        assert [count(session, one) for one in (Payment, Receipt, Entry)] == [1, 5, 3]


def test_eight_payments_of_one_bill_at_once_pay_it_once(database):
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        messages = [factories.bank_message(bill) for _ in range(8)]

    def send(number):
        with database.transaction() as session:
            return tell(session, messages[number])

    answers = at_once(8, send)
    assert answers.count(Outcome.UNALLOCATED) == 7
    with database.reading() as session:
        assert session.scalars(sa.select(Bill)).one().is_paid
        assert count(session, Receipt) == 5
