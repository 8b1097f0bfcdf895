"""Changes of registrations take effect in the night before their day."""

from datetime import datetime

from sqlalchemy.orm import Session

from excise import work
from excise.taxpayers.changing import let_changes_take_effect


@work.nightly("taxpayers.changes", hour=0)
def nightly(at: datetime) -> None:
    """Let approved changes whose day has come take effect; a repeat finds nothing to do."""
    work.transact(_apply, at.isoformat())


def _apply(session: Session, at: str) -> int:
    return let_changes_take_effect(session, at=datetime.fromisoformat(at))
