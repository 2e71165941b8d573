"""Budget periods as arithmetic on dates: no ORM, no clock.

A period lasts one, three or twelve pay cycles. A cycle begins on ``first_day`` of a month (the month's last
day where it is shorter) and belongs to the month that holds most of it: the cycle from 25 February to
24 March is March's. So periods of one type follow each other without a gap, and no two have one name.
"""

import calendar
from datetime import date
from typing import Final, NamedTuple

from wealthwise.core.days import ONE_DAY

CYCLES: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
CUSTOM: Final = "custom"
CUSTOM_DAYS: Final = 14


class PeriodRange(NamedTuple):
    """A named range of days, both ends included."""

    name: str
    start: date
    end: date


def period_containing(period_type: str, day: date, first_day: int = 1) -> PeriodRange:
    """The period of that type with ``day`` in it; of type custom, the fortnight that begins on it.

    ``first_day`` is the day of the month on which the pay comes, 1 to 31; ValueError for any other.
    """
    if not 1 <= first_day <= 31:
        raise ValueError("A pay cycle begins on a day from 1 to 31.")
    if period_type == CUSTOM:
        return named_range(day, day + (CUSTOM_DAYS - 1) * ONE_DAY)
    cycles = CYCLES[period_type]
    first = _cycle_of(day, first_day) // cycles * cycles
    start, following = (_cycle_start(cycle, first_day) for cycle in (first, first + cycles))
    return PeriodRange(_name(first, cycles), start, following - ONE_DAY)


def next_period(period_type: str, current: PeriodRange, first_day: int = 1) -> PeriodRange:
    """The period that begins the day after ``current`` ends."""
    return period_containing(period_type, current.end + ONE_DAY, first_day)


def previous_period(period_type: str, current: PeriodRange, first_day: int = 1) -> PeriodRange:
    """The period that ends the day before ``current`` begins."""
    back = CUSTOM_DAYS if period_type == CUSTOM else 1
    return period_containing(period_type, current.start - back * ONE_DAY, first_day)


def named_range(start: date, end: date) -> PeriodRange:
    """Any range of days, named by its ends: "3 Mar – 16 Mar 2026"."""
    first = _short(start) if start.year == end.year else f"{_short(start)} {start.year}"
    return PeriodRange(f"{first} – {_short(end)} {end.year}", start, end)


def days_left(start: date, end: date, today: date) -> int:
    """Days of the period that are still to live, today included; all before it begins, 0 after it ended."""
    return max((end - max(start, today)).days + 1, 0)


def _cycle_of(day: date, first_day: int) -> int:
    """Number of the month, counted from year 0, that names the cycle with ``day`` in it."""
    month = day.year * 12 + day.month - 1
    begun = day.day >= min(first_day, calendar.monthrange(day.year, day.month)[1])
    return month + _shift(first_day) - (not begun)


def _cycle_start(cycle: int, first_day: int) -> date:
    year, month = divmod(cycle - _shift(first_day), 12)
    return date(year, month + 1, min(first_day, calendar.monthrange(year, month + 1)[1]))


def _shift(first_day: int) -> int:
    """Months from where a cycle begins to where most of its days lie.

    By the day alone and not by counting each cycle's days: counted, 16 February and 16 March would both begin
    the cycle of March.
    """
    return 0 if first_day <= 16 else 1


def _short(day: date) -> str:
    return f"{day.day} {calendar.month_abbr[day.month]}"


def _name(first: int, cycles: int) -> str:
    year, month = divmod(first, 12)
    if cycles == 12:
        return str(year)
    return f"Q{month // 3 + 1} {year}" if cycles == 3 else f"{calendar.month_name[month + 1]} {year}"
