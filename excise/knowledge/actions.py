"""Remember what people looked for in vain, and tick it off."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit
from excise.db import lock
from excise.errors import NotFound
from excise.knowledge.models import VainSearch
from excise.knowledge.rules import MAX_WORDS
from excise.people.queries import require_officer

MAX_KEPT = 5000  # whoever writes a robot must not fill the disk


def remember_vain(session: Session, words: str, *, at: datetime) -> None:
    """Count words that found nothing; looked for again, they are open again."""
    words = " ".join(words.casefold().split())[:MAX_WORDS]
    lock(session, "vain-searches")
    known = session.scalar(sa.select(VainSearch).where(VainSearch.words == words))
    if known is not None:
        known.times += 1
        known.last_at, known.closed_at = at, None
    elif (session.scalar(sa.select(sa.func.count()).select_from(VainSearch)) or 0) < MAX_KEPT:
        session.add(VainSearch(words=words, last_at=at))


def close_vain(session: Session, *, search_id: int, officer_id: int, at: datetime) -> None:
    """Tick off words: an article fits them now, or none should; raises NotFound."""
    require_officer(session, officer_id=officer_id, permission="problem.answer")
    search = session.get(VainSearch, search_id)
    if search is None:
        raise NotFound(what="search", id=search_id)
    if search.closed_at is None:
        search.closed_at = at
        audit.record(
            session,
            actor=f"officer:{officer_id}",
            act="search.close",
            subject=f"search:{search_id}",
            at=at,
        )


def vain_searches() -> sa.Select[VainSearch]:
    """Return the query of what was looked for in vain and is open, the most often first."""
    return (
        sa.select(VainSearch)
        .where(VainSearch.closed_at.is_(None))
        .order_by(VainSearch.times.desc(), VainSearch.id)
    )
