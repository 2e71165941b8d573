"""What comes after a period, and the days and the name that a new one begins with."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from budgets.models import BudgetPeriod, CycleKind, PeriodType
from wealthwise.core.days import LAST_DAY, ONE_DAY
from wealthwise.core.periods import (
    CUSTOM_DAYS,
    DAYS,
    LAST_WORKING,
    WEEKS,
    Cycle,
    PeriodRange,
    calendar_cycle,
    cycle_from,
    likely_cycles,
    named_range,
    settled_cycle,
)


class Coming(NamedTuple):
    """What would follow a period; more than one possibility, or days between two beginnings, are asked about."""

    choices: list[tuple[Cycle, PeriodRange]]
    is_sure: bool

    @property
    def cycle(self) -> Cycle:
        return self.choices[0][0]

    @property
    def period(self) -> PeriodRange:
        return self.choices[0][1]


class PeriodSuggestion(NamedTuple):
    """``cycle`` says how the period goes on."""

    period: PeriodRange
    cycle: Cycle


def coming_after(period: BudgetPeriod, others: Iterable[BudgetPeriod]) -> Coming | None:
    """What goes on where ``period`` ends; None when it lay beyond the days that the ledger covers.

    Where the period does not say how it goes on, those of its type before it help to tell.
    """
    free = period.end_date + ONE_DAY
    known = period.known_cycle
    cycles = [known] if known else _told_by_others(period, others)
    if known and not known.fits(free) and known.is_of_months:
        cycles += likely_cycles(period.period_type, period.start_date, period.end_date)[-1:]
    try:
        found: dict[tuple[date, date], tuple[Cycle, PeriodRange]] = {}
        for cycle in cycles:
            following = cycle.from_day(free)
            if following.name == period.name:
                following = named_range(*following[1:])
            found.setdefault(following[1:], (cycle, following))
    except (OverflowError, ValueError):
        return None
    choices = [choice for choice in found.values() if choice[1].end <= LAST_DAY]
    if not choices:
        return None
    return Coming(choices, len(choices) == 1 and choices[0][0].fits(free))


def cycle_of_period(period: BudgetPeriod, others: Iterable[BudgetPeriod]) -> Cycle:
    """How it goes on, as far as anybody can tell: as was remembered, or else the likeliest that its days allow."""
    return period.known_cycle or _told_by_others(period, others)[0]


def _told_by_others(period: BudgetPeriod, others: Iterable[BudgetPeriod]) -> list[Cycle]:
    """The cycles that the period's days allow, less those that do not fit the ones that led up to it."""
    cycles = likely_cycles(period.period_type, period.start_date, period.end_date)
    earlier = {
        other.end_date: other
        for other in others
        if other.period_type == period.period_type and other.end_date < period.start_date
    }
    first = period
    while len(cycles) > 1 and (first := earlier.get(first.start_date - ONE_DAY)):  # type: ignore[assignment]
        cycles = [cycle for cycle in cycles if cycle.fits(first.start_date)] or cycles
    return cycles


def suggest_period(
    kind: str, mine: list[BudgetPeriod], today: date, begins: str = "", first: date | None = None
) -> PeriodSuggestion:
    """What a new period of that ``kind``, a type or a number of weeks, begins with.

    ``mine`` are all periods, the latest first.
    ``begins`` is a day of the month, "working_day" or empty; ``first`` a day to begin on. Without either the last
    period of the kind goes on: around ``today``, or right after it when some of those days are taken.
    """
    period_type = PeriodType.CUSTOM.value if kind in WEEKS else kind
    same = [period for period in mine if period.period_type == period_type]
    cycle = _chosen(kind, begins, first) or _as_last(kind, same, today) or _usual(kind, today)
    around = cycle.around(first or today)
    if first or not any(period.start_date <= around.end and period.end_date >= around.start for period in same):
        return PeriodSuggestion(around, cycle)
    free = max(period.end_date for period in same) + ONE_DAY
    if not cycle.is_of_months:
        cycle = Cycle(cycle.kind, free, cycle.length)
    return PeriodSuggestion(cycle.from_day(free), cycle)


def settled(period_type: str, start: date, end: date, said: Cycle | None) -> dict[str, object]:
    """The columns that remember how a period with these days goes on."""
    cycle = settled_cycle(period_type, start, end, said)
    return {"cycle": cycle.kind if cycle else CycleKind.UNKNOWN.value, "cycle_anchor": cycle.anchor if cycle else None}


def _chosen(kind: str, begins: str, first: date | None) -> Cycle | None:
    if kind in WEEKS:
        return Cycle(kind, first, WEEKS[kind]) if first else None
    if kind == PeriodType.CUSTOM:
        return Cycle(DAYS, first, CUSTOM_DAYS) if first else None
    day = LAST_WORKING if begins == CycleKind.WORKING_DAY else int(begins) if begins else None
    if first:
        return cycle_from(kind, first, day)
    return None if day is None else calendar_cycle(kind, day)


def _as_last(kind: str, same: list[BudgetPeriod], today: date) -> Cycle | None:
    """As the latest one goes on; weeks only where it is of as many weeks, any other number of days from today on."""
    if not same or (kind in WEEKS and same[0].cycle != kind):
        return None
    coming = coming_after(same[0], same)
    if coming and coming.cycle.kind == DAYS:
        return Cycle(DAYS, today, coming.cycle.length)
    return coming.cycle if coming else None


def _usual(kind: str, today: date) -> Cycle:
    if kind in WEEKS:
        return Cycle(kind, today - today.weekday() * ONE_DAY, WEEKS[kind])
    return Cycle(DAYS, today, CUSTOM_DAYS) if kind == PeriodType.CUSTOM else calendar_cycle(kind)
