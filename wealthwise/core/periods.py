"""Budget periods as arithmetic on dates: no ORM, no clock.

A period goes on as it began: its cycle says when the next one begins, for ever and without a gap. Cycles of months
begin on one day of the month (its last day where it is shorter) or on its last working day, and a period lasts one,
three, twelve or any other number of them, from any month on. Other cycles count days: 7, 14, 28 or any other number.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from wealthwise.core.days import ONE_DAY

MONTHS: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
CUSTOM: Final = "custom"
CUSTOM_DAYS: Final = 14

DAY, WORKING_DAY, DAYS = "day", "working_day", "days"
WEEKS: Final = {"week": 7, "two_weeks": 14, "four_weeks": 28}
# What stands for a day of the month: 31 is the last one of each.
LAST, LAST_WORKING = 31, 0
# A calendar month or year that most of a pay cycle lies in names it; from the 17th on it is the one that follows.
_NAMED_BY: Final = 16
_LATE: Final = 24  # months after which a day of the month has met a month that is long enough, leap years aside
_SATURDAY: Final = 5


class PeriodRange(NamedTuple):
    """A named range of days, both ends included."""

    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Cycle:
    """When a period begins again.

    ``anchor`` is a day on which one begins, and all others follow from it; of a cycle by the day of the month it is in
    a month that has the day. ``length`` is in months for DAY and WORKING_DAY, in days for all others.
    """

    kind: str
    anchor: date
    length: int

    @property
    def is_of_months(self) -> bool:
        return self.kind in (DAY, WORKING_DAY)

    @property
    def shortest(self) -> int:
        """The fewest days that a whole period has."""
        if not self.is_of_months:
            return self.length
        spare = 0 if self.kind == DAY else 3
        return {1: 28, 3: 89 - spare, 12: 365 - spare}.get(self.length, 30 * self.length - 2 - spare)

    @property
    def longest(self) -> int:
        """The most days that a whole period has."""
        if not self.is_of_months:
            return self.length
        return 31 * self.length - self.length // 3 + (0 if self.kind == DAY else 4)

    def begins(self, number: int) -> date:
        """The first day of the period of that number, counted from the anchor's."""
        if not self.is_of_months:
            return self.anchor + timedelta(days=self.length * number)
        month = _month_of(self.anchor) + self.length * number
        return _working_day_in(month) if self.kind == WORKING_DAY else _day_in(month, self.anchor.day)

    def number_of(self, day: date) -> int:
        """The number of the period with ``day`` in it."""
        if not self.is_of_months:
            return (day - self.anchor).days // self.length
        number = (_month_of(day) - _month_of(self.anchor)) // self.length
        return number if self.begins(number) <= day else number - 1

    def fits(self, day: date) -> bool:
        """Whether a period begins on ``day``."""
        return self.begins(self.number_of(day)) == day

    def nearest(self, day: date) -> int:
        """The number of the period that begins nearest to ``day``, before or after it; the earlier of two as near."""
        number = self.number_of(day)
        return min((number, number + 1), key=lambda each: abs(self.begins(each) - day))

    def days_between(self, first: date, last: date) -> list[date]:
        """The days on which a period begins, of those from one to the other, both included."""
        number = self.number_of(first)
        found = [day] if (day := self.begins(number)) == first <= last else []
        while (day := self.begins(number := number + 1)) <= last:
            found.append(day)
        return found

    def around(self, day: date) -> PeriodRange:
        """The whole period with ``day`` in it."""
        number = self.number_of(day)
        return self.named(self.begins(number), self.begins(number + 1) - ONE_DAY)

    def from_day(self, first: date) -> PeriodRange:
        """From any day on, up to the day before the cycle begins again, and never less than a whole period."""
        number = self.number_of(first) + 1
        while not self.fits(first) and (self.begins(number) - first).days < self.shortest:
            number += 1
        return self.named(first, self.begins(number) - ONE_DAY)

    def named(self, start: date, end: date) -> PeriodRange:
        """Whole months, quarters and years have the names of the calendar; anything else has that of its days."""
        is_whole = self.is_of_months and self.fits(start) and self.begins(self.number_of(start) + 1) == end + ONE_DAY
        if not is_whole or self.length not in MONTHS.values():
            return named_range(start, end)
        late = self.kind == WORKING_DAY or self.anchor.day > _NAMED_BY
        return PeriodRange(_name(_month_of(start) + late, self.length), start, end)


def cycle_of(kind: str, anchor: date, period_type: str, start: date, end: date) -> Cycle:
    """The cycle that a period keeps: its kind and anchor are stored, its length follows from the period."""
    if kind in WEEKS:
        return Cycle(kind, anchor, WEEKS[kind])
    if kind == DAYS:
        return Cycle(kind, anchor, (end - start).days + 1)
    return Cycle(kind, anchor, MONTHS.get(period_type) or max(_month_of(end + ONE_DAY) - _month_of(start), 1))


