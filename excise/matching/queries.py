"""A draft beside what others know of its month."""

from datetime import date

import duckdb
from sqlalchemy.orm import Session

from excise.config import Settings
from excise.errors import Unavailable
from excise.matching.declared import snapshot, with_draft
from excise.matching.engine import Judged, judge
from excise.matching.rules import rules_of
from excise.returns.models import Return
from excise.returns.queries import work_out_draft
from excise.tariff.schema import Tariff


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
