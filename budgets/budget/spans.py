"""The spans of days that lead up to a period and that an average is of, whether a period was opened then or not.

They end where the period begins and go back one after another: a period that was opened is one with its own days, and
elsewhere the cycle says how long one is. Days that are no whole one, where a cycle was changed, belong to none. What
is not over yet is left out, and so is what lies before the ledger: its first span is one of which at most a quarter
came before the first booking, so that a ledger begun on the third has that month in it.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from budgets.models import BudgetPeriod
from budgets.periods.following import cycle_of_period
from wealthwise.core.days import FIRST_DAY, ONE_DAY
from wealthwise.core.locales import show_day
from wealthwise.core.periods import PeriodRange

SPANS: Final = (3, 6, 12)
_QUARTER: Final = 4


def spans_before(
    period: BudgetPeriod, others: Collection[BudgetPeriod], today: date, most: int = max(SPANS)
) -> list[PeriodRange]:
    """At most that many, the latest first; ``others`` are periods of the same person, of any type."""
    opened = {
        other.end_date: PeriodRange(other.name, other.start_date, other.end_date)
        for other in others
        if other.period_type == period.period_type and other.end_date < period.start_date
    }
    cycle, begins, found = cycle_of_period(period, others), period.start_date, list[PeriodRange]()
    while len(found) < most and (begins - FIRST_DAY).days > cycle.longest:
        last = begins - ONE_DAY
        if last not in opened and not cycle.fits(begins):
            begins = cycle.begins(cycle.number_of(begins))
            continue
        span = opened.get(last) or cycle.named(cycle.begins(cycle.number_of(last)), last)
        begins = span.start
        if span.end < today:
            found.append(span)
    return found


def since_first_booking(spans: list[PeriodRange], first: date | None) -> list[PeriodRange]:
    """Those that the ledger covers, which begins on ``first``; where that is a part of one alone, it says so."""
    if first is None:
        return []
    whole = [span for span in spans if (first - span.start).days * _QUARTER <= (span.end - span.start).days + 1]
    if whole:
        return whole
    name = f", booked since {show_day(first, 'long')}"
    return [span._replace(name=span.name + name) for span in spans if span.end >= first]


def names_of_spans(spans: list[PeriodRange]) -> str:
    """The latest first: "January 2026 to March 2026"."""
    return spans[0].name if len(spans) == 1 else f"{spans[-1].name} to {spans[0].name}"
