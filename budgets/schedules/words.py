"""How the days of a schedule are said."""

from typing import Final

from wealthwise.core.periods import LAST, WEEKS, WORKING_DAY, Cycle

_WEEKS: Final = {"week": "every week", "two_weeks": "every 2 weeks", "four_weeks": "every 4 weeks"}
_MONTHS: Final = {1: "every month", 3: "every 3 months", 12: "every year"}


def in_words(cycle: Cycle) -> str:
    """Such as "every month, on its last working day"."""
    if cycle.kind in WEEKS:
        return _WEEKS[cycle.kind]
    if cycle.kind == WORKING_DAY:
        return f"{_MONTHS[cycle.length]}, on its last working day"
    if cycle.length != 1:
        return _MONTHS[cycle.length]
    return "every month, on its last day" if cycle.anchor.day == LAST else f"every month, on day {cycle.anchor.day}"
