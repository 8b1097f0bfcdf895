"""Resolve money that found no bill: one officer proposes, another one decides."""

from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.db import locked
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.formats import amount
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account
from excise.payments.actions import allocate, receive_alone
from excise.payments.credit import free_credit
from excise.payments.models import (
    Bill,
    Payment,
    PaymentState,
    Refund,
    Resolution,
    ResolutionState,
)
from excise.payments.owing import owed_on
from excise.people.queries import require_officer
from excise.taxpayers.models import Taxpayer

PAYING_BANK = "KTB"  # the Treasury's bank: credit may have come from several


class ProposerCannotDecide(NotAllowed):
    """Four eyes: whoever proposed what becomes of money never decides on it."""

    code = "proposer-cannot-decide"


def propose_bill(
    session: Session,
    *,
    payment_ids: Collection[int],
    ref1: str,
    reason: str,
    payee: str = "",
    submission_id: str,
    officer_id: int,
    at: datetime,
) -> Resolution:
    """Propose that payments together pay a bill or a part; what is over is paid back to `payee`.

    The same submission again is the same proposal. Raises Invalid `bill-unknown`,
    `reason-missing` or `payee-missing`, and Conflict when the bill is paid or a payment no
    longer waits.
    """
    require_officer(session, officer_id=officer_id, permission="payment.resolve")
    receive_alone(session)
    if earlier := _submitted(session, submission_id):
        return earlier
    bill = _unpaid(session, ref1)
    waiting = _waiting(session, payment_ids)
    received = sum(payment.amount_satang for payment in waiting)
    taken = min(received, _asked(session, bill, waiting))
    if received > taken and not payee.strip():
        raise Invalid("payee-missing", field="payee")
    proposal = _new(session, payee, reason, submission_id, officer_id, at)
    proposal.payments, proposal.bill_id, proposal.taken_satang = waiting, bill.id, taken
    return _propose(session, proposal)


def _asked(session: Session, bill: Bill, payments: Collection[Payment]) -> int:
    """Return what the bill asks for on the day of the latest payment, in satang."""
    day = periods.local_date(_latest(payments).paid_at)
    return owed_on(session, bill, on=day).total_satang


def _latest(payments: Collection[Payment]) -> Payment:
    return max(payments, key=lambda payment: (payment.paid_at, payment.id))


def propose_refund(
    session: Session,
    *,
    payment_id: int,
    payee: str,
    reason: str,
    submission_id: str,
    officer_id: int,
    at: datetime,
) -> Resolution:
    """Propose to pay a payment back; `payee` says to whom and to which account.

    Raises as `propose_bill` does.
    """
    require_officer(session, officer_id=officer_id, permission="payment.resolve")
    receive_alone(session)
    if earlier := _submitted(session, submission_id):
        return earlier
    if not payee.strip():
        raise Invalid("payee-missing", field="payee")
    waiting = _waiting(session, [payment_id])
    proposal = _new(session, payee, reason, submission_id, officer_id, at)
    proposal.payments = waiting
    return _propose(session, proposal)


def propose_credit_refund(
    session: Session,
    *,
    tax_id: str,
    amount_satang: int,
    payee: str,
    reason: str,
    submission_id: str,
    officer_id: int,
    at: datetime,
) -> Resolution:
    """Propose to pay some of a taxpayer's credit back; from then on no bill is paid with it.

    Raises as `propose_bill` does, and Invalid `more-than-credit` or NotFound.
    """
    require_officer(session, officer_id=officer_id, permission="payment.resolve")
    receive_alone(session)
    if earlier := _submitted(session, submission_id):
        return earlier
    taxpayer = session.scalar(sa.select(Taxpayer).where(Taxpayer.tax_id == tax_id))
    if taxpayer is None:
        raise NotFound(what="taxpayer", id=tax_id)
    if not payee.strip():
        raise Invalid("payee-missing", field="payee")
    free = free_credit(session, taxpayer.id)
    if not 0 < amount_satang <= free:
        raise Invalid("more-than-credit", field="amount", credit=amount(free))
    proposal = _new(session, payee, reason, submission_id, officer_id, at)
    proposal.credit_satang, proposal.taxpayer_id = amount_satang, taxpayer.id
    return _propose(session, proposal)


