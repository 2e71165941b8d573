"""The recurring items that fill a new budget."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User, money_field
from budgets.models.periods import PERIOD_TYPES, PeriodType
from budgets.models.querysets import (
    RecurringQuerySet,
)
from transactions.models import Subcategory
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint, owner_key


class RecurringIncomeSource(models.Model):
    """Income that fills each new budget of its period type ("recurring_income_source"; a few a user)."""

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="recurring_income")
    name = models.CharField(max_length=100)
    amount = money_field()
    period_type = models.CharField("period", max_length=9, choices=PeriodType, default=PeriodType.MONTHLY)
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="name period_type is_active created_at", private="amount")

    objects = RecurringQuerySet.as_manager()

    class Meta:
        db_table = "recurring_income_source"
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            Index(
                fields=["user", "is_active"],
                condition=Q(is_active=True),
                name="idx_recurring_income_user_active",
                reason="A new budget is filled.",
            ),
        ]
        constraints: ClassVar = [
            owner_key("recurring_income", "recurring incomes"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="recurring_income_not_negative"),
            models.CheckConstraint(condition=~Q(name=""), name="recurring_income_name_given"),
            models.CheckConstraint(condition=Q(period_type__in=PERIOD_TYPES), name="recurring_income_type_known"),
        ]

    def __str__(self) -> str:
        return self.name


class RecurringBudgetAllocation(models.Model):
    """An allocation that fills each new budget of its type ("recurring_budget_allocation"; some 30 a user)."""

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="recurring_allocations")
    subcategory = models.ForeignKey(
        Subcategory, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+"
    )
    allocated_amount = money_field()
    period_type = models.CharField("period", max_length=9, choices=PeriodType, default=PeriodType.MONTHLY)
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="subcategory period_type is_active created_at", private="allocated_amount")

    objects = RecurringQuerySet.as_manager()

    class Meta:
        db_table = "recurring_budget_allocation"
        indexes: ClassVar = [
            Index(
                fields=["subcategory"],
                name="idx_recurring_allocation_subcategory_id",
                reason="A subcategory is deleted.",
            ),
            Index(
                fields=["user", "is_active"],
                condition=Q(is_active=True),
                name="idx_recurring_allocation_user_active",
                reason="A new budget is filled.",
            ),
            Index(
                fields=["subcategory", "is_active"],
                condition=Q(is_active=True),
                name="idx_recurring_allocation_subcategory_active",
                reason="Whether a subcategory is budgeted every month, when it is merged or deleted.",
            ),
        ]
        constraints: ClassVar = [
            owner_key("recurring_allocation", "recurring allocations"),
            UniqueConstraint(
                fields=["user", "subcategory", "period_type"],
                condition=Q(is_active=True),
                name="uq_recurring_allocation_active",
                reason="One active allocation per subcategory and type; what a person budgets already.",
                violation_error_message="That subcategory already has an active allocation of this type.",
            ),
            OwnedForeignKey(
                name="recurring_allocation_subcategory_owner_fk",
                fields=["user", "subcategory"],
                to="transactions.Subcategory",
            ),
            models.CheckConstraint(condition=Q(allocated_amount__gte=0), name="recurring_allocation_not_negative"),
            models.CheckConstraint(condition=Q(period_type__in=PERIOD_TYPES), name="recurring_allocation_type_known"),
        ]

    def __str__(self) -> str:
        return f"Recurring allocation {self.pk}"  # never its amount: the console shows this to staff
