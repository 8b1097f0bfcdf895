"""The audit log: who did what to what, in the same transaction as the act.

Each entry's `body` is the exact byte string that is hashed: UTF-8 canonical
JSON (RFC 8785) of {seq, at, actor, act, subject, facts, previous}, where `at` is
ISO 8601 in UTC and `previous` is the hash of the entry before (64 zeros for the
first). `hash` is the SHA-256 of the body, in hexadecimal.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from excise.canonical import canonical
from excise.db import STREAMED, Record, insert

GENESIS = "0" * 64


class AuditEntry(Record):
    """One act. Rows are added, never changed: triggers refuse anything else."""

    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(index=True)
    act: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    body: Mapped[str]
    hash: Mapped[str]


class AuditHead(Record):
    """Where the chain ends: one row, locked while an entry is added."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]


@dataclass(frozen=True)
class _Act:
    """An act that waits for its commit; `within` is the savepoint it belongs to."""

    at: datetime
    actor: str
    act: str
    subject: str
    facts: dict[str, Any]
    within: SessionTransaction | None


def record(
    session: Session, *, actor: str, act: str, subject: str, at: datetime, **facts: Any
) -> None:
    """Log an act; it is written when, and only if, the transaction commits.

    `actor` is "person:7", "officer:3" or "system"; `facts` must be JSON and hold
    no secret. The chain's head is locked last, so that writers do not wait for
    each other any longer than the commit takes.
    """
    if "audit" not in session.info:
        session.info["audit"] = []
        event.listen(session, "before_commit", _write)
        event.listen(session, "after_rollback", _forget)
    within = session.get_nested_transaction()
    session.info["audit"].append(_Act(at, actor, act, subject, facts, within))


def _write(session: Session) -> None:
    if session.get_nested_transaction() is not None or not session.info["audit"]:
        return
    session.flush()
    acts, session.info["audit"] = session.info["audit"], []
    head = _lock_head(session)
    rows = []
    for act in acts:
        row = _entry(act, seq=head.seq + 1, previous=head.hash)
        rows.append(row)
        head.seq, head.hash = row["seq"], row["hash"]
    session.execute(sa.insert(AuditEntry), rows)


def _forget(session: Session) -> None:
    # The savepoint that rolls back is still the current one; without one, all of it does.
    ended = session.get_nested_transaction()
    session.info["audit"] = [
        act for act in session.info["audit"] if ended and not _lies_within(act, ended)
    ]


def _lies_within(act: _Act, savepoint: SessionTransaction) -> bool:
    """Tell whether the act came in the savepoint, or in one released into it."""
    place = act.within
    while place is not None and place is not savepoint:
        place = place.parent
    return place is savepoint


def _lock_head(session: Session) -> AuditHead:
    session.execute(
        insert(session, AuditHead).values(id=1, seq=0, hash=GENESIS).on_conflict_do_nothing()
    )
    return session.scalars(
        sa.select(AuditHead).with_for_update().execution_options(populate_existing=True)
    ).one()


def _entry(act: _Act, *, seq: int, previous: str) -> dict[str, Any]:
    body = canonical(
        {
            "seq": seq,
            "at": act.at.astimezone(UTC).isoformat(),
            "actor": act.actor,
            "act": act.act,
            "subject": act.subject,
            "facts": act.facts,
            "previous": previous,
        }
    )
    return {
        "seq": seq,
        "at": act.at,
        "actor": act.actor,
        "act": act.act,
        "subject": act.subject,
        "body": body.decode(),
        "hash": hashlib.sha256(body).hexdigest(),
    }


@dataclass(frozen=True)
class Head:
    """Where the chain ends; told to somebody else, it proves later that nothing was cut off."""

    seq: int
    hash: str


def head(session: Session) -> Head:
    """Return the end of the chain; (0, 64 zeros) before the first act."""
    row = session.execute(sa.select(AuditHead.seq, AuditHead.hash)).one_or_none()
    return Head(row.seq, row.hash) if row else Head(0, GENESIS)


def holds(session: Session, old: Head) -> bool:
    """Tell whether the chain still goes through an end that was told before."""
    if old.seq == 0:
        return old.hash == GENESIS
    return session.scalar(sa.select(AuditEntry.hash).where(AuditEntry.seq == old.seq)) == old.hash


def first_fault(session: Session) -> str | None:
    """Walk the chain; say in words where it is broken, or None when it is whole."""
    seq, previous = 0, GENESIS
    columns = [getattr(AuditEntry, name) for name in _CHECKED]
    entries = sa.select(*columns).order_by(AuditEntry.seq)
    with session.execute(entries, execution_options=STREAMED) as rows:
        for entry in rows:
            seq += 1
            if entry.seq != seq:
                return f"entry {seq} is missing"
            if not _is_intact(entry, previous):
                return f"entry {seq} was changed"
            previous = entry.hash
    if head(session) != Head(seq, previous):
        return f"entries after {seq} are missing"
    return None


_CHECKED = ("seq", "at", "actor", "act", "subject", "body", "hash")


def _is_intact(entry: sa.Row[Any], previous: str) -> bool:
    if hashlib.sha256(entry.body.encode()).hexdigest() != entry.hash:
        return False
    told = json.loads(entry.body)
    return (
        told["previous"] == previous
        and told["at"] == entry.at.isoformat()
        and [told["seq"], told["actor"], told["act"], told["subject"]]
        == [entry.seq, entry.actor, entry.act, entry.subject]
    )
