from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise.checks import debts_agree, money_matches, receipts_complete
from excise.errors import Conflict, Invalid, NotAllowed
from excise.ledger.models import Account
from excise.ledger.queries import trial_balance
from excise.payments.models import Bill, PaymentState, Refund, Resolution, ResolutionState
from excise.payments.resolving import (
    ProposerCannotDecide,
    approve,
    give_back,
    propose_bill,
    propose_refund,
    record_transfer,
)
from excise.receipts.models import Receipt
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT, TODAY, fresh

PAYEE = "นายสมชาย ใจดี ธนาคารกรุงไทย 123-4-56789-0"


@pytest.fixture
def bill(session):
    return factories.bill(session, factories.filed(session))


@pytest.fixture
def accountant(session):
    return factories.officer(session, roles=["accountant"]).id


@pytest.fixture
def head(session):
    return factories.officer(session, roles=["finance_head"]).id


def proposed(session, officer_id, bill, *payments, **changes):
    told = {
        "payment_ids": [payment.id for payment in payments],
        "ref1": bill.ref1,
        "reason": "ผู้ชำระพิมพ์เลขอ้างอิงผิด",
        "submission_id": fresh("S"),
        "officer_id": officer_id,
        "at": AT,
    }
    return propose_bill(session, **told | changes)


def allowed(session, head, proposal):
    return approve(session, reference=proposal.reference, officer_id=head, at=AT)


def whole(session):
    session.flush()
    checks = (money_matches, receipts_complete, debts_agree)
    return [check(session) for check in checks] == [None] * 3


def test_money_under_a_wrong_reference_pays_the_bill_once_another_officer_agrees(
    session, bill, accountant, head
):
    payment = factories.stray(session, bill, ref1="2569010100000000")
    proposal = proposed(session, accountant, bill, payment)
    session.expire(bill)
    assert not bill.is_paid
    assert count(session, Receipt) == 0
    allowed(session, head, proposal)
    session.expire(bill)
    assert bill.payments == [payment]
    assert payment.state is PaymentState.ALLOCATED
    assert count(session, Receipt) == 5
    assert trial_balance(session)[Account.RECEIVABLE] == 0
    assert whole(session)
    allowed(session, head, proposal)
    assert count(session, Receipt) == 5


def test_who_proposed_never_decides(session, bill):
    both = factories.officer(session, roles=["accountant", "finance_head"]).id
    payment = factories.stray(session, bill, ref1="X")
    proposal = proposed(session, both, bill, payment)
    with pytest.raises(ProposerCannotDecide):
        allowed(session, both, proposal)
    with pytest.raises(ProposerCannotDecide):
        give_back(session, reference=proposal.reference, note="ไม่ถูก", officer_id=both, at=AT)


def test_only_those_who_may_propose_and_decide(session, bill, accountant, head):
    payment = factories.stray(session, bill, ref1="X")
    with pytest.raises(NotAllowed):
        proposed(session, head, bill, payment)
    proposal = proposed(session, accountant, bill, payment)
    other = factories.officer(session, roles=["accountant", "cashier"]).id
    with pytest.raises(NotAllowed):
        allowed(session, other, proposal)


def test_parts_that_come_to_the_bill_pay_it_together(session, bill, accountant, head):
    first = factories.stray(session, bill, ref1="X", amount_satang=1)
    rest = factories.stray(session, bill, ref1="X", amount_satang=bill.amount_satang - 1)
    allowed(session, head, proposed(session, accountant, bill, first, rest))
    assert {first.bill_id, rest.bill_id} == {bill.id}
    main = session.scalars(sa.select(Receipt).where(Receipt.main_id.is_(None))).one()
    assert main.payment_id == rest.id
    assert count(session, Refund) == 0
    assert whole(session)


def test_a_part_that_found_no_bill_pays_a_part_of_it(session, bill, accountant, head):
    first = factories.stray(session, bill, ref1="X", amount_satang=1)
    proposal = allowed(session, head, proposed(session, accountant, bill, first))
    assert (proposal.taken_satang, proposal.excess_satang, bill.is_begun) == (1, 0, True)
    assert trial_balance(session)[Account.RECEIVABLE] == bill.amount_satang - 1
    assert whole(session)


def test_what_is_over_is_owed_until_the_bank_has_paid_it(session, bill, accountant, head):
    payment = factories.stray(session, bill, ref1="X", amount_satang=bill.amount_satang + 700)
    with pytest.raises(Invalid, match="payee-missing"):
        proposed(session, accountant, bill, payment)
    proposal = allowed(session, head, proposed(session, accountant, bill, payment, payee=PAYEE))
    assert trial_balance(session)[Account.PAYABLE_REFUND] == -700
    assert whole(session)
    told = {"reference": proposal.reference, "officer_id": accountant, "at": AT}
    with pytest.raises(Invalid, match="day-outside"):
        record_transfer(session, transfer_no="F1", paid_on=TODAY + timedelta(1), **told)
    for _ in range(2):
        paid = record_transfer(session, transfer_no="F1", paid_on=TODAY, **told)
    assert (paid.amount_satang, paid.payee) == (700, PAYEE)
    with pytest.raises(Conflict, match="refund-paid-already"):
        record_transfer(session, transfer_no="F2", paid_on=TODAY, **told)
    balances = trial_balance(session)
    assert balances[Account.BANK] == bill.amount_satang
    assert balances[Account.PAYABLE_REFUND] == 0
    assert whole(session)


