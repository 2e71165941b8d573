"""Limits for what is no sign-in: the numbers stand in ACCOUNT_RATE_LIMITS, beside those of the sign-in."""

from collections.abc import Callable

from allauth.decorators import rate_limit
from django.http.response import HttpResponseBase

type View = Callable[..., HttpResponseBase]


def limited(action: str) -> Callable[[View], View]:
    """Let a user through as often as the settings say; then the page of 429. Reading counts too."""
    decorate: Callable[[View], View] = rate_limit(action=action, limit_get=True)  # type: ignore[no-untyped-call]  # of allauth
    return decorate
