"""Months of tax, fiscal years and days on which work is done. No session, no clock."""

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")
BUDDHIST_YEARS_AHEAD = 543
FISCAL_YEAR_STARTS_IN = 10  # October


@dataclass(frozen=True, slots=True, order=True)
class TaxMonth:
    """A month for which tax is returned; the year is of the common era.

    >>> str(TaxMonth(2026, 12).next)
    '2027-01'
    """

    year: int
    month: int

    def __post_init__(self) -> None:
        """Refuse a month that no calendar has."""
        dt.date(self.year, self.month, 1)

    def __str__(self) -> str:
        """Write the month as the year and the month number."""
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, day: dt.date) -> "TaxMonth":
        """Return the month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "TaxMonth":
        """Read `2026-03`; raises ValueError for anything else.

        >>> TaxMonth.parse("2026-03").last
        datetime.date(2026, 3, 31)
        """
        year, month = text.split("-")
        if (len(year), len(month)) != (4, 2):
            raise ValueError(f"{text!r} is not a month like 2026-03")
        return cls(int(year), int(month))

    @property
    def first(self) -> dt.date:
        """The first day of the month."""
        return dt.date(self.year, self.month, 1)

    @property
    def last(self) -> dt.date:
        """The last day of the month."""
        return dt.date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def next(self) -> "TaxMonth":
        """The month after."""
        return TaxMonth.of(add_months(self.first, 1))

    @property
    def previous(self) -> "TaxMonth":
        """The month before."""
        return TaxMonth.of(add_months(self.first, -1))

    def holds(self, day: dt.date) -> bool:
        """Say whether the day lies in the month."""
        return TaxMonth.of(day) == self


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day of a later month; where that month is shorter, its last day.

    >>> add_months(dt.date(2026, 1, 31), 1), add_months(dt.date(2026, 1, 15), 1)
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 15))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def fiscal_year_be(day: dt.date) -> int:
    """Return the Buddhist year that names the fiscal year (October to September) of a day.

    >>> fiscal_year_be(dt.date(2026, 9, 30)), fiscal_year_be(dt.date(2026, 10, 1))
    (2569, 2570)
    """
    return day.year + BUDDHIST_YEARS_AHEAD + (day.month >= FISCAL_YEAR_STARTS_IN)


def gregorian(year: int) -> int:
    """Return the Christian year of a year typed in either era.

    Raises ValueError for years that belong to neither, such as 3112, which is
    a Buddhist year counted up twice, or 1483, one counted down twice.
    >>> gregorian(2569), gregorian(2026)
    (2026, 2026)
    """
    if 2400 <= year < 2700:
        return year - BUDDHIST_YEARS_AHEAD
    if 1900 <= year < 2200:
        return year
    raise ValueError(year)


def fiscal_year_days(year_be: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a fiscal year.

    >>> fiscal_year_days(2570)
    (datetime.date(2026, 10, 1), datetime.date(2027, 9, 30))
    """
    year = year_be - BUDDHIST_YEARS_AHEAD
    return dt.date(year - 1, FISCAL_YEAR_STARTS_IN, 1), dt.date(year, FISCAL_YEAR_STARTS_IN - 1, 30)


def local_date(at: dt.datetime) -> dt.date:
    """Return the date in Thailand at a moment: days in law are Thai days.

    >>> local_date(dt.datetime(2026, 11, 22, 17, 0, tzinfo=dt.UTC))
    datetime.date(2026, 11, 23)
    """
    return at.astimezone(BANGKOK).date()


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the first day of each month from `first`'s to `last`'s.

    >>> [str(month) for month in months_between(dt.date(2025, 12, 9), dt.date(2026, 1, 2))]
    ['2025-12-01', '2026-01-01']
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    return [add_months(first.replace(day=1), number) for number in range(months + 1)]


@lru_cache(maxsize=64)
def thai_holidays(year: int) -> Mapping[dt.date, str]:
    """Return the holidays of a year as they are generally known, with their Thai names.

    The cabinet adds days at short notice: callers pass the Department's own table beside this.
    """
    import holidays  # noqa: PLC0415  takes a quarter of a second that most commands need not spend

    return dict(holidays.country_holidays("TH", years=year, language="th"))


def is_working_day(day: dt.date, days_off: Mapping[dt.date, bool] | None = None) -> bool:
    """Say whether work is done; `days_off` (True off, False worked) overrides the calendar.

    >>> songkran = dt.date(2026, 4, 15)
    >>> is_working_day(songkran), is_working_day(songkran, {songkran: False})
    (False, True)
    """
    if days_off is not None and day in days_off:
        return not days_off[day]
    return day.weekday() < calendar.SATURDAY and day not in thai_holidays(day.year)


def next_working_day(day: dt.date, days_off: Mapping[dt.date, bool] | None = None) -> dt.date:
    """Return the day itself when work is done, else the first such day after it.

    Law: Civil and Commercial Code, s. 193/8.
    >>> next_working_day(dt.date(2025, 11, 15))
    datetime.date(2025, 11, 17)
    """
    while not is_working_day(day, days_off):
        day += dt.timedelta(days=1)
    return day


def due_date(
    month: TaxMonth,
    *,
    due_day: int,
    shifts: bool = True,
    days_off: Mapping[dt.date, bool] | None = None,
    published: Mapping[TaxMonth, dt.date] | None = None,
) -> dt.date:
    """Return the last day on which the tax of a month is paid in time.

    The `due_day` of the month after, moved to a working day; the table the Department has
    `published` decides where it names the month.
    >>> due_date(TaxMonth(2026, 3), due_day=15)
    datetime.date(2026, 4, 16)
    """
    if published is not None and month in published:
        return published[month]
    day = month.next.first.replace(day=due_day)
    return next_working_day(day, days_off) if shifts else day
