"""How often a person may ask for what costs much, counted in the cache; one that is away limits nothing."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from allauth.core.ratelimit import respond_429
from django.core.cache import cache
from django.http.response import HttpResponseBase

HOUR: Final = 3600  # seconds

type View = Callable[..., HttpResponseBase]


def an_hour(most: int, what: str) -> Callable[[View], View]:
    """Let a signed-in person through ``most`` times in each hour of the clock; then the page of 429.

    Views with the same ``what`` are counted together.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _count(f"limit:{what}:{request.user.pk}:{int(time.time()) // HOUR}") > most:
                return respond_429(request)
            return view(request, *args, **kwargs)

        return limited

    return decorate


def _count(key: str) -> int:
    """Which one this is, from 1; 0 when it is not known."""
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key) or 0  # None: the cache is away
    except ValueError:  # forgotten this moment
        return 0
