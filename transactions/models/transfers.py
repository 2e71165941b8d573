"""Pairs of rows that a user said are no transfer."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from transactions.models.bulk_actions import BulkAction  # noqa: F401  (its table belongs to this app)
from transactions.models.querysets import (
    RefusalQuerySet,
)
from transactions.models.saved_filters import SavedFilter  # noqa: F401 - where Django looks for models
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import UniqueConstraint


class TransferRefusal(models.Model):
    """Two rows of the ledger that a user said are no transfer ("transfer_refusal"; a few a user).

    The rows are named by id, without a foreign key: nothing refers to the partitioned ledger, so its partitions
    can be converted freely. Ids are never used twice, so a refusal that outlives its rows means nothing.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    out_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    # By the ids of two rows, so it is of no use elsewhere.
    columns = Columns(internal="out_id into_id created_at")

    objects = RefusalQuerySet.as_manager()

    class Meta:
        db_table = "transfer_refusal"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "out_id", "into_id"],
                name="uq_transfer_refusal_pair",
                reason="Refusing twice is refusing once; the search for pairs leaves these out.",
            ),
        ]

    def __str__(self) -> str:
        return f"No transfer {self.out_id} to {self.into_id}"
