"""A draft beside what others know of its month, and findings that no discrepancy holds."""

from collections.abc import Collection
from datetime import date

import duckdb
import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.config import Settings
from excise.errors import Unavailable
from excise.matching.declared import snapshot, with_draft
from excise.matching.engine import Judged, judge
from excise.matching.models import Finding, Outcome, Run
from excise.matching.rules import rules_of
from excise.returns.models import Return
from excise.returns.queries import work_out_draft
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration

_SETTLED = (
    Outcome.MATCHED,
    Outcome.WITHIN_TOLERANCE,
    Outcome.PERIOD_SHIFT,
    Outcome.NOT_COMPARABLE,
)


def beside_draft(
    session: Session, settings: Settings, tariff: Tariff, draft: Return, *, on: date
) -> list[Judged]:
    """Compare a draft, as if it were filed, with what others know of its month.

    The same rules as after filing, for this one taxpayer. Raises Unavailable when
    the evidence cannot be read; that is no reason not to file.
    """
    tax_id = draft.registration.taxpayer.tax_id
    month, amended = draft.period, draft.amends_id
    taken = snapshot(session, tariff, period=month, today=on, tax_id=tax_id, without=amended)
    tax = work_out_draft(tariff, draft, on=on)
    try:
        rules = [rule for rule in rules_of(tax_id) if rule.is_about_returns]
        return judge(settings, with_draft(taken, draft, tax), tax_id=tax_id, rules=rules)
    except (duckdb.Error, OSError) as error:
        raise Unavailable("evidence-unreadable") from error


def months_run(session: Session) -> list[date]:
    """Return the months that were compared for everybody, the latest first."""
    query = sa.select(Run.period).where(Run.tax_id.is_(None)).group_by(Run.period)
    return list(session.scalars(query.order_by(Run.period.desc())))


def findings_without_case(
    office_codes: Collection[str], *, rule: str | None = None, period: date | None = None
) -> sa.Select[Finding]:
    """Return the query of what the last run of each month found and no discrepancy holds.

    What has an establishment belongs to its office; what has none, to all.
    """
    last = sa.select(sa.func.max(Run.id)).where(Run.tax_id.is_(None)).group_by(Run.period)
    ours = sa.select(Registration.id).where(Registration.office_code.in_(office_codes))
    query = sa.select(Finding).where(
        Finding.run_id.in_(last),
        Finding.outcome.not_in(_SETTLED),
        sa.or_(
            Finding.registration_id.is_(None),
            sa.and_(
                Finding.outcome == Outcome.IDENTITY_UNRESOLVED, Finding.registration_id.in_(ours)
            ),
        ),
    )
    if rule is not None:
        query = query.where(Finding.rule == rule)
    if period is not None:
        query = query.where(Finding.period == period)
    return query.order_by(Finding.period.desc(), Finding.rule, Finding.id)
