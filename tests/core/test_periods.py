"""Periods as arithmetic: exact examples, and the laws that hold for every day and every pay cycle."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.periods import (
    PeriodRange,
    days_left,
    named_range,
    next_period,
    period_containing,
    previous_period,
)

DAY = timedelta(days=1)
days = st.dates(date(1901, 1, 1), date(2199, 12, 31))
first_days = st.integers(1, 31)
types = st.sampled_from(["monthly", "quarterly", "yearly"])


@pytest.mark.parametrize(
    ("period_type", "day", "first_day", "expected"),
    [
        ("monthly", date(2026, 3, 31), 1, ("March 2026", date(2026, 3, 1), date(2026, 3, 31))),
        ("monthly", date(2028, 2, 29), 1, ("February 2028", date(2028, 2, 1), date(2028, 2, 29))),
        ("monthly", date(2026, 3, 24), 25, ("March 2026", date(2026, 2, 25), date(2026, 3, 24))),
        ("monthly", date(2026, 3, 25), 25, ("April 2026", date(2026, 3, 25), date(2026, 4, 24))),
        ("monthly", date(2026, 12, 25), 25, ("January 2027", date(2026, 12, 25), date(2027, 1, 24))),
        ("monthly", date(2026, 3, 5), 5, ("March 2026", date(2026, 3, 5), date(2026, 4, 4))),
        ("monthly", date(2026, 2, 28), 31, ("March 2026", date(2026, 2, 28), date(2026, 3, 30))),
        ("monthly", date(2026, 2, 27), 31, ("February 2026", date(2026, 1, 31), date(2026, 2, 27))),
        ("quarterly", date(2026, 3, 31), 1, ("Q1 2026", date(2026, 1, 1), date(2026, 3, 31))),
        ("quarterly", date(2026, 12, 31), 1, ("Q4 2026", date(2026, 10, 1), date(2026, 12, 31))),
        ("quarterly", date(2026, 3, 25), 25, ("Q2 2026", date(2026, 3, 25), date(2026, 6, 24))),
        ("yearly", date(2026, 7, 1), 1, ("2026", date(2026, 1, 1), date(2026, 12, 31))),
        ("yearly", date(2025, 12, 25), 25, ("2026", date(2025, 12, 25), date(2026, 12, 24))),
        ("custom", date(2026, 12, 25), 1, ("25 Dec 2026 – 7 Jan 2027", date(2026, 12, 25), date(2027, 1, 7))),
    ],
)
def test_period_of_a_day(period_type, day, first_day, expected):
    assert period_containing(period_type, day, first_day) == expected


@given(types, days, first_days)
def test_a_day_is_in_its_period(period_type, day, first_day):
    found = period_containing(period_type, day, first_day)
    assert found.start <= day <= found.end


@given(types, days, first_days)
def test_periods_tile(period_type, day, first_day):
    found = period_containing(period_type, day, first_day)
    following = next_period(period_type, found, first_day)
    assert following.start == found.end + DAY
    assert previous_period(period_type, following, first_day) == found
    assert following.name != found.name


@given(types, days, first_days)
def test_every_day_of_a_period_has_that_period_alone(period_type, day, first_day):
    found = period_containing(period_type, day, first_day)
    inside = [found.start, found.end, found.start + (found.end - found.start) // 2]
    assert {period_containing(period_type, other, first_day) for other in inside} == {found}
    assert period_containing(period_type, found.start - DAY, first_day) != found
    assert period_containing(period_type, found.end + DAY, first_day) != found


@given(days, first_days)
def test_a_year_is_four_quarters_and_twelve_months(day, first_day):
    year = period_containing("yearly", day, first_day)
    for period_type, parts in (("quarterly", 4), ("monthly", 12)):
        part = period_containing(period_type, year.start, first_day)
        assert part.start == year.start
        for _ in range(parts - 1):
            part = next_period(period_type, part, first_day)
        assert part.end == year.end
        assert part.name.endswith(year.name)


@given(days, first_days.filter(lambda day: day != 16))
def test_a_month_is_named_where_most_of_its_days_lie(day, first_day):
    found = period_containing("monthly", day, first_day)
    in_first = sum((found.start + number * DAY).month == found.start.month for number in range(_length(found)))
    named = datetime.strptime(found.name, "%B %Y").replace(tzinfo=UTC).month
    most = found.start.month if in_first * 2 > _length(found) else found.end.month
    assert named == most or in_first * 2 == _length(found)


def test_from_the_16th_no_month_is_named_twice():
    found = period_containing("monthly", date(2026, 1, 16), 16)
    names = [found.name]
    for _ in range(11):
        found = next_period("monthly", found, 16)
        names.append(found.name)
    assert names[:3] == ["January 2026", "February 2026", "March 2026"]
    assert len(set(names)) == 12


@given(days)
def test_custom_periods_tile(day):
    found = period_containing("custom", day)
    following = next_period("custom", found)
    assert following.start == found.end + DAY
    assert previous_period("custom", following) == found


@pytest.mark.parametrize("first_day", [0, 32, -1])
def test_a_pay_day_is_a_day_of_a_month(first_day):
    with pytest.raises(ValueError, match="1 to 31"):
        period_containing("monthly", date(2026, 3, 1), first_day)


def test_range_is_named_by_its_ends():
    assert named_range(date(2026, 3, 3), date(2026, 3, 16)).name == "3 Mar – 16 Mar 2026"


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (date(2026, 2, 1), 31),
        (date(2026, 3, 1), 31),
        (date(2026, 3, 30), 2),
        (date(2026, 3, 31), 1),
        (date(2026, 4, 1), 0),
    ],
)
def test_days_left_count_today(today, left):
    assert days_left(date(2026, 3, 1), date(2026, 3, 31), today) == left


def _length(found: PeriodRange) -> int:
    return (found.end - found.start).days + 1
