"""Whether days are regular, and by which cycle: arithmetic, no statement."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Final

from wealthwise.core.days import ONE_DAY
from wealthwise.core.periods import DAY, LAST, LAST_WORKING, WEEKS, Cycle, cycle_from

LEAST: Final = 3  # times that something must have come; of what comes once a year, two
# The typical gap in days of each kind, from and to; a month and four weeks are told apart by which fits better.
_GAPS: Final = {
    "week": (6, 8),
    "two_weeks": (13, 15),
    "four_weeks": (27, 31),
    "monthly": (27, 33),
    "quarterly": (85, 97),
    "yearly": (355, 375),
}
# How far from its day each of them may be: a booking waits for the bank's next working day.
_STRAY: Final = {"week": 1, "two_weeks": 2, "four_weeks": 2}
_USUAL_STRAY: Final = 4


def regular_cycle(days: Sequence[date]) -> Cycle | None:
    """The cycle that these days, in order, are the beginnings of, one after another without a gap; or None.

    Of those that fit the one is taken from which the days stray least, a month before four weeks, a day of the month
    before its last working day.
    """
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if not gaps:
        return None
    usual = median(gaps)
    kinds = [kind for kind, (least, most) in _GAPS.items() if least <= usual <= most]
    fitting = [
        (stray, kind in WEEKS, cycle.kind != DAY, cycle.anchor, cycle)
        for kind in kinds
        if len(days) >= (2 if kind == "yearly" else LEAST)
        for cycle in _cycles(kind, days)
        if (stray := _stray(cycle, days, _STRAY.get(kind, _USUAL_STRAY))) is not None
    ]
    return min(fitting, key=lambda each: each[:4])[4] if fitting else None


def _cycles(kind: str, days: Sequence[date]) -> list[Cycle]:
    if kind in WEEKS:
        return [Cycle(kind, anchor, WEEKS[kind]) for anchor in dict.fromkeys(days[-LEAST:])]
    numbers = {day.day for day in days} | ({LAST} if any((day + ONE_DAY).day == 1 for day in days) else set())
    return [cycle_from(kind, days[-1], number) for number in [*sorted(numbers), LAST_WORKING]]


def _stray(cycle: Cycle, days: Sequence[date], most: int) -> int | None:
    """How far the days are from the cycle's in all; None where one is too far, or a beginning has none or two."""
    numbers = [cycle.nearest(day) for day in days]
    if any(later != earlier + 1 for earlier, later in pairwise(numbers)):
        return None
    strays = [abs((cycle.begins(number) - day).days) for number, day in zip(numbers, days, strict=True)]
    return sum(strays) if max(strays) <= most else None
