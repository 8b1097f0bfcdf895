"""Receive many messages of banks at once: what `receive` does to each, in few statements.

Only what is plain goes together: money under a reference nobody has, and money that pays an
open bill exactly. Everything else is received by itself, at its place in the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise import audit, periods
from excise.db import locked
from excise.ledger.actions import Event, Movement, post_all
from excise.ledger.models import Account
from excise.payments.actions import (
    BankMessage,
    content,
    payment_facts,
    receive,
    receive_alone,
)
from excise.payments.models import Bill, Payment, PaymentState
from excise.receipts.actions import Settled, issue_all
from excise.receipts.particulars import Particulars

AT_ONCE = 500  # as many values as one statement of SQLite and PostgreSQL takes with ease
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """Who brings the messages in, when, and in which file."""

    actor: str
    at: datetime
    bank_file_id: int | None = None


@dataclass
class _Plain:
    """Messages that go together; each that pays a bill has it under its place."""

    messages: list[BankMessage] = field(default_factory=list)
    bills: dict[int, Bill] = field(default_factory=dict)

    def add(self, message: BankMessage, bill: Bill | None) -> None:
        if bill is not None:
            self.bills[len(self.messages)] = bill
        self.messages.append(message)


def changed_among(session: Session, messages: Sequence[BankMessage]) -> list[int]:
    """Return the places of messages that the bank told otherwise before, or among themselves."""
    changed, told = list[int](), dict[Key, tuple[object, ...]]()
    for start in range(0, len(messages), AT_ONCE):
        some = messages[start : start + AT_ONCE]
        told |= _told_before(session, some)
        for place, message in enumerate(some, start):
            if told.setdefault(_key(message), content(message)) != content(message):
                changed.append(place)
    return changed


def receive_all(session: Session, messages: Sequence[BankMessage], occasion: Occasion) -> list[int]:
    """Receive at most AT_ONCE messages in their order; return the places of those it did not.

    These are what the bank told otherwise before.
    """
    receive_alone(session)
    told, bills = _told_before(session, messages), _bills(session, messages)
    plain, paid, changed = _Plain(), set[str](), list[int]()
    for place, message in enumerate(messages):
        if (known := told.get(key := _key(message))) is not None:
            if known != content(message):
                changed.append(place)
            continue
        told[key] = content(message)
        bill = bills.get(message.ref1)
        if bill is None or bill.ref2 != message.ref2:
            plain.add(message, None)
        elif bill.ref1 not in paid and _pays(bill, message):
            plain.add(message, bill)
            paid.add(bill.ref1)
        else:
            _take(session, plain, occasion)
            plain = _Plain()
            receive(session, message, **vars(occasion))
    _take(session, plain, occasion)
    return changed


def _key(message: BankMessage) -> Key:
    return message.bank_code, message.transaction_id


def _pays(bill: Bill, message: BankMessage) -> bool:
    untouched = bill.is_open and not bill.allocations
    in_time = periods.local_date(message.paid_at) <= bill.due_on
    return untouched and in_time and bill.amount_satang == message.amount_satang


def _told_before(
    session: Session, messages: Sequence[BankMessage]
) -> dict[Key, tuple[object, ...]]:
    found = {}
    for bank in {message.bank_code for message in messages}:
        numbers = [each.transaction_id for each in messages if each.bank_code == bank]
        query = sa.select(Payment).where(
            Payment.bank_code == bank, Payment.transaction_id.in_(numbers)
        )
        for payment in session.scalars(query):
            found[bank, payment.transaction_id] = content(payment)
    return found


def _bills(session: Session, messages: Sequence[BankMessage]) -> dict[str, Bill]:
    """Return the bills under the references of messages, locked in one order."""
    query = (
        sa.select(Bill)
        .where(Bill.ref1.in_({message.ref1 for message in messages}))
        .options(selectinload(Bill.allocations))
        .order_by(Bill.id)
    )
    return {bill.ref1: bill for bill in session.scalars(locked(query, Bill))}


def _take(session: Session, plain: _Plain, occasion: Occasion) -> None:
    """Write payments, journal, receipts and log of messages that go together."""
    if not plain.messages:
        return
    ids = _insert_payments(session, plain, occasion)
    events = [event for place in range(len(ids)) for event in _events(plain, place)]
    post_all(session, events, at=occasion.at)
    settled = [
        Settled(
            particulars=Particulars(**bill.particulars),
            payment=payment_facts(plain.messages[place]),
            payment_id=ids[place],
            taxpayer_id=bill.taxpayer_id,
        )
        for place, bill in plain.bills.items()
    ]
    issue_all(session, settled, at=occasion.at)
    for place, message in enumerate(plain.messages):
        audit.record(
            session,
            actor=occasion.actor,
            act="payment.receive",
            subject=f"payment:{message.bank_code}:{message.transaction_id}",
            at=occasion.at,
            amount_satang=message.amount_satang,
            state=_state(plain, place).value,
        )
    paid = [bill.id for bill in plain.bills.values()]
    session.execute(sa.update(Bill).where(Bill.id.in_(paid)).values(settled_at=occasion.at))
    for bill in plain.bills.values():
        session.expire(bill)  # it has a payment that the session has not seen


def _insert_payments(session: Session, plain: _Plain, occasion: Occasion) -> list[int]:
    rows = [
        {
            **vars(message),
            "recorded_at": occasion.at,
            "state": _state(plain, place),
            "reason": "" if place in plain.bills else "unknown-reference",
            "bill_id": plain.bills[place].id if place in plain.bills else None,
            "bank_file_id": occasion.bank_file_id,
        }
        for place, message in enumerate(plain.messages)
    ]
    insert = sa.insert(Payment).returning(Payment.id, sort_by_parameter_order=True)
    return list(session.scalars(insert, rows))


def _state(plain: _Plain, place: int) -> PaymentState:
    return PaymentState.ALLOCATED if place in plain.bills else PaymentState.UNALLOCATED


def _events(plain: _Plain, place: int) -> list[Event]:
    message, bill = plain.messages[place], plain.bills.get(place)
    number, amount = f"{message.bank_code}:{message.transaction_id}", message.amount_satang
    came = Event(
        f"payment:{number}",
        (Movement(Account.BANK, amount, message.bank_code), Movement(Account.UNALLOCATED, -amount)),
    )
    if bill is None:
        return [came]
    settled = Event(
        f"allocation:{number}",
        (Movement(Account.UNALLOCATED, amount), Movement(Account.RECEIVABLE, -amount)),
        bill.taxpayer_id,
    )
    return [came, settled]
