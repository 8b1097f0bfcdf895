"""Bills that are paid in parts, too late, too much, or with the taxpayer's credit."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise.checks import credit_not_below_zero, debts_agree, money_matches, receipts_complete
from excise.errors import Conflict, Invalid, NotFound
from excise.ledger.models import Account, Entry
from excise.ledger.queries import trial_balance
from excise.payments.actions import Outcome, receive
from excise.payments.credit import NoCredit, credit_of, pay_with_credit
from excise.payments.models import Allocation, Bill, Payment, Refund
from excise.payments.owing import owed_on
from excise.payments.resolving import approve, propose_credit_refund, record_transfer
from excise.people.models import Delegation
from excise.periods import add_months, local_date
from excise.receipts.models import Receipt
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT, TODAY

CHECKS = (money_matches, receipts_complete, debts_agree, credit_not_below_zero)


@pytest.fixture
def bill(session):
    return factories.bill(session, factories.filed(session))


@pytest.fixture
def next_bill(session, bill):
    place = bill.registration
    draft = factories.start(session, place, day=add_months(factories.MONTH, -1), submission_id="n")
    factories.line(session, draft, factories.product(session, place, name="เบียร์ถัดไป"))
    return factories.bill(session, factories.file(session, factories.finished(session, draft)))


def pay(session, bill, amount_satang, *, days=0, **changes):
    at = AT + timedelta(days)
    message = factories.bank_message(bill, amount_satang=amount_satang, paid_at=at, **changes)
    outcome = receive(session, message, actor="system", at=at)
    session.flush()
    return outcome


def proved(session):
    session.flush()
    session.expire_all()
    return [check(session) for check in CHECKS] == [None] * len(CHECKS)


def owner(session, bill):
    holder = sa.select(Delegation.person_id).where(Delegation.taxpayer_id == bill.taxpayer_id)
    return session.scalars(holder).first()


def receipts(session):
    main = sa.select(Receipt).where(Receipt.main_id.is_(None)).order_by(Receipt.id)
    return [receipt.number for receipt in session.scalars(main)]


def late(bill, *, months):
    """Days from the day of the tests until a bill is late by so many months."""
    return (add_months(bill.surcharge_from, months) - TODAY).days


def test_a_part_pays_a_part_with_its_own_receipt_and_the_rest_stays_owed(session, bill):
    whole = bill.amount_satang
    assert pay(session, bill, 1_000) is Outcome.ALLOCATED
    assert (bill.is_paid, bill.is_begun) == (False, True)
    assert owed_on(session, bill, on=TODAY).total_satang == whole - 1_000
    assert proved(session)
    assert pay(session, bill, whole - 1_000) is Outcome.ALLOCATED
    assert bill.is_paid
    assert trial_balance(session)[Account.RECEIVABLE] == 0
    assert receipts(session) == ["2570-010100-0000001", "2570-010100-0000002"]
    assert proved(session)


def test_a_part_pays_surcharge_and_penalty_before_the_tax(session, bill):
    day = late(bill, months=1)
    owed = owed_on(session, bill, on=TODAY + timedelta(day)).heads
    pay(session, bill, owed["surcharge"] + 5, days=day)
    one = session.scalars(sa.select(Allocation)).one()
    assert one.heads == {"surcharge": owed["surcharge"], "tax": 5}


def test_a_bill_costs_more_after_its_due_date_month_by_month(session, bill):
    def owed(day):
        return owed_on(session, bill, on=day)

    whole, tax = bill.amount_satang, bill.particulars["tax_satang"]
    assert owed(bill.due_on).total_satang == whole
    after = owed(bill.due_on + timedelta(1))
    surcharge = (tax * 15 + 500) // 1000
    assert after.accrual.surcharge_satang == surcharge
    assert after.accrual.local_satang == (surcharge + 5) // 10
    assert after.total_satang == whole + after.accrual.total_satang
    assert after.until == add_months(bill.surcharge_from, 1)
    assert owed(after.until).total_satang == after.total_satang
    assert owed(after.until + timedelta(1)).accrual.surcharge_satang == (tax * 30 + 500) // 1000


def test_the_surcharge_never_exceeds_the_tax(session, bill):
    day = add_months(bill.due_on, 200)
    assert owed_on(session, bill, on=day).accrual.surcharge_satang == bill.particulars["tax_satang"]


def test_a_bill_paid_late_as_it_was_printed_still_owes_the_surcharge_of_its_day(session, bill):
    day, whole = late(bill, months=1), bill.amount_satang
    pay(session, bill, whole, days=day)
    assert not bill.is_paid
    rest = owed_on(session, bill, on=TODAY + timedelta(day)).total_satang
    assert rest == trial_balance(session)[Account.RECEIVABLE] > 0
    assert proved(session)
    pay(session, bill, rest, days=day)
    assert bill.is_paid
    assert proved(session)


def test_surcharge_of_the_day_is_charged_once_with_its_local_tax(session, bill):
    day = late(bill, months=1)
    owed = owed_on(session, bill, on=TODAY + timedelta(day))
    before = trial_balance(session)
    pay(session, bill, owed.total_satang, days=day)
    assert bill.is_paid
    after = trial_balance(session)
    charged = after[Account.REVENUE_SURCHARGE] - before.get(Account.REVENUE_SURCHARGE, 0)
    local = after[Account.PAYABLE_LOCAL] - before[Account.PAYABLE_LOCAL]
    assert (-charged, -local) == (owed.accrual.surcharge_satang, owed.accrual.local_satang)
    causes = session.scalars(sa.select(Entry.cause).where(Entry.cause.startswith("accrual:")))
    assert len(causes.all()) == 1
    assert proved(session)


def test_after_a_part_of_the_tax_the_surcharge_grows_on_the_rest_alone(session, bill):
    tax = bill.particulars["tax_satang"]
    pay(session, bill, tax // 2)
    day = TODAY + timedelta(late(bill, months=1))
    owed = owed_on(session, bill, on=day)
    assert owed.accrual.base_satang == tax - tax // 2


def test_what_is_over_is_the_taxpayers_credit(session, bill):
    assert pay(session, bill, bill.amount_satang + 700) is Outcome.ALLOCATED
    assert bill.is_paid
    assert credit_of(session, bill.taxpayer_id) == 700
    assert proved(session)


def test_credit_pays_the_next_bill_as_far_as_it_goes(session, bill, next_bill):
    person = owner(session, bill)
    pay(session, bill, bill.amount_satang + 700)
    paid = pay_with_credit(session, ref1=next_bill.ref1, person_id=person, at=AT)
    session.flush()
    assert (paid.amount_satang, credit_of(session, bill.taxpayer_id)) == (700, 0)
    assert owed_on(session, next_bill, on=TODAY).total_satang == next_bill.amount_satang - 700
    assert receipts(session) == ["2570-010100-0000001", "2570-010100-0000002"]
    assert proved(session)
    with pytest.raises(NoCredit):
        pay_with_credit(session, ref1=next_bill.ref1, person_id=person, at=AT)


def test_nobody_else_pays_with_a_taxpayers_credit(session, bill, next_bill):
    pay(session, bill, bill.amount_satang + 700)
    stranger = factories.person(session, name="คนอื่น", email="other@example.com")
    with pytest.raises(NotFound):
        pay_with_credit(session, ref1=next_bill.ref1, person_id=stranger.id, at=AT)


def test_credit_is_paid_back_with_four_eyes_and_is_no_credit_meanwhile(session, bill, next_bill):
    accountant = factories.officer(session, roles=["accountant"]).id
    head = factories.officer(session, roles=["finance_head"]).id
    tax_id = bill.particulars["payer"]["tax_id"]
    pay(session, bill, bill.amount_satang + 700)
    told = {"tax_id": tax_id, "payee": "P", "reason": "r", "officer_id": accountant, "at": AT}
    with pytest.raises(Invalid, match="more-than-credit"):
        propose_credit_refund(session, amount_satang=701, submission_id="s0", **told)
    one = propose_credit_refund(session, amount_satang=700, submission_id="s1", **told)
    with pytest.raises(NoCredit):
        pay_with_credit(session, ref1=next_bill.ref1, person_id=owner(session, bill), at=AT)
    approve(session, reference=one.reference, officer_id=head, at=AT)
    assert credit_of(session, bill.taxpayer_id) == 0
    assert proved(session)
    told = {"transfer_no": "F1", "paid_on": TODAY, "officer_id": accountant, "at": AT}
    record_transfer(session, reference=one.reference, **told)
    assert (count(session, Refund), trial_balance(session)[Account.PAYABLE_REFUND]) == (1, 0)
    assert proved(session)


def test_no_bank_calls_itself_credit(session, bill):
    with pytest.raises(Invalid, match="bad-bank"):
        pay(session, bill, 1, bank_code="CREDIT")


def test_a_paid_bill_takes_no_credit(session, bill):
    pay(session, bill, bill.amount_satang + 1)
    with pytest.raises(Conflict, match="bill-already-paid"):
        pay_with_credit(session, ref1=bill.ref1, person_id=owner(session, bill), at=AT)


def test_eight_parts_at_once_pay_the_bill_and_leave_the_rest_as_credit(database):
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        part = bill.amount_satang // 7
        messages = [factories.bank_message(bill, amount_satang=part) for _ in range(8)]
        whole, taxpayer = bill.amount_satang, bill.taxpayer_id

    def send(number):
        with database.transaction() as session:
            return receive(session, messages[number], actor="system", at=AT)

    assert set(at_once(8, send)) == {Outcome.ALLOCATED}
    with database.reading() as session:
        assert session.scalars(sa.select(Bill)).one().is_paid
        assert credit_of(session, taxpayer) == 8 * part - whole
        assert count(session, Payment) == len(receipts(session)) == 8
        assert proved(session)
        assert local_date(AT) == TODAY
