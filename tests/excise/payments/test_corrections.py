"""Debts that are given up, and payments that a bank takes back."""

import pytest
import sqlalchemy as sa

from excise.checks import credit_not_below_zero, debts_agree, money_matches, receipts_complete
from excise.errors import Conflict, Invalid, NotAllowed
from excise.ledger.models import Account
from excise.ledger.queries import trial_balance
from excise.payments import corrections
from excise.payments.actions import Outcome, receive
from excise.payments.corrections import AboveLimit, propose_reversal, propose_write_off
from excise.payments.credit import credit_of
from excise.payments.models import Payment, PaymentState
from excise.payments.resolving import ProposerCannotDecide
from excise.receipts.models import Receipt
from tests import factories
from tests.conftest import count
from tests.factories import AT, fresh

CHECKS = (money_matches, receipts_complete, debts_agree, credit_not_below_zero)


@pytest.fixture
def bill(session):
    return factories.bill(session, factories.filed(session))


@pytest.fixture
def accountant(session):
    return factories.officer(session, roles=["accountant"]).id


@pytest.fixture
def head(session):
    return factories.officer(session, roles=["finance_head"]).id


def pay(session, bill, amount_satang):
    message = factories.bank_message(bill, amount_satang=amount_satang)
    assert receive(session, message, actor="system", at=AT) is Outcome.ALLOCATED
    session.flush()
    return session.scalars(sa.select(Payment).order_by(Payment.id.desc())).first()


def reversed_(session, payment, accountant, head):
    told = {"reason": "ธนาคารแจ้งยกเลิก", "submission_id": fresh("S"), "at": AT}
    one = propose_reversal(session, payment_id=payment.id, officer_id=accountant, **told)
    return approve(session, one, head)


def given_up(session, bill, accountant, **changes):
    told = {"ref1": bill.ref1, "reason": "ล้มละลาย", "submission_id": fresh("S"), "at": AT}
    return propose_write_off(session, officer_id=accountant, **told | changes)


def approve(session, one, head):
    return corrections.approve(session, reference=one.reference, officer_id=head, at=AT)


def proved(session):
    session.flush()
    session.expire_all()
    return [check(session) for check in CHECKS] == [None] * len(CHECKS)


def test_a_reversed_payment_makes_its_bill_ask_again_and_keeps_its_receipt(
    session, bill, accountant, head
):
    payment = pay(session, bill, bill.amount_satang)
    reversed_(session, payment, accountant, head)
    assert (bill.is_paid, payment.state) == (False, PaymentState.REVERSED)
    balances = trial_balance(session)
    assert (balances[Account.BANK], balances[Account.RECEIVABLE]) == (0, bill.amount_satang)
    assert count(session, Receipt) == 5
    assert proved(session)
    pay(session, bill, bill.amount_satang)
    assert bill.is_paid
    assert proved(session)


def test_a_reversed_part_leaves_the_other_parts(session, bill, accountant, head):
    first = pay(session, bill, 1_000)
    pay(session, bill, 500)
    reversed_(session, first, accountant, head)
    assert trial_balance(session)[Account.RECEIVABLE] == bill.amount_satang - 500
    assert proved(session)


def test_a_reversal_takes_the_credit_back_that_the_payment_brought(session, bill, accountant, head):
    payment = pay(session, bill, bill.amount_satang + 700)
    reversed_(session, payment, accountant, head)
    assert credit_of(session, bill.taxpayer_id) == 0
    assert proved(session)


def test_a_payment_is_reversed_once(session, bill, accountant, head):
    payment = pay(session, bill, bill.amount_satang)
    reversed_(session, payment, accountant, head)
    with pytest.raises(Conflict, match="payment-not-reversible"):
        reversed_(session, payment, accountant, head)


def test_stray_money_that_was_none_goes_out_again(session, bill, accountant, head):
    reversed_(session, factories.stray(session, bill), accountant, head)
    balances = trial_balance(session)
    assert (balances[Account.BANK], balances[Account.UNALLOCATED]) == (0, 0)
    assert proved(session)


def test_a_debt_is_given_up_with_four_eyes_and_by_its_parts(session, bill, accountant, head):
    pay(session, bill, 1_000)
    one = given_up(session, bill, accountant)
    with pytest.raises(NotAllowed):
        approve(session, one, accountant)
    approve(session, approve(session, one, head), head)
    assert bill.is_paid
    balances = trial_balance(session)
    assert balances[Account.WRITTEN_OFF] == bill.amount_satang - 1_000
    assert balances[Account.RECEIVABLE] == 0
    assert proved(session)


def test_who_proposed_to_give_up_never_decides(session, bill):
    both = factories.officer(session, roles=["accountant", "finance_head"]).id
    one = given_up(session, bill, both)
    with pytest.raises(ProposerCannotDecide):
        approve(session, one, both)


def test_nobody_gives_up_more_than_the_role_allows(session, accountant, head):
    filed = factories.filed(session, quantity=1_000_000)
    one = given_up(session, factories.bill(session, filed), accountant)
    with pytest.raises(AboveLimit):
        approve(session, one, head)


def test_a_debt_is_proposed_once_with_a_reason(session, bill, accountant):
    with pytest.raises(Invalid, match="reason-missing"):
        given_up(session, bill, accountant, reason=" ")
    given_up(session, bill, accountant)
    with pytest.raises(Conflict, match="correction-proposed-already"):
        given_up(session, bill, accountant)
