"""Which due days are settled by which rows of the ledger: arithmetic on days and amounts, no statement.

Nothing of it is stored. A row that is typed, imported, changed or deleted settles a day, or no longer does, with the
next look at it, so that no writer has to know of schedules and two of them cannot disagree.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from wealthwise.core.days import ONE_DAY
from wealthwise.core.periods import Cycle

# How far from its day a row may be: never so far that it could be that of the day before or after.
REACH: Final = {"week": 3, "two_weeks": 6}
USUAL_REACH: Final = 10
LONGEST_REACH: Final = max(USUAL_REACH, *REACH.values())
# How long what is late is remembered.
REMEMBERED: Final = 92
_ABOUT: Final = 4  # an amount of about X is within a quarter of it


class DatedAmount(NamedTuple):
    """What counts of a row of the ledger."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A schedule as it is looked at. ``key`` is what it shares with the rows that can settle it: the account, the
    description whatever its case, the direction. ``answers`` are what its person said of single days.
    """

    id: int
    key: tuple[int, str, int]
    description: str
    amount: Decimal
    is_exact: bool
    cycle: Cycle
    starts_on: date
    answers: Mapping[date, bool]

    @property
    def account_id(self) -> int:
        return self.key[0]

    @property
    def reach(self) -> timedelta:
        return REACH.get(self.cycle.kind, USUAL_REACH) * ONE_DAY

    def days(self, first: date, last: date) -> list[date]:
        """The days on which it is due, of those from one to the other."""
        return self.cycle.days_between(max(first, self.starts_on), last) if last >= self.starts_on else []

    def fits(self, day: date, row: DatedAmount) -> bool:
        """Whether a row of its key can be what was due on ``day``."""
        return abs(row.day - day) <= self.reach and similar(row.amount, self.amount, is_exact=self.is_exact)


class DueDay(NamedTuple):
    """A schedule on one of its days: settled by a ``row`` or because its person said so, or still to come."""

    schedule: Expected
    day: date
    row: DatedAmount | None = None
    said: bool | None = None

    @property
    def is_settled(self) -> bool:
        return self.row is not None or self.said is True


def similar(amount: Decimal, usual: Decimal, *, is_exact: bool = False) -> bool:
    """The same, or about the same, in the same direction."""
    return amount == usual if is_exact else abs(amount - usual) * _ABOUT <= abs(usual)


def due_days(
    schedules: Iterable[Expected], rows: Mapping[tuple[int, str, int], list[DatedAmount]], first: date, last: date
) -> list[DueDay]:
    """Every day from ``first`` to ``last`` on which something is due, with what settles it; by day.

    A row settles one day at most. Of those that can, the nearest pair is settled first; where two are as near, the
    one whose amounts are nearer, then the earlier.
    """
    found: list[DueDay] = []
    open_days: defaultdict[tuple[int, str, int], list[DueDay]] = defaultdict(list)
    for schedule in schedules:
        for day in schedule.days(first - schedule.reach, last + schedule.reach):
            due = DueDay(schedule, day, said=schedule.answers.get(day))
            (found if due.said is not None else open_days[schedule.key]).append(due)
    for key, days in open_days.items():
        found += _settled(days, rows.get(key, []))
    inside = (due for due in found if first <= due.day <= last)
    return sorted(inside, key=lambda due: (due.day, due.schedule.description, due.schedule.id))


def _settled(days: list[DueDay], rows: list[DatedAmount]) -> list[DueDay]:
    pairs = sorted(
        (abs(row.day - due.day), abs(row.amount - due.schedule.amount), due.day, due.schedule.id, number, place)
        for place, due in enumerate(days)
        for number, row in enumerate(rows)
        if due.schedule.fits(due.day, row)
    )
    taken: dict[int, int] = {}
    used: set[int] = set()
    for *_, number, place in pairs:
        if number not in used and place not in taken:
            taken[place] = number
            used.add(number)
    return [due._replace(row=rows[taken[place]]) if place in taken else due for place, due in enumerate(days)]
