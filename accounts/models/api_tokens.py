"""Tokens with which a person's own programs come in."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models.querysets import OwnedQuerySet
from accounts.models.users import User
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import Index, UniqueConstraint


class ApiTokenQuerySet(OwnedQuerySet["ApiToken"]):
    def newest_first(self) -> Self:
        """By idx_api_token_user; a person has a few."""
        return self.order_by("-id")


class ApiToken(models.Model):
    """A way in for one program of a person ("api_token"; at most 50 a person; written by `wealthwise.api.tokens`).

    The program has the token; here is only the SHA-256 of it, which a token of 256 random bits needs no salt for.
    ``last_used_at`` is kept to the minute.
    """

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)

    columns = Columns(
        internal="scope created_at expires_at last_used_at",
        derived="name",  # an export tells it among what the site knows; nothing takes it over from one
        withheld="token_hash",
        survives_reset="A token belongs to the sign-in, which is kept.",
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        db_table = "api_token"
        indexes: ClassVar = [
            Index(fields=["user"], name="idx_api_token_user", reason="All tokens of a person: their page, erasure.")
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["token_hash"], name="uq_api_token_hash", reason="Who asks, by the token of each request."
            ),
            models.CheckConstraint(condition=~Q(name=""), name="api_token_name_given"),
            models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="api_token_scope_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_token_expires"),
        ]

    def __str__(self) -> str:
        return f"Token {self.pk}"
