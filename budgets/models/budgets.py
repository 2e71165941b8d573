"""What a period plans: its budget, allocations and income."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User, money_field
from budgets.models.periods import BudgetPeriod
from budgets.models.querysets import (
    AllocationQuerySet,
    BudgetQuerySet,
    IncomeSourceQuerySet,
)
from budgets.models.recurring import RecurringBudgetAllocation, RecurringIncomeSource
from transactions.models import Subcategory
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint, owner_key, unique


class CarryOver(models.TextChoices):
    """What a budget takes over from the balance of the period before."""

    NONE = "none", "Nothing"
    SURPLUS = "surplus", "Only what was left"
    MISSING = "missing", "Only what was missing"
    BOTH = "both", "What was left or missing"


class CarryBy(models.TextChoices):
    """Whose balances a budget takes over."""

    PERIOD = "period", "The period as a whole"
    SUBCATEGORY = "subcategory", "Each subcategory on its own"


class CarryBasis(models.TextChoices):
    """Which income the balance of the period before counts."""

    RECEIVED = "received", "What came in"
    PLANNED = "planned", "What was planned"


CARRY_OVERS = ["none", "surplus", "missing", "both"]


def _owner(**options: Any) -> models.ForeignKey[User, User]:
    """The owner column of a row whose composite key to its parent already cascades from the user."""
    return models.ForeignKey(User, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+", **options)


class Budget(models.Model):
    """The plan of one period, exactly one each ("budget"; written when its period is)."""

    id = models.AutoField(primary_key=True)
    user = _owner()
    period = unique(
        models.OneToOneField(BudgetPeriod, models.DO_NOTHING, db_constraint=False, related_name="budget"),
        "The budget of a period; two cannot exist.",
    )
    # Typed; what is taken over comes on top and is never stored: the function budget_rolled works it out.
    brought_forward = money_field(default=0)
    carry_over = models.CharField(
        max_length=7, choices=CarryOver, default=CarryOver.NONE, db_default=CarryOver.NONE.value
    )
    carry_by = models.CharField(
        max_length=11, choices=CarryBy, default=CarryBy.PERIOD, db_default=CarryBy.PERIOD.value
    )
    carry_basis = models.CharField(
        max_length=8, choices=CarryBasis, default=CarryBasis.RECEIVED, db_default=CarryBasis.RECEIVED.value
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="period carry_over carry_by carry_basis created_at", private="brought_forward")

    objects = BudgetQuerySet.as_manager()

    class Meta:
        db_table = "budget"
        indexes: ClassVar = [
            Index(
                fields=["user", "period"],
                name="idx_budget_user_period",
                reason="A person's budgets in the order of periods.",
            ),
        ]
        constraints: ClassVar = [
            owner_key("budget", "budgets"),
            models.CheckConstraint(condition=Q(carry_over__in=CARRY_OVERS), name="budget_carry_over_known"),
            models.CheckConstraint(condition=Q(carry_by__in=["period", "subcategory"]), name="budget_carry_by_known"),
            models.CheckConstraint(
                condition=Q(carry_basis__in=["received", "planned"]), name="budget_carry_basis_known"
            ),
            OwnedForeignKey(
                name="budget_period_owner_fk",
                fields=["user", "period"],
                to="budgets.BudgetPeriod",
                on_delete="CASCADE",
            ),
        ]

    def __str__(self) -> str:
        return f"Budget {self.pk}"


class BudgetAllocation(models.Model):
    """Money set aside for a subcategory in one budget ("budget_allocation"; some 30 a budget).

    Written by upsert per subcategory, never replace-all, so the link to the recurring origin lasts.
    """

    id = models.AutoField(primary_key=True)
    user = _owner()
    budget = models.ForeignKey(
        Budget, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="allocations"
    )
    subcategory = models.ForeignKey(
        Subcategory, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+"
    )
    allocated_amount = money_field()
    # Where a budget carries over by subcategory: what this one takes over, empty for what the budget says.
    carry_over = models.CharField(
        max_length=7, choices=[("", "As the budget says"), *CarryOver.choices], default="", db_default="", blank=True
    )
    is_recurring_allocation = models.BooleanField(default=False)
    recurring = models.ForeignKey(
        RecurringBudgetAllocation,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(
        public="budget subcategory carry_over is_recurring_allocation recurring created_at",
        private="allocated_amount",
    )

    objects = AllocationQuerySet.as_manager()

    class Meta:
        db_table = "budget_allocation"
        indexes: ClassVar = [
            Index(
                fields=["subcategory"],
                name="idx_budget_allocation_subcategory_id",
                reason="A subcategory is deleted, or merged with its allocations.",
            ),
            Index(
                fields=["user", "recurring"],
                condition=Q(recurring__isnull=False),
                name="idx_budget_allocation_recurring",
                reason="A recurring allocation is deleted, which clears the links to it.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["budget", "subcategory"],
                include=["allocated_amount", "is_recurring_allocation"],
                name="idx_budget_allocation_covering",
                reason="A budget's allocations, index-only; the target of the upsert.",
            ),
            OwnedForeignKey(
                name="budget_allocation_budget_owner_fk",
                fields=["user", "budget"],
                to="budgets.Budget",
                on_delete="CASCADE",
            ),
            OwnedForeignKey(
                name="budget_allocation_subcategory_owner_fk",
                fields=["user", "subcategory"],
                to="transactions.Subcategory",
            ),
            OwnedForeignKey(
                name="budget_allocation_recurring_owner_fk",
                fields=["user", "recurring"],
                to="budgets.RecurringBudgetAllocation",
                on_delete="SET NULL",
            ),
            models.CheckConstraint(condition=Q(allocated_amount__gte=0), name="budget_allocation_not_negative"),
            models.CheckConstraint(
                condition=Q(carry_over__in=["", *CARRY_OVERS]), name="budget_allocation_carry_over_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Allocation {self.pk}"  # never its amount


class IncomeSource(models.Model):
    """Income expected in one budget ("income_source"; a few a budget)."""

    id = models.AutoField(primary_key=True)
    user = _owner()
    budget = models.ForeignKey(
        Budget, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="income_sources"
    )
    name = models.CharField(max_length=100)
    amount = money_field()
    recurring = models.ForeignKey(
        RecurringIncomeSource,
        models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="budget name recurring created_at", private="amount")

    objects = IncomeSourceQuerySet.as_manager()

    class Meta:
        db_table = "income_source"
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            Index(fields=["budget"], name="idx_income_source_budget_id", reason="A budget's income."),
            Index(
                fields=["user", "recurring"],
                condition=Q(recurring__isnull=False),
                name="idx_income_source_recurring",
                reason="A recurring income is deleted, which clears the links to it.",
            ),
        ]
        constraints: ClassVar = [
            OwnedForeignKey(
                name="income_source_budget_owner_fk",
                fields=["user", "budget"],
                to="budgets.Budget",
                on_delete="CASCADE",
            ),
            OwnedForeignKey(
                name="income_source_recurring_owner_fk",
                fields=["user", "recurring"],
                to="budgets.RecurringIncomeSource",
                on_delete="SET NULL",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="income_source_not_negative"),
            models.CheckConstraint(condition=~Q(name=""), name="income_source_name_given"),
        ]

    def __str__(self) -> str:
        return self.name
