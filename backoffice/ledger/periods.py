"""The periods that books are read for: a month, or a fiscal year from October on."""

from dataclasses import dataclass
from datetime import date

from excise.periods import TaxMonth, add_months, fiscal_year_be, fiscal_year_days

MONTHS, YEARS = 24, 5  # offered


@dataclass(frozen=True)
class Period:
    """A first and a last day; `code` is how the address names it."""

    code: str
    first: date
    last: date

    @property
    def is_year(self) -> bool:
        """Tell whether it is a fiscal year."""
        return self.code.startswith("fy")

    @property
    def year_be(self) -> int:
        """The fiscal year, in the Buddhist era."""
        return fiscal_year_be(self.last)


def month(of: date) -> Period:
    """Return the month of a day.

    >>> month(date(2026, 2, 3)).last
    datetime.date(2026, 2, 28)
    """
    whole = TaxMonth.of(of)
    return Period(f"{of:%Y-%m}", whole.first, whole.last)


def fiscal_year(year_be: int) -> Period:
    """Return a fiscal year.

    >>> fiscal_year(2570)
    Period(code='fy2570', first=datetime.date(2026, 10, 1), last=datetime.date(2027, 9, 30))
    """
    return Period(f"fy{year_be}", *fiscal_year_days(year_be))


def offered(today: date) -> list[Period]:
    """Return what may be chosen: months, this one first, then fiscal years."""
    months = [month(add_months(today.replace(day=1), -back)) for back in range(MONTHS)]
    return months + [fiscal_year(fiscal_year_be(today) - back) for back in range(YEARS)]


def asked(code: str, today: date) -> Period:
    """Return the period of an address; this month when it names none."""
    return next((each for each in offered(today) if each.code == code), month(today))
