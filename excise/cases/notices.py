"""The notice of a discrepancy, its answers, its clock, and requests to agencies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, periods
from excise.cases.actions import log, to_work_on
from excise.cases.letters import give_time, letter
from excise.cases.models import Answer, AnswerFile, CorrectionRequest, Discrepancy, NotInThisState
from excise.cases.queries import notice_of
from excise.cases.rules import (
    ANSWER_LEADS_TO,
    AWAITED,
    AnswerKind,
    DiscrepancyState,
    Reason,
    clock_on,
)
from excise.db import lock, locked
from excise.documents.store import Store
from excise.documents.uploads import keep
from excise.errors import Invalid
from excise.people.rules import Right

_S = DiscrepancyState


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a taxpayer says to a notice; `source` is who is wrong in a dispute."""

    kind: AnswerKind
    reason: Reason | None = None
    words: str = ""
    source: str = ""
    files: tuple[AnswerFile, ...] = ()


def notify(session: Session, *, reference: str, officer_id: int, at: datetime) -> Discrepancy:
    """Send the notice of what the officer has under review; the clock runs from today.

    Raises NotInThisState when it is not, or another officer has it.
    """
    one = to_work_on(session, reference, officer_id)
    if one.officer_id != officer_id:
        raise NotInThisState(reference=reference, state=one.state.value)
    one.move(_S.NOTIFIED, actor=f"officer:{officer_id}", at=at, act="notified")
    give_time(one, at=at)
    letter(session, one, "notified", at=at)
    log(session, one, officer_id, "discrepancy.notify", at)
    return one


def keep_files(store: Store, uploads: Sequence[tuple[str, bytes]]) -> tuple[AnswerFile, ...]:
    """Keep the files of an answer before the answer points at them; raises as `uploads.keep`."""
    kept = keep(store, uploads)
    return tuple(AnswerFile(position=place, **vars(each)) for place, each in enumerate(kept, 1))


def answer(
    session: Session,
    said: Said,
    *,
    reference: str,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Answer:
    """Take the answer to a notice and stop its clock; the same submission is one answer.

    Raises Invalid when an explanation has no reason, or OTHER or a dispute no words;
    NotInThisState when there is an answer or the time is over.
    """
    _check(said)
    one = notice_of(
        session,
        reference,
        person_id=person_id,
        right=Right.SUBMIT,
        on=periods.local_date(at),
        for_update=True,
    )
    for given in one.answers:
        if given.submission_id == submission_id:
            return given
    if one.state not in AWAITED:
        raise NotInThisState(reference=reference, state=one.state.value)
    return _take(session, one, said, person_id, submission_id, at)


def _check(said: Said) -> None:
    if said.kind is AnswerKind.EXPLAIN and said.reason is None:
        raise Invalid("reason-missing", field="reason")
    needs_words = said.kind is AnswerKind.DISPUTE or said.reason is Reason.OTHER
    if needs_words and not said.words.strip():
        raise Invalid("words-missing", field="words")
    if said.kind is AnswerKind.DISPUTE and not said.source:
        raise Invalid("agency-missing", field="source")


def _take(
    session: Session,
    one: Discrepancy,
    said: Said,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Answer:
    actor = f"person:{person_id}"
    given = Answer(
        submission_id=submission_id,
        kind=said.kind,
        reason=said.reason,
        words=said.words.strip(),
        declared=one.declared,
        evidence=one.evidence,
        given_by=person_id,
        given_at=at,
        files=list(said.files),
    )
    one.answers.append(given)
    one.due_on = None
    one.told_difference = one.difference
    one.move(ANSWER_LEADS_TO[said.kind], actor=actor, at=at, act=f"answered-{said.kind.value}")
    if said.kind is AnswerKind.DISPUTE:
        _ask(one, said.source, given.words, actor=actor, at=at)
    audit.record(
        session,
        actor=actor,
        act="discrepancy.answer",
        subject=f"discrepancy:{one.reference}",
        at=at,
        kind=said.kind.value,
        files=[each.sha256 for each in said.files],
    )
    session.flush()  # the page that follows names the answer
    return given


def refuse(
    session: Session, *, reference: str, officer_id: int, reason: str, at: datetime
) -> Discrepancy:
    """Refuse an explanation or a dispute, with the reason; the officer has it under review."""
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    one = to_work_on(session, reference, officer_id)
    if one.state not in (_S.EXPLAINED, _S.SOURCE_DISPUTED):
        raise NotInThisState(reference=reference, state=one.state.value)
    actor = f"officer:{officer_id}"
    one.move(_S.UNDER_REVIEW, actor=actor, at=at, act="refused", note=reason.strip())
    one.officer_id = officer_id
    for request in one.requests:
        request.close(actor=actor, at=at, outcome="refused")
    if one.is_told:
        letter(session, one, "refused", at=at)
    log(session, one, officer_id, "discrepancy.refuse", at)
    return one


def request_correction(
    session: Session, *, reference: str, officer_id: int, source: str, words: str, at: datetime
) -> CorrectionRequest:
    """Ask an agency to look at what it told; the same agency is asked once at a time."""
    if not words.strip():
        raise Invalid("words-missing", field="words")
    one = to_work_on(session, reference, officer_id)
    if not one.is_open:
        raise NotInThisState(reference=reference, state=one.state.value)
    actor = f"officer:{officer_id}"
    one.tell("correction-asked", actor=actor, at=at, note=source)
    log(session, one, officer_id, "discrepancy.ask-source", at)
    return _ask(one, source, words.strip(), actor=actor, at=at)


def _ask(
    one: Discrepancy, source: str, words: str, *, actor: str, at: datetime
) -> CorrectionRequest:
    for each in one.requests:
        if each.source == source and each.closed_at is None:
            return each
    asked = CorrectionRequest(source=source, words=words, asked_by=actor, asked_at=at)
    one.requests.append(asked)
    return asked


def move_clocks(session: Session, *, at: datetime) -> int:
    """Remind whoever did not answer in time, once; after that silence is the answer.

    Returns how many moved; the same hour again moves none.
    """
    lock(session, "discrepancies")
    today = periods.local_date(at)
    query = (
        sa.select(Discrepancy)
        .where(Discrepancy.state.in_(AWAITED), Discrepancy.due_on < today)
        .order_by(Discrepancy.id)
    )
    late = session.scalars(locked(query, Discrepancy)).all()
    for one in late:
        _silent(session, one, at=at)
    return len(late)


def _silent(session: Session, one: Discrepancy, *, at: datetime) -> None:
    today = periods.local_date(at)
    if one.state is _S.NOTIFIED:
        one.move(_S.REMINDED, actor="system", at=at, act="reminded")
        one.due_on = today + timedelta(days=clock_on(today).reminder_days)
        letter(session, one, "reminded", at=at)
    else:
        one.move(_S.UNDER_REVIEW, actor="system", at=at, act="silent")
        one.due_on = None
        letter(session, one, "silent", at=at)
    audit.record(
        session,
        actor="system",
        act="discrepancy.clock",
        subject=f"discrepancy:{one.reference}",
        at=at,
        state=one.state.value,
    )