def test_money_that_came_twice_is_paid_back_whole(session, bill, accountant, head):
    factories.stray(session, bill, ref2=bill.ref2)
    again = factories.stray(session, bill, ref2=bill.ref2)
    assert again.reason == "already-paid"
    with pytest.raises(Conflict, match="bill-already-paid"):
        proposed(session, accountant, bill, again)
    proposal = propose_refund(
        session,
        payment_id=again.id,
        payee=PAYEE,
        reason="ชำระซ้ำ",
        submission_id="S",
        officer_id=accountant,
        at=AT,
    )
    allowed(session, head, proposal)
    assert again.state is PaymentState.REFUNDED
    assert proposal.refund.amount_satang == again.amount_satang
    assert whole(session)


def test_a_transfer_pays_one_refund(session, bill, accountant, head):
    for number in range(2):
        payment = factories.stray(session, bill, ref1="X", amount_satang=100 + number)
        proposal = propose_refund(
            session,
            payment_id=payment.id,
            payee=PAYEE,
            reason="ไม่ใช่เงินภาษี",
            submission_id=fresh("S"),
            officer_id=accountant,
            at=AT,
        )
        allowed(session, head, proposal)
        paid = {"reference": proposal.reference, "officer_id": accountant, "at": AT}
        if number:
            with pytest.raises(Invalid, match="transfer-no-used"):
                record_transfer(session, transfer_no="F1", paid_on=TODAY, **paid)
        else:
            record_transfer(session, transfer_no="F1", paid_on=TODAY, **paid)


def test_money_is_in_one_proposal_at_a_time_and_free_again_when_it_is_given_back(
    session, bill, accountant, head
):
    payment = factories.stray(session, bill, ref1="X")
    first = proposed(session, accountant, bill, payment)
    with pytest.raises(Conflict, match="payment-proposed-already"):
        proposed(session, accountant, bill, payment)
    assert proposed(session, accountant, bill, payment, submission_id=first.submission_id) is first
    give_back(session, reference=first.reference, note="คนละราย", officer_id=head, at=AT)
    with pytest.raises(Conflict, match="resolution-not-in-this-state"):
        allowed(session, head, first)
    assert payment.state is PaymentState.UNALLOCATED
    allowed(session, head, proposed(session, accountant, bill, payment))
    assert whole(session)


def test_a_bill_that_is_paid_meanwhile_is_not_paid_again(session, bill, accountant, head):
    proposal = proposed(session, accountant, bill, factories.stray(session, bill, ref1="X"))
    factories.stray(session, bill, ref2=bill.ref2)
    with pytest.raises(Conflict, match="bill-already-paid"):
        allowed(session, head, proposal)
    assert proposal.state is ResolutionState.PROPOSED
    assert whole(session)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"ref1": "9"}, "bill-unknown"), ({"reason": " "}, "reason-missing")],
)
def test_a_proposal_that_says_too_little_is_refused(session, bill, accountant, change, code):
    with pytest.raises(Invalid, match=code):
        proposed(session, accountant, bill, factories.stray(session, bill, ref1="X"), **change)


def test_what_was_proposed_decided_and_paid_does_not_change(session, bill, accountant, head):
    payment = factories.stray(session, bill, ref1="X", amount_satang=bill.amount_satang + 1)
    proposal = allowed(session, head, proposed(session, accountant, bill, payment, payee=PAYEE))
    record_transfer(
        session,
        reference=proposal.reference,
        transfer_no="F1",
        paid_on=TODAY,
        officer_id=accountant,
        at=AT,
    )
    session.flush()
    for change in (
        "UPDATE resolution SET reason = 'x'",
        "UPDATE resolution SET state = 'proposed'",
        "UPDATE refund SET amount_satang = 2",
        "UPDATE refund SET transfer_no = 'F9'",
        "DELETE FROM resolution_payment",
        "UPDATE resolution_payment SET payment_id = 9",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="does not change"), session.begin_nested():
            session.execute(sa.text(change))


def test_equal_approvals_at_once_issue_one_receipt(database):
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        payment = factories.stray(session, bill, ref1="X")
        heads = [factories.officer(session, roles=["finance_head"]).id for _ in range(4)]
        accountant = factories.officer(session, roles=["accountant"]).id
        reference = proposed(session, accountant, bill, payment).reference

    def decide(number):
        with database.transaction() as session:
            return approve(
                session, reference=reference, officer_id=heads[number % 4], at=AT
            ).reference

    assert set(at_once(8, decide)) == {reference}
    with database.reading() as session:
        assert count(session, Receipt) == 5
        assert session.scalars(sa.select(Bill)).one().is_paid
        assert session.scalars(sa.select(Resolution)).one().state is ResolutionState.APPROVED
        assert whole(session)
