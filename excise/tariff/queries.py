"""Questions about editions; above all, which one is in force."""

from collections import OrderedDict
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from excise.db import locked
from excise.errors import Conflict, NotFound
from excise.tariff.entries import Tariff
from excise.tariff.models import Edition, EditionState
from excise.tariff.schema import load

_KEPT = 8  # editions that a process keeps read: the one in force, and what officers work on
_read: OrderedDict[str, Tariff] = OrderedDict()
_lock = Lock()


def tariff_in_force(session: Session) -> Tariff:
    """Return the published edition: one small query, as long as the process has read it before."""
    published = sa.select(Edition.digest).where(Edition.state == EditionState.PUBLISHED)
    return tariff_of(session, session.scalars(published).one())


def tariff_of(session: Session, digest: str) -> Tariff:
    """Return the tariff whose text has a digest; NotFound when no edition ever had it.

    Raises Conflict `edition-changed` when the text is not what it was when it was kept.
    """
    with _lock:
        if digest in _read:
            _read.move_to_end(digest)
            return _read[digest]
    text = session.scalar(sa.select(Edition.text).where(Edition.digest == digest).limit(1))
    if text is None:
        raise NotFound(what="edition", id=digest)
    tariff = load(text)
    if tariff.digest != digest:
        raise Conflict("edition-changed", digest=digest)
    with _lock:
        _read[digest] = tariff
        while len(_read) > _KEPT:
            _read.popitem(last=False)
    return tariff


def edition_in_force(session: Session) -> Edition:
    """Return the row of the published edition."""
    return session.scalars(sa.select(Edition).where(Edition.state == EditionState.PUBLISHED)).one()


def edition(session: Session, number: int, *, for_update: bool = False) -> Edition:
    """Return an edition with its text; raises NotFound."""
    query = sa.select(Edition).where(Edition.number == number).options(undefer(Edition.text))
    found = session.scalar(locked(query, Edition) if for_update else query)
    if found is None:
        raise NotFound(what="edition", id=number)
    return found


def editions() -> sa.Select[Edition]:
    """Return the query of all editions without their text, the newest first."""
    return sa.select(Edition).order_by(Edition.number.desc())
