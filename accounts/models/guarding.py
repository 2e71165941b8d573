"""What keeps guesses few and people from being locked out: counts of tries, and devices that are known."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models.querysets import OwnedQuerySet
from accounts.models.users import User
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import Index, UniqueConstraint


class RateLimit(models.Model):
    """Tries of one kind from one source ("rate_limit"; some thousand; written by `accounts.signin.limits`).

    ``key`` is a keyed digest: neither an address nor an account can be read from it, nor tried out without SECRET_KEY.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    tries = ArrayField(models.FloatField())  # seconds since 1970, the last of them at the end
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "rate_limit"
        indexes: ClassVar = [
            Index(fields=["expires_at"], name="idx_rate_limit_expires", reason="Counts that are over are purged.")
        ]
        constraints: ClassVar = [
            UniqueConstraint(fields=["key"], name="uq_rate_limit_key", reason="Each try is counted in one statement.")
        ]

    def __str__(self) -> str:
        return f"Limit {self.pk}"


class KnownDeviceQuerySet(OwnedQuerySet["KnownDevice"]):
    pass


class KnownDevice(models.Model):
    """A browser that a person used ("known_device"; at most 20 a person; written by `accounts.signin.devices`).

    It has its own allowance of wrong passwords, so that nobody else's guesses lock it out. The browser has the
    token in a cookie; here is only the SHA-256 of it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    seen_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(
        internal="created_at seen_at",
        withheld="token_hash",
        survives_reset="A device belongs to the sign-in, which is kept.",
    )

    objects = KnownDeviceQuerySet.as_manager()

    class Meta:
        db_table = "known_device"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "token_hash"],
                name="uq_known_device_token",
                reason="Whether a browser is known to a person; all known devices of a person.",
            )
        ]

    def __str__(self) -> str:
        return f"Device {self.pk}"
