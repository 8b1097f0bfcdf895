"""Draft an edition, send it, decide on it, publish it: four eyes at every step that binds."""

from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit
from excise.db import lock
from excise.errors import Conflict, Invalid, NotAllowed
from excise.people.queries import require_officer
from excise.tariff.amending import NewRate, Source, add_rate, confirm_source
from excise.tariff.difference import newly_assumed
from excise.tariff.models import Edition, EditionState
from excise.tariff.queries import edition, edition_in_force, tariff_in_force
from excise.tariff.schema import load

MAX_LETTERS = 2_000_000  # thirty times the first edition
_S = EditionState


class NotTheAuthor(NotAllowed):
    """Only who drafted an edition changes it: four eyes would be two otherwise."""

    code = "not-the-author"


class AuthorCannotDecide(NotAllowed):
    """Four eyes: whoever drafted an edition never approves or publishes it, in whatever role."""

    code = "author-cannot-decide"


class Overtaken(Conflict):
    """Another edition was published since the draft began; facts: `published`, `base`."""

    code = "edition-overtaken"


class AssumedAnew(Conflict):
    """A figure that nobody has confirmed must not come into force; facts: `rows`."""

    code = "edition-assumes"


def draft(
    session: Session, *, purpose: str, officer_id: int, submission_id: str, at: datetime
) -> Edition:
    """Begin a draft that is, so far, the edition in force; the same submission is the same draft.

    Raises Invalid `reason-missing` without a purpose.
    """
    require_officer(session, officer_id=officer_id, permission="tariff.draft")
    if not purpose.strip():
        raise Invalid("reason-missing", field="purpose")
    lock(session, "tariff")  # two drafts at once must not get the same number
    earlier = session.scalar(sa.select(Edition).where(Edition.submission_id == submission_id))
    if earlier is not None:
        return earlier
    base = edition_in_force(session)
    last = session.scalar(sa.select(sa.func.max(Edition.number))) or 0
    made = Edition(
        number=last + 1,
        text=base.text,
        digest=base.digest,
        purpose=purpose.strip(),
        base=base.number,
        submission_id=submission_id,
        drafted_by=officer_id,
        drafted_at=at,
        changed_at=at,
    )
    session.add(made)
    _log(session, made, officer_id, "draft", at)
    return made


def replace_text(
    session: Session, text: str, *, number: int, officer_id: int, at: datetime
) -> Edition:
    """Put another text in the place of a draft's, be it as faulty as it may.

    A fault is shown until it is mended; only sending the draft asks for a text without any.
    Raises Invalid `edition-too-long`.
    """
    one = _own_draft(session, number, officer_id)
    if len(text) > MAX_LETTERS:
        raise Invalid("edition-too-long", field="file", limit=MAX_LETTERS)
    if text != one.text:
        one.text, one.digest, one.changed_at = text, _digest(text), at
        _log(session, one, officer_id, "change", at)
    return one


def set_rate(
    session: Session, new: NewRate, *, number: int, officer_id: int, at: datetime
) -> Edition:
    """Give an item or schedule of a draft other rates from a day on; the row before is closed.

    Raises Invalid, with the field, for what the item cannot take.
    """
    one = _own_draft(session, number, officer_id)
    return replace_text(
        session, add_rate(one.text, new), number=number, officer_id=officer_id, at=at
    )


def set_source(
    session: Session, confirmed: Source, *, number: int, officer_id: int, at: datetime
) -> Edition:
    """Say in a draft where a figure was read that was only assumed."""
    one = _own_draft(session, number, officer_id)
    text = confirm_source(one.text, confirmed)
    return replace_text(session, text, number=number, officer_id=officer_id, at=at)


def propose(session: Session, *, number: int, officer_id: int, at: datetime) -> Edition:
    """Send a draft to be approved; sending again changes nothing.

    Raises Invalid when its text has faults, `edition-unchanged` when it changes nothing.
    """
    one = _own(session, number, officer_id)
    if one.state is _S.PROPOSED:
        return one
    one.require(_S.DRAFT)
    load(one.text)
    if one.digest == edition_in_force(session).digest:
        raise Invalid("edition-unchanged")
    one.note = ""
    _move(session, one, _S.PROPOSED, officer_id, "propose", at)
    return one


