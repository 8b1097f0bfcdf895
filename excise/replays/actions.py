"""Ask for a replay."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, work
from excise.documents.models import Document
from excise.errors import Invalid, NotFound
from excise.matching.rules import RULES
from excise.periods import add_months, local_date
from excise.tuning import actions as tuning
from excise.tuning.models import SettingState

MAX_MONTHS = 36


def ask(
    session: Session, *, number: int, since: date, until: date, officer_id: int, at: datetime
) -> str:
    """Let a draft be replayed on the months from `since` to `until`; return the replay's key.

    The same figures and months on the same day are one replay. Raises Invalid
    `too-many-months`, NotFound when the program has no such rule.
    """
    one = tuning.own(session, number, officer_id)
    one.require(SettingState.DRAFT, SettingState.REPLAYED)
    if one.rule not in RULES:
        raise NotFound(what="rule", id=one.rule)
    since, until = since.replace(day=1), until.replace(day=1)
    if until > add_months(since, MAX_MONTHS - 1):
        raise Invalid("too-many-months", field="until", limit=MAX_MONTHS)
    key = f"{number}-{one.share_bp}-{one.least}-{since:%Y%m}-{until:%Y%m}-{local_date(at)}"
    one.state, one.replay_key = SettingState.DRAFT, key
    if session.scalar(sa.select(Document.id).where(Document.number == f"replay:{key}")):
        one.state = SettingState.REPLAYED
        return key
    work.enqueue(
        session,
        "replays.run",
        key,
        *(key, number, one.rule, one.share_bp, one.least),
        *(since.isoformat(), until.isoformat(), at.isoformat()),
        priority=work.Priority.LATER,
    )
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act="rule.replay",
        subject=f"setting:{number}",
        at=at,
        key=key,
    )
    return key
