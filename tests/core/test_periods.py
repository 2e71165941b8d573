"""Periods as arithmetic: exact examples, and the laws that hold for every day and every pay cycle."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.periods import (
    LAST,
    LAST_WORKING,
    Cycle,
    PeriodRange,
    calendar_cycle,
    cycle_from,
    cycle_of,
    days_left,
    likely_cycles,
    named_range,
    period_containing,
    possible_cycles,
    settled_cycle,
)

DAY = timedelta(days=1)
days = st.dates(date(1901, 1, 1), date(2199, 12, 31))
first_days = st.integers(LAST_WORKING, LAST)
types = st.sampled_from(["monthly", "quarterly", "yearly"])


def next_period(period_type, current, first_day=1):
    return period_containing(period_type, current.end + DAY, first_day)


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
    assert period_containing(period_type, following.start - DAY, first_day) == found
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


@given(days, st.integers(1, LAST).filter(lambda day: day != 16))
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


@pytest.mark.parametrize("first_day", [32, -1])
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


# Cycles: how a period goes on.


def chain(cycle, first, count=5):
    found = [cycle.from_day(first)]
    for _ in range(count - 1):
        found.append(cycle.from_day(found[-1].end + DAY))
    return [(f"{each.start}", f"{each.end}") for each in found]


@pytest.mark.parametrize(
    ("cycle", "first", "starts"),
    [
        (cycle_from("monthly", date(2026, 1, 31)), date(2026, 1, 31), ["01-31", "02-28", "03-31", "04-30", "05-31"]),
        (cycle_from("monthly", date(2026, 2, 28), LAST), date(2026, 2, 28), ["02-28", "03-31", "04-30", "05-31"]),
        (cycle_from("monthly", date(2026, 1, 30)), date(2026, 1, 30), ["01-30", "02-28", "03-30", "04-30", "05-30"]),
        (cycle_from("monthly", date(2026, 1, 30), LAST_WORKING), date(2026, 1, 30), ["01-30", "02-27", "03-31"]),
        (cycle_from("monthly", date(2026, 5, 29), LAST_WORKING), date(2026, 5, 29), ["05-29", "06-30", "07-31"]),
        (cycle_from("quarterly", date(2026, 2, 1)), date(2026, 2, 1), ["02-01", "05-01", "08-01", "11-01"]),
        (cycle_from("quarterly", date(2026, 4, 6)), date(2026, 4, 6), ["04-06", "07-06", "10-06"]),
        (Cycle("week", date(2026, 3, 2), 7), date(2026, 3, 2), ["03-02", "03-09", "03-16"]),
        (Cycle("two_weeks", date(2026, 3, 6), 14), date(2026, 3, 6), ["03-06", "03-20", "04-03"]),
        (Cycle("four_weeks", date(2026, 3, 6), 28), date(2026, 3, 6), ["03-06", "04-03", "05-01"]),
    ],
)
def test_a_cycle_goes_on_as_it_began(cycle, first, starts):
    assert [start[5:] for start, _ in chain(cycle, first, len(starts))] == starts


@pytest.mark.parametrize(
    ("first", "ends"),
    [
        (date(2026, 4, 6), ["2027-04-05", "2028-04-05"]),
        (date(2026, 7, 1), ["2027-06-30", "2028-06-30"]),
        (date(2027, 3, 1), ["2028-02-29", "2029-02-28"]),
        (date(2028, 2, 29), ["2029-02-27", "2030-02-27"]),
    ],
)
def test_a_year_begins_on_any_day(first, ends):
    assert [end for _, end in chain(cycle_from("yearly", first), first, 2)] == ends


cycles = st.one_of(
    st.builds(cycle_from, types, days.filter(lambda day: day.year > 1950), st.none() | first_days),
    st.builds(Cycle, st.just("days"), days, st.integers(1, 400)),
)


@given(cycles, st.dates(date(1960, 1, 1), date(2150, 1, 1)))
def test_a_cycle_tiles_and_is_never_a_stump(cycle, day):
    """Whatever day it is entered on: the first period ends where the cycle begins again, all others are whole."""
    whole = cycle.around(day)
    assert whole.start <= day <= whole.end
    assert cycle.shortest <= (whole.end - whole.start).days + 1 <= cycle.longest
    entered = cycle.from_day(day)
    assert (entered.end - entered.start).days + 1 >= cycle.shortest
    assert cycle.fits(entered.end + DAY)
    assert cycle.from_day(entered.end + DAY)[1:] == cycle.around(entered.end + DAY)[1:]
    assert entered == whole if cycle.fits(day) else entered.end > whole.end or entered.end == whole.end


@given(types, days.filter(lambda day: day.year > 1950), st.none() | first_days)
def test_whole_days_tell_their_cycle(period_type, day, first_day):
    """Where the days of one period allow two cycles, both are known; otherwise it is found, and goes on the same."""
    cycle = cycle_from(period_type, day, first_day)
    whole = cycle.around(day)
    found = possible_cycles(period_type, whole.start, whole.end)
    following = cycle.from_day(whole.end + DAY)
    assert following in [other.from_day(whole.end + DAY) for other in found]
    settled = settled_cycle(period_type, whole.start, whole.end, cycle)
    assert settled == cycle
    stored = cycle_of(cycle.kind, cycle.anchor, period_type, whole.start, whole.end)
    assert stored == cycle


@pytest.mark.parametrize(
    ("period_type", "start", "end", "expected"),
    [
        # Both the last day and the last working day begin there.
        ("monthly", "2026-03-31", "2026-04-29", ["2026-04-30 2026-05-30", "2026-04-30 2026-05-28"]),
        # The last day of February and the 28th.
        ("yearly", "2026-02-28", "2027-02-27", ["2027-02-28 2028-02-27", "2027-02-28 2028-02-28"]),
        # A month or four weeks.
        ("custom", "2026-02-01", "2026-02-28", ["2026-03-01 2026-03-31", "2026-03-01 2026-03-28"]),
        ("custom", "2026-01-01", "2026-02-28", ["2026-03-01 2026-04-30", "2026-03-01 2026-04-28"]),
        # A part of a month: back to its first day, or on from where it ended. Never 19 days.
        ("monthly", "2026-03-01", "2026-03-12", ["2026-03-13 2026-04-30", "2026-03-13 2026-04-12"]),
        # Began within a month, and the next one is whole.
        ("monthly", "2026-03-13", "2026-03-31", ["2026-04-01 2026-04-30"]),
        ("quarterly", "2026-02-13", "2026-03-31", ["2026-04-01 2026-06-30"]),
        ("custom", "2026-03-02", "2026-03-08", ["2026-03-09 2026-03-15"]),
    ],
)
def test_what_days_alone_tell(period_type, start, end, expected):
    start, end = date.fromisoformat(start), date.fromisoformat(end)
    found = [cycle.from_day(end + DAY) for cycle in likely_cycles(period_type, start, end)]
    assert [f"{each.start} {each.end}" for each in found] == expected
    settled = settled_cycle(period_type, start, end)
    assert (settled is None) == (len(expected) > 1)


def test_other_days_than_those_that_were_said_count():
    """Filled in for the 1st, and typed over: the 25th it is. A shorter one leaves what was said."""
    first = calendar_cycle("monthly")
    assert settled_cycle("monthly", date(2026, 2, 25), date(2026, 3, 24), first).anchor.day == 25
    assert settled_cycle("monthly", date(2026, 3, 13), date(2026, 3, 31), first) == first


@pytest.mark.parametrize(
    ("cycle", "day", "name"),
    [
        (cycle_from("quarterly", date(2026, 2, 1)), date(2026, 2, 1), "Feb – Apr 2026"),
        (cycle_from("quarterly", date(2026, 12, 1)), date(2026, 12, 1), "Dec 2026 – Feb 2027"),
        (cycle_from("yearly", date(2026, 4, 6)), date(2026, 4, 6), "2026/27"),
        (cycle_from("yearly", date(2099, 7, 1)), date(2099, 7, 1), "2099/00"),
        (cycle_from("monthly", date(2026, 1, 30), LAST_WORKING), date(2026, 1, 30), "February 2026"),
        (Cycle("week", date(2026, 3, 2), 7), date(2026, 3, 4), "2 Mar – 8 Mar 2026"),
    ],
)
def test_names(cycle, day, name):
    assert cycle.around(day).name == name
