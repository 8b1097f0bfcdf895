"""Put messages into the mailbox, mark them read, and mail again what nobody read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import mail, periods
from excise.db import locked
from excise.messages.models import Message, Reading
from excise.messages.rules import ASKING, patience_on
from excise.people.models import Person
from excise.people.queries import readers_of


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a message is about; `key` makes it one of its kind."""

    key: str
    kind: str
    reference: str
    name: str
    taxpayer_id: int | None = None
    registration_id: int | None = None
    duty_groups: Sequence[str] = field(default=())
    person_id: int | None = None
    due_on: date | None = None


def post(session: Session, told: Told, *, at: datetime) -> None:
    """Put a message into the mailbox, in the transaction of what it tells of."""
    facts = vars(told) | {"duty_groups": list(told.duty_groups)}
    session.add(Message(**facts, sent_at=at))


def mark_read(session: Session, message: Message, *, person_id: int, at: datetime) -> None:
    """Remember that a person has opened a message; again changes nothing."""
    if session.get(Reading, (message.id, person_id)) is None:
        session.add(Reading(message_id=message.id, person_id=person_id, read_at=at))


def remind(session: Session, *, at: datetime) -> int:
    """Mail again, once, what asks for something and nobody has read in time; returns how many."""
    today = periods.local_date(at)
    before = at - timedelta(days=patience_on(today).days)
    read = sa.select(Reading.message_id).where(Reading.message_id == Message.id)
    query = (
        sa.select(Message)
        .where(
            Message.reminded_at.is_(None),
            Message.sent_at <= before,
            Message.kind.in_(ASKING),
            ~read.exists(),
        )
        .order_by(Message.id)
    )
    unread = session.scalars(locked(query, Message)).all()
    for message in unread:
        message.reminded_at = at
        for person in _readers(session, message, today):
            _mail(session, message, person, at=at)
    return len(unread)


def _readers(session: Session, message: Message, today: date) -> Sequence[Person]:
    if message.taxpayer_id is None:
        return [session.get_one(Person, message.person_id)]
    return readers_of(session, message.taxpayer_id, message.duty_groups, on=today)


def _mail(session: Session, message: Message, person: Person, *, at: datetime) -> None:
    mail.tell(
        session,
        to=person.email,
        template="message_unread",
        key=f"unread:{message.key}:{person.id}",
        facts={
            "reference": message.reference,
            "name": message.name,
            "sent_on": periods.local_date(message.sent_at).isoformat(),
            "due_on": message.due_on.isoformat() if message.due_on else "",
        },
        at=at,
    )
