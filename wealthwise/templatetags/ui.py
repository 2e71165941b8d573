"""Small pieces of every page: icons, form fields, bars, money, navigation."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

import heroicons
from django import template
from django.forms import BaseForm, BoundField, CheckboxInput
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from wealthwise.core.locales import Length, show_count, show_day
from wealthwise.core.money import format_money

register = template.Library()

# url name, icon, label, and whether the bottom bar of a phone has room for it
NAVIGATION = (
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


class Navigation(NamedTuple):
    """The main links: of the sidebar, those that a phone's bar has room for, and the rest of them."""

    sidebar: SafeString
    bar: SafeString
    more: SafeString


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> Navigation:
    """The main links. The current one is the longest that the address starts with."""
    path = context["request"].path if context.get("request") else ""
    above = [url for url in _urls() if path.startswith(url) and url != "/"]
    return _navigation(path if path in _urls() else max(above, key=len, default=""), is_there=path in _urls())


@cache
def _urls() -> list[str]:
    return [reverse(name) for name, *_ in NAVIGATION]


@lru_cache(maxsize=64)
def _navigation(current: str, *, is_there: bool) -> Navigation:
    """With aria-current at ``current``: "page" when one is there, "true" below it."""
    parts: dict[str, list[str]] = {"sidebar": [], "bar": [], "more": []}
    for place, (url, (_, name, label, in_bar)) in enumerate(zip(_urls(), NAVIGATION, strict=True), start=1):
        mark = f' aria-current="{"page" if is_there else "true"}"' if url == current else ""
        link = f'<a href="{url}"{mark}>{_icon(name, 22)}{label}</a>'
        parts["sidebar"].append(link)
        in_phone = f'<a class="bar-{place}" href="{url}"{mark}>{_icon(name, 24)}{label}</a>' if in_bar else link
        parts["bar" if in_bar else "more"].append(in_phone)
    return Navigation(*(mark_safe("".join(links)) for links in parts.values()))


@register.simple_block_tag
def capture(content: str) -> str:
    """Keeps a block's text for use in two places: {% capture as page_title %}...{% endcapture %}."""
    return content


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A heroicons outline by name, inline and hidden from screen readers: the text beside it speaks."""
    return _icon(str(name), size)


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    attributes: dict[str, object] = {"class": "icon", "aria-hidden": "true", "focusable": "false"}
    return mark_safe(heroicons._render_icon("outline", name, size, attributes))  # package's own


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Label, control, help and errors. Django itself ties help and errors to the control."""
    widget = bound.field.widget
    return {
        "field": bound,
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": bound.use_fieldset,
        "is_optional": not bound.field.required and not isinstance(widget, CheckboxInput),
    }


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """Errors of the whole form, hidden fields, then every visible field."""
    return {"form": form}


@register.simple_tag
def bar(value: Decimal, maximum: Decimal, label: str) -> SafeString:
    """A horizontal bar of `value` against `maximum`; red above it, which `label` must say in words too."""
    over = value > maximum
    share = Decimal(100) if over else max(value, Decimal(0)) / (maximum or Decimal(1)) * 100
    return format_html(
        '<svg class="bar{}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-fill" width="{}" height="8"/></svg>',
        " bar-over" if over else "",
        label,
        f"{share:.1f}",
    )


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """`amount` in `currency`; empty when there is none. Not for row loops: prepare those in the view."""
    return "" if amount is None else format_money(amount, currency)


@register.filter
def day(moment: date | None, length: Length = "medium") -> str:
    """A day in the person's way of writing; of a moment, the day in the active zone. Lengths as in `show_day`."""
    if moment is None:
        return ""
    return show_day(localtime(moment).date() if isinstance(moment, datetime) else moment, length)


@register.filter
def clock(moment: datetime) -> str:
    """Day and time in the active zone, such as `15 Mar 2026, 14:05`."""
    local = localtime(moment)
    return f"{show_day(local.date())}, {local:%H:%M}"


@register.filter
def count(number: int) -> str:
    """A whole number with its digits grouped."""
    return show_count(number)
