"""Files that people send for a draft."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record


class UploadState(enum.StrEnum):
    """A file is being read, its lines are in the draft, it has faults, or it came too late."""

    READING = "reading"
    TAKEN = "taken"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


class Upload(Record):
    """One file of lines, kept as it came.

    `faults` has the first things that are wrong in its rows under "rows", or the one thing
    that is wrong with all of it under "why", with its facts. `errors_sha256` is the same file
    with a column that says what is wrong in each row.
    """

    __tablename__ = "return_upload"
    __table_args__ = (Index("ix_return_upload_return_id", "return_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    return_id: Mapped[int] = mapped_column(ForeignKey("tax_return.id", ondelete="CASCADE"))
    submission_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    content_sha256: Mapped[str]
    size_bytes: Mapped[int]
    sent_at: Mapped[datetime]
    sent_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[UploadState] = mapped_column(default=UploadState.READING)
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    row_count: Mapped[int] = mapped_column(default=0)
    repeated_count: Mapped[int] = mapped_column(default=0)
    line_count: Mapped[int] = mapped_column(default=0)
    fault_count: Mapped[int] = mapped_column(default=0)
    faults: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    errors_sha256: Mapped[str | None] = mapped_column(default=None)
