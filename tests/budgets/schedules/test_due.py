"""Due days against a walk over the calendar, what settles them, and which days are regular: no database."""

import calendar
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.schedules.due import DatedAmount, Expected, due_days, similar
from budgets.schedules.regular import regular_cycle
from budgets.schedules.words import in_words
from wealthwise.core.periods import LAST, LAST_WORKING, MONTHS, WEEKS, Cycle, cycle_from

D = Decimal
KEY = (1, "RENT", -1)
DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))
KINDS = st.sampled_from([*WEEKS, *MONTHS])


def cycle_by(kind: str, first: date, number: int | None) -> Cycle:
    return Cycle(kind, first, WEEKS[kind]) if kind in WEEKS else cycle_from(kind, first, number)


def naive(kind: str, first: date, number: int | None, day: date) -> bool:
    """Whether something is due on ``day``, as a person with a calendar says it."""
    if kind in WEEKS:
        return (day - first).days % WEEKS[kind] == 0
    if ((day.year - first.year) * 12 + day.month - first.month) % MONTHS[kind]:
        return False
    last = calendar.monthrange(day.year, day.month)[1]
    if number == LAST_WORKING:
        while date(day.year, day.month, last).weekday() > 4:
            last -= 1
        return day.day == last
    return day.day == min(number or first.day, last)


@given(KINDS, DAYS, st.none() | st.sampled_from([LAST, LAST_WORKING]) | st.integers(1, 31), DAYS)
def test_due_days_are_those_of_a_walk_over_the_calendar(
    kind: str, first: date, number: int | None, begin: date
) -> None:
    end = begin + timedelta(days=800)
    walked = [day for n in range(801) if naive(kind, first, number, day := begin + timedelta(days=n))]
    cycle = cycle_by(kind, first, number)
    assert cycle.days_between(begin, end) == walked
    assert cycle.days_between(end, begin) == []
    for day in (begin, end):
        nearest = cycle.begins(cycle.nearest(day))
        around = cycle.days_between(day - timedelta(days=400), day + timedelta(days=400))
        assert abs(nearest - day) == min(abs(each - day) for each in around)


def rent(cycle: Cycle, starts_on: date, amount: str = "-650", *, exact: bool = True, **more: object) -> Expected:
    given = {"id": 1, "key": KEY, "description": "Rent", "answers": {}} | more
    return Expected(amount=D(amount), is_exact=exact, cycle=cycle, starts_on=starts_on, **given)  # type: ignore[arg-type]


FIRSTS = cycle_from("monthly", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("day", "amount", "exact", "settles"),
    [
        ("2026-03-01", "-650", True, True), ("2026-03-11", "-650", True, True), ("2026-02-19", "-650", True, True),
        ("2026-03-12", "-650", True, False), ("2026-02-18", "-650", True, False),
        ("2026-03-01", "-650.01", True, False), ("2026-03-01", "-650.01", False, True),
        ("2026-03-01", "-812.50", False, True), ("2026-03-01", "-812.51", False, False),
        ("2026-03-01", "-487.50", False, True), ("2026-03-01", "-487.49", False, False),
    ],
)  # fmt: skip
def test_what_settles_a_day(day: str, amount: str, exact: bool, settles: bool) -> None:
    rows = {KEY: [DatedAmount(date.fromisoformat(day), D(amount))]}
    (due,) = due_days([rent(FIRSTS, date(2026, 1, 1), exact=exact)], rows, date(2026, 2, 28), date(2026, 3, 5))
    assert (due.day, due.is_settled) == (date(2026, 3, 1), settles)


def test_what_its_person_said_counts_more_than_the_ledger_and_frees_the_row() -> None:
    rows = {KEY: [DatedAmount(date(2026, 3, 2), D(-650))]}
    schedule = rent(FIRSTS, date(2026, 3, 1), answers={date(2026, 3, 1): False, date(2026, 4, 1): True})
    found = due_days([schedule], rows, date(2026, 2, 1), date(2026, 5, 1))
    assert [(due.day.month, due.said, due.row, due.is_settled) for due in found] == [
        (3, False, None, False), (4, True, None, True), (5, None, None, False),
    ]  # fmt: skip


