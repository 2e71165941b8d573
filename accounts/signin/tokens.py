"""Tokens that travel by mail: proof of an address (24 hours) and a way back in (one hour).

A token is 32 random bytes. The database keeps only its SHA-256, so a copy of the database opens nothing.
A new token replaces the user's earlier unused one, and using a token is a single UPDATE: of two
requests with the same token one finds no row.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import EmailVerification, PasswordResetToken, User
from wealthwise.core.errors import DomainError

VERIFICATION_LIFETIME: Final = timedelta(hours=24)
RESET_LIFETIME: Final = timedelta(hours=1)


class LinkNotValid(DomainError):
    """The token is unknown, used, replaced or too old; which of these is nobody's business."""

    def __init__(self) -> None:
        super().__init__("This link is no longer valid. It may have been used already, or it is too old.")


def digest(token: str) -> str:
    """What the database keeps of a token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def issue_verification(*, user: User, email: str) -> str:
    """A new token that proves `email`; the user's earlier open ones are gone."""
    _wait_for_turn(user)
    EmailVerification.objects.filter(user=user, verified_at=None).delete()
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + VERIFICATION_LIFETIME
    EmailVerification.objects.create(user=user, email=email, token_hash=digest(token), expires_at=expires_at)
    return token


@transaction.atomic
def issue_reset(*, user: User) -> str:
    """A new token that may set the password; the user's earlier unused ones are gone."""
    _wait_for_turn(user)
    PasswordResetToken.objects.filter(user=user, used_at=None).delete()
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + RESET_LIFETIME
    PasswordResetToken.objects.create(user=user, token_hash=digest(token), expires_at=expires_at)
    return token


def open_verification(*, token: str) -> EmailVerification | None:
    """The verification that `token` could still complete; changes nothing."""
    return (
        EmailVerification.objects.select_related("user")
        .filter(token_hash=digest(token), verified_at=None, expires_at__gt=timezone.now())
        .first()
    )


def open_reset(*, token: str) -> PasswordResetToken | None:
    """The reset that `token` could still complete; changes nothing."""
    return (
        PasswordResetToken.objects.select_related("user")
        .filter(token_hash=digest(token), used_at=None, expires_at__gt=timezone.now(), user__is_active=True)
        .first()
    )


@transaction.atomic
def spend_verification(*, token: str) -> None:
    """Use up a verification; LinkNotValid when another request was first."""
    now = timezone.now()
    unused = EmailVerification.objects.filter(token_hash=digest(token), verified_at=None, expires_at__gt=now)
    if not unused.update(verified_at=now):
        raise LinkNotValid


@transaction.atomic
def spend_reset(*, token: str) -> None:
    """Use up a reset; LinkNotValid when another request was first."""
    now = timezone.now()
    unused = PasswordResetToken.objects.filter(token_hash=digest(token), used_at=None, expires_at__gt=now)
    if not unused.update(used_at=now):
        raise LinkNotValid


def _wait_for_turn(user: User) -> None:
    """Lock the user's row: two requests at once would both insert an open token, and one would fail."""
    User.objects.select_for_update(no_key=True).only("id").get(pk=user.pk)
