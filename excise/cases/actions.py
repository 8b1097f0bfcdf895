"""Open discrepancies from what a run found, and work on them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.cases.letters import finish, grown
from excise.cases.models import Discrepancy, Explanation, NotInThisState
from excise.cases.queries import discrepancy_for
from excise.cases.rules import AWAITED, OPEN, DiscrepancyState, Found, Key, Reason, is_covered
from excise.db import lock, locked
from excise.errors import Invalid
from excise.people.queries import require_officer
from excise.people.rules import Right
from excise.returns.models import Return, ReturnState
from excise.returns.queries import draft_of
from excise.taxpayers.models import Registration

_FIGURES = (
    "outcome",
    "declared",
    "evidence",
    "difference",
    "tolerance",
    "potential_satang",
)
_PIECE = 500  # so many differences are looked up at once


def explain(
    session: Session,
    *,
    draft_reference: str,
    rule: str,
    product_code: str,
    reason: Reason,
    words: str,
    declared: int | None,
    evidence: int | None,
    person_id: int,
    at: datetime,
) -> Explanation:
    """Attach an explanation to a draft, or replace the one it has for this difference.

    Raises Invalid `words-missing` when the reason OTHER comes without words.
    """
    if reason is Reason.OTHER and not words:
        raise Invalid("words-missing", field="words")
    on = periods.local_date(at)
    draft = draft_of(
        session, draft_reference, person_id=person_id, right=Right.PREPARE, on=on, for_update=True
    )
    draft.require_draft()
    session.execute(
        sa.delete(Explanation).where(
            Explanation.return_id == draft.id,
            Explanation.rule == rule,
            Explanation.product_code == product_code,
        )
    )
    given = Explanation(
        return_id=draft.id,
        rule=rule,
        product_code=product_code,
        reason=reason,
        words=words,
        declared=declared,
        evidence=evidence,
        given_by=person_id,
        given_at=at,
    )
    session.add(given)
    audit.record(
        session,
        actor=f"person:{person_id}",
        act="return.explain",
        subject=f"return:{draft_reference}",
        at=at,
        rule=rule,
        reason=reason.value,
    )
    return given


def take_note(
    session: Session,
    found: Iterable[Found],
    *,
    rules: Collection[str] | None = None,
    unknown: Collection[Key] = (),
    run_id: int,
    period: date,
    taxpayer_id: int | None,
    at: datetime,
) -> None:
    """Bring the discrepancies of a month to what a run found.

    A new difference opens one, a known one takes the new figures, one that is gone
    closes, one that could not be compared (`unknown`) stays, as do those of other rules
    than ran, None when all did. What was assessed,
    explained or put aside opens nothing again unless it grew beyond the tolerance.
    `taxpayer_id` tells whose the run was, None for all.
    """
    lock(session, "discrepancies")
    pieces = iter(found)
    while piece := list(islice(pieces, _PIECE)):
        _take_piece(session, piece, run_id=run_id, period=period, at=at)
    for gone in _gone(session, period, taxpayer_id, run_id):
        if _key(gone) in unknown or (rules is not None and gone.rule not in rules):
            continue
        gone.run_id = run_id
        gone.move(DiscrepancyState.CLOSED, actor="system", at=at, act=_how_settled(session, gone))
        finish(session, gone, actor="system", at=at)
    session.flush()


def _take_piece(
    session: Session, piece: Sequence[Found], *, run_id: int, period: date, at: datetime
) -> None:
    """Open or update some; what is asked of the database is asked for all of them at once."""
    whose = {each.taxpayer_id for each in piece}
    of_whom = (Discrepancy.period == period, Discrepancy.taxpayer_id.in_(whose))
    opened = sa.select(Discrepancy).where(*of_whom, Discrepancy.state.in_(OPEN))
    # An officer may be deciding on one: wait, then leave it out if it is open no more.
    held = session.scalars(locked(opened.order_by(Discrepancy.id), Discrepancy))
    standing = {_key(each): each for each in held}
    before: dict[Key, list[Discrepancy]] = {}
    for one in session.scalars(sa.select(Discrepancy).where(*of_whom)):
        before.setdefault(_key(one), []).append(one)
    explained = _explanations(session, whose, period)
    for each in piece:
        given = next((one for one in explained.get(each.key, ()) if one.covers(each)), None)
        if (known := standing.get(each.key)) is not None:
            _update(session, known, each, given, run_id=run_id, at=at)
        elif not is_covered(
            each, [b.difference for b in before.get(each.key, ()) if _was_decided(b)]
        ):
            _open(session, each, given, run_id=run_id, at=at)
    session.flush()  # memory must not grow with what was found


def _explanations(
    session: Session, taxpayer_ids: Collection[int], period: date
) -> dict[Key, list[Explanation]]:
    """Return what was explained with the filed returns of the month, by what it explains."""
    query = (
        sa.select(Explanation, Registration.taxpayer_id)
        .join(Return, Return.id == Explanation.return_id)
        .join(Registration, Registration.id == Return.registration_id)
        .where(
            Registration.taxpayer_id.in_(taxpayer_ids),
            Return.period == period,
            Return.state == ReturnState.FILED,
        )
    )
    explained: dict[Key, list[Explanation]] = {}
    for given, taxpayer_id in session.execute(query):
        explained.setdefault((given.rule, taxpayer_id, given.product_code), []).append(given)
    return explained


def _gone(
    session: Session, period: date, taxpayer_id: int | None, run_id: int
) -> Iterator[Discrepancy]:
    """Yield, piece by piece, what stands and this run has not found."""
    of_whom = [Discrepancy.period == period, Discrepancy.state.in_(OPEN)]
    of_whom.append(Discrepancy.run_id != run_id)
    if taxpayer_id is not None:
        of_whom.append(Discrepancy.taxpayer_id == taxpayer_id)
    last = 0
    while True:
        query = sa.select(Discrepancy).where(*of_whom, Discrepancy.id > last)
        page = locked(query.order_by(Discrepancy.id).limit(_PIECE), Discrepancy)
        if not (some := session.scalars(page).all()):
            return
        last = some[-1].id
        yield from some


def _how_settled(session: Session, gone: Discrepancy) -> str:
    """Say who gave way: the taxpayer by a return filed since, or else the source."""
    if not gone.is_told:
        return "settled"
    filed_since = sa.select(Return.id).where(
        Return.registration_id == gone.registration_id,
        Return.period == gone.period,
        Return.filed_at > gone.found_at,
    )
    return "amended" if session.scalar(filed_since.limit(1)) else "source-corrected"


def _key(one: Discrepancy) -> Key:
    return one.rule, one.taxpayer_id, one.product_code


def _update(
    session: Session,
    known: Discrepancy,
    found: Found,
    given: Explanation | None,
    *,
    run_id: int,
    at: datetime,
) -> None:
    known.run_id = run_id
    if any(getattr(known, name) != getattr(found, name) for name in _FIGURES):
        _take_figures(session, known, found, at=at)
    # A return filed late may bring the explanation of what its absence had opened.
    if given is not None and known.state is DiscrepancyState.QUEUED:
        known.explanation_id = given.id
        known.move(DiscrepancyState.EXPLAINED, actor="system", at=at, act="explained")


def _take_figures(session: Session, known: Discrepancy, found: Found, *, at: datetime) -> None:
    for name in _FIGURES:
        setattr(known, name, getattr(found, name))
    known.tell("figures-changed", actor="system", at=at)
    if known.is_told:
        grown(session, known, at=at)
        return
    # Held against what was explained, not the last run: small steps must not add up unseen.
    given = known.explanation
    if given and known.state is DiscrepancyState.EXPLAINED and not given.covers(found):
        known.move(DiscrepancyState.QUEUED, actor="system", at=at, act="outgrew-explanation")


def _open(
    session: Session, found: Found, explanation: Explanation | None, *, run_id: int, at: datetime
) -> None:
    state = DiscrepancyState.EXPLAINED if explanation else DiscrepancyState.QUEUED
    year = periods.fiscal_year_be(periods.local_date(at))
    opened = Discrepancy(
        reference=f"DC-{year}-{numbering.take(session, f'discrepancy:{year}'):07d}",
        **vars(found),
        found_at=at,
        changed_at=at,
        run_id=run_id,
        state=state,
        explanation_id=explanation.id if explanation else None,
    )
    opened.tell("found", actor="system", at=at)
    session.add(opened)


def _was_decided(one: Discrepancy) -> bool:
    """Tell whether an officer ended it; what a run closed by itself may open again."""
    by_run = one.state is DiscrepancyState.CLOSED and one.events[-1].actor == "system"
    return one.officer_id is not None and not by_run


def take(session: Session, *, reference: str, officer_id: int, at: datetime) -> Discrepancy:
    """Let an officer work on a discrepancy from now on; taking one's own again changes nothing."""
    one = to_work_on(session, reference, officer_id)
    if one.state in AWAITED:  # the taxpayer has been given the time
        raise NotInThisState(reference=reference, state=one.state.value)
    if one.state is DiscrepancyState.UNDER_REVIEW and one.officer_id == officer_id:
        return one
    one.move(DiscrepancyState.UNDER_REVIEW, actor=f"officer:{officer_id}", at=at, act="taken")
    one.officer_id = officer_id
    log(session, one, officer_id, "discrepancy.take", at)
    return one


