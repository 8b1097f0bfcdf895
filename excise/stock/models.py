"""Stock statements as they were sent, the entries of the accounts, and the sheets in work."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.evidence.models import Delivery
from excise.taxpayers.models import Registration


class Statement(Record):
    """What one establishment sent at one time; the delivery holds it byte for byte.

    `entry_count` is how many entries of the accounts it added, corrections among them.
    """

    __tablename__ = "stock_statement"
    __table_args__ = (
        Index("ix_stock_statement_registration_id_sent_at", "registration_id", "sent_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), unique=True, init=False)
    delivery: Mapped[Delivery] = relationship(lazy="joined", innerjoin=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    submission_id: Mapped[str] = mapped_column(unique=True)
    sent_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    entry_count: Mapped[int] = mapped_column(default=0)
    registration: Mapped[Registration] = relationship(init=False, lazy="joined", innerjoin=True)


class Action(enum.StrEnum):
    """What an entry does: it tells of a day, corrects what was told, or annuls it."""

    NEW = "N"
    CORRECTION = "C"
    ANNULMENT = "A"


class StockEntry(Record):
    """A day of one item in the account of one form; rows are added, never changed.

    The highest `version` of a day is in force, and no day at all when it annuls.
    Quantities count ten-thousandths of the unit.
    """

    __tablename__ = "stock_entry"
    __table_args__ = (
        UniqueConstraint("registration_id", "form", "product_code", "day_on", "version"),
        CheckConstraint("opening + received - issued - lost = closing", name="balanced"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    statement_id: Mapped[int] = mapped_column(
        ForeignKey("stock_statement.id"), index=True, init=False
    )
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    form: Mapped[str]
    product_code: Mapped[str]
    day_on: Mapped[date]
    version: Mapped[int]
    action: Mapped[Action]
    opening: Mapped[int]
    received: Mapped[int]
    issued: Mapped[int]
    lost: Mapped[int]
    closing: Mapped[int]
    statement: Mapped[Statement] = relationship()


class StockSheet(Record):
    """The lines that people are typing into one account, and the last file that was refused.

    `content` holds the lines as typed, under "lines". Whoever saves names the
    `revision` that they saw, so that nobody's lines are lost unseen.
    """

    __tablename__ = "stock_sheet"
    __table_args__ = (UniqueConstraint("registration_id", "account"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    account: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[int] = mapped_column(default=0)
    content: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    refused_sha256: Mapped[str | None] = mapped_column(default=None)

    @property
    def lines(self) -> list[dict[str, str]]:
        """The lines as they were typed."""
        return list(self.content.get("lines", []))
