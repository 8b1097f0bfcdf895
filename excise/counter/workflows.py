"""Find deposits at the banks: after each file of theirs, and every night."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from excise import work
from excise.counter.actions import match_deposits


@work.workflow("counter.match_deposits")
def match(key: str) -> None:
    """Match what waits; whoever asks from now on has another turn."""
    work.transact(_match, key)


@work.nightly("counter.match_deposits_nightly", hour=2)
def match_nightly(at: datetime) -> None:
    """Match what banks told one by one."""
    work.transact(_match, at.date().isoformat())


def _match(session: Session, key: str) -> int:
    work.begin(session, "counter.match_deposits", key)
    return match_deposits(session, at=datetime.now(UTC))
