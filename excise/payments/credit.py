"""A taxpayer's credit: what was paid too much, and waits for the next bill or to be paid back.

It is the balance of `payable-credit` in the journal; there is no second account of it.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.db import locked
from excise.errors import Conflict, NotFound
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account, Posting
from excise.ledger.queries import balance
from excise.payments.actions import allocate, receive_alone
from excise.payments.models import CREDIT, Bill, Payment, PaymentState, Resolution, ResolutionState
from excise.payments.owing import owed_on
from excise.people.queries import require_right
from excise.people.rules import Right
from excise.taxpayers.models import Taxpayer


class NoCredit(Conflict):
    """There is no credit any more that could pay."""

    code = "no-credit"


def give(
    session: Session,
    *,
    taxpayer_id: int,
    movements: Sequence[Movement],
    cause: str,
    at: datetime,
) -> None:
    """Give a taxpayer credit for what `movements` debit, under a cause that is posted once."""
    total = sum(each.amount_satang for each in movements)
    assert total > 0, "credit is more than nothing"
    post(
        session,
        [*movements, Movement(Account.PAYABLE_CREDIT, -total)],
        cause=cause,
        taxpayer_id=taxpayer_id,
        at=at,
    )


def credit_of(session: Session, taxpayer_id: int) -> int:
    """Return a taxpayer's credit in satang."""
    return -balance(session, Account.PAYABLE_CREDIT, taxpayer_id=taxpayer_id)


def credits_standing(session: Session, *, limit: int) -> list[tuple[Taxpayer, int]]:
    """Return the taxpayers who have credit and how much in satang, the most first."""
    credit = -sa.func.sum(Posting.amount_satang)
    query = (
        sa.select(Posting.taxpayer_id, credit)
        .where(Posting.account == Account.PAYABLE_CREDIT)
        .group_by(Posting.taxpayer_id)
        .having(credit > 0)
        .order_by(credit.desc(), Posting.taxpayer_id)
        .limit(limit)
    )
    return [
        (session.get_one(Taxpayer, taxpayer), int(satang))
        for taxpayer, satang in session.execute(query)
    ]


def free_credit(session: Session, taxpayer_id: int) -> int:
    """Return the credit that no proposal to pay it back holds, in satang."""
    held = sa.select(sa.func.coalesce(sa.func.sum(Resolution.credit_satang), 0)).where(
        Resolution.taxpayer_id == taxpayer_id, Resolution.state == ResolutionState.PROPOSED
    )
    return credit_of(session, taxpayer_id) - int(session.execute(held).scalar_one())


def pay_with_credit(session: Session, *, ref1: str, person_id: int, at: datetime) -> Payment:
    """Pay a bill from the taxpayer's credit, as far as it goes; the receipt says so.

    Raises NotFound when the bill is not theirs, NoCredit, and Conflict when it is paid or
    withdrawn.
    """
    receive_alone(session)
    bill = session.scalar(locked(sa.select(Bill).where(Bill.ref1 == ref1), Bill))
    if bill is None:
        raise NotFound(what="bill", id=ref1)
    require_right(
        session,
        person_id=person_id,
        taxpayer_id=bill.taxpayer_id,
        duty_groups=bill.registration.duty_groups if bill.registration else None,
        right=Right.PAY,
        on=periods.local_date(at),
    )
    if bill.is_paid:
        raise Conflict("bill-already-paid", ref1=ref1)
    if bill.withdrawn_at:
        raise Conflict("bill-withdrawn", ref1=ref1)
    owed = owed_on(session, bill, on=periods.local_date(at)).total_satang
    satang = min(free_credit(session, bill.taxpayer_id), owed)
    if satang <= 0:
        raise NoCredit(ref1=ref1)
    return _pay(session, bill, satang, person_id=person_id, at=at)


def _pay(session: Session, bill: Bill, satang: int, *, person_id: int, at: datetime) -> Payment:
    year = periods.fiscal_year_be(periods.local_date(at))
    number = f"{year}-{numbering.take(session, f'credit:{year}'):07d}"
    payment = Payment(
        bank_code=CREDIT,
        transaction_id=number,
        paid_at=at,
        amount_satang=satang,
        ref1=bill.ref1,
        ref2=bill.ref2,
        channel="credit",
        recorded_at=at,
        state=PaymentState.ALLOCATED,
        bill_id=bill.id,
    )
    session.add(payment)
    session.flush()  # the receipt names the payment
    post(
        session,
        [Movement(Account.PAYABLE_CREDIT, satang), Movement(Account.UNALLOCATED, -satang)],
        cause=f"payment:{CREDIT}:{number}",
        taxpayer_id=bill.taxpayer_id,
        at=at,
    )
    allocate(
        session,
        bill,
        payment,
        amount_satang=satang,
        cause=f"allocation:{CREDIT}:{number}",
        rest=Account.PAYABLE_CREDIT,
        at=at,
    )
    audit.record(
        session,
        actor=f"person:{person_id}",
        act="payment.credit",
        subject=f"payment:{CREDIT}:{number}",
        at=at,
        amount_satang=satang,
        bill=bill.ref1,
    )
    return payment
