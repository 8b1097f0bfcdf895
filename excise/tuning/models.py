"""Settings of rules, from the first draft to the one in force and what was rolled back."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from excise.db import Record
from excise.errors import Conflict


class NotInThisState(Conflict):
    """Another officer was faster; facts: `number`, `state`."""

    code = "setting-not-in-this-state"


class SettingState(enum.StrEnum):
    """A draft is replayed as it stands, then proposed; a changed one is a draft again."""

    DRAFT = "draft"
    REPLAYED = "replayed"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    ROLLED_BACK = "rolled-back"
    REJECTED = "rejected"


class RuleSetting(Record):
    """How much may differ by one rule for the months from `starts_on`, a first of a month.

    `share_bp` of the base in basis points, and at least `least`, which counts the rule's
    measure as its text does. `replay_key` names the replay of just these figures. `note`
    says why it was returned, rejected or rolled back.
    """

    __tablename__ = "rule_setting"
    __table_args__ = (
        CheckConstraint("share_bp BETWEEN 0 AND 10000 AND least >= 0", name="figures"),
        Index("ix_rule_setting_rule", "rule", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    rule: Mapped[str]
    starts_on: Mapped[date]
    share_bp: Mapped[int]
    least: Mapped[int]
    why_th: Mapped[str]
    why_en: Mapped[str]
    submission_id: Mapped[str] = mapped_column(unique=True)
    drafted_by: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    drafted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state: Mapped[SettingState] = mapped_column(default=SettingState.DRAFT)
    note: Mapped[str] = mapped_column(default="")
    replay_key: Mapped[str | None] = mapped_column(default=None)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    rolled_back_by: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), default=None)
    rolled_back_at: Mapped[datetime | None] = mapped_column(default=None)

    def require(self, *states: SettingState) -> None:
        """Raise NotInThisState unless the setting is in one of the states."""
        if self.state not in states:
            raise NotInThisState(number=self.id, state=self.state.value)
