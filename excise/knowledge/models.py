"""What people looked for in vain."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record


class VainSearch(Record):
    """Words that no article fits; the Department writes one or ticks them off (`closed_at`)."""

    __tablename__ = "vain_search"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    words: Mapped[str] = mapped_column(unique=True)
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
