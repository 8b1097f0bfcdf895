"""Debts that are given up, and payments that a bank takes back: one proposes, another decides."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.arrears.accrual import Heads
from excise.arrears.debts import debts
from excise.db import locked
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.formats import amount
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account, Entry, Posting
from excise.payments.actions import receive_alone
from excise.payments.credit import free_credit
from excise.payments.models import (
    Allocation,
    Bill,
    Correction,
    CorrectionKind,
    Payment,
    PaymentState,
    ResolutionPayment,
    ResolutionState,
)
from excise.payments.owing import left_of
from excise.payments.resolving import ProposerCannotDecide, proposal_of
from excise.people.models import Officer
from excise.people.queries import require_officer


class AboveLimit(NotAllowed):
    """The role may not give up so much; facts: `limit` in baht."""

    code = "above-write-off-limit"


def propose_write_off(
    session: Session, *, ref1: str, reason: str, submission_id: str, officer_id: int, at: datetime
) -> Correction:
    """Propose to give up what a bill still asks for.

    The same submission again is the same proposal. Raises Invalid `bill-unknown` or
    `reason-missing`, Conflict when it is paid, withdrawn or proposed already.
    """
    require_officer(session, officer_id=officer_id, permission="payment.resolve")
    receive_alone(session)
    if earlier := _submitted(session, submission_id):
        return earlier
    bill = _open(session, ref1)
    made = _new(session, CorrectionKind.WRITE_OFF, reason, submission_id, officer_id, at)
    made.bill_id, made.amount_satang = bill.id, sum(left_of(bill).values())
    return _propose(session, made)


def propose_reversal(
    session: Session,
    *,
    payment_id: int,
    reason: str,
    submission_id: str,
    officer_id: int,
    at: datetime,
) -> Correction:
    """Propose to reverse a payment: the bank says that it was none.

    Raises as `propose_write_off` does, and Conflict `payment-not-reversible` for money that was
    paid back, or that paid a bill together with other money.
    """
    require_officer(session, officer_id=officer_id, permission="payment.resolve")
    receive_alone(session)
    if earlier := _submitted(session, submission_id):
        return earlier
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound(what="payment", id=payment_id)
    _require_reversible(session, payment)
    made = _new(session, CorrectionKind.REVERSAL, reason, submission_id, officer_id, at)
    made.payment_id, made.bill_id = payment.id, payment.bill_id
    made.amount_satang = payment.amount_satang
    return _propose(session, made)


def _submitted(session: Session, submission_id: str) -> Correction | None:
    return session.scalar(sa.select(Correction).where(Correction.submission_id == submission_id))


def _open(session: Session, ref1: str) -> Bill:
    query = sa.select(Bill).where(Bill.ref1 == ref1)
    bill: Bill | None = session.scalar(locked(query, Bill))
    if bill is None:
        raise Invalid("bill-unknown", field="ref1", ref1=ref1)
    if bill.is_paid:
        raise Conflict("bill-already-paid", field="ref1", ref1=ref1)
    if bill.withdrawn_at:
        raise Conflict("bill-withdrawn", field="ref1", ref1=ref1)
    return bill


def _require_reversible(session: Session, payment: Payment) -> None:
    resolved = sa.select(sa.exists().where(ResolutionPayment.payment_id == payment.id))
    if (
        payment.state not in (PaymentState.ALLOCATED, PaymentState.UNALLOCATED)
        or proposal_of(session, payment.id)
        or (payment.state is PaymentState.ALLOCATED and session.scalar(resolved))
        or _lies_in(session, payment).account not in (Account.BANK, Account.PAYABLE_CREDIT)
    ):
        raise Conflict("payment-not-reversible", transaction=payment.transaction_id)


def _lies_in(session: Session, payment: Payment) -> Posting:
    """Return the line of the journal that took the money in."""
    cause = f"payment:{payment.bank_code}:{payment.transaction_id}"
    query = sa.select(Posting).join(Entry).where(Entry.cause == cause, Posting.amount_satang > 0)
    return session.scalars(query).one()


def _new(
    session: Session,
    kind: CorrectionKind,
    reason: str,
    submission_id: str,
    officer_id: int,
    at: datetime,
) -> Correction:
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    year = periods.fiscal_year_be(periods.local_date(at))
    return Correction(
        reference=f"CO-{year}-{numbering.take(session, f'correction:{year}'):07d}",
        submission_id=submission_id,
        kind=kind,
        amount_satang=0,
        reason=reason.strip(),
        proposed_by=officer_id,
        proposed_at=at,
    )


def _propose(session: Session, made: Correction) -> Correction:
    standing = sa.select(Correction).where(
        Correction.kind == made.kind,
        Correction.state == ResolutionState.PROPOSED,
        Correction.payment_id == made.payment_id
        if made.payment_id
        else Correction.bill_id == made.bill_id,
    )
    if waits := session.scalar(standing.limit(1)):
        raise Conflict("correction-proposed-already", reference=waits.reference)
    session.add(made)
    session.flush()  # its page is shown next
    _log(session, made, "propose", made.proposed_by, made.proposed_at)
    return made


def correction_of(session: Session, reference: str, *, for_update: bool = False) -> Correction:
    """Return a correction; raises NotFound."""
    query = sa.select(Correction).where(Correction.reference == reference)
    found = session.scalar(locked(query, Correction) if for_update else query)
    if found is None:
        raise NotFound(what="correction", id=reference)
    return found


def approve(session: Session, *, reference: str, officer_id: int, at: datetime) -> Correction:
    """Let it happen, as a new entry; approving again changes nothing.

    Raises ProposerCannotDecide, AboveLimit, and Conflict when the bill was paid or the credit
    that the payment brought was used meanwhile.
    """
    officer = require_officer(session, officer_id=officer_id, permission="payment.approve")
    receive_alone(session)
    one = correction_of(session, reference, for_update=True)
    if one.state is ResolutionState.APPROVED:
        return one
    _may_decide(one, officer_id)
    if one.kind is CorrectionKind.WRITE_OFF:
        _write_off(session, one, officer, at)
    else:
        _reverse(session, one, at)
    one.state, one.decided_by, one.decided_at = ResolutionState.APPROVED, officer_id, at
    session.flush()
    _log(session, one, "approve", officer_id, at)
    return one


def give_back(
    session: Session, *, reference: str, note: str, officer_id: int, at: datetime
) -> Correction:
    """Give a proposal back with what is wrong; nothing happens."""
    require_officer(session, officer_id=officer_id, permission="payment.approve")
    one = correction_of(session, reference, for_update=True)
    if not note.strip():
        raise Invalid("reason-missing", field="note")
    _may_decide(one, officer_id)
    one.note, one.state = note.strip(), ResolutionState.GIVEN_BACK
    one.decided_by, one.decided_at = officer_id, at
    _log(session, one, "give-back", officer_id, at)
    return one


def _may_decide(one: Correction, officer_id: int) -> None:
    if one.proposed_by == officer_id:
        raise ProposerCannotDecide(reference=one.reference)
    if one.state is not ResolutionState.PROPOSED:
        raise Conflict("correction-not-in-this-state", reference=one.reference)


def _write_off(session: Session, one: Correction, officer: Officer, at: datetime) -> None:
    assert one.bill is not None, "a write-off is of a bill"
    bill, day = _open(session, one.bill.ref1), periods.local_date(at)
    heads = left_of(bill)
    one.amount_satang = sum(heads.values())
    limit = max((debts().write_off_limit(role, day) for role in officer.roles), default=0)
    if one.amount_satang > limit:
        raise AboveLimit(limit=amount(limit), amount=amount(one.amount_satang))
    cause = f"write-off:{one.reference}"
    post(
        session,
        [
            *(Movement(Account.WRITTEN_OFF, satang, head) for head, satang in heads.items()),
            Movement(Account.RECEIVABLE, -one.amount_satang),
        ],
        cause=cause,
        taxpayer_id=bill.taxpayer_id,
        at=at,
    )
    session.add(_given_up(bill, heads, cause=cause, at=at))
    bill.settled_at = at


def _given_up(bill: Bill, heads: Mapping[str, int], *, cause: str, at: datetime) -> Allocation:
    return Allocation(
        cause=cause,
        bill_id=bill.id,
        payment_id=None,
        on=periods.local_date(at),
        amount_satang=sum(heads.values()),
        heads=Heads(heads),
        months=0,
        accrued_surcharge_satang=0,
        accrued_local_satang=0,
        allocated_at=at,
    )


def _reverse(session: Session, one: Correction, at: datetime) -> None:
    payment = session.get_one(Payment, one.payment_id)
    _require_reversible(session, payment)
    if payment.bill_id is None:
        movements = [Movement(Account.UNALLOCATED, payment.amount_satang)]
        taxpayer_id = None
    else:
        movements = _undo(session, payment, payment.bill_id, at)
        taxpayer_id = one.bill.taxpayer_id if one.bill else None
    lies = _lies_in(session, payment)
    source = Movement(lies.account, -payment.amount_satang, lies.part)
    post(
        session,
        [*movements, source],
        cause=f"reversal:{one.reference}",
        taxpayer_id=taxpayer_id,
        at=at,
    )
    payment.state = PaymentState.REVERSED


def _undo(session: Session, payment: Payment, bill_id: int, at: datetime) -> list[Movement]:
    """Let the bill ask for what the payment paid, and take back the credit that it brought."""
    bill = session.scalars(locked(sa.select(Bill).where(Bill.id == bill_id), Bill)).one()
    part = session.scalar(sa.select(Allocation).where(Allocation.payment_id == payment.id))
    taken = part.amount_satang if part else bill.amount_satang
    over = payment.amount_satang - taken
    if over and free_credit(session, bill.taxpayer_id) < over:
        raise Conflict("credit-used", amount=amount(over))
    if part:
        part.void_at = at
    bill.settled_at = None
    return [Movement(Account.RECEIVABLE, taken), Movement(Account.PAYABLE_CREDIT, over)]


def _log(session: Session, of: Correction, act: str, officer_id: int, at: datetime) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"correction.{act}",
        subject=f"correction:{of.reference}",
        at=at,
        kind=of.kind.value,
        amount_satang=of.amount_satang,
    )
