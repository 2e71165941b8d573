"""What the empty cells of a budget show: the average that the ledger has for them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import User
from budgets.budget.fill_services import averages
from budgets.budget.spans import SPANS, spans_before
from budgets.budget.summary import BudgetSummary
from budgets.periods.timeline import Timeline
from wealthwise.core.money import ZERO

SHOWN: Final = min(SPANS)


@dataclass(frozen=True, slots=True)
class EmptyCells:
    """``amounts`` are averages by the id of a subcategory with nothing budgeted, ``income`` that of a budget without.

    ``of`` says over which months. The way to fill them all in is ``source`` of the page that fills.
    """

    amounts: dict[int, Decimal]
    income: Decimal
    of: str
    source: str = str(SHOWN)

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)


def averages_for_empty(user: User, timeline: Timeline, summary: BudgetSummary, today: date) -> EmptyCells | None:
    """None where no cell is empty, for a period that is over, and without anything booked before; one statement."""
    period = summary.period
    empty = {line.id for group in summary.groups for line in group.lines if not line.budgeted}
    if not empty or period.end_date < today:
        return None
    spans = spans_before(period, timeline.periods, today, SHOWN)
    if (found := averages(user, spans).get(SHOWN)) is None:
        return None
    amounts = {pk: amount for pk, amount in found.amounts.items() if pk in empty}
    income = ZERO if summary.income_sources else sum(found.incomes.values(), ZERO)
    return EmptyCells(amounts, income, found.in_words()) if amounts else None
