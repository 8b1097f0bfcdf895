"""Questions about what became of what the rules found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.cases.models import Discrepancy, DiscrepancyEvent
from excise.cases.rules import OPEN, DiscrepancyState
from excise.config import Settings
from excise.db import STREAMED
from excise.documents.models import Document
from excise.documents.store import Store
from excise.matching.models import Finding
from excise.replays.rules import REAL, Ended, Replay, hit_rate_bp, worth_of
from excise.taxpayers.models import Taxpayer


def replay(session: Session, settings: Settings, key: str) -> Replay | None:
    """Return what came of a replay, or None as long as it is not done."""
    query = sa.select(Document.sha256).where(Document.number == f"replay:{key}")
    if (sha256 := session.scalar(query)) is None:
        return None
    return Replay.from_json(json.loads(Store(settings.documents).get(sha256)))


def ended_of(session: Session, rule: str, *, since: date, until: date) -> Iterator[Ended]:
    """Yield what has ended of a rule's discrepancies of some months, as it last stood.

    Of runs that kept no base it is the larger of the two sides.
    """
    base = (
        sa.select(Finding.base)
        .where(
            Finding.rule == Discrepancy.rule,
            Finding.tax_id == Taxpayer.tax_id,
            Finding.period == Discrepancy.period,
            Finding.product_code == Discrepancy.product_code,
            Finding.difference == Discrepancy.difference,
        )
        .order_by(Finding.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(Discrepancy, base)
        .join(Taxpayer, Taxpayer.id == Discrepancy.taxpayer_id)
        .where(Discrepancy.rule == rule, Discrepancy.period.between(since, until))
        .where(Discrepancy.state.not_in(OPEN))
        .options(selectinload(Discrepancy.events))
        .order_by(Discrepancy.id)
        .execution_options(**STREAMED)
    )
    with session.execute(query) as rows:
        for one, kept in rows:
            yield Ended(
                reference=one.reference,
                worth=worth_of(one.state, [event.act for event in one.events]),
                difference=one.difference,
                base=max(one.declared or 0, one.evidence or 0) if kept is None else kept,
                potential_satang=one.potential_satang or 0,
            )


@dataclass(frozen=True)
class Record:
    """What became of everything a rule found; satang is the tax at stake of the hits."""

    waiting: int = 0
    hits: int = 0
    false_alarms: int = 0
    hit_satang: int = 0

    @property
    def hit_bp(self) -> int | None:
        """The share of hits among what has ended, in basis points."""
        return hit_rate_bp(self.hits, self.false_alarms)


def records_of_rules(session: Session) -> dict[str, Record]:
    """Return what became of what each rule found; see `worth_of` for what counts as a hit."""
    is_real = (
        sa.select(DiscrepancyEvent.id)
        .where(DiscrepancyEvent.discrepancy_id == Discrepancy.id, DiscrepancyEvent.act.in_(REAL))
        .exists()
    )
    is_open = Discrepancy.state.in_(OPEN)
    is_hit = sa.or_(
        Discrepancy.state == DiscrepancyState.ASSESSED,
        sa.and_(Discrepancy.state == DiscrepancyState.CLOSED, is_real),
    )
    kind = sa.case((is_open, "waiting"), (is_hit, "hits"), else_="false_alarms")
    told = sa.select(
        Discrepancy.rule,
        kind.label("kind"),
        sa.func.coalesce(Discrepancy.potential_satang, 0).label("satang"),
    ).subquery()
    query = sa.select(
        told.c.rule, told.c.kind, sa.func.count(), sa.func.sum(told.c.satang)
    ).group_by(told.c.rule, told.c.kind)
    found: dict[str, dict[str, int]] = {}
    for rule, name, count, satang in session.execute(query):
        counted = found.setdefault(rule, {})
        counted[name] = count
        if name == "hits":
            counted["hit_satang"] = int(satang)
    return {rule: Record(**counted) for rule, counted in found.items()}
