"""Periods, budgets and what is in them, read-only in the console: users change their own."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
    Schedule,
    ScheduleAnswer,
)
from wealthwise.console.screens.owned import OwnedAdmin
from wealthwise.console.screens.readonly import counted


@admin.register(BudgetPeriod)
class BudgetPeriodAdmin(OwnedAdmin):
    list_display = ("id", "name", "user", "period_type", "start_date", "end_date", "is_active")
    list_filter = ("period_type", "is_active")


@admin.register(Budget)
class BudgetAdmin(OwnedAdmin):
    list_display = ("id", "user", "period", "allocations_count", "brought_forward", "created_at")
    list_select_related = ("user", "period")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        """With the number of allocations, counted by idx_budget_allocation_covering for the rows of the page."""
        rows: QuerySet[Budget] = super().get_queryset(request)
        return rows.annotate(allocation_count=counted(BudgetAllocation, "budget_id"))

    @admin.display(description="allocations")
    def allocations_count(self, row: Any) -> int:
        return int(row.allocation_count)


@admin.register(BudgetAllocation)
class BudgetAllocationAdmin(OwnedAdmin):
    list_display = ("id", "user", "budget_id", "subcategory", "allocated_amount", "is_recurring_allocation")
    list_select_related = ("user", "subcategory")


@admin.register(IncomeSource)
class IncomeSourceAdmin(OwnedAdmin):
    list_display = ("id", "user", "name", "budget_id", "amount", "created_at")


@admin.register(RecurringIncomeSource)
class RecurringIncomeAdmin(OwnedAdmin):
    list_display = ("id", "user", "name", "period_type", "is_active", "amount")
    list_filter = ("period_type", "is_active")


@admin.register(RecurringBudgetAllocation)
class RecurringAllocationAdmin(OwnedAdmin):
    list_display = ("id", "user", "subcategory", "period_type", "is_active", "allocated_amount")
    list_filter = ("period_type", "is_active")
    list_select_related = ("user", "subcategory")


@admin.register(Schedule)
class ScheduleAdmin(OwnedAdmin):
    list_display = ("id", "user", "account", "description", "cycle", "starts_on", "state", "amount")
    list_filter = ("cycle", "state")
    list_select_related = ("user", "account")


@admin.register(ScheduleAnswer)
class ScheduleAnswerAdmin(OwnedAdmin):
    list_display = ("id", "user", "schedule_id", "due_on", "is_paid")
