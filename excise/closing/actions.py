"""Close and reopen: two officers for each."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods, work
from excise.closing.queries import Period, blockers, closing_of, figures
from excise.db import lock
from excise.documents.facts import facts_hash
from excise.errors import Conflict, Invalid, NotAllowed
from excise.ledger.models import HOLDS, Closing, ClosingKind, ClosingState
from excise.people.queries import require_officer

WIDER = {
    ClosingKind.DAYS: (ClosingKind.MONTH, ClosingKind.YEAR),
    ClosingKind.MONTH: (ClosingKind.YEAR,),
    ClosingKind.YEAR: (),
}


class ClosingBlocked(Conflict):
    """Something keeps the period from being closed; `blockers` says what."""

    code = "closing-blocked"


class SameOfficer(NotAllowed):
    """Four eyes: who proposed a closing or its reopening never decides on it."""

    code = "closing-same-officer"


def propose(session: Session, period: Period, *, officer_id: int, at: datetime) -> Closing:
    """Propose to close a period as it stands; proposed already, it is that proposal.

    Raises ClosingBlocked.
    """
    require_officer(session, officer_id=officer_id, permission="ledger.close")
    lock(session, "closing")
    if standing := _proposed(session, period):
        return standing
    if found := blockers(session, period, at=at):
        raise ClosingBlocked(blockers=[each.code for each in found])
    year = periods.fiscal_year_be(periods.local_date(at))
    reference = f"CL-{year}-{numbering.take(session, f'closing:{year}'):07d}"
    facts = figures(session, period, reference=reference)
    closing = Closing(
        reference=reference,
        kind=period.kind,
        first=period.first,
        last=period.last,
        facts=facts.canonical().decode(),
        digest=facts_hash(facts),
        proposed_by=officer_id,
        proposed_at=at,
    )
    session.add(closing)
    _log(session, closing, "propose", officer_id, at)
    return closing


def _proposed(session: Session, period: Period) -> Closing | None:
    return session.scalar(
        sa.select(Closing).where(
            Closing.kind == period.kind,
            Closing.last == period.last,
            Closing.state == ClosingState.PROPOSED,
        )
    )


def close(session: Session, *, reference: str, officer_id: int, at: datetime) -> Closing:
    """Close the period and have its certificate made; closed already, nothing changes.

    Raises SameOfficer, ClosingBlocked, and Conflict `closing-figures-changed` when the
    books are not what was proposed.
    """
    require_officer(session, officer_id=officer_id, permission="ledger.approve")
    lock(session, "closing")
    closing = closing_of(session, reference)
    if closing.state is ClosingState.CLOSED:
        return closing
    _decidable(closing, ClosingState.PROPOSED, closing.proposed_by, officer_id)
    period = Period(closing.kind, closing.first, closing.last)
    if found := blockers(session, period, at=at):
        raise ClosingBlocked(blockers=[each.code for each in found])
    if facts_hash(figures(session, period, reference=reference)) != closing.digest:
        raise Conflict("closing-figures-changed", reference=reference)
    closing.state, closing.decided_by, closing.decided_at = ClosingState.CLOSED, officer_id, at
    _log(session, closing, "close", officer_id, at)
    work.enqueue(session, "closing.certify", reference, reference)
    return closing


def give_back(session: Session, *, reference: str, officer_id: int, at: datetime) -> Closing:
    """End a proposal; the period may be proposed anew."""
    require_officer(session, officer_id=officer_id, permission="ledger.approve")
    closing = closing_of(session, reference)
    _decidable(closing, ClosingState.PROPOSED, closing.proposed_by, officer_id)
    closing.state, closing.decided_by, closing.decided_at = ClosingState.GIVEN_BACK, officer_id, at
    _log(session, closing, "give-back", officer_id, at)
    return closing


def ask_to_reopen(
    session: Session, *, reference: str, reason: str, officer_id: int, at: datetime
) -> Closing:
    """Ask for a closing to be reopened; it holds until another approver agrees.

    Raises Invalid `reason-missing`, Conflict `closing-not-the-last` when a later or wider
    closing rests on it.
    """
    require_officer(session, officer_id=officer_id, permission="ledger.approve")
    lock(session, "closing")
    closing = closing_of(session, reference)
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    _decidable(closing, ClosingState.CLOSED, None, officer_id)
    if _rests_on(session, closing):
        raise Conflict("closing-not-the-last", reference=reference)
    closing.state, closing.reopen_by = ClosingState.REOPENING, officer_id
    closing.reopen_reason = reason.strip()
    _log(session, closing, "ask-to-reopen", officer_id, at)
    return closing


def _rests_on(session: Session, closing: Closing) -> bool:
    later = sa.and_(Closing.kind == closing.kind, Closing.last > closing.last)
    wider = sa.and_(Closing.kind.in_(WIDER[closing.kind]), Closing.last >= closing.first)
    query = sa.select(Closing.id).where(Closing.state.in_(HOLDS), sa.or_(later, wider))
    return session.scalar(query.limit(1)) is not None


def reopen(session: Session, *, reference: str, officer_id: int, at: datetime) -> Closing:
    """Reopen a period: the second of two approvers; reopened already, nothing changes."""
    require_officer(session, officer_id=officer_id, permission="ledger.approve")
    lock(session, "closing")
    closing = closing_of(session, reference)
    if closing.state is ClosingState.REOPENED:
        return closing
    _decidable(closing, ClosingState.REOPENING, closing.reopen_by, officer_id)
    closing.state, closing.reopened_by, closing.reopened_at = ClosingState.REOPENED, officer_id, at
    _log(session, closing, "reopen", officer_id, at)
    return closing


def keep_closed(session: Session, *, reference: str, officer_id: int, at: datetime) -> Closing:
    """Refuse a reopening."""
    require_officer(session, officer_id=officer_id, permission="ledger.approve")
    closing = closing_of(session, reference)
    _decidable(closing, ClosingState.REOPENING, closing.reopen_by, officer_id)
    closing.state, closing.reopen_by, closing.reopen_reason = ClosingState.CLOSED, None, ""
    _log(session, closing, "keep-closed", officer_id, at)
    return closing


def _decidable(closing: Closing, state: ClosingState, asked_by: int | None, by: int) -> None:
    if closing.state is not state:
        raise Conflict("closing-not-in-this-state", reference=closing.reference)
    if asked_by == by:
        raise SameOfficer(reference=closing.reference)


def _log(session: Session, closing: Closing, act: str, officer_id: int, at: datetime) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"closing.{act}",
        subject=f"closing:{closing.reference}",
        at=at,
        kind=closing.kind.value,
        first=closing.first.isoformat(),
        last=closing.last.isoformat(),
        digest=closing.digest,
    )
