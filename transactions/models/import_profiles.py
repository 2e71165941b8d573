"""How CSV files that look the same were read."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Cast, Now

from accounts.models import Account, User
from accounts.models.querysets import OwnedQuerySet
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import UniqueConstraint


class ImportProfileQuerySet(OwnedQuerySet["ImportProfile"]):
    pass


class ImportProfile(models.Model):
    """A layout that was confirmed for files with these headings ("import_profile"; a few per account; written when a
    CSV is imported).

    ``names`` are the headings in their order, or "Column 1" and so on where a file has none; ``look`` stands for them
    in the key. ``kept_at`` is when a file was last read so.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    account = models.ForeignKey(Account, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    name = models.CharField(max_length=60)
    names = models.JSONField(default=list)
    look = models.GeneratedField(
        expression=MD5(Cast("names", models.TextField())),
        output_field=models.CharField(max_length=32),
        db_persist=True,
    )
    layout = models.JSONField(default=dict)
    kept_at = models.DateTimeField(db_default=Now())

    columns = Columns(public="account kept_at", private="name names layout", derived="look")

    objects = ImportProfileQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "import_profile"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "account", "look"],
                name="uq_import_profile_look",
                reason="Files of an account that look the same are read the same; all profiles of a person.",
            ),
            OwnedForeignKey(
                name="import_profile_account_owner_fk",
                fields=["user", "account"],
                to="accounts.Account",
                on_delete="CASCADE",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="import_profile_name_given"),
        ]

    def __str__(self) -> str:
        return f"Profile {self.pk}"
