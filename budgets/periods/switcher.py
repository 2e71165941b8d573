"""The way from one period to another: the two beside it, the list of all, and the one that could come next."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from budgets.models import BudgetPeriod, PeriodType
from budgets.periods.suggestions import following
from wealthwise.core.days import LAST_DAY
from wealthwise.core.locales import show_day
from wealthwise.core.periods import PeriodRange, days_left


@dataclass(frozen=True, slots=True)
class Stop:
    """A period in the list; ``days`` are its ends in words."""

    id: int
    name: str
    days: str
    is_current: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class Switcher:
    """``coming`` is what one click opens, None unless the period is the last of its type."""

    earlier: BudgetPeriod | None
    later: BudgetPeriod | None
    coming: PeriodRange | None
    stops: list[tuple[str, list[Stop]]]


def switcher(period: BudgetPeriod, timeline: list[BudgetPeriod]) -> Switcher:
    """``timeline`` is all periods of the person, the latest first; nothing is read here."""
    same = [other for other in timeline if other.period_type == period.period_type]
    later = [other for other in same if other.start_date > period.start_date]
    return Switcher(
        earlier=next((other for other in same if other.start_date < period.start_date), None),
        later=later[-1] if later else None,
        coming=None if later else coming_after(period, same),
        stops=_stops(period, timeline),
    )


def coming_after(period: BudgetPeriod, timeline: list[BudgetPeriod]) -> PeriodRange | None:
    """What would follow, None when it lay beyond the days that the ledger covers."""
    try:
        found = following(period, timeline)
    except (OverflowError, ValueError):
        return None
    return found if found.end <= LAST_DAY else None


def days_of(start: BudgetPeriod | PeriodRange) -> str:
    """Both ends in words, such as "25 Feb – 24 Mar 2026"."""
    first, last = (start.start, start.end) if isinstance(start, PeriodRange) else (start.start_date, start.end_date)
    return f"{show_day(first, 'short' if first.year == last.year else 'medium')} – {show_day(last)}"


def _stops(current: BudgetPeriod, timeline: list[BudgetPeriod]) -> list[tuple[str, list[Stop]]]:
    order = list(PeriodType.values)
    by_type = sorted(timeline, key=lambda period: order.index(period.period_type))
    return [
        (
            PeriodType(kind).label,
            [Stop(other.pk, other.name, days_of(other), other.pk == current.pk, other.is_active) for other in members],
        )
        for kind, members in groupby(by_type, key=lambda period: period.period_type)
    ]


def when(period: BudgetPeriod, today: date) -> str:
    """The days of a period and how many are left, such as "1 Mar – 31 Mar 2026 · 12 days left"."""
    days = days_of(period)
    left = days_left(period.start_date, period.end_date, today)
    if today < period.start_date:
        ahead = (period.start_date - today).days
        return f"{days} · begins {'tomorrow' if ahead == 1 else f'in {ahead} days'}"
    return f"{days} · {'over' if left == 0 else 'last day' if left == 1 else f'{left} days left'}"
