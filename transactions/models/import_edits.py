"""What a person decided about the rows of a file that waits for its confirmation."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, User
from accounts.models.querysets import OwnedQuerySet
from transactions.models.categories import Subcategory
from transactions.models.imports import ImportBatch
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint


class ImportEditQuerySet(OwnedQuerySet["ImportEdit"]):
    pass


class ImportEdit(models.Model):
    """One changed row of a waiting file ("import_edit"; gone once the file is imported or discarded).

    The row is named by its identity, which is that of the file whatever is changed. Null, and an empty text, are what
    nobody decided: ``is_taken`` whether it will be booked, ``subcategory`` counts where it ``is_filed``.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    import_batch = models.ForeignKey(
        ImportBatch, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+"
    )
    fingerprint = models.UUIDField()
    occurrence = models.PositiveSmallIntegerField()
    is_taken = models.BooleanField(null=True)
    is_filed = models.BooleanField(default=False)
    subcategory = models.ForeignKey(
        Subcategory, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    account = models.ForeignKey(
        Account, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    booked_on = models.DateField(null=True)
    description = models.CharField(max_length=200, blank=True)

    # Of a file that waits, which an export leaves out.
    columns = Columns(
        internal="import_batch is_taken is_filed subcategory account booked_on",
        withheld="fingerprint occurrence description",
    )

    objects = ImportEditQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "import_edit"
        indexes: ClassVar = [
            Index(
                fields=["user", "subcategory"],
                condition=Q(subcategory__isnull=False),
                name="idx_import_edit_subcategory",
                reason="A subcategory is merged or deleted while a file waits.",
            ),
            Index(
                fields=["user", "account"],
                condition=Q(account__isnull=False),
                name="idx_import_edit_account",
                reason="An account is deleted while a file waits.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "import_batch", "fingerprint", "occurrence"],
                name="uq_import_edit_row",
                reason="A row is changed in one place; all changes of a waiting file.",
            ),
            OwnedForeignKey(
                name="import_edit_import_batch_owner_fk",
                fields=["user", "import_batch"],
                to="transactions.ImportBatch",
                on_delete="CASCADE",
            ),
            OwnedForeignKey(
                name="import_edit_subcategory_owner_fk",
                fields=["user", "subcategory"],
                to="transactions.Subcategory",
                on_delete="SET NULL",
            ),
            OwnedForeignKey(
                name="import_edit_account_owner_fk",
                fields=["user", "account"],
                to="accounts.Account",
                on_delete="SET NULL",
            ),
            models.CheckConstraint(condition=Q(occurrence__gte=1), name="import_edit_occurrence_counts_from_one"),
            models.CheckConstraint(
                condition=Q(subcategory__isnull=True) | Q(is_filed=True), name="import_edit_subcategory_is_chosen"
            ),
        ]

    def __str__(self) -> str:
        return f"Edit {self.pk}"
