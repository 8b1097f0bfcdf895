"""Editions of the tariff, from the first draft to the one in force and those it replaced."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record
from excise.errors import Conflict


class NotInThisState(Conflict):
    """Another officer was faster; facts: `number`, `state`."""

    code = "edition-not-in-this-state"


class EditionState(enum.StrEnum):
    """An edition is fixed from APPROVED on; one is PUBLISHED at any moment, and taxes."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    PUBLISHED = "published"
    REPLACED = "replaced"
    REJECTED = "rejected"


_published = text("state = 'published'")


class Edition(Record):
    """One text of the whole tariff; `digest` is its SHA-256, which every trace names.

    `purpose` says why it was drafted, `note` why it was returned or rejected; `base` is the
    edition it was drafted from. What came with the program has no officers.
    """

    __tablename__ = "tariff_edition"
    __table_args__ = (
        Index(
            "uq_tariff_edition_published",
            "state",
            unique=True,
            sqlite_where=_published,
            postgresql_where=_published,
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(deferred=True)
    digest: Mapped[str] = mapped_column(index=True)
    purpose: Mapped[str]
    drafted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    base: Mapped[int | None] = mapped_column(ForeignKey("tariff_edition.number"), default=None)
    submission_id: Mapped[str | None] = mapped_column(unique=True, default=None)
    state: Mapped[EditionState] = mapped_column(default=EditionState.DRAFT)
    note: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    published_at: Mapped[datetime | None] = mapped_column(default=None)

    def require(self, *states: EditionState) -> None:
        """Raise NotInThisState unless the edition is in one of the states."""
        if self.state not in states:
            raise NotInThisState(number=self.number, state=self.state.value)
