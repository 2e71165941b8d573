"""allauth's limits for what is no sign-in: the numbers stand in ACCOUNT_RATE_LIMITS, beside those of the sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.decorators import rate_limit
from django.core.cache import cache
from django.http.response import HttpResponseBase

type View = Callable[..., HttpResponseBase]


def limited(action: str) -> Callable[[View], View]:
    """Let a user through as often as the settings say; then the page of 429. Reading counts too.

    Without the cache allauth refuses. That is right for a sign-in; here users go on with their own records.
    """

    def decorate(view: View) -> View:
        counted = rate_limit(action=action, limit_get=True)(view)  # type: ignore[no-untyped-call]  # of allauth

        @wraps(view)
        def choose(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            is_there = cache.set("limits", 1, 1)  # type: ignore[func-returns-value]  # True, or None without it
            return (counted if is_there else view)(request, *args, **kwargs)

        return choose

    return decorate
