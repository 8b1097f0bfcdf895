"""Make bills, record the bank's messages, and let money find its bill."""

import enum
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.arrears.accrual import Heads, divide
from excise.arrears.debts import debts
from excise.db import lock, locked
from excise.documents.receipt import PaymentFacts
from excise.errors import Conflict, Invalid
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account, Entry, Posting
from excise.money import MAX_SATANG
from excise.payments.models import CREDIT, Allocation, Bill, Payment, PaymentState
from excise.payments.owing import Owed, owed_on
from excise.payments.rules import part_of
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
    surcharge_from: date,
    surcharge_to: date,
) -> Bill:
    """Make a bill and its first reference: the day in the Buddhist era and a running number.

    Its tax was due on `surcharge_from`; what is charged holds the surcharge up to `surcharge_to`.
    """
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
        surcharge_from=surcharge_from,
        surcharge_to=surcharge_to,
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
    """Record money that came in; let it pay the bill that it names, in whole or in part.

    `came` says where it lies when that is not the bank.
    What is owed on the day it was paid counts; what is over becomes the taxpayer's credit.
    Stray money, and what comes for a bill that is paid or withdrawn, stays in the account
    'unallocated'. The same message again changes nothing; another content under the same
    transaction number raises TransactionChanged, an amount or a bank that cannot be Invalid.
    """
    if not 0 < message.amount_satang < MAX_SATANG:
        raise Invalid("bad-amount", field="amount", value=message.amount_satang)
    if message.bank_code == CREDIT:
        raise Invalid("bad-bank", field="bank_code", value=message.bank_code)
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
    """Return the bill and, when the money cannot pay it, the reason."""
    bill = session.scalar(locked(sa.select(Bill).where(Bill.ref1 == message.ref1), Bill))
    if bill is None or bill.ref2 != message.ref2:
        return None, "unknown-reference"
    if bill.is_paid:
        return bill, "already-paid"
    if bill.withdrawn_at:
        return bill, "bill-withdrawn"
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
    allocate(
        session,
        bill,
        payment,
        amount_satang=payment.amount_satang,
        cause=f"allocation:{payment.bank_code}:{payment.transaction_id}",
        rest=Account.PAYABLE_CREDIT,
        at=at,
    )


def allocate(
    session: Session,
    bill: Bill,
    payment: Payment,
    *,
    amount_satang: int,
    cause: str,
    rest: Account,
    at: datetime,
) -> int:
    """Let money pay what a bill asks for on the day of the payment; return what it took, in satang.

    First is charged what was added by that day, then the parts are paid in their order, then the
    receipt is issued. What is over goes to the account `rest`.
    """
    on = periods.local_date(payment.paid_at)
    owed = owed_on(session, bill, on=on)
    taken = min(amount_satang, owed.total_satang)
    _charge_accrual(session, bill, owed, cause=cause, at=at)
    post(
        session,
        [
            Movement(Account.UNALLOCATED, amount_satang),
            Movement(Account.RECEIVABLE, -taken),
            Movement(rest, taken - amount_satang),
        ],
        cause=cause,
        taxpayer_id=bill.taxpayer_id,
        at=at,
    )
    heads = divide(taken, owed.heads, order=debts().order(on).heads)
    whole = taken == owed.total_satang
    if not (whole and taken == bill.amount_satang and not bill.allocations):
        _keep(session, bill, payment, owed, heads, cause=cause, at=at)
    if whole:
        bill.settled_at = at
    told = part_of(Particulars(**bill.particulars), heads, ref1=bill.ref1)
    _issue_receipt(session, told, payment, bill, at=at)
    return taken


def _charge_accrual(session: Session, bill: Bill, owed: Owed, *, cause: str, at: datetime) -> None:
    if owed.accrual is None or not owed.accrual.total_satang:
        return
    post(
        session,
        [
            Movement(Account.RECEIVABLE, owed.accrual.total_satang),
            Movement(
                Account.REVENUE_SURCHARGE, -owed.accrual.surcharge_satang, _group(session, bill)
            ),
            Movement(Account.PAYABLE_LOCAL, -owed.accrual.local_satang),
        ],
        cause=f"accrual:{cause}",
        taxpayer_id=bill.taxpayer_id,
        at=at,
    )


def _group(session: Session, bill: Bill) -> str:
    """Return the duty group that a bill charges most to."""
    query = (
        sa.select(Posting.part)
        .join(Entry)
        .where(Entry.cause == bill.cause, Posting.account == Account.REVENUE_EXCISE)
        .order_by(Posting.amount_satang, Posting.id)
        .limit(1)
    )
    return session.scalar(query) or ""


def _keep(
    session: Session,
    bill: Bill,
    payment: Payment,
    owed: Owed,
    heads: Heads,
    *,
    cause: str,
    at: datetime,
) -> None:
    accrual = owed.accrual
    session.add(
        Allocation(
            cause=cause,
            bill_id=bill.id,
            payment_id=payment.id,
            on=periods.local_date(payment.paid_at),
            amount_satang=sum(heads.values()),
            heads=heads,
            months=accrual.months if accrual else 0,
            accrued_surcharge_satang=accrual.surcharge_satang if accrual else 0,
            accrued_local_satang=accrual.local_satang if accrual else 0,
            allocated_at=at,
        )
    )
    session.flush()
    session.expire(bill, ["allocations"])  # the next payment reads this one


def _issue_receipt(
    session: Session, told: Particulars, payment: Payment, bill: Bill, *, at: datetime
) -> None:
    issue(
        session,
        told,
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
