"""People, and in what capacity they act.

How somebody signs in is the door's business; it points here with a foreign key.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from excise.db import Record
from excise.people.rules import Right, permissions_of


class Person(Record):
    """A human being; never shared, never reused. The e-mail is kept in lower case."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]

    @validates("email")
    def _lower(self, _name: str, email: str) -> str:
        return email.strip().lower()


class Officer(Record):
    """A person who works for the Department, at one office, in some roles."""

    __tablename__ = "officer"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"))
    position_th: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(default_factory=list)
    active: Mapped[bool] = mapped_column(default=True)
    person: Mapped[Person] = relationship(init=False, lazy="joined")

    def may(self, permission: str) -> bool:
        """Tell whether one of the officer's roles carries the permission."""
        return self.active and permission in permissions_of(self.roles)


class Delegation(Record):
    """What a person may do for a taxpayer; the owner's own rights are one too.

    `duty_groups` empty means all of them; `until` is the last day it holds.
    """

    __tablename__ = "delegation"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    taxpayer_id: Mapped[int] = mapped_column(ForeignKey("taxpayer.id"), index=True)
    rights: Mapped[list[str]]
    granted_at: Mapped[datetime]
    granted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    duty_groups: Mapped[list[str]] = mapped_column(default_factory=list)
    until: Mapped[date | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)

    def allows(self, right: Right, *, on: date) -> bool:
        """Tell whether this delegation gives the right, wherever it reaches, on a day."""
        alive = self.revoked_at is None and (self.until is None or on <= self.until)
        return alive and right.value in self.rights

    def reaches(self, duty_groups: Collection[str] | None) -> bool:
        """Tell whether it covers an establishment of these groups; None is the whole taxpayer.

        All of the groups must be given: a return mixes them.
        """
        if not self.duty_groups:
            return True
        return duty_groups is not None and set(duty_groups) <= set(self.duty_groups)


class CalendarAddress(Record):
    """The secret address under which a calendar program asks for a person's due dates."""

    __tablename__ = "calendar_address"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    token: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
