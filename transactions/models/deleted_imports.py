"""Imported rows that were deleted on purpose, so that the next file leaves them out."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from accounts.models.querysets import OwnedQuerySet
from transactions.models.imports import ImportBatch
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint


class DeletedImportQuerySet(OwnedQuerySet["DeletedImport"]):
    pass


class DeletedImport(models.Model):
    """The identity of an imported row that its owner deleted ("deleted_import"; written by bulk changes and imports).

    Undoing the deletion, reverting the import and taking the row in again after all each remove it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    import_batch = models.ForeignKey(
        ImportBatch, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    fingerprint = models.UUIDField()
    occurrence = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="import_batch created_at", private="fingerprint occurrence")

    objects = DeletedImportQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "deleted_import"
        indexes: ClassVar = [
            Index(
                fields=["user", "import_batch"],
                name="idx_deleted_import_batch",
                reason="An import is reverted.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "fingerprint", "occurrence"],
                name="uq_deleted_import_identity",
                reason="Which rows of a file were deleted on purpose; a row is deleted once.",
            ),
            OwnedForeignKey(
                name="deleted_import_import_batch_owner_fk",
                fields=["user", "import_batch"],
                to="transactions.ImportBatch",
                on_delete="CASCADE",
            ),
            models.CheckConstraint(condition=Q(occurrence__gte=1), name="deleted_import_occurrence_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"Deleted row {self.pk}"
