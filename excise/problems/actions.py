"""What may be done about a report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, mail, numbering, periods
from excise.db import lock
from excise.documents.store import Store
from excise.errors import Conflict, Invalid
from excise.people.models import Person
from excise.problems.models import NotInThisState, Problem, ProblemPicture
from excise.problems.queries import problem_for
from excise.problems.rules import (
    MAX_PICTURE_BYTES,
    OUTCOMES,
    Category,
    ProblemKind,
    ProblemState,
    address_told,
    picture_type_of,
)

# Where a sender reads about a report: the door knows its own addresses.
LinkTo = Callable[[Problem], str]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody says; visitors have an e-mail address and no `person_id`."""

    category: Category
    what: str
    doing: str
    site: str
    page: str
    request_id: str
    language: str
    person_id: int | None = None
    email: str = ""


def keep_picture(store: Store, name: str, content: bytes) -> ProblemPicture:
    """Keep a picture before the report points at it.

    Raises Invalid when it is too large or neither JPEG nor PNG by its content.
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise Invalid("file-too-large", field="picture", name=name)
    if (media_type := picture_type_of(content)) is None:
        raise Invalid("picture-not-taken", field="picture", name=name)
    return ProblemPicture(
        name=name, media_type=media_type, sha256=store.put(content), size_bytes=len(content)
    )


def report(
    session: Session,
    said: Report,
    *,
    submission_id: str,
    token: str,
    picture: ProblemPicture | None = None,
    link_to: LinkTo,
    at: datetime,
) -> Problem:
    """Take a report and confirm it by mail; the same submission is one report.

    `token` opens it to a visitor. Raises Conflict for another content of the same
    submission, Invalid when nothing is said or a visitor cannot be answered.
    """
    if not said.what.strip():
        raise Invalid("words-missing", field="what")
    if said.person_id is None and not said.email:
        raise Invalid("email-missing", field="email")
    lock(session, f"problem:{submission_id}")
    known = sa.select(Problem).where(Problem.submission_id == submission_id)
    if earlier := session.scalar(known):
        return _same_or_conflict(earlier, said)
    year = periods.fiscal_year_be(periods.local_date(at))
    one = Problem(
        reference=f"PR{year}{numbering.take(session, f'problem:{year}'):06d}",
        submission_id=submission_id,
        token=token,
        reported_at=at,
        changed_at=at,
        picture=picture,
        **vars(said) | {"page": address_told(said.page)},
    )
    session.add(one)
    actor = f"person:{said.person_id}" if said.person_id else "visitor"
    one.tell("reported", actor=actor, at=at)
    session.flush()  # the letter goes to its person
    _letter(session, one, "problem_received", link_to, at=at)
    _log(session, one, actor, "problem.report", at=at)
    return one


def _same_or_conflict(earlier: Problem, said: Report) -> Problem:
    told = ("category", "what", "doing", "person_id", "email")
    if any(getattr(earlier, name) != getattr(said, name) for name in told):
        raise Conflict("submission-reused")
    return earlier


def triage(
    session: Session, *, reference: str, kind: ProblemKind, officer_id: int, at: datetime
) -> Problem:
    """Say what it is; who says so first has it to work on."""
    one = problem_for(session, reference, officer_id=officer_id, for_update=True)
    actor = f"officer:{officer_id}"
    one.kind = kind
    if one.state is ProblemState.REPORTED:
        one.move(ProblemState.TRIAGED, actor=actor, at=at)
        one.officer_id = one.officer_id or officer_id
    else:
        one.tell("kind", actor=actor, at=at, note=kind.value, is_internal=True)
    _log(session, one, actor, "problem.triage", at=at, kind=kind.value)
    return one


def take(session: Session, *, reference: str, officer_id: int, at: datetime) -> Problem:
    """Take a report to work on, also from another officer; again changes nothing."""
    one = problem_for(session, reference, officer_id=officer_id, for_update=True)
    if one.officer_id != officer_id:
        one.officer_id = officer_id
        one.tell("taken", actor=f"officer:{officer_id}", at=at, is_internal=True)
        _log(session, one, f"officer:{officer_id}", "problem.take", at=at)
    return one


def note(session: Session, *, reference: str, words: str, officer_id: int, at: datetime) -> Problem:
    """Write down something that the sender does not see."""
    if not words.strip():
        raise Invalid("words-missing", field="words")
    one = problem_for(session, reference, officer_id=officer_id, for_update=True)
    actor = f"officer:{officer_id}"
    one.tell("noted", actor=actor, at=at, note=words.strip(), is_internal=True)
    _log(session, one, actor, "problem.note", at=at)
    return one


def answer(
    session: Session,
    *,
    reference: str,
    state: ProblemState,
    words: str,
    officer_id: int,
    link_to: LinkTo,
    at: datetime,
) -> Problem:
    """Answer the sender: what becomes of it, in words that go out by mail as well.

    Raises NotInThisState before it was triaged, or when another answer came first.
    """
    if not words.strip():
        raise Invalid("words-missing", field="words")
    if state not in OUTCOMES:
        raise Invalid("words-missing", field="state")
    one = problem_for(session, reference, officer_id=officer_id, for_update=True)
    actor = f"officer:{officer_id}"
    one.move(state, actor=actor, at=at, note=words.strip())
    one.officer_id, one.answered_at = officer_id, one.answered_at or at
    _letter(session, one, "problem_answered", link_to, at=at)
    _log(session, one, actor, "problem.answer", at=at, state=state.value)
    return one


def draft_news(
    session: Session, *, reference: str, th: str, en: str, officer_id: int, at: datetime
) -> Problem:
    """Write what everybody may read about a change; until somebody publishes it, nobody does.

    What is out already is taken back with it.
    """
    for field, words in (("th", th), ("en", en)):
        if not words.strip():
            raise Invalid("words-missing", field=field)
    one = _changed(session, reference, officer_id)
    one.news_th, one.news_en = th.strip(), en.strip()
    one.published_at = one.published_by = None
    actor = f"officer:{officer_id}"
    one.tell("news-drafted", actor=actor, at=at, is_internal=True)
    _log(session, one, actor, "problem.draft-news", at=at)
    return one


def publish_news(session: Session, *, reference: str, officer_id: int, at: datetime) -> Problem:
    """Let everybody read the words about a change; again changes nothing."""
    one = _changed(session, reference, officer_id)
    if not one.news_th:
        raise NotInThisState(reference=reference, state=one.state.value)
    if one.published_at is None:
        one.published_at, one.published_by = at, officer_id
        actor = f"officer:{officer_id}"
        one.tell("news-published", actor=actor, at=at)
        _log(session, one, actor, "problem.publish-news", at=at, th=one.news_th, en=one.news_en)
    return one


def _changed(session: Session, reference: str, officer_id: int) -> Problem:
    one = problem_for(session, reference, officer_id=officer_id, for_update=True)
    if one.state is not ProblemState.CHANGED:
        raise NotInThisState(reference=reference, state=one.state.value)
    return one


def _letter(
    session: Session, one: Problem, template: str, link_to: LinkTo, *, at: datetime
) -> None:
    person = session.get(Person, one.person_id) if one.person_id else None
    mail.tell(
        session,
        to=person.email if person else one.email,
        template=template,
        facts={"reference": one.reference, "link": link_to(one), "words": one.events[-1].note},
        key=f"{template}:{one.reference}:{len(one.events)}",
        at=at,
    )


def _log(
    session: Session, one: Problem, actor: str, act: str, *, at: datetime, **facts: Any
) -> None:
    audit.record(session, actor=actor, act=act, subject=f"problem:{one.reference}", at=at, **facts)
