"""Receipts and the register they form.

Each series (office, fiscal year, kind) is a chain: `hash` is the SHA-256 of the
canonical JSON (RFC 8785) of {series, sequence, number, kind, amount_satang,
facts_hash, issued_at, previous}; see `excise.receipts.rules.entry_hash`.
"""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record


class ReceiptKind(enum.StrEnum):
    """A receipt of the tax, or of the contribution to one fund."""

    TAX = "tax"
    FUND = "fund"


_main = text("main_id IS NULL")


class Receipt(Record):
    """One receipt. Rows are added, never changed."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("series", "sequence"),
        UniqueConstraint("series", "previous"),
        UniqueConstraint("payment_id", "fund_code"),
        Index(
            "ix_receipt_taxpayer_id_issued_at",
            "taxpayer_id",
            "issued_at",
            "id",
            sqlite_where=_main,
            postgresql_where=_main,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    number: Mapped[str] = mapped_column(unique=True)
    series: Mapped[str]
    sequence: Mapped[int]
    kind: Mapped[ReceiptKind]
    fund_code: Mapped[str]
    taxpayer_id: Mapped[int] = mapped_column(ForeignKey("taxpayer.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    amount_satang: Mapped[int]
    issued_at: Mapped[datetime]
    facts: Mapped[str]
    facts_hash: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]
    main_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), default=None, index=True)
    funds: Mapped[list[Receipt]] = relationship(init=False, order_by="Receipt.fund_code")
