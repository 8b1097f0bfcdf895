"""Questions about settings of rules."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.db import locked
from excise.errors import NotFound
from excise.tuning.models import RuleSetting, SettingState


def setting(session: Session, number: int, *, for_update: bool = False) -> RuleSetting:
    """Return the setting of that number; raises NotFound."""
    query = sa.select(RuleSetting).where(RuleSetting.id == number)
    found = session.scalar(locked(query, RuleSetting) if for_update else query)
    if found is None:
        raise NotFound(what="setting", id=str(number))
    return found


def settings_of(rule: str) -> sa.Select[RuleSetting]:
    """Return the query of all settings of a rule, newest first."""
    return sa.select(RuleSetting).where(RuleSetting.rule == rule).order_by(RuleSetting.id.desc())


def open_settings() -> sa.Select[RuleSetting]:
    """Return the query of what is being drafted or waits for a decision, newest first."""
    states = (SettingState.DRAFT, SettingState.REPLAYED, SettingState.PROPOSED)
    return (
        sa.select(RuleSetting).where(RuleSetting.state.in_(states)).order_by(RuleSetting.id.desc())
    )


def published(session: Session) -> list[RuleSetting]:
    """Return what officers have put in force, in the order of its publication.

    Of two from the same day the later published holds.
    """
    query = (
        sa.select(RuleSetting)
        .where(RuleSetting.state == SettingState.PUBLISHED)
        .order_by(RuleSetting.decided_at, RuleSetting.id)
    )
    return list(session.scalars(query))
