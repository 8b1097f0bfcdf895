"""Open a counter, take money, count it, hand it over, and find it at the bank."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods, work
from excise.counter.models import Deposit, Means, Shift, ShiftState, Taking
from excise.counter.queries import shift_of, standing_of, taking_of
from excise.db import lock
from excise.errors import Conflict, Invalid, NotAllowed
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account
from excise.money import MAX_SATANG
from excise.payments.actions import BankMessage, Outcome, receive, receive_alone
from excise.payments.models import Bill, Payment, PaymentState
from excise.payments.owing import owed_on
from excise.payments.queries import payment_of
from excise.people.queries import require_officer
from excise.receipts.queries import receipt

COUNTER = "OFFICE-"  # what stands for the bank of money taken at an office


class BillNotPayable(Conflict):
    """No bill has the reference, or it waits for no money."""

    code = "bill-not-payable"


class CashierCannotApprove(NotAllowed):
    """Four eyes: who took the money never says that it was all there."""

    code = "cashier-cannot-approve"


def open_shift(session: Session, *, float_satang: int, officer_id: int, at: datetime) -> Shift:
    """Open the counter of a cashier; open already, it is that session."""
    officer = require_officer(session, officer_id=officer_id, permission="counter.take")
    lock(session, f"counter:{officer_id}")
    if standing := standing_of(session, officer_id):
        return standing
    if not 0 <= float_satang < MAX_SATANG:
        raise Invalid("bad-amount", field="float_satang", value=float_satang)
    year = periods.fiscal_year_be(periods.local_date(at))
    opened = Shift(
        reference=f"CS-{year}-{numbering.take(session, f'counter:{year}'):07d}",
        office_code=officer.office_code,
        cashier_id=officer_id,
        opened_at=at,
        float_satang=float_satang,
    )
    session.add(opened)
    _log(session, opened, "open", officer_id, at, float_satang=float_satang)
    return opened


def take(
    session: Session,
    *,
    ref1: str,
    means: Means,
    detail: str,
    tendered_satang: int,
    submission_id: str,
    officer_id: int,
    at: datetime,
) -> Taking:
    """Take the whole amount of a bill; the receipt is issued at once.

    The same submission again is the same taking. Raises BillNotPayable, Conflict
    `counter-not-open`, Invalid `tendered-too-little` or `detail-missing`.
    """
    require_officer(session, officer_id=officer_id, permission="counter.take")
    receive_alone(session)
    if earlier := taking_of(session, submission_id):
        return earlier
    counter = standing_of(session, officer_id)
    if counter is None or counter.state is not ShiftState.OPEN:
        raise Conflict("counter-not-open")
    bill = session.scalar(sa.select(Bill).where(Bill.ref1 == ref1))
    if bill is None or not bill.is_open:
        raise BillNotPayable(field="ref1", ref1=ref1)
    asked = owed_on(session, bill, on=periods.local_date(at)).total_satang
    if means is Means.CASH and tendered_satang < asked:
        raise Invalid("tendered-too-little", field="tendered")
    if means is not Means.CASH and not detail.strip():
        raise Invalid("detail-missing", field="detail")
    payment = _receive(session, counter, bill, asked, means, officer_id, at)
    taking = Taking(
        of=counter,
        payment_id=payment.id,
        submission_id=submission_id,
        means=means,
        detail=detail.strip(),
        tendered_satang=tendered_satang if means is Means.CASH else 0,
    )
    session.add(taking)
    session.flush()  # the page goes to what was taken
    return taking


def _receive(
    session: Session,
    counter: Shift,
    bill: Bill,
    asked_satang: int,
    means: Means,
    officer_id: int,
    at: datetime,
) -> Payment:
    number = numbering.take(session, f"counter:{counter.reference}")
    message = BankMessage(
        bank_code=f"{COUNTER}{counter.office_code}",
        transaction_id=f"{counter.reference}-{number:04d}",
        paid_at=at,
        amount_satang=asked_satang,
        ref1=bill.ref1,
        ref2=bill.ref2,
        channel=CHANNELS[means],
    )
    came = Movement(Account.CASH, asked_satang, _drawer(counter))
    outcome = receive(session, message, actor=f"officer:{officer_id}", at=at, came=came)
    if outcome is not Outcome.ALLOCATED:
        raise BillNotPayable(field="ref1", ref1=bill.ref1)
    return payment_of(session, message.bank_code, message.transaction_id)


CHANNELS = {Means.CASH: "เงินสด", Means.CHEQUE: "เช็ค", Means.CARD: "บัตรอิเล็กทรอนิกส์"}


def _drawer(counter: Shift) -> str:
    return f"{counter.office_code}:{counter.reference}"


def count(
    session: Session,
    *,
    reference: str,
    counted_satang: int,
    reason: str,
    officer_id: int,
    at: datetime,
) -> Shift:
    """End a session with what lies in the drawer; a difference needs its reason.

    Raises Invalid `reason-missing` or `bad-amount`, Conflict `counter-not-open`.
    """
    require_officer(session, officer_id=officer_id, permission="counter.take")
    counter = _mine(session, reference, ShiftState.OPEN, officer_id)
    if counter.cashier_id != officer_id:
        raise NotAllowed("counter-of-another", reference=reference)
    if not 0 <= counted_satang < MAX_SATANG:
        raise Invalid("bad-amount", field="counted", value=counted_satang)
    if counted_satang != counter.expected_satang and not reason.strip():
        raise Invalid("reason-missing", field="reason")
    counter.state, counter.reason = ShiftState.COUNTED, reason.strip()
    counter.counted_satang, counter.counted_at = counted_satang, at
    _log(session, counter, "count", officer_id, at, counted_satang=counted_satang)
    return counter


def approve(session: Session, *, reference: str, officer_id: int, at: datetime) -> Shift:
    """Take the money over: book what is short or over, and make the slips for the bank.

    Approved already, nothing changes. Raises CashierCannotApprove.
    """
    require_officer(session, officer_id=officer_id, permission="counter.approve")
    counter = _mine(session, reference, None, officer_id)
    if counter.state is ShiftState.APPROVED:
        return counter
    _decidable(counter, officer_id)
    counter.state, counter.decided_by, counter.decided_at = ShiftState.APPROVED, officer_id, at
    if difference := counter.booked_difference_satang:
        post(
            session,
            [
                Movement(Account.CASH, difference, _drawer(counter)),
                Movement(Account.CASH_DIFFERENCE, -difference, counter.office_code),
            ],
            cause=f"cash-difference:{reference}",
            taxpayer_id=None,
            at=at,
        )
    cards = counter.taken_satang(Means.CARD)
    others = counter.taken_satang() - cards + difference
    for amount_satang, by_card in ((others, False), (cards, True)):
        if amount_satang > 0:
            _deposit(session, counter, amount_satang, by_card=by_card, at=at)
    _log(session, counter, "approve", officer_id, at, difference_satang=difference)
    return counter


def _deposit(
    session: Session, counter: Shift, amount_satang: int, *, by_card: bool, at: datetime
) -> None:
    year = periods.fiscal_year_be(periods.local_date(at))
    number = numbering.take(session, f"deposit:{year}")
    session.add(
        Deposit(
            reference=f"DS{year}{number:08d}",
            of=counter,
            by_card=by_card,
            amount_satang=amount_satang,
            made_at=at,
        )
    )


def give_back(
    session: Session, *, reference: str, note: str, officer_id: int, at: datetime
) -> Shift:
    """Let the cashier count again."""
    require_officer(session, officer_id=officer_id, permission="counter.approve")
    counter = _mine(session, reference, None, officer_id)
    _decidable(counter, officer_id)
    if not note.strip():
        raise Invalid("reason-missing", field="note")
    counter.state, counter.note = ShiftState.OPEN, note.strip()
    counter.counted_satang, counter.counted_at = None, None
    _log(session, counter, "give-back", officer_id, at, note=counter.note)
    return counter


def _mine(session: Session, reference: str, state: ShiftState | None, officer_id: int) -> Shift:
    receive_alone(session)  # nothing is taken while it is counted
    counter = shift_of(session, reference, officer_id=officer_id)
    if state is not None and counter.state is not state:
        raise Conflict("counter-not-open", reference=reference)
    return counter


def _decidable(counter: Shift, officer_id: int) -> None:
    if counter.cashier_id == officer_id:
        raise CashierCannotApprove(reference=counter.reference)
    if counter.state is not ShiftState.COUNTED:
        raise Conflict("counter-not-counted", reference=counter.reference)


def match_deposits(session: Session, *, at: datetime) -> int:
    """Let the banks' lines about deposits settle them; return how many did.

    A line is a deposit's when it has its reference and its amount exactly.
    """
    receive_alone(session)
    query = (
        sa.select(Deposit, Payment)
        .join(Payment, Payment.ref1 == Deposit.reference)
        .where(
            Deposit.payment_id.is_(None),
            Payment.state == PaymentState.UNALLOCATED,
            Payment.amount_satang == Deposit.amount_satang,
        )
        .order_by(Deposit.id, Payment.id)
    )
    done = 0
    for deposit, payment in session.execute(query).all():
        if deposit.payment_id is None:
            _settle(session, deposit, payment, at=at)
            done += 1
    return done


def _settle(session: Session, deposit: Deposit, payment: Payment, *, at: datetime) -> None:
    deposit.payment_id, deposit.matched_at = payment.id, at
    payment.state = PaymentState.DEPOSITED
    post(
        session,
        [
            Movement(Account.UNALLOCATED, deposit.amount_satang),
            Movement(Account.CASH, -deposit.amount_satang, _drawer(deposit.of)),
        ],
        cause=f"deposit:{deposit.reference}",
        taxpayer_id=None,
        at=at,
    )
    audit.record(
        session,
        actor="system",
        act="deposit.match",
        subject=f"deposit:{deposit.reference}",
        at=at,
        payment=f"{payment.bank_code}:{payment.transaction_id}",
    )


def ask_for_copy(session: Session, *, number: str, officer_id: int, at: datetime) -> str:
    """Have a copy of a receipt made, which says the how many-th it is; return its number."""
    require_officer(session, officer_id=officer_id, permission="counter.take")
    receipt(session, number)
    copy = numbering.take(session, f"copy:{number}")
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act="receipt.copy",
        subject=f"receipt:{number}",
        at=at,
        copy=copy,
    )
    work.enqueue(
        session, "receipts.copy", f"{number}:{copy}", number, copy, priority=work.Priority.SOON
    )
    return f"{number}-C{copy:02d}"


def _log(
    session: Session,
    counter: Shift,
    act: str,
    officer_id: int,
    at: datetime,
    **facts: object,
) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"counter.{act}",
        subject=f"counter:{counter.reference}",
        at=at,
        **facts,
    )
