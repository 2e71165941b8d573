"""The way from one period to another: the two beside it, the list of all, and the one that could come next."""

from dataclasses import dataclass
from itertools import groupby

from budgets.models import BudgetPeriod, PeriodType
from budgets.periods.following import Coming, coming_after


@dataclass(frozen=True, slots=True)
class Switcher:
    """``coming`` is what one click opens, None unless the period is the last of its type; ``by_type`` has all."""

    earlier: BudgetPeriod | None
    later: BudgetPeriod | None
    coming: Coming | None
    by_type: list[tuple[str, list[BudgetPeriod]]]


def switcher(period: BudgetPeriod, timeline: list[BudgetPeriod]) -> Switcher:
    """``timeline`` is all periods of the user, the latest first; nothing is read here."""
    same = [other for other in timeline if other.period_type == period.period_type]
    later = [other for other in same if other.start_date > period.start_date]
    order = list(PeriodType.values)
    ordered = sorted(timeline, key=lambda other: order.index(other.period_type))
    return Switcher(
        earlier=next((other for other in same if other.start_date < period.start_date), None),
        later=later[-1] if later else None,
        coming=None if later else coming_after(period, same),
        by_type=[
            (PeriodType(kind).label, list(members))
            for kind, members in groupby(ordered, key=lambda other: other.period_type)
        ],
    )
