"""Approve an edition, knowing whose returns it touches."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.backdating.queries import filings_touched
from excise.errors import Conflict
from excise.tariff import actions as editions
from excise.tariff.models import Edition
from excise.tariff.queries import edition, tariff_in_force
from excise.tariff.schema import load


class FilingsChanged(Conflict):
    """Returns were filed since the officer looked; facts: `filings`, how many it touches now."""

    code = "edition-touches-others"


def count_touched(session: Session, number: int) -> int:
    """Count the filed returns that an edition would have taxed otherwise."""
    new = load(edition(session, number).text)
    rows = filings_touched(tariff_in_force(session), new).order_by(None).subquery()
    return int(session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def approve(
    session: Session, *, number: int, officer_id: int, agreed_filings: int, at: datetime
) -> Edition:
    """Approve an edition that touches as many filed returns as the officer agreed to.

    Raises FilingsChanged when it is another number now, and what `tariff.actions` raises.
    """
    filings = count_touched(session, number)
    if filings != agreed_filings:
        # Of an edition that is in force nothing is touched any more: let the repeat through.
        one = edition(session, number)
        if one.decided_by != officer_id or one.decided_at is None:
            raise FilingsChanged(filings=filings)
    return editions.approve(session, number=number, officer_id=officer_id, filings=filings, at=at)
