"""Editions for tests: drafted and decided on by two officers, through the real actions."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from excise.backdating.actions import approve, count_touched
from excise.tariff import actions
from excise.tariff.amending import Figures, NewRate
from excise.tariff.models import Edition
from tests import factories
from tests.factories import AT


def author(session: Session) -> int:
    return factories.officer(session, roles=("tariff_officer",)).id


def head(session: Session) -> int:
    return factories.officer(session, roles=("tariff_head",)).id


def beer_from(day: dt.date, *, baht: str = "500", **changes: Any) -> NewRate:
    """Beer at 22 % and so many baht a litre of pure alcohol from a day on."""
    told: dict[str, Any] = {
        "where": "items beer",
        "from_": day,
        "figures": Figures(value_pct=Decimal(22), baht=Decimal(baht)),
        "law": "",
        "source": "ราชกิจจานุเบกษา",
        "confidence": "official",
    }
    return NewRate(**told | changes)


def drafted(session: Session, officer_id: int, *rates: NewRate) -> Edition:
    made = actions.draft(
        session,
        purpose="แก้ไขอัตราภาษีเบียร์",
        officer_id=officer_id,
        submission_id=factories.fresh("edition"),
        at=AT,
    )
    for rate in rates:
        actions.set_rate(session, rate, number=made.number, officer_id=officer_id, at=AT)
    return made


def approved(session: Session, *rates: NewRate) -> tuple[Edition, int]:
    """An edition that waits to be published, and the officer who approved it."""
    writer, decider = author(session), head(session)
    made = drafted(session, writer, *rates)
    actions.propose(session, number=made.number, officer_id=writer, at=AT)
    agreed = count_touched(session, made.number)
    approve(session, number=made.number, officer_id=decider, agreed_filings=agreed, at=AT)
    return made, decider


def published(session: Session, *rates: NewRate) -> Edition:
    made, decider = approved(session, *rates)
    return actions.publish(
        session, number=made.number, officer_id=decider, allow_assumed=False, at=AT
    )
