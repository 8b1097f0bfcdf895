"""Make bills, record the bank's messages, and let money find its bill."""

import enum
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.db import lock, locked
from excise.documents.receipt import PaymentFacts
from excise.errors import Conflict, Invalid
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account
from excise.money import MAX_SATANG
from excise.payments.models import Bill, Payment, PaymentState
from excise.receipts.actions import issue
from excise.receipts.particulars import Particulars
from excise.taxpayers.models import Registration


class TransactionChanged(Conflict):
    """The bank's number came again with another content."""

    code = "bank-transaction-changed"


@dataclass(frozen=True, kw_only=True)
class BankMessage:
    """What a bank says: this money came in, with these references."""

    bank_code: str
    transaction_id: str
    paid_at: datetime
    amount_satang: int
    ref1: str
    ref2: str
    channel: str


class Outcome(enum.StrEnum):
    """What became of a bank's message."""

    ALLOCATED = "allocated"
    UNALLOCATED = "unallocated"
    REPEATED = "repeated"


def make_bill(
    session: Session,
    *,
    cause: str,
    registration: Registration,
    particulars: Particulars,
    ref2: str,
    due_on: date,
    at: datetime,
) -> Bill:
    """Make a bill and its first reference: the day in the Buddhist era and a running number."""
    day = periods.local_date(at)
    stamp = f"{day.year + periods.BUDDHIST_YEARS_AHEAD}{day:%m%d}"
    bill = Bill(
        cause=cause,
        taxpayer_id=registration.taxpayer_id,
        registration_id=registration.id,
        office_code=particulars.office.code,
        ref1=f"{stamp}{numbering.take(session, f'bill:{stamp}'):08d}",
        ref2=ref2,
        amount_satang=particulars.total_satang,
        due_on=due_on,
        issued_at=at,
        particulars=particulars.stored(),
    )
    session.add(bill)
    session.flush()  # whoever asked for the bill shows its reference
    return bill


def receive(
    session: Session,
    message: BankMessage,
    *,
    actor: str,
    at: datetime,
    bank_file_id: int | None = None,
    came: Movement | None = None,
) -> Outcome:
    """Record money that came in; allocate it when it pays a bill exactly.

    `came` says where it lies when that is not the bank.
    Part, over and stray payments stay in the account 'unallocated'. The same
    message again changes nothing; another content under the same transaction
    number raises TransactionChanged, an amount that no bank can mean Invalid.
    """
    if not 0 < message.amount_satang < MAX_SATANG:
        raise Invalid("bad-amount", field="amount", value=message.amount_satang)
    receive_alone(session)
    if earlier := _earlier(session, message):
        if content(earlier) != content(message):
            raise TransactionChanged(transaction=message.transaction_id)
        return Outcome.REPEATED
    bill, reason = _bill_for(session, message)
    payment = Payment(
        **vars(message),
        recorded_at=at,
        state=PaymentState.UNALLOCATED if reason else PaymentState.ALLOCATED,
        reason=reason,
        bill_id=None if reason or bill is None else bill.id,
        bank_file_id=bank_file_id,
    )
    session.add(payment)
    session.flush()  # the journal and the receipt name the payment
    _post_receipt_of_money(session, payment, came, at=at)
    if bill is not None and not reason:
        _settle(session, payment, bill, at=at)
    audit.record(
        session,
        actor=actor,
        act="payment.receive",
        subject=f"payment:{message.bank_code}:{message.transaction_id}",
        at=at,
        amount_satang=message.amount_satang,
        state=payment.state.value,
    )
    return Outcome(payment.state.value)


def receive_alone(session: Session) -> None:
    """Let one transaction at a time record money.

    All of them count in the same series of receipts anyway; taken first, the lock
    keeps a file and a message from waiting for each other's bills for ever.
    """
    lock(session, "payments")


def _earlier(session: Session, message: BankMessage) -> Payment | None:
    return session.scalar(
        sa.select(Payment).where(
            Payment.bank_code == message.bank_code,
            Payment.transaction_id == message.transaction_id,
        )
    )


def content(told: Payment | BankMessage) -> tuple[object, ...]:
    """Return what may not change under a bank's number once it was told."""
    return told.paid_at, told.amount_satang, told.ref1, told.ref2, told.channel


def _bill_for(session: Session, message: BankMessage) -> tuple[Bill | None, str]:
    """Return the bill and, when the money does not pay it exactly, the reason."""
    bill = session.scalar(locked(sa.select(Bill).where(Bill.ref1 == message.ref1), Bill))
    if bill is None or bill.ref2 != message.ref2:
        return None, "unknown-reference"
    if bill.is_paid:
        return bill, "already-paid"
    if bill.withdrawn_at:
        return bill, "bill-withdrawn"
    if bill.amount_satang != message.amount_satang:
        return bill, "amount-differs"
    return bill, ""


def _post_receipt_of_money(
    session: Session, payment: Payment, came: Movement | None, *, at: datetime
) -> None:
    post(
        session,
        [
            came or Movement(Account.BANK, payment.amount_satang, payment.bank_code),
            Movement(Account.UNALLOCATED, -payment.amount_satang),
        ],
        cause=f"payment:{payment.bank_code}:{payment.transaction_id}",
        taxpayer_id=None,
        at=at,
    )


def _settle(session: Session, payment: Payment, bill: Bill, *, at: datetime) -> None:
    post(
        session,
        [
            Movement(Account.UNALLOCATED, payment.amount_satang),
            Movement(Account.RECEIVABLE, -payment.amount_satang),
        ],
        cause=f"allocation:{payment.bank_code}:{payment.transaction_id}",
        taxpayer_id=bill.taxpayer_id,
        at=at,
    )
    issue_receipt(session, payment, bill, at=at)


def issue_receipt(session: Session, payment: Payment, bill: Bill, *, at: datetime) -> None:
    """Issue the receipt of a bill that this payment made whole."""
    issue(
        session,
        Particulars(**bill.particulars),
        payment_facts(payment),
        payment_id=payment.id,
        taxpayer_id=bill.taxpayer_id,
        at=at,
    )


def payment_facts(payment: Payment | BankMessage) -> PaymentFacts:
    """Return what a receipt says about the money."""
    return PaymentFacts(
        channel=payment.channel,
        paid_on=periods.local_date(payment.paid_at),
        bank=payment.bank_code,
        bank_reference=payment.transaction_id,
        ref1=payment.ref1,
        ref2=payment.ref2,
    )
