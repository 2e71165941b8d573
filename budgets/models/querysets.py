"""Reads of periods, budgets and recurring items."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from accounts.models.querysets import OwnedQuerySet

if TYPE_CHECKING:
    from budgets.models import Budget, BudgetAllocation, BudgetPeriod, IncomeSource, Schedule, ScheduleAnswer  # noqa: F401


class BudgetPeriodQuerySet(OwnedQuerySet["BudgetPeriod"]):
    def active(self) -> Self:
        """The one active period of a user; served by idx_budget_period_user_active."""
        return self.filter(is_active=True)

    def overlapping(self, *, period_type: str, start: date, end: date) -> Self:
        """Periods of the same type that share a day with [start, end]; served by budget_period_no_overlap."""
        return self.filter(period_type=period_type, start_date__lte=end, end_date__gte=start)

    def with_budget(self) -> Self:
        """With the budget, by idx_budget_user_period."""
        return self.select_related("budget")

    def before(self, period: "BudgetPeriod") -> Self:
        """Periods of the same type that ended before ``period`` began, the latest first."""
        earlier = self.filter(period_type=period.period_type, end_date__lt=period.start_date)
        return earlier.order_by("-start_date", "-id")

    def timeline(self) -> Self:
        """All periods, the latest first, with all but when they were made; served by budget_period_owner_key."""
        return self.defer("created_at").order_by("-start_date", "-id")


class BudgetQuerySet(OwnedQuerySet["Budget"]):
    def of_period(self, period_id: int) -> Self:
        """One budget; served by idx_budget_user_period."""
        return self.filter(period_id=period_id)


class AllocationQuerySet(OwnedQuerySet["BudgetAllocation"]):
    def in_budget(self, budget: "Budget") -> Self:
        """Served by idx_budget_allocation_covering."""
        return self.filter(budget=budget)


class IncomeSourceQuerySet(OwnedQuerySet["IncomeSource"]):
    pass


class RecurringQuerySet(OwnedQuerySet[Any]):
    """Recurring income and recurring allocations."""

    def active(self) -> Self:
        """What fills new budgets; the partial indexes of both tables hold nothing else."""
        return self.filter(is_active=True)

    def with_names(self) -> Self:
        """Recurring allocations with subcategory and category, in the order of the category tree."""
        return self.select_related("subcategory__category").order_by(
            "subcategory__category__name", "subcategory__name", "period_type", "id"
        )


class ScheduleQuerySet(OwnedQuerySet["Schedule"]):
    def with_names(self) -> Self:
        """With account and subcategory, by description; all of a person's by schedule_owner_key."""
        return self.select_related("account", "subcategory").order_by("description", "id")

    def like(self, account_id: int, name: str, direction: int) -> Self:
        """Those that a row of the account with that description would be of, paused and dismissed ones too."""
        sign = {"amount__gt": 0} if direction > 0 else {"amount__lt": 0}
        return self.filter(account_id=account_id, description__iexact=name, **sign)


class ScheduleAnswerQuerySet(OwnedQuerySet["ScheduleAnswer"]):
    pass
