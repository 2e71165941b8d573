"""What the budget page begins with, in one statement: all periods of a user, and the budget of one of them."""

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS
from django.db.models import FETCH_RAISE

from accounts.models import User
from budgets.models import Budget, BudgetPeriod
from budgets.periods.active import standing_among
from wealthwise.postgres.sql import rows_of

_PERIOD = (
    "id", "user_id", "name", "period_type", "start_date", "end_date", "cycle", "cycle_anchor", "is_active",
    "chosen_at",
)  # fmt: skip
_BUDGET = ("id", "user_id", "period_id", "brought_forward", "carry_over", "carry_by", "carry_basis")
# By budget_period_owner_key and idx_budget_user_period.
_PERIODS = """
    SELECT p.id, p.user_id, p.name, p.period_type, p.start_date, p.end_date, p.cycle, p.cycle_anchor, p.is_active,
           p.chosen_at, b.id, b.user_id, b.period_id, b.brought_forward, b.carry_over,
           b.carry_by, b.carry_basis
    FROM budget_period p
    JOIN budget b ON b.user_id = p.user_id AND b.period_id = p.id
    WHERE p.user_id = %(user)s
    ORDER BY p.start_date DESC, p.id DESC
"""


@dataclass(frozen=True, slots=True)
class Timeline:
    """``periods`` are the latest first, each with its budget; ``shown`` is one of them, or None."""

    shown: BudgetPeriod | None
    periods: list[BudgetPeriod]


def timeline_of(user: User, period_id: int | None = None) -> Timeline:
    """Shows the period of that id if it is the user's, without an id the active one, or else the nearest."""
    periods = []
    for row in rows_of(_PERIODS, user=user.pk):
        period = BudgetPeriod.from_db(DEFAULT_DB_ALIAS, _PERIOD, row[: len(_PERIOD)], fetch_mode=FETCH_RAISE)
        period.budget = Budget.from_db(DEFAULT_DB_ALIAS, _BUDGET, row[len(_PERIOD) :], fetch_mode=FETCH_RAISE)
        periods.append(period)
    current = standing_among(user, periods).current
    if period_id is None:
        return Timeline(current, periods)
    return Timeline(next((period for period in periods if period.pk == period_id), None), periods)