def _submitted(session: Session, submission_id: str) -> Resolution | None:
    return session.scalar(sa.select(Resolution).where(Resolution.submission_id == submission_id))


def _unpaid(session: Session, ref1: str) -> Bill:
    query = sa.select(Bill).where(Bill.ref1 == ref1)
    bill: Bill | None = session.scalar(locked(query, Bill))
    if bill is None:
        raise Invalid("bill-unknown", field="ref1", ref1=ref1)
    if bill.is_paid:
        raise Conflict("bill-already-paid", field="ref1", ref1=ref1)
    if bill.withdrawn_at:
        raise Conflict("bill-withdrawn", field="ref1", ref1=ref1)
    return bill


def _waiting(session: Session, payment_ids: Collection[int]) -> list[Payment]:
    query = sa.select(Payment).where(Payment.id.in_(payment_ids)).order_by(Payment.id)
    found = list(session.scalars(query))
    if not found:
        raise Conflict("payment-not-waiting", transaction="")
    if len(found) != len(set(payment_ids)):
        raise NotFound(what="payment", id=max(payment_ids, default=0))
    for payment in found:
        if payment.state is not PaymentState.UNALLOCATED:
            raise Conflict("payment-not-waiting", transaction=payment.transaction_id)
        if standing := proposal_of(session, payment.id):
            raise Conflict("payment-proposed-already", reference=standing.reference)
    return found


def proposal_of(session: Session, payment_id: int) -> Resolution | None:
    """Return the proposal about a payment that waits for its decision."""
    return session.scalar(
        sa.select(Resolution).where(
            Resolution.state == ResolutionState.PROPOSED,
            Resolution.payments.any(Payment.id == payment_id),
        )
    )


def _new(
    session: Session, payee: str, reason: str, submission_id: str, officer_id: int, at: datetime
) -> Resolution:
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    year = periods.fiscal_year_be(periods.local_date(at))
    return Resolution(
        reference=f"RS-{year}-{numbering.take(session, f'resolution:{year}'):07d}",
        submission_id=submission_id,
        reason=reason.strip(),
        payee=payee.strip(),
        proposed_by=officer_id,
        proposed_at=at,
    )


def _propose(session: Session, proposal: Resolution) -> Resolution:
    session.add(proposal)
    session.flush()  # its page is shown next
    _log(session, proposal, "propose", proposal.proposed_by, proposal.proposed_at)
    return proposal


def resolution_of(session: Session, reference: str, *, for_update: bool = False) -> Resolution:
    """Return a resolution; raises NotFound."""
    query = sa.select(Resolution).where(Resolution.reference == reference)
    found = session.scalar(locked(query, Resolution) if for_update else query)
    if found is None:
        raise NotFound(what="resolution", id=reference)
    return found


def approve(session: Session, *, reference: str, officer_id: int, at: datetime) -> Resolution:
    """Let it happen: the bill is paid and its receipt issued, the rest is to be paid back.

    Approving again changes nothing. Raises ProposerCannotDecide, and Conflict when the bill
    was paid meanwhile or the proposal was given back.
    """
    require_officer(session, officer_id=officer_id, permission="payment.approve")
    receive_alone(session)
    proposal = resolution_of(session, reference, for_update=True)
    if proposal.state is ResolutionState.APPROVED:
        return proposal
    _may_decide(proposal, officer_id)
    if proposal.bill:
        _unpaid(session, proposal.bill.ref1)
    _decide(proposal, ResolutionState.APPROVED, officer_id, at)
    if proposal.bill:
        _pay(session, proposal, proposal.bill, at)
    else:
        _owe_back(session, proposal, at)
    if proposal.excess_satang and proposal.payee:
        session.add(_refund(proposal, at))
    for payment in proposal.payments:
        payment.bill_id = proposal.bill_id
        payment.state = PaymentState.ALLOCATED if proposal.bill else PaymentState.REFUNDED
    session.flush()
    _log(session, proposal, "approve", officer_id, at)
    return proposal


def _pay(session: Session, proposal: Resolution, bill: Bill, at: datetime) -> None:
    """Let the money pay the bill; what turns out to be over and has no payee becomes credit."""
    proposal.taken_satang = allocate(
        session,
        bill,
        _latest(proposal.payments),
        amount_satang=proposal.received_satang,
        cause=f"resolution:{proposal.reference}",
        rest=Account.PAYABLE_REFUND if proposal.payee else Account.PAYABLE_CREDIT,
        at=at,
    )


