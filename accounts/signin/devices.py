"""Devices that a person signed in with: a cookie with a random token, of which the database has the digest."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import KnownDevice, User
from wealthwise.postgres.sql import first_row

COOKIE: Final = "__Host-device" if settings.USE_TLS else "device"
REMEMBERED: Final = timedelta(days=365)
YOUNG: Final = timedelta(days=1)  # an account whose first sign-in is no news

PEOPLE: Final = 5  # who use one browser: it has a token for each

# By uq_known_device_token. Of a person the 20 devices that were used last are kept.
_REMEMBER: Final = """
WITH seen AS (
    UPDATE known_device SET seen_at = now() WHERE user_id = %(user)s AND token_hash = ANY(%(digests)s) RETURNING id
), old AS (
    DELETE FROM known_device WHERE NOT EXISTS (SELECT FROM seen) AND user_id = %(user)s AND id IN (
        SELECT id FROM known_device WHERE user_id = %(user)s ORDER BY seen_at DESC OFFSET 19)
), new AS (
    INSERT INTO known_device (user_id, token_hash)
    SELECT %(user)s, %(new)s WHERE NOT EXISTS (SELECT FROM seen) RETURNING id
)
SELECT EXISTS (SELECT FROM new), EXISTS (SELECT FROM known_device WHERE user_id = %(user)s)
"""


def tokens_of(request: HttpRequest) -> list[str]:
    """Those in the cookie, one for each person who signed in with this browser."""
    return [token for token in request.COOKIES.get(COOKIE, "").split(".") if token][:PEOPLE]


def known(request: HttpRequest, person: int) -> str:
    """The digest of a device that this person signed in with before; "" for any other."""
    digests = [_digest(token) for token in tokens_of(request)]
    if not digests:
        return ""
    found = KnownDevice.objects.filter(user_id=person, token_hash__in=digests)
    return found.values_list("token_hash", flat=True).first() or ""


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> bool:
    """Know the device from now on; whether that is worth a mail: it is new, and not where the account was opened.

    A token is only ever made here: one that somebody else put into the browser becomes nobody's.
    """
    tokens, new = tokens_of(request), secrets.token_urlsafe(32)
    digests = [_digest(token) for token in tokens]
    is_new, has_others = first_row(_REMEMBER, user=user.pk, digests=digests, new=_digest(new)) or (False, False)
    kept = [new, *tokens][:PEOPLE] if is_new else tokens
    response.set_cookie(
        COOKIE, ".".join(kept), max_age=REMEMBERED, secure=settings.USE_TLS, httponly=True, samesite="Lax"
    )
    return bool(is_new and (has_others or timezone.now() - user.created_at > YOUNG))


def forget(user: User, *, but: HttpRequest | None = None) -> None:
    """No device is known any more, but the one of the request."""
    kept = known(but, user.pk) if but else ""
    KnownDevice.objects.filter(user=user).exclude(token_hash=kept).delete()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
