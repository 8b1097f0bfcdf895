"""Which returns the list shows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from excise.periods import TaxMonth
from excise.returns.models import Form

MONTHS = 36  # offered; an older return is found by its number


@dataclass(frozen=True)
class Filters:
    """What the officer asked to see; what is empty or None is all of them."""

    words: str
    form: Form | None
    month: date | None
    office: str

    @classmethod
    def asked(cls, asked: Mapping[str, str], known_offices: Collection[str]) -> "Filters":
        """Read the address; what is not known there is not asked."""
        forms, office = {each.value: each for each in Form}, asked.get("office", "")
        return cls(
            words=asked.get("q", "").strip()[:100].replace("\x00", ""),
            form=forms.get(asked.get("form", "")),
            month=_month(asked.get("month", "")),
            office=office if office in known_offices else "",
        )


def _month(text: str) -> date | None:
    try:
        return TaxMonth.parse(text).first
    except ValueError:
        return None


def months(today: date) -> list[date]:
    """Return the months to choose from, this one first.

    >>> [str(month) for month in months(date(2026, 1, 31))[:2]]
    ['2026-01-01', '2025-12-01']
    """
    last = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(last, last - MONTHS, -1)]
