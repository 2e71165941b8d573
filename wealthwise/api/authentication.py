"""Who asks: the owner of the token that a request carries, and nobody by a session.

An operation runs in its owner's time zone and currency. Amounts and days are written in one way whatever the
person's country, so that a program reads the same everywhere.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from ninja.security import HttpBearer

from accounts.models import ApiToken, User
from accounts.models.cached_user import generation_was_read, person
from accounts.signin.limits import Rate, count_in_cache
from wealthwise.api.problems import Problem
from wealthwise.core import locales
from wealthwise.core.days import zone_of
from wealthwise.postgres.sql import first_row

PREFIX: Final = "wealthwise_"  # by which scanners of code know a token that was left somewhere
LENGTH: Final = len(PREFIX) + 43
RATE: Final = Rate(600, 60, "key")  # requests of one token in a minute
READING: Final = {"GET", "HEAD"}

# By uq_api_token_hash and the key of the person. The read sees the token as it was before.
_READ: Final = """
WITH used AS (
    UPDATE api_token t SET last_used_at = %(now)s
    WHERE t.token_hash = %(hash)s AND t.expires_at > %(now)s
      AND (t.last_used_at IS NULL OR t.last_used_at < %(now)s - interval '1 minute')
)
SELECT t.id, t.scope, t.user_id, u.generation
FROM api_token t JOIN "user" u ON u.id = t.user_id
WHERE t.token_hash = %(hash)s AND t.expires_at > %(now)s AND u.is_active
"""

logger = logging.getLogger(__name__)


class ApiRequest(HttpRequest):
    """A request with a token that holds. For annotations."""

    user: User
    auth: "Holder"


class Holder(NamedTuple):
    """Which token it is, and what it may do."""

    token_id: int
    scope: str

    @property
    def may_write(self) -> bool:
        return self.scope == ApiToken.Scope.WRITE


class Bearer(HttpBearer):
    """For the description of the operations; `with_token` has looked at the token by then."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return getattr(request, "token", None)


def hashed(token: str) -> str:
    """The SHA-256 of a token, which is all that is stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def with_token(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view of an operation for the owner of the token alone; whoever else asks is told that there is none."""

    @csrf_exempt  # nothing here is let in by a cookie
    @login_not_required
    @wraps(view)
    def asked(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.user = AnonymousUser()  # whoever has a session is nobody here
        try:
            user = _let_in(request)
        except Problem as problem:
            return problem.response()
        with timezone.override(zone_of(user)), locales.override("", user.currency):
            try:
                response = view(request, *args, **kwargs)
            except Exception as error:
                response = _failed(request, error)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = response.headers.get("Allow", "")
            told = Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method", f"This address takes {allowed} alone.")
            response = told.response()
            response.headers["Allow"] = allowed
        return response

    asked.needs_token = True  # type: ignore[attr-defined]  # for whoever asks which addresses let everybody in
    return asked


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Logged and counted as a failure of a page is, and told to a program: 503 where it passes by itself."""
    page = response_for_exception(request, error)
    if page.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        told = "The request is longer or other than can be taken."
        return Problem(HTTPStatus(page.status_code), "unreadable", told).response()
    passes = page.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    told = "Ask again in half a minute." if passes else "Something failed that should not have."
    sent = "" if request.method in READING else " Whether it was done nobody knows: send it with an Idempotency-Key."
    answer = Problem(HTTPStatus(page.status_code), "unavailable" if passes else "failed", told + sent).response()
    if later := page.headers.get("Retry-After"):
        answer.headers["Retry-After"] = later
    return answer


def _let_in(request: Any) -> User:
    """The owner of the token. Raises Problem."""
    found = _found(request.headers.get("Authorization", ""))
    if found is None:
        told = "Send a token of yours as `Authorization: Bearer …`. Tokens are made in the settings."
        raise Problem(HTTPStatus.UNAUTHORIZED, "token", told)
    holder, user = found
    request.token, request.user, request._cached_user = holder, user, user
    if count_in_cache(f"api:{holder.token_id}", RATE) is None:
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "rate", f"A token may ask {RATE.amount} times in a minute.")
    if request.method not in READING and not holder.may_write:
        raise Problem(HTTPStatus.FORBIDDEN, "read_only", "This token may only read. Make one that may write.")
    return user


def _found(header: str) -> tuple[Holder, User] | None:
    """One statement, and none for what is no token; the person comes from the cache when they are there."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or len(token) != LENGTH or not token.startswith(PREFIX) or not token.isascii():
        return None
    row = first_row(_READ, hash=hashed(token), now=timezone.now())
    if row is None:
        return None
    token_id, scope, user_id, generation = row
    generation_was_read((user_id, generation))
    user = person(user_id)
    return (Holder(token_id, scope), user) if user is not None else None
