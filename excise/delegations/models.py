"""Invitations; what comes of them is a Delegation."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.people.models import Person
from excise.taxpayers.models import Taxpayer


class Invitation(Record):
    """What somebody is offered to do for a taxpayer; taken up by whoever has the address.

    The address is kept in lower case. `closed_at` is when it was accepted, declined,
    withdrawn or replaced; `expires_on` is the last day to accept it.
    """

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    submission_id: Mapped[str] = mapped_column(unique=True)
    taxpayer_id: Mapped[int] = mapped_column(ForeignKey("taxpayer.id"), index=True)
    email: Mapped[str] = mapped_column(index=True)
    rights: Mapped[list[str]]
    duty_groups: Mapped[list[str]]
    until: Mapped[date | None]
    invited_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime]
    expires_on: Mapped[date]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    delegation_id: Mapped[int | None] = mapped_column(ForeignKey("delegation.id"), default=None)
    taxpayer: Mapped[Taxpayer] = relationship(init=False, lazy="joined")
    inviter: Mapped[Person] = relationship(init=False, lazy="joined")

    def is_open(self, on: date) -> bool:
        """Tell whether it can still be accepted on a day."""
        return self.closed_at is None and on <= self.expires_on
