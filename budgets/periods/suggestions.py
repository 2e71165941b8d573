"""The days and the name that a new period begins with."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from accounts.models import User
from budgets.models import BudgetPeriod, PeriodType
from wealthwise.core.days import ONE_DAY
from wealthwise.core.periods import PeriodRange, named_range, next_period, period_containing

# The latest starts that tell the first day of the cycle: of any three in a row, one is in a month of 31 days or so.
CYCLE = 3


class PeriodSuggestion(NamedTuple):
    """``first_day`` is the day of the month on which the user's periods begin."""

    period: PeriodRange
    first_day: int


def suggest_period(user: User, period_type: str, today: date, first_day: int | None = None) -> PeriodSuggestion:
    """The period around ``today``, or the one after the last when some of its days are taken; one statement.

    Without ``first_day`` the pay cycle goes on as it was.
    """
    mine = BudgetPeriod.objects.for_user(user).filter(period_type=period_type).order_by("-start_date")
    taken = list(mine.values_list("start_date", "end_date"))
    day = first_day or _cycle_begins([start for start, _ in taken[:CYCLE]], period_type)
    around = period_containing(period_type, today, day)
    if not any(start <= around.end and end >= around.start for start, end in taken):
        return PeriodSuggestion(around, day)
    free = max(end for _, end in taken) + ONE_DAY
    following = period_containing(period_type, free, day)
    return PeriodSuggestion(following._replace(start=max(following.start, free)), day)


def following(period: BudgetPeriod, others: Iterable[BudgetPeriod]) -> PeriodRange:
    """The period that goes on where ``period`` ends, in the pay cycle that it and those before it keep.

    A custom one lasts as long as the one before it. Raises OverflowError after the year 9999.
    """
    current = PeriodRange(period.name, period.start_date, period.end_date)
    free = current.end + ONE_DAY
    if period.period_type == PeriodType.CUSTOM:
        return named_range(free, free + (current.end - current.start))
    starts = sorted(
        {
            other.start_date
            for other in [period, *others]
            if other.period_type == period.period_type and other.start_date <= current.start
        },
        reverse=True,
    )
    found = next_period(period.period_type, current, _cycle_begins(starts[:CYCLE], period.period_type))
    return found._replace(start=free)


def _cycle_begins(latest: list[date], period_type: str) -> int:
    """Day of the month of the latest period's start; of the last ones the highest, where February cut it short."""
    if not latest or period_type == PeriodType.CUSTOM:
        return 1
    day = latest[0].day
    return max(start.day for start in latest) if day >= 28 else day
