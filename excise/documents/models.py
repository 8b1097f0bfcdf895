"""Documents issued and originals received: which bytes they are, for ever."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record


class Document(Record):
    """A finished document; its bytes lie in the store under their SHA-256."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    made_at: Mapped[datetime]


class Original(Record):
    """What somebody filed, byte for byte, with when and from where; never changed.

    Law: Electronic Transactions Act B.E. 2544, s. 10 and 12.
    """

    __tablename__ = "original"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    kept_at: Mapped[datetime]
    origin: Mapped[str]
