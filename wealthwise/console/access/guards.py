"""What a page of the console asks of who opens it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import User

View = Callable[..., HttpResponse]


def needs(permission: str) -> Callable[[View], View]:
    """403 without the permission of the console, before anything is read."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            demand(request, permission)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def may(request: HttpRequest, permission: str) -> bool:
    return actor_of(request).has_perm(f"ops.{permission}")


def demand(request: HttpRequest, permission: str) -> None:
    if not may(request, permission):
        raise PermissionDenied


def actor_of(request: HttpRequest) -> User:
    """Who acts; the site lets nobody in who is not signed in."""
    return cast(User, request.user)
