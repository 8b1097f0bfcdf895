"""Agencies, the log of their messages, and the tokens they have used up."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record


class Agency(Record):
    """Another office or a bank, and the operations it may call.

    It shows itself by a password, by a certificate, or by either. The password is
    sealed, not hashed: a WS-Security digest can only be checked against the clear one.
    """

    __tablename__ = "agency"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    rights: Mapped[list[str]]
    user_name: Mapped[str] = mapped_column(unique=True)
    registered_at: Mapped[datetime]
    sealed_password: Mapped[str] = mapped_column(default="")
    certificate_sha256: Mapped[str | None] = mapped_column(default=None, unique=True)
    active: Mapped[bool] = mapped_column(default=True)

    def may(self, right: str) -> bool:
        """Tell whether the agency may call an operation, as "document.VerifyDocument"."""
        return self.active and right in self.rights


class MessageState(enum.StrEnum):
    """Whether the message had its effect."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Message(Record):
    """One message of an agency and our answer, word for word. Rows are added, never changed.

    `request_sha256` names the bytes that came in, in the store of documents;
    `digest` tells whether a message that comes again says the same (see `rules`).
    """

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("agency_code", "operation", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    service: Mapped[str]
    operation: Mapped[str]
    message_id: Mapped[str]
    digest: Mapped[str]
    request_sha256: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    server_message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[MessageState]
    response: Mapped[str]


class SeenToken(Record):
    """A nonce or a signature that was used; it is refused again until it is stale anyway."""

    __tablename__ = "seen_token"

    digest: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)
