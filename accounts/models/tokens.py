"""Mailed links: the proof of an address, and the way back in."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models.users import User
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import Index, UniqueConstraint, unique


class EmailVerification(models.Model):
    """A mailed proof of address ("email_verification"; one open row a user; written by sign-up and resend).

    Only the SHA-256 of the token is stored; a token lives 24 hours and is used once.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="email_verifications")
    email = models.EmailField(max_length=254)
    token_hash = unique(models.CharField(max_length=64, unique=True), "A mailed link is followed.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)

    columns = Columns(
        internal="email created_at expires_at verified_at",
        withheld="token_hash",
        survives_reset="A mailed link belongs to the sign-in, which is kept.",
    )

    class Meta:
        db_table = "email_verification"
        indexes: ClassVar = [
            Index(
                fields=["user"],
                name="idx_email_verification_user_id",
                reason="All links mailed to a person: limits, erasure.",
            )
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user"],
                condition=Q(verified_at=None),
                name="email_verification_one_open",
                reason="Two sign-up mails at once cannot leave two usable links.",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="email_verification_expires"),
        ]

    def __str__(self) -> str:
        return f"Verification of {self.email}"


class PasswordResetToken(models.Model):
    """A mailed way back in ("password_reset_token"; one open row a user; written by the reset request).

    Only the SHA-256 of the token is stored; a token lives one hour and is used once.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="password_reset_tokens")
    token_hash = unique(models.CharField(max_length=64, unique=True), "A mailed link is followed.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    columns = Columns(
        internal="created_at expires_at used_at",
        withheld="token_hash",
        survives_reset="A mailed link belongs to the sign-in, which is kept.",
    )

    class Meta:
        db_table = "password_reset_token"
        indexes: ClassVar = [
            Index(
                fields=["user"],
                name="idx_password_reset_user_id",
                reason="All links mailed to a person: limits, erasure.",
            )
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user"],
                condition=Q(used_at=None),
                name="password_reset_one_open",
                reason="Two requests at once cannot leave two usable links.",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="password_reset_expires"),
        ]

    def __str__(self) -> str:
        return f"Password reset for user {self.user_id}"
