"""The transaction list, prepared: every string a row shows is made here, so that templates only print."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.zones import zone_of
from transactions.filters import FilterForm
from transactions.moments import today_of
from transactions.querysets import NO_TOTALS, TransactionQuerySet
from wealthwise.locales import show_count, show_day
from wealthwise.money import format_money
from wealthwise.postgres import keyset
from wealthwise.templatetags.ui import icon

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """``tone`` is the class of the amount: income, expense or transfer; ``mark`` the icon of a transfer."""

    address: str
    description: str
    comment: str
    category: str
    account: str
    amount: str
    tone: str
    mark: str
    is_uncategorised: bool


@dataclass(frozen=True, slots=True)
class Day:
    """``total`` is the net of the whole day, on this page or not.

    A day that began on the page before is told so when it is shown anew, and has no head when its rows are
    appended to that page.
    """

    label: str
    total: str
    tone: str
    has_head: bool
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of the whole filter; transfers are counted and left out of the sums."""

    entries: str
    transfers: int
    money_in: str
    money_out: str
    net: str
    tone: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page. ``totals`` is None on a fragment; ``older`` is the query string of the next page, empty at the end."""

    days: list[Day]
    totals: Totals | None
    older: str


@dataclass(frozen=True, slots=True)
class Style:
    """What all rows of a page share."""

    form: FilterForm
    currency: str
    edit_path: str
    back: str
    comments: dict[int, str]
    began: date | None
    only_rows: bool


def build(queryset: TransactionQuerySet, form: FilterForm, *, cursor: str, here: str, only_rows: bool) -> Listing:
    """A page of ``queryset`` under ``form``: three statements, whatever the number of rows.

    ``here`` is the address that editing a row returns to. One row more than shown is read: it says
    whether there is a next page.
    """
    chosen = form.apply(queryset)
    zone = zone_of(form.user)
    found = list(chosen.page_after(cursor).covered()[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    style = Style(
        form=form,
        currency=form.user.currency,
        edit_path=reverse("transactions:edit", args=[0]),
        back=f"?next={quote(here)}",
        comments=queryset.comments_of([row.id for row in shown]),
        began=_day_of_cursor(cursor, zone),
        only_rows=only_rows,
    )
    sums = {entry["day"]: entry for entry in _sums(chosen, shown, style, zone)}
    end = shown[-1] if len(found) > PAGE_SIZE else None
    return Listing(
        days=list(_days(shown, sums, style, zone)),
        totals=None if only_rows else _totals(sums.get(None, NO_TOTALS), style.currency),
        older=form.address_after(keyset.encode(end.transaction_date, end.id)) if end else "",
    )


def _sums(chosen: TransactionQuerySet, shown: list[Any], style: Style, zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    """Totals of the filter (day None) and of each day shown, whole days, in one statement."""
    if not shown:
        return chosen.totals()
    newest, oldest = (row.transaction_date.astimezone(zone).date() for row in (shown[0], shown[-1]))
    days = chosen.booked_on(oldest, newest, zone).totals_by_day(zone)
    return days if style.only_rows else chosen.totals().union(days, all=True)


def _day_of_cursor(cursor: str, zone: ZoneInfo) -> date | None:
    position = keyset.decode(cursor) if cursor else None
    return position[0].astimezone(zone).date() if position else None


def _days(shown: list[Any], sums: dict[date | None, dict[str, Any]], style: Style, zone: ZoneInfo) -> Iterable[Day]:
    today = today_of(style.form.user)
    for day, rows in groupby(shown, key=lambda row: row.transaction_date.astimezone(zone).date()):
        # Absent when the day's rows changed between the two statements.
        entry = sums.get(day, NO_TOTALS)
        net = entry["money_in"] + entry["money_out"]
        yield Day(
            label=day_in_words(day, today) + (", continued" if day == style.began else ""),
            total=format_money(net, style.currency, sign=True),
            tone=_tone(net),
            has_head=not (style.only_rows and day == style.began),
            rows=[_row(row, style) for row in rows],
        )


def _row(row: Any, style: Style) -> Row:
    is_transfer = row.transfer_id is not None
    names = style.form.names
    return Row(
        address=style.edit_path.replace("0", str(row.id)) + style.back,
        description=row.description,
        comment=style.comments.get(row.id, ""),
        category="Transfer" if is_transfer else names.subcategories.get(row.subcategory_id, "Uncategorised"),
        account=names.accounts.get(row.account_id, ""),
        amount=format_money(row.amount, style.currency, sign=True),
        tone="transfer" if is_transfer else _tone(row.amount),
        mark=icon("arrows-right-left", 16) if is_transfer else "",
        is_uncategorised=row.subcategory_id is None and not is_transfer,
    )


def _tone(amount: Decimal) -> str:
    return "income" if amount > 0 else "expense"


def _totals(entry: dict[str, Any], currency: str) -> Totals:
    net = entry["money_in"] + entry["money_out"]
    return Totals(
        entries=show_count(entry["entries"]),
        transfers=entry["transfers"],
        money_in=format_money(entry["money_in"], currency),
        money_out=format_money(-entry["money_out"], currency),
        net=format_money(net, currency, sign=True),
        tone=_tone(net),
    )


def day_in_words(day: date, today: date) -> str:
    """`Today`, `Yesterday`, or `Sunday 15 March 2026`."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return show_day(day, "full")
