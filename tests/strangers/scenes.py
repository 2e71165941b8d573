"""The worlds in which somebody walks: alone, and beside neighbours."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from tests.factories import make_user
from tests.strangers.memory import MEMORY
from tests.strangers.pages import Step
from tests.strangers.walk import Walk
from tests.strangers.world import MARKED, TWIN, Household, count_from, move_in


@contextmanager
def stage() -> Iterator[None]:
    """Nothing is kept between requests, and deferred keys are asked at once, as a commit would."""
    with override_settings(CACHES=MEMORY):
        yield


def walks() -> list[Walk]:
    """Everything that somebody with a household, and somebody who has just come, can ask for, asked alone."""
    count_from(1)
    today = timezone.localdate()
    household = Household(today)
    newcomer = make_user("newcomer", onboarding_step=1, currency="USD", time_zone="UTC")
    found = [_walk(user, today) for user in (household.user, newcomer)]
    for walk in found:
        walk.crawl(beginnings())
    return found


def _walk(user: User, today: date) -> Walk:
    client = Client()
    client.force_login(user)
    session: Any = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    return Walk(user.pk, {settings.SESSION_COOKIE_NAME: session.session_key}, today=str(today))


def move_neighbours_in(found: list[Walk]) -> dict[int, str]:
    """For each who walks a digest of what is not theirs."""
    household = User.objects.get(username="walker")
    count_from(700_000)  # beyond what a request makes
    for offset in (TWIN, MARKED):
        move_in(household, offset)
    return {walk.person: walk.look()[1] for walk in found}


def beginnings() -> Iterator[Step]:
    """Every address without a key; reports of days that cut months, and searches for each kind of thing."""
    today = timezone.localdate()
    cut = f"date_from={today - timedelta(days=75)}&date_to={today - timedelta(days=1)}"
    for report in ("spending", "cash_flow", "flow", "where", "descriptions", "net_worth", "pace"):
        yield Step("GET", f"{reverse(f'reports:{report}')}?{cut}")
    for asked in ("q=shop", "q=category:food", "uncategorised=on", "imported=on", "direction=transfer", "q=zebedee"):
        yield Step("GET", f"{reverse('transactions:list')}?{asked}")
    yield Step("GET", f"{reverse('transactions:suggest')}?q=corner")
    for name in sorted(set(names_in(get_resolver().url_patterns))):
        try:
            yield Step("GET", reverse(name))
        except Exception:
            continue


def names_in(patterns: Iterable[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """The names of all addresses but the console's."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"
        elif pattern.namespace not in {"admin", "djdt"}:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names_in(pattern.url_patterns, inner)
