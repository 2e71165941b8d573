"""Forms that were sent, so that none of them acts twice."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models.users import User
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import UniqueConstraint


class FormReceipt(models.Model):
    """One form that a user sent ("form_receipt"; a few days of them; written by `accounts.people.once`).

    ``key`` was made when the form was shown, ``digest`` is of what was sent with it. A receipt is stored in the
    same transaction as what the form did, so of two of one key the second waits and then finds the first. ``made`` are
    the ids of the rows that came of it, for a program that asks again; null where nobody asks.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    key = models.UUIDField()
    digest = models.CharField(max_length=64)
    made = ArrayField(models.BigIntegerField(), null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(internal="created_at", withheld="key digest made")

    class Meta:
        db_table = "form_receipt"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "key"],
                name="uq_form_receipt_key",
                reason="A form that is sent twice acts once; receipts of a person that are old are deleted.",
            ),
        ]

    def __str__(self) -> str:
        return f"Form {self.pk}"
