"""Deliveries of revenue data: what came, from whom, when, and what became of it."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record


class Channel(enum.StrEnum):
    """The way a delivery came."""

    FILE = "file"
    SOAP = "soap"


class DeliveryState(enum.StrEnum):
    """A delivery is kept from the start; its rows count once they are read."""

    LANDED = "landed"
    READ = "read"


_landed = text("state = 'landed'")


class Delivery(Record):
    """One delivery in a layout, kept byte for byte (`content_sha256` names it in the store).

    `rows_sha256` names the rows that were accepted, in base units: Parquet of a file,
    CSV of a message. Once the worker has read them, `repeated_count` of them were known
    before with the same content, and `conflicting_count` with another; both kinds
    are left out of the evidence. `replaced_count` of them corrected or annulled a row
    that was known. `amount_satang` is the sum of the layout's first amount. `document_no`
    is the source's own number of the delivery: the same again is the same delivery.
    `filed_with` is the receipt number under which its rows are filed together with those of
    other messages, None while it waits or when they have a file of their own.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("source_code", "document_no"),
        CheckConstraint("accepted_count <= row_count", name="counts"),
        Index("ix_delivery_received_at", "received_at", "id"),
        Index("ix_delivery_landed", "layout", "id", sqlite_where=_landed, postgresql_where=_landed),
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
    layout: Mapped[str] = mapped_column(default="vat_sales", server_default="vat_sales")
    replaced_count: Mapped[int] = mapped_column(default=0, server_default="0")
    filed_with: Mapped[str | None] = mapped_column(default=None)
    months: Mapped[list[DeliveryPeriod]] = relationship(init=False, repr=False)

    def __post_init__(self) -> None:
        """Enter the months also where they are found by."""
        self.months = [
            DeliveryPeriod(layout=self.layout, period=date.fromisoformat(period))
            for period in self.periods
        ]

    @property
    def rejected_count(self) -> int:
        """How many rows were refused when they came."""
        return self.row_count - self.accepted_count

    @property
    def new_count(self) -> int:
        """How many rows it added to the evidence that nobody had told of."""
        known = self.repeated_count + self.conflicting_count + self.replaced_count
        return self.accepted_count - known

    def read(self, *, repeated: int, conflicting: int, replaced: int, at: datetime) -> None:
        """Note that the worker has read the rows."""
        self.state, self.read_at = DeliveryState.READ, at
        self.repeated_count, self.conflicting_count = repeated, conflicting
        self.replaced_count = replaced


class DeliveryPeriod(Record):
    """A month that a delivery tells of, by which the deliveries of a month are found."""

    __tablename__ = "delivery_period"

    layout: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("delivery.id"), primary_key=True, index=True, init=False
    )