def _owe_back(session: Session, proposal: Resolution, at: datetime) -> None:
    from_credit = proposal.taxpayer_id is not None
    held = Account.PAYABLE_CREDIT if from_credit else Account.UNALLOCATED
    post(
        session,
        [
            Movement(held, proposal.received_satang),
            Movement(Account.PAYABLE_REFUND, -proposal.received_satang),
        ],
        cause=f"resolution:{proposal.reference}",
        taxpayer_id=proposal.taxpayer_id,
        at=at,
    )


def _refund(proposal: Resolution, at: datetime) -> Refund:
    return Refund(
        resolution=proposal,
        amount_satang=proposal.excess_satang,
        bank_code=proposal.payments[-1].bank_code if proposal.payments else PAYING_BANK,
        payee=proposal.payee,
        taxpayer_id=proposal.bill.taxpayer_id if proposal.bill else proposal.taxpayer_id,
        due_at=at,
    )


def give_back(
    session: Session, *, reference: str, note: str, officer_id: int, at: datetime
) -> Resolution:
    """Give a proposal back with what is wrong; its payments wait as before."""
    require_officer(session, officer_id=officer_id, permission="payment.approve")
    proposal = resolution_of(session, reference, for_update=True)
    if not note.strip():
        raise Invalid("reason-missing", field="note")
    _may_decide(proposal, officer_id)
    proposal.note = note.strip()
    _decide(proposal, ResolutionState.GIVEN_BACK, officer_id, at)
    _log(session, proposal, "give-back", officer_id, at)
    return proposal


def _may_decide(proposal: Resolution, officer_id: int) -> None:
    if proposal.proposed_by == officer_id:
        raise ProposerCannotDecide(reference=proposal.reference)
    if proposal.state is not ResolutionState.PROPOSED:
        raise Conflict("resolution-not-in-this-state", reference=proposal.reference)


def _decide(proposal: Resolution, state: ResolutionState, officer_id: int, at: datetime) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, officer_id, at


def record_transfer(
    session: Session,
    *,
    reference: str,
    transfer_no: str,
    paid_on: date,
    officer_id: int,
    at: datetime,
) -> Refund:
    """Record that a bank has paid a refund, by its number of the transfer.

    The same number again changes nothing. Raises Invalid `transfer-no-used` or
    `day-outside` (before it was approved, or to come), Conflict `refund-paid-already`.
    """
    require_officer(session, officer_id=officer_id, permission="payment.resolve")
    receive_alone(session)
    refund = resolution_of(session, reference, for_update=True).refund
    if refund is None:
        raise NotFound(what="refund", id=reference)
    if refund.transfer_no is not None:
        if (refund.transfer_no, refund.paid_on) == (transfer_no, paid_on):
            return refund
        raise Conflict("refund-paid-already", transfer_no=refund.transfer_no)
    if not periods.local_date(refund.due_at) <= paid_on <= periods.local_date(at):
        raise Invalid("day-outside", field="paid_on")
    used = sa.select(Refund.id).where(
        Refund.bank_code == refund.bank_code, Refund.transfer_no == transfer_no
    )
    if session.scalar(used):
        raise Invalid("transfer-no-used", field="transfer_no")
    refund.transfer_no, refund.paid_on = transfer_no, paid_on
    refund.paid_by, refund.recorded_at = officer_id, at
    post(
        session,
        [
            Movement(Account.PAYABLE_REFUND, refund.amount_satang),
            Movement(Account.BANK, -refund.amount_satang, refund.bank_code),
        ],
        cause=f"refund:{reference}",
        taxpayer_id=refund.taxpayer_id,
        at=at,
    )
    _log(session, refund.resolution, "pay", officer_id, at, transfer_no=transfer_no)
    return refund


def _log(
    session: Session, of: Resolution, act: str, officer_id: int, at: datetime, **facts: str
) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"resolution.{act}",
        subject=f"resolution:{of.reference}",
        at=at,
        payments=[payment.transaction_id for payment in of.payments],
        received_satang=of.received_satang,
        bill=of.bill.ref1 if of.bill else "",
        **facts,
    )
