"""The clock of both sites; the domain is told the time, it never looks."""

from datetime import UTC, date, datetime

from excise.periods import local_date


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def today() -> date:
    """Return the date in Thailand, which is seven hours ahead of UTC's."""
    return local_date(now())
