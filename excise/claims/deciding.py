"""Examine a claim, decide on it with four eyes, and record that it was paid."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import periods
from excise.arrears.refunds import interest_months, refund_interest
from excise.claims.actions import letter, log, release
from excise.claims.models import Claim, ClaimState
from excise.claims.queries import claim_for_officer
from excise.errors import Conflict, Invalid, NotAllowed
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account
from excise.people.queries import require_officer
from excise.returns.charging import by_group
from excise.tariff.schema import Tariff

_S = ClaimState


class ExaminerCannotDecide(NotAllowed):
    """Four eyes: whoever examined a claim never decides on it."""

    code = "examiner-cannot-decide"


def examine(
    session: Session,
    *,
    reference: str,
    approves: bool,
    finding: str,
    officer_id: int,
    at: datetime,
) -> Claim:
    """Say what was found, and propose to approve or to refuse; another officer decides.

    Raises Invalid `reason-missing` and ClaimNotInThisState.
    """
    officer = require_officer(session, officer_id=officer_id, permission="claim.examine")
    claim = claim_for_officer(session, reference, officer, for_update=True)
    if not finding.strip():
        raise Invalid("reason-missing", field="finding")
    actor = f"officer:{officer_id}"
    claim.move(_S.EXAMINED, since=(_S.SENT,), actor=actor, at=at)
    claim.proposes, claim.finding = approves, finding.strip()
    claim.examined_by, claim.examined_at = officer_id, at
    log(session, claim, "examine", actor=actor, at=at)
    return claim


def decide(
    session: Session, *, tariff: Tariff, reference: str, officer_id: int, at: datetime
) -> Claim:
    """Let what the examiner proposed be so: the refund is posted, or the claim is refused.

    The same decision again changes nothing. Raises ExaminerCannotDecide, ClaimNotInThisState.
    """
    officer = require_officer(session, officer_id=officer_id, permission="claim.approve")
    claim = claim_for_officer(session, reference, officer, for_update=True)
    if claim.decided_by == officer_id and claim.state in (_S.APPROVED, _S.REFUSED):
        return claim
    _may_decide(claim, officer_id)
    actor, becomes = f"officer:{officer_id}", _S.APPROVED if claim.proposes else _S.REFUSED
    claim.move(becomes, since=(_S.EXAMINED,), actor=actor, at=at, note=claim.finding)
    claim.decided_by, claim.decided_at = officer_id, at
    if becomes is _S.APPROVED:
        _post(session, tariff, claim, at)
    else:
        release(session, claim)
    log(session, claim, becomes.value, actor=actor, at=at)
    letter(session, claim, at=at)
    return claim


def give_back(
    session: Session, *, reference: str, note: str, officer_id: int, at: datetime
) -> Claim:
    """Give an examined claim back to be examined again; raises as `decide`."""
    officer = require_officer(session, officer_id=officer_id, permission="claim.approve")
    claim = claim_for_officer(session, reference, officer, for_update=True)
    if not note.strip():
        raise Invalid("reason-missing", field="note")
    _may_decide(claim, officer_id)
    actor = f"officer:{officer_id}"
    claim.move(_S.SENT, since=(_S.EXAMINED,), actor=actor, at=at, note=note.strip())
    claim.proposes, claim.finding = None, ""
    claim.examined_by = claim.examined_at = None
    log(session, claim, "give-back", actor=actor, at=at)
    return claim


def _may_decide(claim: Claim, officer_id: int) -> None:
    if claim.examined_by == officer_id:
        raise ExaminerCannotDecide(reference=claim.reference)


def _post(session: Session, tariff: Tariff, claim: Claim, at: datetime) -> None:
    """Take the revenue back by the groups it was charged to, once."""
    products = [(line.paid.product.item, line.excise_satang) for line in claim.lines]
    groups = by_group(tariff, claim.lines[0].paid.product.registration, products)
    post(
        session,
        [
            *(Movement(Account.REVENUE_EXCISE, satang, group) for group, satang in groups.items()),
            Movement(Account.PAYABLE_LOCAL, claim.local_satang),
            Movement(Account.PAYABLE_REFUND, -claim.total_satang),
        ],
        cause=f"claim:{claim.reference}",
        taxpayer_id=claim.registration.taxpayer_id,
        at=at,
    )


def interest_on(tariff: Tariff, claim: Claim, *, paid_on: date, allow_assumed: bool) -> int:
    """Return the interest of a refund that is paid on a day, in satang.

    The rate is assumed law: nothing is paid by it until its source is confirmed, unless the
    installation is a demonstration. Law: s. 105.
    """
    sent_on = periods.local_date(claim.sent_at)
    months = interest_months(tariff, claimed=sent_on, refunded=paid_on)
    rate = tariff.provision("refund_interest_monthly_pct", paid_on)
    if months == 0 or (rate.confidence == "assumed" and not allow_assumed):
        return 0
    return refund_interest(claim.total_satang, months=months, monthly_pct=rate.value)


def record_paid(
    session: Session,
    *,
    tariff: Tariff,
    reference: str,
    bank_code: str,
    transfer_no: str,
    paid_on: date,
    allow_assumed: bool,
    officer_id: int,
    at: datetime,
) -> Claim:
    """Record that a bank paid an approved claim, with the interest of that day.

    The same transfer again changes nothing. Raises Invalid `day-outside` or
    `transfer-no-used`, Conflict `refund-paid-already`, ClaimNotInThisState.
    """
    officer = require_officer(session, officer_id=officer_id, permission="payment.resolve")
    claim = claim_for_officer(session, reference, officer, for_update=True)
    if claim.state is _S.PAID:
        if (claim.bank_code, claim.transfer_no, claim.paid_on) == (bank_code, transfer_no, paid_on):
            return claim
        raise Conflict("refund-paid-already", transfer_no=claim.transfer_no)
    actor = f"officer:{officer_id}"
    claim.move(_S.PAID, since=(_S.APPROVED,), actor=actor, at=at)
    assert claim.decided_at is not None, "it was approved"
    if not periods.local_date(claim.decided_at) <= paid_on <= periods.local_date(at):
        raise Invalid("day-outside", field="paid_on")
    used = sa.select(Claim.id).where(Claim.bank_code == bank_code, Claim.transfer_no == transfer_no)
    if session.scalar(used):
        raise Invalid("transfer-no-used", field="transfer_no")
    interest = interest_on(tariff, claim, paid_on=paid_on, allow_assumed=allow_assumed)
    claim.bank_code, claim.transfer_no, claim.paid_on = bank_code, transfer_no, paid_on
    claim.interest_satang, claim.paid_by, claim.paid_at = interest, officer_id, at
    post(
        session,
        [
            Movement(Account.PAYABLE_REFUND, claim.total_satang),
            Movement(Account.EXPENSE_INTEREST, interest),
            Movement(Account.BANK, -claim.total_satang - interest, bank_code),
        ],
        cause=f"claim-paid:{reference}",
        taxpayer_id=claim.registration.taxpayer_id,
        at=at,
    )
    log(session, claim, "pay", actor=actor, at=at)
    letter(session, claim, at=at)
    return claim
