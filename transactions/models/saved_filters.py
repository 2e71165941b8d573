"""Filters of the transaction list, and reports, that a user gave a name."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import User
from accounts.models.querysets import OwnedQuerySet
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import UniqueConstraint


class SavedFilterQuerySet(OwnedQuerySet["SavedFilter"]):
    pass


class SavedFilter(models.Model):
    """One named filter, or one report with what it asks for ("saved_filter"; at most 30 a user of both).

    ``query`` is the query string of the list without "?" and without a page, as `FilterForm.address` writes
    it, so that the same filter is the same text; or that of the ``report``, which is empty for the list.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    report = models.CharField(max_length=20, default="", db_default="", blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    # A link into this database, by its ids, so it is of no use elsewhere.
    columns = Columns(internal="report created_at", withheld="name query")

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "saved_filter"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "name"],
                name="uq_saved_filter_user_name",
                reason="A name is used once per person; all saved filters of a person.",
                violation_error_message="You already have a saved filter with that name.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_name_given"),
            models.CheckConstraint(condition=~Q(query=""), name="saved_filter_query_given"),
        ]

    def __str__(self) -> str:
        """The console names rows by it, and must not tell what somebody looks for."""
        return f"Saved filter {self.pk}"

    def address(self) -> str:
        return f"{reverse('transactions:list')}?{self.query}"
