"""Filling many amounts of a budget at once, each way one statement: a copy of the period before, or averages.

The average of a subcategory over the last 3, 6 or 12 periods is what was spent in them, refunds taken off and
transfers left out, divided by their number. They are the latest periods of the same type that ended before this
one began; where there are fewer, all of them. A period without spending counts as one with nothing spent. The
average is rounded to the currency's decimals, half up; one of nothing or below, where more came back than went out,
fills nothing. Only subcategories of expenses are filled.

Both ways fill either where nothing is budgeted, which is no amount or zero, or everywhere. Amounts of
subcategories for which there is nothing to fill in stay as they are, and so do links to recurring allocations.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from budgets.budget.services import hold_budget
from budgets.models import BudgetPeriod
from wealthwise.core.errors import NotFound, RefusedAmount
from wealthwise.core.money import MAX_AMOUNT, ZERO, average_in, currency_style
from wealthwise.postgres.sql import rows_of, run

SPANS = (3, 6, 12)


@dataclass(frozen=True, slots=True)
class Filled:
    """``count`` amounts were set or changed, from ``source``: the period copied, or how many were averaged."""

    count: int
    source: str


_HOLD_SUBCATEGORIES = """
    SELECT 1 FROM subcategory WHERE user_id = %(user)s AND (%(only)s::integer IS NULL OR id = %(only)s)
    ORDER BY id FOR KEY SHARE
"""
# Reads idx_budget_allocation_covering, which is also the target of the upsert.
_COPY = """
    INSERT INTO budget_allocation AS a
        (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation)
    SELECT user_id, %(budget)s, subcategory_id, allocated_amount, false FROM budget_allocation
    WHERE user_id = %(user)s AND budget_id = %(source)s AND allocated_amount > 0
      AND (%(only)s::integer IS NULL OR subcategory_id = %(only)s)
    ORDER BY subcategory_id
    ON CONFLICT (budget_id, subcategory_id) DO UPDATE SET allocated_amount = excluded.allocated_amount
    WHERE a.allocated_amount <> excluded.allocated_amount AND (%(everywhere)s OR a.allocated_amount = 0)
"""
# A range of idx_transaction_covering for each period, index-only.
_SPENT = """
    SELECT t.subcategory_id, s.number, -sum(t.amount) AS spent
    FROM unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS s (first, last, number)
    CROSS JOIN LATERAL (
        SELECT subcategory_id, amount FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN s.first AND s.last
          AND transaction_date >= s.first::date - 1 AND transaction_date < s.last::date + 2
          AND transfer_id IS NULL AND subcategory_id IS NOT NULL
    ) t
    JOIN subcategory sc ON sc.user_id = %(user)s AND sc.id = t.subcategory_id
    JOIN category c ON c.user_id = %(user)s AND c.id = sc.category_id AND c.kind = 'expense'
    WHERE %(only)s::integer IS NULL OR t.subcategory_id = %(only)s
    GROUP BY 1, 2
"""
_AVERAGE = """
    INSERT INTO budget_allocation AS a
        (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation)
    SELECT %(user)s, %(budget)s, subcategory_id, average, false
    FROM (SELECT subcategory_id, round(sum(spent) / %(count)s, %(places)s) AS average FROM (
        SELECT t.subcategory_id, s.number, -sum(t.amount) AS spent
        FROM unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS s (first, last, number)
        CROSS JOIN LATERAL (
            SELECT subcategory_id, amount FROM transaction
            WHERE user_id = %(user)s AND booked_on BETWEEN s.first AND s.last
          AND transaction_date >= s.first::date - 1 AND transaction_date < s.last::date + 2
              AND transfer_id IS NULL AND subcategory_id IS NOT NULL
        ) t
        JOIN subcategory sc ON sc.user_id = %(user)s AND sc.id = t.subcategory_id
        JOIN category c ON c.user_id = %(user)s AND c.id = sc.category_id AND c.kind = 'expense'
        WHERE %(only)s::integer IS NULL OR t.subcategory_id = %(only)s
        GROUP BY 1, 2
    ) parts GROUP BY 1) averages
    WHERE average > 0 AND average <= %(most)s
    ORDER BY subcategory_id
    ON CONFLICT (budget_id, subcategory_id) DO UPDATE SET allocated_amount = excluded.allocated_amount
    WHERE a.allocated_amount <> excluded.allocated_amount AND (%(everywhere)s OR a.allocated_amount = 0)
