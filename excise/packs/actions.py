"""Ask for a pack, and hand it out: both are remembered."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, work
from excise.cases.queries import discrepancy_for
from excise.documents.models import Document
from excise.errors import NotFound
from excise.people.queries import require_officer


def ask(session: Session, *, reference: str, officer_id: int, at: datetime) -> str:
    """Let the pack of a discrepancy be made as it stands; return its key.

    Asked again within the minute, while nothing has happened, it is the same.
    """
    require_officer(session, officer_id=officer_id, permission="case.view")
    one = discrepancy_for(session, reference, officer_id=officer_id)
    key = f"{one.reference}:{len(one.events)}-{at:%Y%m%dT%H%M}"
    work.enqueue(session, "packs.make", key, key, one.reference, officer_id, at.isoformat())
    _log(session, reference, officer_id, "pack.ask", at, pack=key)
    return key


def hand_out(
    session: Session, *, reference: str, key: str, officer_id: int, at: datetime
) -> Document:
    """Return a finished pack to an officer who may see the discrepancy, and log it."""
    require_officer(session, officer_id=officer_id, permission="case.view")
    discrepancy_for(session, reference, officer_id=officer_id)
    query = sa.select(Document).where(Document.number == f"pack:{reference}:{key}")
    if (made := session.scalar(query)) is None:
        raise NotFound(what="pack", id=key)
    _log(session, reference, officer_id, "pack.hand-out", at, sha256=made.sha256)
    return made


def _log(
    session: Session, reference: str, officer_id: int, act: str, at: datetime, **facts: str
) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=act,
        subject=f"discrepancy:{reference}",
        at=at,
        **facts,
    )
