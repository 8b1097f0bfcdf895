"""Messages, and who has read them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record


class Message(Record):
    """Something told to a taxpayer, or to one person alone (`person_id`) who applied for one.

    `kind` names the words and the one action, `reference` what it is about, `name` the
    establishment. `due_on` is the last day to act, None when there is none.
    """

    __tablename__ = "message_to_taxpayer"
    __table_args__ = (Index("ix_message_to_taxpayer_reminded_at", "reminded_at", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    taxpayer_id: Mapped[int | None] = mapped_column(ForeignKey("taxpayer.id"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    reference: Mapped[str]
    name: Mapped[str]
    sent_at: Mapped[datetime]
    duty_groups: Mapped[list[str]] = mapped_column(default_factory=list)
    due_on: Mapped[date | None] = mapped_column(default=None)
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)


class Reading(Record):
    """That a person has opened a message; rows are added once."""

    __tablename__ = "message_reading"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message_to_taxpayer.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    read_at: Mapped[datetime]
