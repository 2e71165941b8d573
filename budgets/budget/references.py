"""What this app does when a subcategory is merged into another: its side of the hook in transactions.services."""

from accounts.models import User
from budgets.models import BudgetAllocation, RecurringBudgetAllocation, Schedule
from wealthwise.core.locales import counted
from wealthwise.postgres.sql import run

# For transactions.names: the list can be narrowed to one of a user's periods.
PERIODS = """
    SELECT id, name, start_date::text AS start, end_date::text AS until FROM budget_period WHERE user_id = %(user)s
"""


class AllocationReference:
    """Allocations follow the transactions of their subcategory. Called with the subcategories locked."""

    def in_words(self, *, user: User, subcategory_ids: list[int]) -> str:
        """Such as "3 allocations, 1 recurring allocation"; empty for none."""
        pointing = (
            (BudgetAllocation.objects.for_user(user), "allocation"),
            (RecurringBudgetAllocation.objects.for_user(user), "recurring allocation"),
            (Schedule.objects.for_user(user), "due date"),
        )
        counts = [(rows.filter(subcategory_id__in=subcategory_ids).count(), noun) for rows, noun in pointing]
        return ", ".join(counted(count, noun) for count, noun in counts if count)

    def move(self, *, user: User, source_ids: list[int], target_id: int) -> None:
        """Add what is budgeted for the sources to the target, budget by budget and type by type."""
        for statement in (*_MERGE_ALLOCATIONS, *_MERGE_RECURRING, _MOVE_SCHEDULES):
            run(statement, user=user.pk, sources=source_ids, target=target_id)


# In each budget the sources' sum goes to the target's row, or becomes one. The target's link to a recurring
# allocation stays; a new row has none, since it stands for several.
_MERGE_ALLOCATIONS = (
    """
    INSERT INTO budget_allocation AS a
        (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation, recurring_id, carry_over)
    SELECT user_id, budget_id, %(target)s, sum(allocated_amount), bool_or(is_recurring_allocation),
           CASE WHEN count(*) = 1 THEN max(recurring_id) END, CASE WHEN count(*) = 1 THEN max(carry_over) ELSE '' END
    FROM budget_allocation
    WHERE user_id = %(user)s AND subcategory_id = ANY(%(sources)s)
    GROUP BY user_id, budget_id ORDER BY budget_id
    ON CONFLICT (budget_id, subcategory_id) DO UPDATE
    SET allocated_amount = a.allocated_amount + excluded.allocated_amount
    """,
    "DELETE FROM budget_allocation WHERE user_id = %(user)s AND subcategory_id = ANY(%(sources)s)",
)

# Active ones of one type are one afterwards: the target's, or else the oldest of the sources', with the sum.
# Paused ones only change their subcategory.
_MERGE_RECURRING = (
    """
    WITH active AS (
        SELECT id, allocated_amount,
               first_value(id) OVER same AS kept, sum(allocated_amount) OVER everything AS total
        FROM recurring_budget_allocation
        WHERE user_id = %(user)s AND is_active AND subcategory_id = ANY(%(sources)s || %(target)s::integer)
        WINDOW same AS (PARTITION BY period_type ORDER BY subcategory_id <> %(target)s, id),
               everything AS (PARTITION BY period_type)
    ), gone AS (
        DELETE FROM recurring_budget_allocation r USING active a
        WHERE r.user_id = %(user)s AND r.id = a.id AND a.id <> a.kept
    )
    UPDATE recurring_budget_allocation r SET allocated_amount = a.total, subcategory_id = %(target)s
    FROM active a WHERE r.user_id = %(user)s AND r.id = a.id AND a.id = a.kept
    """,
    """
    UPDATE recurring_budget_allocation SET subcategory_id = %(target)s
    WHERE user_id = %(user)s AND subcategory_id = ANY(%(sources)s)
    """,
)

_MOVE_SCHEDULES = """
    UPDATE schedule SET subcategory_id = %(target)s WHERE user_id = %(user)s AND subcategory_id = ANY(%(sources)s)
"""
