"""What is expected in the ledger on certain days: bills, pay, standing orders."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Account, User, money_field
from budgets.models.periods import CycleKind
from budgets.models.querysets import ScheduleAnswerQuerySet, ScheduleQuerySet
from transactions.models import Subcategory
from wealthwise.core.columns import Columns
from wealthwise.core.periods import WEEKS, Cycle
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint, owner_key

BY_MONTHS = [CycleKind.DAY.value, CycleKind.WORKING_DAY.value]
BY_WEEKS = [CycleKind.WEEK.value, CycleKind.TWO_WEEKS.value, CycleKind.FOUR_WEEKS.value]
SCHEDULE_CYCLES = [*BY_MONTHS, *BY_WEEKS]
SCHEDULE_MONTHS = [1, 3, 12]
SCHEDULE_STATES = ["active", "paused", "dismissed"]


class Schedule(models.Model):
    """Something that is due again and again in one account ("schedule"; some 20 a user).

    ``amount`` is signed as in the ledger. It is due on the days on which its cycle begins, from ``starts_on`` on; the
    next one, and what is late, follow from these and from the ledger whenever they are asked for. One that was
    dismissed is a proposal that its person does not want to see again.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DISMISSED = "dismissed", "Dismissed"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    account = models.ForeignKey(Account, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    subcategory = models.ForeignKey(
        Subcategory,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    description = models.CharField(max_length=200)
    amount = money_field()
    # Whether it is the same amount each time, to the cent.
    is_exact = models.BooleanField(default=True)
    cycle = models.CharField(max_length=12, choices=[each for each in CycleKind.choices if each[0] in SCHEDULE_CYCLES])
    # How many months it lasts; none of a cycle of weeks.
    months = models.PositiveSmallIntegerField(null=True, blank=True)
    anchor = models.DateField()
    starts_on = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(
        public="account subcategory is_exact cycle months anchor starts_on state created_at",
        private="description amount",
    )

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        db_table = "schedule"
        indexes: ClassVar = [
            Index(
                fields=["user", "subcategory"],
                condition=Q(subcategory__isnull=False),
                name="idx_schedule_user_subcategory",
                reason="A subcategory is merged or deleted.",
            ),
        ]
        constraints: ClassVar = [
            owner_key("schedule", "schedules"),
            UniqueConstraint(
                fields=["user", "account", "description", "amount", "cycle", "anchor"],
                name="uq_schedule",
                reason="Nothing is due twice, also when a proposal is accepted twice at once. An account is deleted.",
                violation_error_message="There is one with the same account, description, amount and days already.",
            ),
            OwnedForeignKey(
                name="schedule_account_owner_fk",
                fields=["user", "account"],
                to="accounts.Account",
                on_delete="CASCADE",
            ),
            OwnedForeignKey(
                name="schedule_subcategory_owner_fk",
                fields=["user", "subcategory"],
                to="transactions.Subcategory",
            ),
            models.CheckConstraint(condition=~Q(description=""), name="schedule_description_given"),
            models.CheckConstraint(condition=~Q(amount=0), name="schedule_amount_given"),
            models.CheckConstraint(condition=Q(state__in=SCHEDULE_STATES), name="schedule_state_known"),
            models.CheckConstraint(
                condition=Q(cycle__in=BY_MONTHS, months__isnull=False, months__in=SCHEDULE_MONTHS)
                | Q(cycle__in=BY_WEEKS, months__isnull=True),
                name="schedule_cycle_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Schedule {self.pk}"  # never what it says: the console shows this to staff

    @property
    def known_cycle(self) -> Cycle:
        """The days on which it is due are those on which a period of this cycle begins."""
        return Cycle(self.cycle, self.anchor, WEEKS.get(self.cycle) or self.months or 1)


class ScheduleAnswer(models.Model):
    """What a person said of one due day, against what the ledger says ("schedule_answer"; a few a user).

    ``is_paid``: it is settled though no row looks like it; otherwise it is not, though one does.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    schedule = models.ForeignKey(
        Schedule, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="answers"
    )
    due_on = models.DateField()
    is_paid = models.BooleanField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="schedule due_on is_paid created_at")

    objects = ScheduleAnswerQuerySet.as_manager()

    class Meta:
        db_table = "schedule_answer"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "schedule", "due_on"],
                name="uq_schedule_answer",
                reason="One answer for a due day; the answers for a schedule.",
            ),
            OwnedForeignKey(
                name="schedule_answer_owner_fk",
                fields=["user", "schedule"],
                to="budgets.Schedule",
                on_delete="CASCADE",
            ),
        ]

    def __str__(self) -> str:
        return f"Answer {self.pk} for schedule {self.schedule_id}"
