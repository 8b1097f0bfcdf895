"""The clocks of notices, moved each night."""

from datetime import datetime

from sqlalchemy.orm import Session

from excise import work
from excise.cases.notices import move_clocks


@work.nightly("cases.clocks", hour=1)
def nightly(at: datetime) -> None:
    """Remind, or let silence count; a repeat of the night finds nothing to do."""
    work.transact(_move, at.isoformat())


def _move(session: Session, at: str) -> int:
    return move_clocks(session, at=datetime.fromisoformat(at))