def put_aside(
    session: Session, *, reference: str, officer_id: int, reason: str, at: datetime
) -> Discrepancy:
    """End a discrepancy that is none, with the reason; it stays so unless it grows."""
    return _end(
        session, DiscrepancyState.SUPPRESSED, "put-aside", reference, officer_id, reason, at
    )


def void(
    session: Session, *, reference: str, officer_id: int, reason: str, at: datetime
) -> Discrepancy:
    """Withdraw an open discrepancy, with the reason; who had a notice of it is told."""
    return _end(session, DiscrepancyState.VOIDED, "voided", reference, officer_id, reason, at)


def close(
    session: Session, *, reference: str, officer_id: int, reason: str, at: datetime
) -> Discrepancy:
    """End a discrepancy that was real and is settled: the explanation was accepted, say."""
    return _end(session, DiscrepancyState.CLOSED, "closed", reference, officer_id, reason, at)


def _end(
    session: Session,
    state: DiscrepancyState,
    act: str,
    reference: str,
    officer_id: int,
    reason: str,
    at: datetime,
) -> Discrepancy:
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    one = to_work_on(session, reference, officer_id)
    one.move(state, actor=f"officer:{officer_id}", at=at, act=act, note=reason.strip())
    one.officer_id = officer_id
    finish(session, one, actor=f"officer:{officer_id}", at=at)
    log(session, one, officer_id, f"discrepancy.{act}", at)
    return one


def to_work_on(session: Session, reference: str, officer_id: int) -> Discrepancy:
    """Return a discrepancy, held, to an officer who may work on it."""
    require_officer(session, officer_id=officer_id, permission="case.work")
    return discrepancy_for(session, reference, officer_id=officer_id, for_update=True)


def log(session: Session, one: Discrepancy, officer_id: int, act: str, at: datetime) -> None:
    """Enter what an officer did into the audit log."""
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=act,
        subject=f"discrepancy:{one.reference}",
        at=at,
        state=one.state.value,
    )
