"""Uploaded statement files, what long ones were read as, and rows of theirs that were deleted on purpose."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Account, User
from accounts.models.querysets import OwnedQuerySet
from transactions.models.bulk_actions import BulkAction  # noqa: F401  (its table belongs to this app)
from transactions.models.querysets import (
    ImportBatchQuerySet,
)
from transactions.models.saved_filters import SavedFilter  # noqa: F401 - where Django looks for models
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint, owner_key


class ImportBatch(models.Model):
    """One uploaded statement file ("import_batch"; a few a month per user; written by the import pages).

    The file is kept only until the import is confirmed or given up. ``layout`` is how a CSV was read;
    ``balances`` are those that stood in the file, by day. What is neither new
    nor a duplicate nor an error was left out by the user.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for you"
        COMMITTED = "committed", "Imported"
        REVERTED = "reverted", "Reverted"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="import_batches")
    account = models.ForeignKey(Account, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    file_name = models.CharField(max_length=255)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    content = models.BinaryField(null=True, editable=False)
    layout = models.JSONField(default=dict, blank=True)
    new_count = models.PositiveIntegerField(default=0)
    duplicate_count = models.PositiveIntegerField(default=0)
    left_out_count = models.PositiveIntegerField(default=0, db_default=0)
    error_count = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list, blank=True)
    balances = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    committed_at = models.DateTimeField(null=True, editable=False)
    reverted_at = models.DateTimeField(null=True, editable=False)

    columns = Columns(
        public="account kind state new_count duplicate_count left_out_count error_count "
        "created_at committed_at reverted_at",
        private="file_name layout errors balances",
        withheld="content",
    )

    # Of a queryset that asks for them.
    size: int | None
    short_content: bytes | memoryview | None

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        db_table = "import_batch"
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "import batches"
        indexes: ClassVar = [
            Index(
                fields=["user", "account", "-id"],
                name="idx_import_batch_account",
                reason="The layout last used for an account; an account is deleted.",
            ),
        ]
        constraints: ClassVar = [
            owner_key("import_batch", "imports"),
            OwnedForeignKey(name="import_batch_account_owner_fk", fields=["user", "account"], to="accounts.Account"),
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "committed", "reverted"]), name="import_batch_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"  # never its file: names of statements carry account numbers


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


class ImportReadingQuerySet(OwnedQuerySet["ImportReading"]):
    pass


class ImportReading(models.Model):
    """A waiting file as it was read ("import_reading"; written by jobs, gone once it is imported or discarded).

    ``digest`` is of the way in which it was read; another way needs another reading.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    import_batch = models.ForeignKey(
        ImportBatch, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+"
    )
    digest = models.CharField(max_length=64)
    content = models.BinaryField()

    columns = Columns(internal="import_batch digest", withheld="content")

    objects = ImportReadingQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "import_reading"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "import_batch"],
                name="uq_import_reading_batch",
                reason="A file is kept under one reading, the last.",
            ),
            OwnedForeignKey(
                name="import_reading_import_batch_owner_fk",
                fields=["user", "import_batch"],
                to="transactions.ImportBatch",
                on_delete="CASCADE",
            ),
        ]

    def __str__(self) -> str:
        return f"Reading {self.pk}"
