"""Periods, budgets and what is in them, read-only in the console: people change their own."""

from django.contrib import admin

from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
)
from wealthwise.ops.readonly import ReadOnlyAdmin


class OwnedAdmin(ReadOnlyAdmin):
    """Found by owner; never counted as a whole, since these tables grow with the number of people."""

    show_full_result_count = False
    search_fields = ("user__username__exact", "user__email__exact")
    search_help_text = "A whole username or email address."
    ordering = ("-id",)


@admin.register(BudgetPeriod)
class BudgetPeriodAdmin(OwnedAdmin):
    list_display = ("name", "period_type", "start_date", "end_date", "is_active", "user_id")
    list_filter = ("period_type", "is_active")


@admin.register(Budget)
class BudgetAdmin(OwnedAdmin):
    list_display = ("id", "period", "user_id", "created_at")
    list_select_related = ("period",)


@admin.register(BudgetAllocation)
class BudgetAllocationAdmin(OwnedAdmin):
    list_display = ("id", "budget_id", "subcategory", "is_recurring_allocation", "user_id")
    list_select_related = ("subcategory",)


@admin.register(IncomeSource)
class IncomeSourceAdmin(OwnedAdmin):
    list_display = ("name", "budget_id", "user_id", "created_at")


@admin.register(RecurringIncomeSource)
class RecurringIncomeAdmin(OwnedAdmin):
    list_display = ("name", "period_type", "is_active", "user_id")
    list_filter = ("period_type", "is_active")


@admin.register(RecurringBudgetAllocation)
class RecurringAllocationAdmin(OwnedAdmin):
    list_display = ("id", "subcategory", "period_type", "is_active", "user_id")
    list_filter = ("period_type", "is_active")
    list_select_related = ("subcategory",)
