"""Money at the counters of offices: taken, counted, handed over, found at the bank."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise.checks import counters_match, ledger_balanced, money_matches, receipts_complete
from excise.closing.queries import blockers, days_up_to
from excise.counter.actions import (
    BillNotPayable,
    CashierCannotApprove,
    approve,
    ask_for_copy,
    count,
    give_back,
    match_deposits,
    open_shift,
    take,
)
from excise.counter.models import Deposit, Means, Shift, ShiftState, Taking
from excise.counter.queries import reference_in, shift_of
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.ledger.models import Account
from excise.ledger.queries import balance
from excise.payments.actions import receive
from excise.payments.codes import bank_barcode, promptpay_bill_payment
from excise.payments.models import Payment, PaymentState
from excise.periods import local_date
from excise.receipts.models import Receipt
from tests import conftest, factories
from tests.excise.at_once import at_once
from tests.factories import AT

FLOAT = 1_000_00


@pytest.fixture
def cashier(session):
    return factories.officer(session, roles=("cashier",)).id


@pytest.fixture
def supervisor(session):
    return factories.officer(session, roles=("accountant",)).id


@pytest.fixture
def bill(session):
    return factories.bill(session, factories.filed(session))


def opened(session, cashier):
    return open_shift(session, float_satang=FLOAT, officer_id=cashier, at=AT)


def taken(session, bill, cashier, **changes):
    told = {
        "ref1": bill.ref1,
        "means": Means.CASH,
        "detail": "",
        "tendered_satang": bill.amount_satang + 50_00,
        "submission_id": "one",
        "officer_id": cashier,
        "at": AT,
    }
    return take(session, **told | changes)


def counted(session, shift, cashier, counted_satang, reason=""):
    return count(
        session,
        reference=shift.reference,
        counted_satang=counted_satang,
        reason=reason,
        officer_id=cashier,
        at=AT,
    )


def approved(session, shift, officer_id):
    done = approve(session, reference=shift.reference, officer_id=officer_id, at=AT)
    session.flush()
    return done


def sound(session):
    session.flush()
    session.expire_all()
    checks = (ledger_balanced, money_matches, counters_match, receipts_complete)
    return [fault for check in checks if (fault := check(session))]


def test_cash_is_taken_counted_handed_over_and_found_at_the_bank(
    session, bill, cashier, supervisor
):
    shift = opened(session, cashier)
    assert opened(session, cashier) is shift
    first = taken(session, bill, cashier)
    assert taken(session, bill, cashier) is first
    session.expire(bill)
    assert (first.change_satang, bill.is_paid) == (50_00, True)
    assert conftest.count(session, Payment) == 1
    assert balance(session, Account.CASH) == bill.amount_satang
    assert balance(session, Account.BANK) == 0
    [number] = session.scalars(sa.select(Receipt.number).where(Receipt.main_id.is_(None)))
    assert number == "2570-010100-0000001"
    assert sound(session) == []

    shift = shift_of(session, shift.reference, officer_id=cashier)
    counted(session, shift, cashier, FLOAT + bill.amount_satang)
    with pytest.raises(NotAllowed):
        approve(session, reference=shift.reference, officer_id=cashier, at=AT)
    approved(session, shift, supervisor)
    assert approved(session, shift, supervisor).state is ShiftState.APPROVED
    [deposit] = session.scalars(sa.select(Deposit))
    assert deposit.amount_satang == bill.amount_satang

    line = factories.bank_message(bill, ref1=deposit.reference, ref2="")
    receive(session, line, actor="system", at=AT)
    assert match_deposits(session, at=AT) == 1
    assert match_deposits(session, at=AT) == 0
    assert deposit.payment.state is PaymentState.DEPOSITED
    assert balance(session, Account.CASH) == balance(session, Account.UNALLOCATED) == 0
    assert balance(session, Account.BANK) == bill.amount_satang
    assert sound(session) == []


def test_a_line_of_another_amount_settles_no_deposit(session, bill, cashier, supervisor):
    shift = opened(session, cashier)
    taken(session, bill, cashier)
    shift = shift_of(session, shift.reference, officer_id=cashier)
    counted(session, shift, cashier, FLOAT + bill.amount_satang)
    approved(session, shift, supervisor)
    reference = session.scalars(sa.select(Deposit.reference)).one()
    receive(
        session,
        factories.bank_message(bill, ref1=reference, amount_satang=bill.amount_satang - 1),
        actor="system",
        at=AT,
    )
    assert match_deposits(session, at=AT) == 0
    assert sound(session) == []


@pytest.mark.parametrize("difference", [-1, 1, -(FLOAT + 10**9)])
def test_a_difference_needs_its_reason_and_is_booked(
    session, bill, cashier, supervisor, difference
):
    shift = opened(session, cashier)
    taken(session, bill, cashier)
    shift = shift_of(session, shift.reference, officer_id=cashier)
    found = max(FLOAT + bill.amount_satang + difference, 0)
    with pytest.raises(Invalid, match="reason-missing"):
        counted(session, shift, cashier, found)
    counted(session, shift, cashier, found, "นับผิด")
    approved(session, shift, supervisor)
    booked = max(difference, -bill.amount_satang)  # a float that is short is the office's own
    assert balance(session, Account.CASH_DIFFERENCE) == -booked
    assert sum(session.scalars(sa.select(Deposit.amount_satang))) == bill.amount_satang + booked
    assert sound(session) == []


def test_cards_go_to_the_bank_by_themselves_and_cheques_with_the_cash(
    session, bill, cashier, supervisor
):
    shift = opened(session, cashier)
    with pytest.raises(Invalid, match="detail-missing"):
        taken(session, bill, cashier, means=Means.CARD)
    taken(session, bill, cashier, means=Means.CARD, detail="APPR 1")
    shift = shift_of(session, shift.reference, officer_id=cashier)
    counted(session, shift, cashier, FLOAT)
    approved(session, shift, supervisor)
    [deposit] = session.scalars(sa.select(Deposit))
    assert (deposit.by_card, deposit.amount_satang) == (True, bill.amount_satang)


def test_what_cannot_be_taken_is_refused(session, bill, cashier):
    with pytest.raises(Conflict, match="counter-not-open"):
        taken(session, bill, cashier)
    opened(session, cashier)
    with pytest.raises(Invalid, match="tendered-too-little"):
        taken(session, bill, cashier, tendered_satang=bill.amount_satang - 1)
    with pytest.raises(BillNotPayable):
        taken(session, bill, cashier, ref1="NOBODYS")
    taken(session, bill, cashier)
    session.expire_all()
    with pytest.raises(BillNotPayable):
        taken(session, bill, cashier, submission_id="two")


def test_who_took_the_money_never_takes_it_over(session, bill, supervisor):
    both = factories.officer(session, roles=("cashier", "accountant")).id
    shift = opened(session, both)
    counted(session, shift, both, FLOAT)
    with pytest.raises(CashierCannotApprove):
        approve(session, reference=shift.reference, officer_id=both, at=AT)
    give_back(session, reference=shift.reference, note="นับใหม่", officer_id=supervisor, at=AT)
    assert (shift.state, shift.counted_satang) == (ShiftState.OPEN, None)


def test_another_office_does_not_see_it(session, cashier):
    shift = opened(session, cashier)
    other = factories.officer(session, roles=("accountant",), office="020100").id
    with pytest.raises(NotFound):
        shift_of(session, shift.reference, officer_id=other)


def test_a_copy_says_the_how_many_th_it_is(session, bill, cashier):
    opened(session, cashier)
    taken(session, bill, cashier)
    number = session.scalars(sa.select(Receipt.number).where(Receipt.main_id.is_(None))).one()
    copies = [ask_for_copy(session, number=number, officer_id=cashier, at=AT) for _ in "ab"]
    assert copies == [f"{number}-C01", f"{number}-C02"]


def test_open_counters_and_what_no_bank_has_block_the_closing(session, bill, cashier, supervisor):
    def codes():
        period = days_up_to(session, local_date(AT))
        found = blockers(session, period, at=AT + timedelta(days=2))
        return {each.code for each in found} & {"counters-open", "cash-undeposited"}

    shift = opened(session, cashier)
    taken(session, bill, cashier)
    assert codes() == {"counters-open"}
    shift = shift_of(session, shift.reference, officer_id=cashier)
    counted(session, shift, cashier, FLOAT + bill.amount_satang)
    approved(session, shift, supervisor)
    assert codes() == {"cash-undeposited"}


def test_eight_equal_takings_at_once_are_one(database):
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        cashier = factories.officer(session, roles=("cashier",)).id
        opened(session, cashier)
        session.expunge(bill)

    def send(_number):
        with database.transaction() as session:
            return taken(session, bill, cashier).id

    assert len(set(at_once(8, send))) == 1
    with database.reading() as session:
        assert [conftest.count(session, one) for one in (Shift, Taking, Payment)] == [1, 1, 1]


def test_the_codes_on_a_slip_lead_to_its_bill():
    told = ("099400016010101", "2569111500001234", "030725691100", 1_639_000)
    barcode = bank_barcode(*told)
    for text in (promptpay_bill_payment(*told), barcode, barcode.replace("\r", " "), told[1]):
        assert reference_in(text) == told[1]
    with pytest.raises(Invalid):
        reference_in(promptpay_bill_payment(*told)[:-1] + "X")
