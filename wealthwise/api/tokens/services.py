"""Writes of tokens: given to a program, taken back."""

import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, User
from wealthwise.api.authentication import PREFIX, hashed
from wealthwise.core.errors import NotFound, within_limits

# Of randomness; a token is the only thing that lets a program in.
BYTES: Final = 32


@within_limits()
@transaction.atomic
def make_token(*, user: User, name: str, scope: str, days: int) -> str:
    """The token, which is told this once: only its hash is stored. Raises TooManyRows."""
    token = PREFIX + secrets.token_urlsafe(BYTES)
    expires_at = timezone.now() + timedelta(days=days)
    ApiToken.objects.create(user=user, name=name, scope=scope, token_hash=hashed(token), expires_at=expires_at)
    return token


@transaction.atomic
def end_token(*, user: User, token_id: int) -> None:
    """Let that program in no more; effective with its next request. Raises NotFound."""
    deleted, _ = ApiToken.objects.for_user(user).filter(pk=token_id).delete()
    if not deleted:
        raise NotFound("That token is no longer there.")


@transaction.atomic
def end_all(*, user: User) -> int:
    """Let no program in any more; how many tokens there were."""
    deleted, _ = ApiToken.objects.for_user(user).delete()
    return deleted
