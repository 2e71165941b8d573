"""allauth's limits, counted in the database: they hold in every process, after a restart and while the cache is gone.

allauth counts in the cache, with a lock around reading and writing. Here one statement counts a try and decides; of
two tries at once the second waits for the first. `install` puts it in the places of the library that do otherwise.

Whom a stranger's guesses must not shut out has an allowance of their own: a device that is known to the person, and
whoever is signed in and asked for the password again. Neither shares that of an address.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from allauth.core.exceptions import RateLimited
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import Rate as Rate  # noqa: PLC0414 - for whoever counts
from allauth.core.internal.ratelimit import get_cache_key, get_rates
from allauth.decorators import rate_limit
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from accounts.signin import devices
from wealthwise.core.http.again import harmless
from wealthwise.postgres.sql import run, value_of

type View = Callable[..., HttpResponseBase]

# Tries at the account that a key ends with: at its password, and at the codes of its second factor.
GUESSES: Final = ("person:", "mfa-auth-user-")
# Pages that only read and are asked for often: a statement that writes would cost more than what is held off.
READING: Final = {"searches", "reports"}

# By uq_rate_limit_key. Nothing comes back when there were enough tries already.
_TRY: Final = """
INSERT INTO rate_limit AS r (key, tries, expires_at)
VALUES (%(key)s, ARRAY[%(now)s::float8], to_timestamp(%(now)s + %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    tries = ARRAY(SELECT t FROM unnest(r.tries) t WHERE t > %(now)s - %(seconds)s ORDER BY t) || %(now)s::float8,
    expires_at = excluded.expires_at
WHERE (SELECT count(*) FROM unnest(r.tries) t WHERE t > %(now)s - %(seconds)s) < %(most)s
RETURNING 1
"""
_LOOK: Final = """
SELECT 1 WHERE (SELECT count(*) FROM rate_limit r, unnest(r.tries) t
                WHERE r.key = %(key)s AND t > %(now)s - %(seconds)s) < %(most)s
"""
_GIVE_BACK: Final = """
UPDATE rate_limit r SET tries = array_remove(r.tries, g.moment)
FROM unnest(%(keys)s::text[], %(moments)s::float8[]) AS g(key, moment) WHERE r.key = g.key
"""
_CLEAR: Final = "DELETE FROM rate_limit WHERE key = ANY(%(keys)s)"


@dataclass(frozen=True, slots=True)
class Counted:
    """One try, and under which key it was counted; under none when it need not be."""

    key: str
    moment: float


def count(key: str, *, most: int, seconds: float, dry_run: bool = False) -> Counted | None:
    """Count a try; None when there were ``most`` within ``seconds`` already."""
    now = time.time()
    statement = _LOOK if dry_run else _TRY
    with harmless():
        is_counted = value_of(statement, key=key, now=now, seconds=seconds, most=most)
    return Counted(key, now) if is_counted else None


def _consume_single_rate(
    request: HttpRequest,
    *,
    app: str,
    action: str,
    rate: Rate,
    key: str | None = None,
    user: Any = None,
    dry_run: bool = False,
    raise_exception: bool = False,
) -> Counted | None:
    """In the place of allauth's, with its arguments."""
    place = _place(request, app=app, action=action, rate=rate, key=key, user=user)
    if place is None:
        return Counted("", 0.0)
    if action in READING:
        counted = count_in_cache(place, rate)
    else:
        counted = count(place, most=rate.amount, seconds=rate.duration, dry_run=dry_run)
    if counted is None and raise_exception:
        raise RateLimited
    return counted


def count_in_cache(place: str, rate: Rate) -> Counted | None:
    """By the clock's minutes, or however long the rate is; a cache that is gone counts nobody."""
    now = time.time()
    key = f"tries:{place}:{now // rate.duration:.0f}"
    cache.add(key, 0, timeout=rate.duration)
    try:
        tries = cache.incr(key)
    except ValueError:  # it went just now
        return Counted("", now)
    return None if tries and tries > rate.amount else Counted("", now)


def _give_back(usage: ratelimit.RateLimitUsage) -> None:
    """Tries that were none: whoever signs in well uses nothing up."""
    counted: list[Any] = [each for each in usage.usage if getattr(each, "key", "")]
    if counted:
        run(_GIVE_BACK, keys=[each.key for each in counted], moments=[each.moment for each in counted])


def _clear(
    request: HttpRequest,
    *,
    app: str,
    action: str,
    config: Mapping[str, str] | None = None,
    key: str | None = None,
    user: Any = None,
) -> None:
    rates = get_rates(app=app, action=action, config=config)  # type: ignore[arg-type]  # it only reads it
    places = [_place(request, app=app, action=action, rate=rate, key=key, user=user) for rate in rates]
    run(_CLEAR, keys=[place for place in places if place])


def _place(request: HttpRequest, *, rate: Rate, key: str | None, **what: Any) -> str | None:
    """The key under which a try is counted; None when the rate is not for whoever tries."""
    if own := _own_allowance(request, key or ""):
        if rate.per == "ip" and what["action"] == "login_failed":
            return None  # which has a rate for the account as well
        rate, key = Rate(rate.amount, rate.duration, "key"), own
    return _digest(get_cache_key(request, rate=rate, key=key, **what))


def _own_allowance(request: HttpRequest, key: str) -> str:
    """The key of whoever is signed in, or sits at a device that is known to the person; "" for everybody else."""
    prefix = next((prefix for prefix in GUESSES if key.startswith(prefix)), "")
    if not prefix:
        return ""
    person = int(key.removeprefix(prefix))
    if getattr(request.user, "pk", None) == person:
        return f"{key}:signed in"
    device = devices.known(request, person)
    return f"{key}:device:{device}" if device else ""


def _digest(key: str) -> str:
    return salted_hmac("accounts.signin.limits", key, algorithm="sha256").hexdigest()


def limited(action: str, *, reading: bool = True, asking: str = "") -> Callable[[View], View]:
    """Let a user through as often as the settings say, for what costs much; then the page of 429. Reading counts too,
    unless told not to. With ``asking``, only requests are counted that ask for something by that name.
    """

    def decorate(view: View) -> View:
        counted: View = rate_limit(action=action, limit_get=reading)(view)  # type: ignore[no-untyped-call]  # of allauth

        @wraps(view)
        def choose(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            is_counted = not asking or bool(request.GET.get(asking))
            return (counted if is_counted else view)(request, *args, **kwargs)

        return choose

    return decorate


class UsedCodes:
    """Where allauth asks whether the code of an authenticator app was used before; it does so of the cache."""

    def add(self, key: str, value: object, timeout: float) -> bool:
        return count(_digest(key), most=1, seconds=timeout) is not None


def install() -> None:
    """Put the counting of this module into allauth, which has no setting for it; `tests/accounts/signin` holds it."""
    ratelimit._consume_single_rate = _consume_single_rate  # type: ignore[assignment]  # what it gives is only given back
    ratelimit.clear = _clear
    ratelimit.RateLimitUsage.rollback = _give_back  # type: ignore[method-assign,assignment]  # by position
    totp.cache = UsedCodes()  # type: ignore[attr-defined,assignment]  # all that is used of it
