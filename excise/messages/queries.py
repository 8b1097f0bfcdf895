"""Questions about the mailbox."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.errors import NotFound
from excise.messages.models import Message, Reading


def mailbox(person_id: int, seen: sa.ColumnElement[bool]) -> sa.Select[Message]:
    """Return the query of a person's messages, newest first.

    `seen` is the condition of what the person may see of taxpayers.
    """
    return (
        sa.select(Message)
        .where(sa.or_(Message.person_id == person_id, seen))
        .order_by(Message.sent_at.desc(), Message.id.desc())
    )


def unread(session: Session, person_id: int, seen: sa.ColumnElement[bool]) -> int:
    """Count what the person has not read."""
    read = sa.select(Reading.message_id).where(
        Reading.message_id == Message.id, Reading.person_id == person_id
    )
    query = mailbox(person_id, seen).where(~read.exists()).order_by(None)
    return session.scalar(query.with_only_columns(sa.func.count())) or 0


def read_of(session: Session, person_id: int, messages: Collection[Message]) -> set[int]:
    """Return which of some messages, by id, the person has read."""
    query = sa.select(Reading.message_id).where(
        Reading.person_id == person_id,
        Reading.message_id.in_([message.id for message in messages]),
    )
    return set(session.scalars(query))


def message_to(
    session: Session, message_id: int, person_id: int, seen: sa.ColumnElement[bool]
) -> Message:
    """Return a message to somebody whose it is; NotFound to others."""
    found = session.scalar(mailbox(person_id, seen).where(Message.id == message_id))
    if found is None:
        raise NotFound(what="message", id=message_id)
    return found
