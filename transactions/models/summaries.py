"""What is derived from the ledger: the summary kept beside it, and the plan's materialized view."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from transactions.models.bulk_actions import BulkAction  # noqa: F401  (its table belongs to this app)
from transactions.models.categories import Subcategory
from transactions.models.querysets import (
    SummaryQuerySet,
)
from transactions.models.saved_filters import SavedFilter  # noqa: F401 - where Django looks for models
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import Index, UniqueConstraint


class SpendingSummary(models.Model):
    """Spent and received per user, month and subcategory ("spending_summary"; never stale).

    Written only by the statement-level triggers on ``transaction``; transfers are left out. ``month``
    is the first day of the month in the owner's time zone; ``spent`` and ``received`` are both
    positive sums. A null subcategory holds the uncategorised rows.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    month = models.DateField()
    subcategory = models.ForeignKey(
        Subcategory, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    spent = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    received = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    transaction_count = models.BigIntegerField(default=0)

    columns = Columns(
        internal="month subcategory transaction_count",
        derived="spent received",
        survives_reset="The triggers on the ledger empty it.",
    )

    objects = SummaryQuerySet.as_manager()

    class Meta:
        db_table = "spending_summary"
        verbose_name_plural = "spending summaries"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "month", "subcategory"],
                nulls_distinct=False,
                name="uq_spending_summary",
                reason="The target of the triggers' upsert; a range of a person's months.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class UserSpendingSummary(models.Model):
    """The plan's materialized view: spent per user, subcategory and month, as of its last refresh.

    It is filled from ``SpendingSummary``, and ``check_summaries --view`` proves it by the plan's statement. For
    reports across users and long histories; what a user sees comes from SpendingSummary.
    """

    pk = models.CompositePrimaryKey("user_id", "subcategory_id", "month")
    user = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    subcategory = models.ForeignKey(Subcategory, models.DO_NOTHING, related_name="+")  # null: uncategorised
    month = models.DateField()
    total_spent = models.DecimalField(max_digits=16, decimal_places=2)

    columns = Columns(
        internal="subcategory month",
        derived="total_spent",
        survives_reset="It is a view, and changes when it is refreshed.",
    )

    class Meta:
        managed = False
        db_table = "user_spending_summary"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "subcategory", "month"],
                name="user_spending_summary_key",
                reason="The view is refreshed while people read it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class ViewRefresh(models.Model):
    """One run of refreshing the materialized view ("view_refresh"; some 100 a day; written by refresh_views).

    A run without ``finished_at`` is going on while its advisory lock is held, and was killed otherwise.
    ``checksum`` is taken in the refresh's own snapshot, from ``spending_summary``, or from the ledger where the run
    was to prove the view, so that it can be proven equal as of its refresh at any later time.
    """

    id = models.BigAutoField(primary_key=True)
    view_name = models.CharField(max_length=63)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)
    row_count = models.BigIntegerField(null=True)
    checksum = models.DecimalField(max_digits=40, decimal_places=0, null=True)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "view_refresh"
        indexes: ClassVar = [
            Index(
                fields=["view_name", "-id"],
                name="idx_view_refresh_latest",
                reason="A view's last refresh, and its last finished one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.view_name} {self.started_at:%Y-%m-%d %H:%M}"