def calendar_cycle(period_type: str, first_day: int = 1) -> Cycle:
    """Months, quarters or years of the calendar that begin on a day of the month, 1 to 31, or its last working day.

    Those that begin late in a month lie in the next one: the quarter from 25 March is the second.
    """
    if not LAST_WORKING <= first_day <= LAST:
        raise ValueError("A pay cycle begins on a day from 1 to 31.")
    if first_day == LAST_WORKING:
        return Cycle(WORKING_DAY, _working_day_in(_month_of(date(1999, 12, 1))), MONTHS[period_type])
    month = date(1999, 12, 1) if first_day > _NAMED_BY else date(2000, 1, 1)
    return Cycle(DAY, month.replace(day=first_day), MONTHS[period_type])


def cycle_from(period_type: str, first: date, first_day: int | None = None) -> Cycle:
    """Months, quarters or years that begin in the month of ``first``, on its day unless another is given."""
    if first_day == LAST_WORKING:
        return Cycle(WORKING_DAY, _working_day_in(_month_of(first)), MONTHS[period_type])
    return _anchored(_month_of(first), MONTHS[period_type], first_day or first.day)


def possible_cycles(period_type: str, start: date, end: date) -> list[Cycle]:
    """The cycles of which these days are one whole period; none for a part of one, two where both are possible.

    Of days of the month that differ in no month that comes, one is enough.
    """
    following, months = end + ONE_DAY, MONTHS.get(period_type)
    between = _month_of(following) - _month_of(start)
    if months is None and (between < 1 or start.day != following.day):
        return [Cycle(DAYS, start, (following - start).days)]
    months = months or between
    month = _month_of(start)
    days = [day for day in range(1, LAST + 1) if between == months and _day_in(month, day) == start]
    found = [_anchored(month, months, day) for day in days]
    working = Cycle(WORKING_DAY, start, months)
    whole = [cycle for cycle in dict.fromkeys(found) if cycle.around(start)[1:] == (start, end)]
    if between == months and working.around(start)[1:] == (start, end):
        whole.append(working)
    if period_type == CUSTOM:
        whole.append(Cycle(DAYS, start, (following - start).days))
    return whole


def likely_cycles(period_type: str, start: date, end: date) -> list[Cycle]:
    """The possible ones, or for a part of a period those that begin with its first day, or again after its last."""
    if found := possible_cycles(period_type, start, end):
        return found
    following, months = end + ONE_DAY, MONTHS[period_type]
    after = _anchored(_month_of(following), months, following.day)
    return [after] if following.day == 1 else [_anchored(_month_of(start), months, start.day), after]


def settled_cycle(period_type: str, start: date, end: date, said: Cycle | None = None) -> Cycle | None:
    """The cycle to remember for a period: the one that was said, unless the days are whole by another alone.

    None where nobody can tell; the next period is asked about then.
    """
    possible = possible_cycles(period_type, start, end)
    if said and (not possible or said.around(start)[1:] == (start, end)):
        return said
    found = possible or likely_cycles(period_type, start, end)
    return found[0] if len(found) == 1 else None


def period_containing(period_type: str, day: date, first_day: int = 1) -> PeriodRange:
    """The calendar's period of that type with ``day`` in it; of type custom, the fortnight that begins on it."""
    if period_type == CUSTOM:
        return named_range(day, day + (CUSTOM_DAYS - 1) * ONE_DAY)
    return calendar_cycle(period_type, first_day).around(day)


def named_range(start: date, end: date) -> PeriodRange:
    """Any range of days, named by its ends: "3 Mar – 16 Mar 2026"."""
    first = _short(start) if start.year == end.year else f"{_short(start)} {start.year}"
    return PeriodRange(f"{first} – {_short(end)} {end.year}", start, end)


def days_left(start: date, end: date, today: date) -> int:
    """Days of the period that are still to live, today included; all before it begins, 0 after it ended."""
    return max((end - max(start, today)).days + 1, 0)


def _anchored(month: int, months: int, day: int) -> Cycle:
    """The cycle by that day of the month, anchored where a month has it, or is the longest that there is."""
    begins = [_day_in(month + months * number, day) for number in range(_LATE // months + 3)]
    return Cycle(DAY, max(begins, key=lambda begun: (begun.day, -begun.toordinal())), months)


def _month_of(day: date) -> int:
    """Months from the year 0 on."""
    return day.year * 12 + day.month - 1


def _day_in(month: int, day: int) -> date:
    year, number = divmod(month, 12)
    return date(year, number + 1, min(day, calendar.monthrange(year, number + 1)[1]))


def _working_day_in(month: int) -> date:
    """The last day from Monday to Friday."""
    last = _day_in(month, LAST)
    return last - max(last.weekday() - _SATURDAY + 1, 0) * ONE_DAY


def _short(day: date) -> str:
    return f"{day.day} {calendar.month_abbr[day.month]}"


def _name(first: int, months: int) -> str:
    """Of ``months`` whole months from that one on: "March 2026", "Q1 2026", "Feb – Apr 2026", "2026", "2026/27"."""
    year, month = divmod(first, 12)
    if months == 1:
        return f"{calendar.month_name[month + 1]} {year}"
    if month % months == 0:
        return str(year) if months == 12 else f"Q{month // 3 + 1} {year}"
    if months == 12:
        return f"{year}/{(year + 1) % 100:02}"
    until, last = divmod(first + months - 1, 12)
    begun = calendar.month_abbr[month + 1] + (f" {year}" if until != year else "")
    return f"{begun} – {calendar.month_abbr[last + 1]} {until}"
