"""Offices, in the tree that scopes what officers see."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record


class Office(Record):
    """An office, by its 6-digit code RRAABB (000000 is the centre)."""

    __tablename__ = "office"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("office.code"))
    name_th: Mapped[str]
    name_en: Mapped[str]
    address_th: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
