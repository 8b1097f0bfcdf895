"""What nobody read is mailed again in the night."""

from datetime import datetime

from sqlalchemy.orm import Session

from excise import work
from excise.messages.actions import remind


@work.nightly("messages.remind", hour=2)
def nightly(at: datetime) -> None:
    """Mail again what is unread; a repeat of the night finds nothing to do."""
    work.transact(_remind, at.isoformat())


def _remind(session: Session, at: str) -> int:
    return remind(session, at=datetime.fromisoformat(at))