"""


@transaction.atomic
def copy_allocations(*, user: User, period_id: int, everywhere: bool, only: int | None = None) -> Filled:
    """Budget what the period of the same type before this one had, for all subcategories or ``only`` one.

    Raises NotFound when there is no such period.
    """
    previous = _before(user, period_id, 1)
    if not previous:
        raise NotFound("There is no earlier period of this type to copy from.")
    source = previous[0]
    count = _fill(_COPY, user, period_id, only, everywhere=everywhere, source=source.budget.pk)
    return Filled(count, source.name)


@transaction.atomic
def fill_by_average(*, user: User, period_id: int, periods: int, everywhere: bool, only: int | None = None) -> Filled:
    """Budget the average spending of the last ``periods`` (3, 6 or 12), for all subcategories or ``only`` one.

    Raises RefusedAmount for another number, NotFound when there is no earlier period.
    """
    if periods not in SPANS:
        raise RefusedAmount("Choose the average of 3, 6 or 12 periods.")
    previous = _before(user, period_id, periods)
    if not previous:
        raise NotFound("There is no earlier period of this type to take an average of.")
    bounds = _bounds(previous)
    places = currency_style(user.currency).decimals
    count = _fill(_AVERAGE, user, period_id, only, everywhere=everywhere, most=MAX_AMOUNT, places=places, **bounds)
    return Filled(count, names_of_span(previous))


@dataclass(frozen=True, slots=True)
class Averages:
    """What fill_by_average would fill in, by subcategory id, and of how many periods nothing was spent in."""

    amounts: dict[int, Decimal]
    empty: int


def names_of_span(periods: list[BudgetPeriod]) -> str:
    """The periods that an average is of, which are the latest first: "January 2026 to March 2026"."""
    return periods[0].name if len(periods) == 1 else f"{periods[-1].name} to {periods[0].name}"


def averages(user: User, previous: list[BudgetPeriod], only: int | None = None) -> dict[int, Averages]:
    """By span; ``previous`` is the latest first. Periods in which nothing was spent count."""
    parts = rows_of(_SPENT, user=user.pk, only=only, **_bounds(previous)) if previous else []
    found: dict[int, Averages] = {}
    for span in SPANS:
        sums: dict[int, Decimal] = {}
        for subcategory_id, number, spent in parts:
            if number <= span:
                sums[subcategory_id] = sums.get(subcategory_id, ZERO) + spent
        rounded = {pk: average_in(total, min(span, len(previous)), user.currency) for pk, total in sums.items()}
        amounts = {pk: amount for pk, amount in rounded.items() if ZERO < amount <= MAX_AMOUNT}
        used = {number for _, number, _ in parts if number <= span}
        found[span] = Averages(amounts, min(span, len(previous)) - len(used))
    return found


def _before(user: User, period_id: int, limit: int) -> list[BudgetPeriod]:
    mine = BudgetPeriod.objects.for_user(user)
    period = mine.filter(pk=period_id).first()
    if period is None:
        raise NotFound("That period is no longer there.")
    return list(mine.before(period).select_related("budget")[:limit])


def _bounds(periods: list[BudgetPeriod]) -> dict[str, Any]:
    return {
        "starts": [period.start_date for period in periods],
        "ends": [period.end_date for period in periods],
        "count": len(periods),
    }


def _fill(statement: str, user: User, period_id: int, only: int | None, **parameters: Any) -> int:
    """Hold the subcategories, then the budget, and run the one statement; how many amounts it set or changed."""
    run(_HOLD_SUBCATEGORIES, user=user.pk, only=only)
    return run(statement, user=user.pk, only=only, budget=hold_budget(user, period_id).pk, **parameters)
