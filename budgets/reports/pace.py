"""How fast money goes: spending day by day, counted from the first day of two stretches, in one statement."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import User
from budgets.models import BudgetPeriod, PeriodType
from transactions.models.cached_names import Names, names_of
from transactions.summaries.ranges import Stretch
from wealthwise.core.days import ONE_DAY, months_before, zone_of
from wealthwise.core.periods import day_bounds, period_containing, previous_period
from wealthwise.postgres.sql import rows_of

LONGEST_PACE: Final = 366  # days


@dataclass(frozen=True, slots=True)
class Pace:
    """Spent up to each day, counted from the first of its stretch; ``current`` ends today at the latest."""

    current: list[Decimal] = field(default_factory=list)
    previous: list[Decimal] = field(default_factory=list)

    @property
    def change(self) -> Decimal | None:
        """How much more was spent by the last day than by the same day before; None with nothing to compare to."""
        if not self.current or not self.previous:
            return None
        return self.current[-1] - self.previous[min(len(self.current), len(self.previous)) - 1]


# Range scan of idx_transaction_covering; one row for each day of both stretches, which follow each other.
_RUNNING: Final = """
    WITH daily AS (
        SELECT (transaction_date AT TIME ZONE %(zone)s)::date AS day,
               -sum(amount) FILTER (WHERE subcategory_id IS NOT NULL OR amount < 0) AS spent
        FROM transaction
        WHERE user_id = %(user)s AND transaction_date >= %(from)s AND transaction_date < %(to)s
          AND transfer_id IS NULL AND (subcategory_id IS NULL OR subcategory_id <> ALL(%(income)s::int[]))
        GROUP BY 1
    )
    SELECT sum(coalesce(daily.spent, 0)) OVER (PARTITION BY d.day::date >= %(start)s ORDER BY d.day)
    FROM generate_series(%(before)s::timestamp, %(end)s::timestamp, interval '1 day') AS d (day)
    LEFT JOIN daily ON daily.day = d.day::date
    ORDER BY d.day
"""


def pace_of(user: User, stretch: Stretch, before: date, today: date, names: Names | None = None) -> Pace:
    """Spending of ``stretch`` up to today over that of the days from ``before`` to its start.

    Empty before the stretch begins, and for one of more than a year. The days before are left out when nothing
    was spent on them.
    """
    last = min(today, stretch.end)
    if last < stretch.start or stretch.days > LONGEST_PACE:
        return Pace()
    zone = zone_of(user)
    first, beyond = day_bounds(before, last, zone)
    rows = rows_of(
        _RUNNING,
        **{"user": user.pk, "zone": str(zone), "from": first, "to": beyond},
        income=(names or names_of(user)).of_kind("income"),
        start=stretch.start,
        before=before,
        end=last,
    )
    days = (stretch.start - before).days
    previous = [spent for (spent,) in rows[:days]]
    return Pace([spent for (spent,) in rows[days:]], previous if any(previous) else [])


def stretch_before(stretch: Stretch) -> date:
    """The first day of the stretch before: as many whole months back for whole months, as many days otherwise."""
    after = stretch.end + ONE_DAY
    if stretch.start.day == after.day == 1:
        return months_before(stretch.start, stretch.months)
    return stretch.start - stretch.days * ONE_DAY


def previous_start(period: BudgetPeriod) -> date:
    """The first day of the stretch before: the previous pay cycle's, or as many days back for any other period."""
    start, end = period.start_date, period.end_date
    if period.period_type != PeriodType.CUSTOM:
        cycle = period_containing(period.period_type, start, start.day)
        if (cycle.start, cycle.end) == (start, end):
            return previous_period(period.period_type, cycle, start.day).start
    return start - (end - start) - ONE_DAY
