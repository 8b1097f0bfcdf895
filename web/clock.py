"""The clock of both sites; the domain is told the time, it never looks."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def today() -> date:
    """Return the date in Thailand, which is seven hours ahead of UTC's."""
    return now().astimezone(BANGKOK).date()
