"""Which messages ask for something, and when an unread one is mailed again."""

from dataclasses import dataclass
from datetime import date

# Whoever leaves one of these unread may lose a right.
ASKING = frozenset(
    {
        "registration_returned",
        "change_returned",
        "discrepancy_notified",
        "discrepancy_reminded",
        "discrepancy_grown",
        "assessment_served",
    }
)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """After how many days an unread message is mailed again, from a day on."""

    since: date
    days: int
    is_assumed: bool


# No text of law sets these days; the Department confirms or changes them.
PATIENCE = (Patience(since=date(2017, 9, 16), days=5, is_assumed=True),)


def patience_on(day: date) -> Patience:
    """Return the days that hold for what is unread on a day.

    >>> patience_on(date(2026, 11, 10)).days
    5
    """
    return max((each for each in PATIENCE if each.since <= day), key=lambda each: each.since)
