"""Deliveries of revenue data: what came, from whom, when, and what became of it."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record


class Channel(enum.StrEnum):
    """The way a delivery came."""

    FILE = "file"
    SOAP = "soap"


class DeliveryState(enum.StrEnum):
    """A delivery is kept from the start; its rows count once they are read."""

    LANDED = "landed"
    READ = "read"


class Delivery(Record):
    """One delivery of VAT sales, kept byte for byte (`content_sha256` names it in the store).

    `rows_sha256` names the rows that were accepted, in one form whatever the
    channel. Once the worker has read them, `repeated_count` of them were known
    before with the same content, and `conflicting_count` with another; both kinds
    are left out of the evidence. `document_no` is the source's own number of the
    delivery: the same again is the same delivery.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("source_code", "document_no"),
        CheckConstraint("accepted_count <= row_count", name="counts"),
        Index("ix_delivery_received_at", "received_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    receipt_no: Mapped[str] = mapped_column(unique=True)
    source_code: Mapped[str]
    document_no: Mapped[str]
    channel: Mapped[Channel]
    name: Mapped[str]
    content_sha256: Mapped[str]
    rows_sha256: Mapped[str]
    received_at: Mapped[datetime]
    received_by: Mapped[str]
    row_count: Mapped[int]
    accepted_count: Mapped[int]
    amount_satang: Mapped[int]
    periods: Mapped[list[str]]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.LANDED)
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    repeated_count: Mapped[int] = mapped_column(default=0)
    conflicting_count: Mapped[int] = mapped_column(default=0)

    @property
    def rejected_count(self) -> int:
        """How many rows were refused when they came."""
        return self.row_count - self.accepted_count

    @property
    def new_count(self) -> int:
        """How many rows it added to the evidence."""
        return self.accepted_count - self.repeated_count - self.conflicting_count

    def read(self, *, repeated: int, conflicting: int, at: datetime) -> None:
        """Note that the worker has read the rows."""
        self.state, self.read_at = DeliveryState.READ, at
        self.repeated_count, self.conflicting_count = repeated, conflicting
