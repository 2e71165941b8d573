"""What a long file was read as, so that its pages do not read it again."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from accounts.models.querysets import OwnedQuerySet
from transactions.models.imports import ImportBatch
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import UniqueConstraint


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
