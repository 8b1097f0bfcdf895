"""Reports, their histories and pictures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.errors import Conflict
from excise.people.models import Officer, Person
from excise.problems.rules import Category, ProblemKind, ProblemState, following


class NotInThisState(Conflict):
    """Another officer was faster, or it was not looked at yet; facts: `state`."""

    code = "problem-not-in-this-state"


class Problem(Record):
    """One report, by a person who was signed in or by a visitor with an e-mail address.

    `page` is the address without its query, `request_id` names the very request in the
    log. A visitor follows it by the `token` of a mailed link. `news_th` and `news_en`
    are the words for everybody about a change, out since `published_at`.
    """

    __tablename__ = "problem"
    __table_args__ = (
        Index("ix_problem_state", "state", "id"),
        Index("ix_problem_reported_at", "reported_at"),
        Index("ix_problem_published_at", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str] = mapped_column(unique=True)
    site: Mapped[str]
    page: Mapped[str]
    request_id: Mapped[str]
    language: Mapped[str]
    category: Mapped[Category]
    what: Mapped[str]
    doing: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    email: Mapped[str]
    reported_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state: Mapped[ProblemState] = mapped_column(default=ProblemState.REPORTED)
    kind: Mapped[ProblemKind | None] = mapped_column(default=None)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    news_th: Mapped[str] = mapped_column(default="")
    news_en: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    person: Mapped[Person | None] = relationship(init=False, lazy="joined")
    officer: Mapped[Officer | None] = relationship(init=False, foreign_keys=[officer_id])
    events: Mapped[list[ProblemEvent]] = relationship(
        default_factory=list, order_by="ProblemEvent.id"
    )
    picture: Mapped[ProblemPicture | None] = relationship(default=None)

    @property
    def address(self) -> str:
        """The e-mail address of the sender."""
        return self.person.email if self.person else self.email

    @property
    def told(self) -> list[ProblemEvent]:
        """What the sender may see of the history."""
        return [each for each in self.events if not each.is_internal]

    def move(self, state: ProblemState, *, actor: str, at: datetime, note: str = "") -> None:
        """Go on to another state, or raise NotInThisState."""
        if state not in following(self.state):
            raise NotInThisState(reference=self.reference, state=self.state.value)
        self.state = state
        self.tell(state.value, actor=actor, at=at, note=note)

    def tell(
        self, act: str, *, actor: str, at: datetime, note: str = "", is_internal: bool = False
    ) -> None:
        """Add to the history."""
        self.changed_at = at
        event = ProblemEvent(at=at, actor=actor, act=act, note=note, is_internal=is_internal)
        self.events.append(event)


class ProblemEvent(Record):
    """One thing that happened to a report; rows are added, never changed."""

    __tablename__ = "problem_event"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), init=False, index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    act: Mapped[str]
    note: Mapped[str]
    is_internal: Mapped[bool]


class ProblemPicture(Record):
    """The picture that came with a report; its bytes lie in the store under their SHA-256."""

    __tablename__ = "problem_picture"

    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), primary_key=True, init=False)
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
