"""Months, fiscal years and due dates."""

import datetime as dt

import pytest

from excise.arrears.rules import due_date as due_date_in_law
from excise.periods import (
    TaxMonth,
    add_months,
    due_date,
    fiscal_year_be,
    fiscal_year_days,
    is_working_day,
    next_working_day,
)
from excise.tariff.schema import first_edition


@pytest.mark.parametrize(
    ("month", "due"),
    [
        ("2025-10", "2025-11-17"),  # a Saturday
        ("2025-12", "2026-01-15"),
        ("2026-01", "2026-02-16"),  # a Sunday
        ("2026-02", "2026-03-16"),
        ("2026-03", "2026-04-16"),  # Songkran
        ("2026-07", "2026-08-17"),
        ("2026-10", "2026-11-16"),
    ],
)
def test_a_due_date_on_a_day_off_moves_to_the_next_working_day(month: str, due: str) -> None:
    assert due_date_in_law(first_edition(), TaxMonth.parse(month)) == dt.date.fromisoformat(due)


def test_the_published_table_decides_where_it_names_the_month() -> None:
    month = TaxMonth(2026, 3)
    published = {month: dt.date(2026, 4, 30)}
    assert due_date(month, due_day=15, published=published) == dt.date(2026, 4, 30)
    assert due_date(TaxMonth(2026, 4), due_day=15, published=published) == dt.date(2026, 5, 15)


def test_a_day_the_cabinet_adds_is_off_and_one_it_takes_back_is_worked() -> None:
    month = TaxMonth(2025, 12)
    extra = {dt.date(2026, 1, 15): True, dt.date(2026, 1, 16): True}
    assert due_date(month, due_day=15, days_off=extra) == dt.date(2026, 1, 19)
    assert not is_working_day(dt.date(2026, 4, 13))
    assert is_working_day(dt.date(2026, 4, 13), {dt.date(2026, 4, 13): False})


def test_a_due_date_is_not_moved_where_the_law_does_not_shift_it() -> None:
    assert due_date(TaxMonth(2026, 3), due_day=15, shifts=False) == dt.date(2026, 4, 15)


def test_the_working_day_after_new_year_lies_in_the_next_year() -> None:
    assert next_working_day(dt.date(2025, 12, 31)) == dt.date(2026, 1, 5)


@pytest.mark.parametrize(
    ("day", "year_be"), [("2026-09-30", 2569), ("2026-10-01", 2570), ("2027-01-01", 2570)]
)
def test_the_fiscal_year_begins_in_october_and_is_named_by_its_end(day: str, year_be: int) -> None:
    on = dt.date.fromisoformat(day)
    assert fiscal_year_be(on) == year_be
    first, last = fiscal_year_days(year_be)
    assert first <= on <= last


def test_a_month_knows_its_days_and_its_neighbours() -> None:
    month = TaxMonth.parse("2028-02")
    assert (month.first, month.last) == (dt.date(2028, 2, 1), dt.date(2028, 2, 29))
    assert (str(month.previous), str(month.next)) == ("2028-01", "2028-03")
    assert month.holds(dt.date(2028, 2, 29))
    assert not month.holds(dt.date(2028, 3, 1))
    assert TaxMonth(2027, 12) < month


@pytest.mark.parametrize("text", ["2026-13", "2026-3", "26-03", "2026", "x"])
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any of the messages of the calendar
        TaxMonth.parse(text)


def test_a_month_later_ends_with_the_shorter_month() -> None:
    assert add_months(dt.date(2028, 1, 31), 1) == dt.date(2028, 2, 29)
    assert add_months(dt.date(2026, 12, 31), -1) == dt.date(2026, 11, 30)
