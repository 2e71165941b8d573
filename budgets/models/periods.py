"""Windows over the ledger."""

from typing import ClassVar

from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from accounts.models import User
from budgets.models.querysets import (
    BudgetPeriodQuerySet,
)
from wealthwise.core.columns import Columns
from wealthwise.core.periods import Cycle, cycle_of
from wealthwise.postgres.indexes import ExclusionConstraint, Index, UniqueConstraint, owner_key


class PeriodType(models.TextChoices):
    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"
    YEARLY = "yearly", "Yearly"
    CUSTOM = "custom", "Custom"


class CycleKind(models.TextChoices):
    """How a period goes on; empty where its days do not tell, so that the next one is asked about."""

    UNKNOWN = "", "Not known"
    DAY = "day", "The same day of the month"
    WORKING_DAY = "working_day", "The last working day of the month"
    WEEK = "week", "Every week"
    TWO_WEEKS = "two_weeks", "Every 2 weeks"
    FOUR_WEEKS = "four_weeks", "Every 4 weeks"
    DAYS = "days", "As many days again"


PERIOD_TYPES = ["monthly", "quarterly", "yearly", "custom"]
CYCLE_KINDS = ["", "day", "working_day", "week", "two_weeks", "four_weeks", "days"]


class BudgetPeriod(models.Model):
    """A window over the ledger, both days inclusive ("budget_period"; about 12 a user and year)."""

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="budget_periods")
    name = models.CharField(max_length=100)
    period_type = models.CharField("type", max_length=9, choices=PeriodType, default=PeriodType.MONTHLY)
    start_date = models.DateField()
    end_date = models.DateField()
    # What follows it: `wealthwise.core.periods.Cycle` explains both.
    cycle = models.CharField(max_length=12, choices=CycleKind, default="", db_default="", blank=True)
    cycle_anchor = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=False)
    # When its user last made it the active one by hand: of several that contain today, that choice counts.
    chosen_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="name period_type start_date end_date cycle cycle_anchor is_active chosen_at created_at")

    objects = BudgetPeriodQuerySet.as_manager()

    class Meta:
        db_table = "budget_period"
        ordering: ClassVar = ["-start_date", "-id"]
        indexes: ClassVar = [
            Index(
                fields=["start_date", "end_date"],
                name="idx_budget_period_dates",
                reason="Which periods of anybody contain a day.",
            ),
        ]
        constraints: ClassVar = [
            owner_key("budget_period", "periods"),
            UniqueConstraint(
                fields=["user", "is_active"],
                condition=Q(is_active=True),
                name="idx_budget_period_user_active",
                reason="At most one active period per person, which every page looks up.",
            ),
            models.CheckConstraint(
                condition=Q(end_date__gte=F("start_date")),
                name="budget_period_ends_after_start",
                violation_error_message="The end date is before the start date.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="budget_period_name_given"),
            models.CheckConstraint(condition=Q(period_type__in=PERIOD_TYPES), name="budget_period_type_known"),
            models.CheckConstraint(
                condition=Q(cycle="", cycle_anchor__isnull=True)
                | Q(cycle__in=CYCLE_KINDS[1:], cycle_anchor__isnull=False),
                name="budget_period_cycle_known",
            ),
            ExclusionConstraint(
                name="budget_period_no_overlap",
                reason="Periods of one type never share a day; different types may.",
                expressions=[
                    (F("user"), RangeOperators.EQUAL),
                    (F("period_type"), RangeOperators.EQUAL),
                    (
                        Func(F("start_date"), F("end_date"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def known_cycle(self) -> Cycle | None:
        """What was remembered when the period was opened; None where its days did not tell."""
        if not self.cycle or self.cycle_anchor is None:
            return None
        return cycle_of(self.cycle, self.cycle_anchor, self.period_type, self.start_date, self.end_date)
