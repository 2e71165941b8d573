"""What the last change of a user, of one row or of many, replaced, so that it can be taken back."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from accounts.models.querysets import OwnedQuerySet
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import UniqueConstraint


class BulkActionQuerySet(OwnedQuerySet["BulkAction"]):
    def open(self) -> Self:
        """Can still be undone; at most one row, by uq_bulk_action_user."""
        return self.filter(undone_at=None)


class BulkAction(models.Model):
    """The last change of one user ("bulk_action"; at most one row a user; written by transactions.bulk).

    ``rows`` holds what the change replaced: ``[id, old value]`` for a move, ``[id]`` for a tag, the whole row for a
    deletion, for an edit the columns that became different, before and after, for rules how the row was filed and
    where it is now, for a split all rows before and after. It is one value and no table of its own, so that recording
    20,000 rows is one row written, the next change replaces it in the same statement, and nothing in it keeps a
    subcategory from being deleted. A new change gives the row a new ``id``: the button of an older one then finds
    nothing.
    """

    class Kind(models.TextChoices):
        RECATEGORISE = "recategorise", "Moved to a subcategory"
        MOVE = "move", "Moved to an account"
        DELETE = "delete", "Deleted"
        EDIT = "edit", "Edited"
        FILE = "file", "Filed by rules"
        TAG = "tag", "Tagged"
        UNTAG = "untag", "Tag taken off"
        SPLIT = "split", "Split or joined"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    target_id = models.IntegerField(null=True)  # of a subcategory, an account or a tag, by kind; checked when undone
    sentence = models.CharField(max_length=400, blank=True)
    row_count = models.PositiveIntegerField()
    rows = models.JSONField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    # By the ids of its rows, so it is of no use elsewhere.
    columns = Columns(internal="kind target_id row_count created_at undone_at", withheld="sentence rows")

    objects = BulkActionQuerySet.as_manager()

    class Meta:
        db_table = "bulk_action"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user"],
                name="uq_bulk_action_user",
                reason="The last change of a person, which the next one replaces: the target of the upsert.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["recategorise", "move", "delete", "edit", "file", "tag", "untag", "split"]),
                name="bulk_action_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["delete", "edit", "file", "split"], target_id__isnull=True)
                | Q(kind__in=["recategorise", "move", "tag", "untag"], target_id__isnull=False),
                name="bulk_action_target_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.row_count}"