def give_back(
    session: Session, *, number: int, reason: str, officer_id: int, at: datetime
) -> Edition:
    """Return a draft to its author, with what must change."""
    one = _for_decision(session, number, officer_id)
    one.require(_S.PROPOSED)
    one.note = _needed(reason)
    _move(session, one, _S.DRAFT, officer_id, "return", at)
    return one


def reject(session: Session, *, number: int, reason: str, officer_id: int, at: datetime) -> Edition:
    """End a draft that shall never be published: another officer may, and its author."""
    one = edition(session, number, for_update=True)
    if one.drafted_by == officer_id:
        _own(session, number, officer_id)
    else:
        _for_decision(session, number, officer_id)
    one.require(_S.DRAFT, _S.PROPOSED, _S.APPROVED)
    if one.decided_by is None:  # of an approved one it stands who approved it
        one.decided_by, one.decided_at = officer_id, at
    one.note = _needed(reason)
    _move(session, one, _S.REJECTED, officer_id, "reject", at)
    return one


def approve(
    session: Session, *, number: int, officer_id: int, filings: int, at: datetime
) -> Edition:
    """Approve a draft; `filings` is how many filed returns the officer saw that it touches.

    From the room above, which counts them: `excise.backdating`. A repeat changes nothing.
    """
    one = _for_decision(session, number, officer_id)
    if one.decided_by == officer_id and one.state in (_S.APPROVED, _S.PUBLISHED):
        return one
    one.require(_S.PROPOSED)
    _refuse_overtaken(session, one)
    one.decided_by, one.decided_at = officer_id, at
    _move(session, one, _S.APPROVED, officer_id, "approve", at, filings=filings)
    return one


def publish(
    session: Session, *, number: int, officer_id: int, allow_assumed: bool, at: datetime
) -> Edition:
    """Put an approved edition in the place of the one in force, for everybody from the commit on.

    From which day a figure holds stands in its row; what was filed stays as it was filed.
    Raises AssumedAnew when it brings in figures that are only assumed, unless that is
    allowed (in a demonstration).
    """
    one = _for_decision(session, number, officer_id)
    if one.state is _S.PUBLISHED:
        return one
    one.require(_S.APPROVED)
    lock(session, "tariff")
    _refuse_overtaken(session, one)
    assumed = newly_assumed(tariff_in_force(session), load(one.text))
    if assumed and not allow_assumed:
        raise AssumedAnew(rows=", ".join(assumed))
    edition_in_force(session).state = _S.REPLACED
    session.flush()  # there is never more than one
    one.published_by, one.published_at = officer_id, at
    _move(session, one, _S.PUBLISHED, officer_id, "publish", at)
    return one


def _refuse_overtaken(session: Session, one: Edition) -> None:
    """What was published meanwhile would be undone, and nobody would have seen it."""
    published = edition_in_force(session).number
    if published != one.base:
        raise Overtaken(published=published, base=one.base)


def _own(session: Session, number: int, officer_id: int) -> Edition:
    require_officer(session, officer_id=officer_id, permission="tariff.draft")
    one = edition(session, number, for_update=True)
    if one.drafted_by != officer_id:
        raise NotTheAuthor(number=number)
    return one


def _own_draft(session: Session, number: int, officer_id: int) -> Edition:
    one = _own(session, number, officer_id)
    one.require(_S.DRAFT)
    return one


def _for_decision(session: Session, number: int, officer_id: int) -> Edition:
    require_officer(session, officer_id=officer_id, permission="tariff.approve")
    one = edition(session, number, for_update=True)
    if one.drafted_by == officer_id:
        raise AuthorCannotDecide(number=number)
    return one


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    return reason.strip()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _move(
    session: Session,
    one: Edition,
    state: EditionState,
    officer_id: int,
    act: str,
    at: datetime,
    **facts: int,
) -> None:
    one.state, one.changed_at = state, at
    _log(session, one, officer_id, act, at, **facts)


def _log(
    session: Session, one: Edition, officer_id: int, act: str, at: datetime, **facts: int
) -> None:
    told = {"purpose": one.purpose} if act == "draft" else {"reason": one.note} if one.note else {}
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"tariff.{act}",
        subject=f"edition:{one.number}",
        at=at,
        sha256=one.digest,
        **told,
        **facts,
    )
