"""Reading the fields of a row: numbers as they were written, money in baht, days, months."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from excise.errors import Invalid
from excise.money import MAX_SATANG
from excise.periods import TaxMonth
from excise.tariff.rules.measures import checked

Row = Mapping[str, Any]
Result = dict[str, Any]

HIGHEST_BAHT = MAX_SATANG // 100
FIRST_BUDDHIST_YEAR = 2400  # no date of this law has such a year; the Buddhist calendar has


def known(fields: Row, names: set[str]) -> None:
    """Refuse a field that the kind of row does not have; raises Invalid `unknown-measure`."""
    for name in fields.keys() - names:
        raise Invalid("unknown-measure", field=name, accepted=", ".join(sorted(names)))


def required(fields: Row, name: str, accepted: str) -> Any:
    """Return what was entered; raises Invalid `field-missing` with what is accepted."""
    if name not in fields:
        raise Invalid("field-missing", field=name, accepted=accepted)
    return fields[name]


def number(fields: Row, name: str, *, default: Decimal | None = None) -> Decimal:
    """Return a number exactly as it was written; raises Invalid `not-a-number`."""
    if name not in fields and default is not None:
        return default
    entry = required(fields, name, "digits and one point")
    try:
        if isinstance(entry, bool | float):  # a float has lost the figure that was written
            raise InvalidOperation
        return Decimal(str(entry).strip().replace("_", "?"))  # Decimal would read 1_0 as 10
    except InvalidOperation as error:
        raise Invalid(
            "not-a-number", field=name, value=str(entry), accepted="digits and one point"
        ) from error


def within(fields: Row, name: str, *, decimals: int, at_most: int) -> Decimal:
    """Return a number that is neither too fine nor too large."""
    entry = number(fields, name)
    checked(name, entry, decimals=decimals, at_most=at_most)
    return entry


def satang(fields: Row, name: str) -> int:
    """Return an amount that was written in baht."""
    return int(checked(name, number(fields, name), decimals=2, at_most=HIGHEST_BAHT) * 100)


def optional_satang(fields: Row, name: str) -> int | None:
    """Return an amount that was written in baht, or None."""
    return satang(fields, name) if name in fields else None


def date(fields: Row, name: str) -> dt.date:
    """Return a day of the common era; raises Invalid `not-a-date`, `buddhist-year`."""
    entry = str(required(fields, name, "YYYY-MM-DD"))
    try:
        day = dt.datetime.strptime(entry, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise Invalid("not-a-date", field=name, value=entry, accepted="YYYY-MM-DD") from error
    _common_era(day.year, name, entry)
    return day


def month(fields: Row, name: str) -> TaxMonth:
    """Return a month of the common era; raises Invalid `not-a-month`, `buddhist-year`."""
    try:
        found = TaxMonth.parse(str(required(fields, name, "YYYY-MM")))
    except ValueError as error:
        raise Invalid("not-a-month", field=name, value=fields[name], accepted="YYYY-MM") from error
    _common_era(found.year, name, str(found))
    return found


def _common_era(year: int, name: str, entry: str) -> None:
    if year >= FIRST_BUDDHIST_YEAR:
        raise Invalid("buddhist-year", field=name, value=entry, accepted=str(year - 543))
