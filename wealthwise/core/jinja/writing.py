"""How templates write what they are given: amounts, days and counts as filters, addresses and icons as functions."""

from collections.abc import Hashable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final, NamedTuple, cast

import heroicons
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from wealthwise.core.locales import Length, show_count, show_day
from wealthwise.core.money import ZERO, format_money, format_typed

_ID: Final = 987_654_321  # stands for an id while a URL is looked up; no path contains it otherwise


def url(name: str, *arguments: object, **named: object) -> str:
    """What ``reverse`` answers; looked up once a process for pages whose only arguments are ids."""
    if named or not all(type(argument) is int for argument in arguments):
        return reverse(name, args=arguments, kwargs=named)
    return url_pattern(name, len(arguments)) % arguments


@cache
def url_pattern(name: str, count: int = 1) -> str:
    """The URL of a page with %d in place of its ids, for loops: ``{{ pattern % row.id }}``."""
    return reverse(name, args=[_ID] * count).replace("%", "%%").replace(str(_ID), "%d")


def static(path: str) -> str:
    """The URL of a static file, looked up once for each storage."""
    return _static(cast(Hashable, type(staticfiles_storage._wrapped)), path)  # type: ignore[attr-defined]  # it is lazy


@lru_cache(maxsize=256)
def _static(storage: Hashable, path: str) -> str:
    return staticfiles_storage.url(path)


@lru_cache(maxsize=256)
def icon(name: str, size: int = 20) -> SafeString:
    """A heroicons outline by name, inline and hidden from screen readers: the text beside it speaks."""
    attributes: dict[str, object] = {"class": "icon", "aria-hidden": "true", "focusable": "false"}
    return mark_safe(heroicons._render_icon("outline", name, size, attributes))  # noqa: S308 - the package's own


def csrf(request: HttpRequest) -> dict[str, object]:
    """For every page: its token and the hidden field of its forms, masked once for all of them when first written."""
    token = SimpleLazyObject(lambda: get_token(request))
    field = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    return {"csrf_token": token, "csrf_input": SimpleLazyObject(lambda: format_html(field, token))}


def money(amount: Decimal | None, currency: str, *, sign: bool = False, rounded: bool = False) -> str:
    """``amount`` in ``currency``, with a plus where it is above zero and ``sign`` is asked; empty for None."""
    return "" if amount is None else format_money(amount, currency, sign=sign, rounded=rounded)


def typed(amount: Decimal | None, currency: str) -> str:
    """``amount`` as a field holds it, with its digits grouped; empty for None."""
    return "" if amount is None else format_typed(amount, currency, groups=True)


def day(timestamp: date | None, length: Length = "medium") -> str:
    """A day in the user's way of writing; of a datetime, the day in the active zone. Lengths as in `show_day`."""
    if timestamp is None:
        return ""
    return show_day(localtime(timestamp).date() if isinstance(timestamp, datetime) else timestamp, length)


def clock(timestamp: datetime) -> str:
    """Day and time in the active zone, such as `15 Mar 2026, 14:05`."""
    local = localtime(timestamp)
    return f"{show_day(local.date())}, {local:%H:%M}"


def count(number: int) -> str:
    """A whole number with its digits grouped."""
    return show_count(number)


def share_of(value: Decimal, maximum: Decimal) -> str:
    """Percent of ``maximum``, one decimal, between 0 and 100: the width of a bar."""
    share = Decimal(100) if value > maximum else max(value, ZERO) / (maximum or Decimal(1)) * 100
    return f"{share:.1f}"


class Place(NamedTuple):
    """A link of the main navigation. ``current`` is its aria-current: "page" there, "true" below it, else empty."""

    url: str
    icon: str
    label: str
    number: int
    is_in_bar: bool
    current: str


# URL name, icon, label, and whether the bottom bar of a phone has room for it.
NAVIGATION: Final = (
    ("dashboard", "home", "Dashboard", True),
    ("transactions:list", "queue-list", "Transactions", True),
    ("budgets:budget", "chart-pie", "Budget", True),
    ("reports:spending", "chart-bar", "Reports", False),
    ("accounts:list", "building-library", "Accounts", False),
    ("transactions:categories", "tag", "Categories", False),
    ("transactions:import", "arrow-up-tray", "Import", False),
    ("budgets:recurring", "arrow-path", "Recurring", False),
    ("budgets:periods", "calendar-days", "Periods", False),
    ("accounts:settings", "cog-6-tooth", "Settings", False),
    ("help", "question-mark-circle", "Help", False),
)


def navigation(path: str) -> tuple[Place, ...]:
    """The main links as seen from ``path``. The current one is the longest that it starts with."""
    urls = _urls()
    above = [start for start in urls if path.startswith(start) and start != "/"]
    return _navigation(path if path in urls else max(above, key=len, default=""), is_there=path in urls)


@cache
def _urls() -> list[str]:
    return [reverse(name) for name, *_ in NAVIGATION]


@lru_cache(maxsize=64)
def _navigation(current: str, *, is_there: bool) -> tuple[Place, ...]:
    mark = "page" if is_there else "true"
    return tuple(
        Place(start, name, label, number, in_bar, mark if start == current else "")
        for number, (start, (_, name, label, in_bar)) in enumerate(zip(_urls(), NAVIGATION, strict=True), start=1)
    )