def test_nothing_is_due_before_it_begins() -> None:
    assert [
        due.day for due in due_days([rent(FIRSTS, date(2026, 3, 2))], {}, date(2026, 1, 1), date(2026, 4, 30))
    ] == [date(2026, 4, 1)]


ROWS = st.lists(st.tuples(st.integers(-20, 140), st.integers(55_000, 75_000)), max_size=14)


@given(st.lists(st.tuples(KINDS, st.integers(0, 40), st.booleans()), min_size=1, max_size=3), ROWS)
def test_a_row_settles_one_day_and_none_is_left_that_could_be(
    made: list[tuple[str, int, bool]], booked: list[tuple[int, int]]
) -> None:
    base = date(2026, 1, 1)
    schedules = [
        rent(cycle_by(kind, base + timedelta(days=start), None), base + timedelta(days=start), exact=exact, id=number)
        for number, (kind, start, exact) in enumerate(made)
    ]
    rows = [DatedAmount(base + timedelta(days=day), -D(cents) / 100) for day, cents in booked]
    found = due_days(schedules, {KEY: rows}, base, base + timedelta(days=120))
    used = Counter(due.row for due in found if due.row)
    assert not used - Counter(rows)
    whole = due_days(schedules, {KEY: rows}, base - timedelta(days=60), base + timedelta(days=200))
    free = Counter(rows) - Counter(due.row for due in whole if due.row)
    for due in whole:
        if due.row:
            assert due.schedule.fits(due.day, due.row)
        else:
            assert not [row for row in free if due.schedule.fits(due.day, row)]


@given(KINDS, DAYS, st.none() | st.just(LAST) | st.just(LAST_WORKING), st.integers(3, 9))
def test_days_of_a_cycle_are_found_to_be_regular(kind: str, first: date, number: int | None, times: int) -> None:
    """Not always by the same cycle, where two fit, but always so that the next day is the same or nearly so."""
    cycle = cycle_by(kind, first, number)
    begin = cycle.number_of(first)
    days = [cycle.begins(begin + n) for n in range(times)]
    found = regular_cycle(days)
    assert found is not None
    assert abs(found.begins(found.nearest(days[-1]) + 1) - cycle.begins(begin + times)).days <= 4


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ("01-31 02-28 03-31 04-30", "every month, on its last day"),
        ("01-30 02-27 03-31 04-30 05-29", "every month, on its last working day"),
        ("01-25 02-25 03-25", "every month, on day 25"),
        ("01-25 02-25 03-27 04-25", "every month, on day 25"),
        ("01-05 01-12 01-19", "every week"),
        ("01-05 01-19 02-02 02-16", "every 2 weeks"),
        ("01-05 02-02 03-02 03-30 04-27", "every 4 weeks"),
        ("01-15 04-15 07-15", "every 3 months"),
        ("01-05 01-12", ""),
        ("01-05 02-05 04-05 05-05", ""),
        ("01-05 01-09 01-30 02-20", ""),
        ("01-05 02-14 03-05", ""),
    ],
)
def test_regular_days_in_words(days: str, words: str) -> None:
    cycle = regular_cycle([date.fromisoformat(f"2026-{day}") for day in days.split()])
    assert (in_words(cycle) if cycle else "") == words


def test_what_comes_once_a_year_came_twice() -> None:
    found = regular_cycle([date(2025, 3, 1), date(2026, 3, 2)])
    assert found
    assert in_words(found) == "every year"


def test_similar_amounts_have_one_direction() -> None:
    assert similar(D(75), D(100))
    assert not similar(D(-100), D(100))
    assert not similar(D("74.99"), D(100))
