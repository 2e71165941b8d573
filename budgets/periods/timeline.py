"""What the budget page begins with, in one statement: all periods of a user, and the budget of one of them."""

from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import FETCH_RAISE

from accounts.models import User
from budgets.models import Budget, BudgetPeriod
from wealthwise.postgres.sql import rows_of

_PERIOD = ("id", "user_id", "name", "period_type", "start_date", "end_date", "is_active")
_BUDGET = ("id", "user_id", "period_id", "brought_forward", "carry_over")
# By budget_period_owner_key; only the one that is shown meets its budget, so budget_carried runs once.
_PERIODS = """
    SELECT p.id, p.user_id, p.name, p.period_type, p.start_date, p.end_date, p.is_active,
           b.id, b.user_id, b.period_id, b.brought_forward, b.carry_over,
           CASE WHEN b.id IS NOT NULL THEN budget_carried(p.user_id, p.id) END
    FROM budget_period p
    LEFT JOIN budget b ON b.user_id = p.user_id AND b.period_id = p.id
        AND CASE WHEN %(wanted)s IS NULL THEN p.is_active ELSE p.id = %(wanted)s END
    WHERE p.user_id = %(user)s
    ORDER BY p.start_date DESC, p.id DESC
"""


@dataclass(frozen=True, slots=True)
class Timeline:
    """``periods`` are the latest first; ``shown`` is one of them, read as `with_budget`, or None."""

    shown: BudgetPeriod | None
    periods: list[BudgetPeriod]


def timeline_of(user: User, period_id: int | None = None) -> Timeline:
    """Shows the period of that id if it is the user's, without an id the active one."""
    shown, periods = None, []
    for row in rows_of(_PERIODS, user=user.pk, wanted=period_id):
        period = BudgetPeriod.from_db(DEFAULT_DB_ALIAS, _PERIOD, row[: len(_PERIOD)], fetch_mode=FETCH_RAISE)
        periods.append(period)
        if row[len(_PERIOD)] is not None:
            shown = _with_budget(period, row[len(_PERIOD) :])
    return Timeline(shown, periods)


def _with_budget(period: BudgetPeriod, columns: tuple[Any, ...]) -> BudgetPeriod:
    *budget, carried = columns
    period.budget = Budget.from_db(DEFAULT_DB_ALIAS, _BUDGET, budget, fetch_mode=FETCH_RAISE)
    period.carried = carried
    return period
