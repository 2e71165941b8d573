"""The transaction list, prepared: every string a row shows is made here, so that templates only print."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Value
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from accounts.zones import zone_of
from transactions.bulk.models import BulkAction
from transactions.filters import FilterForm
from transactions.moments import today_of
from transactions.querysets import NO_TOTALS, TransactionQuerySet
from transactions.row_html import row_html
from wealthwise.locales import show_count, show_day
from wealthwise.money import format_money
from wealthwise.postgres import keyset
from wealthwise.templatetags.ui import icon

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """``tone`` is the class of the amount: income, expense or transfer; ``mark`` the icon of a transfer."""

    id: int
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

    key: str
    label: str
    total: str
    tone: str
    has_head: bool
    rows: list[Row]

    def html(self) -> SafeString:
        """All rows."""
        return mark_safe("".join(map(row_html, self.rows)))


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of the whole filter; transfers are counted and left out of the sums."""

    entries: str
    count: int
    transfers: int
    money_in: str
    money_out: str
    net: str
    tone: str


@dataclass(frozen=True, slots=True)
class Undo:
    """The last bulk change, while it can be undone."""

    action_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page. ``totals`` is None on a fragment; ``older`` is the query string of the next page, empty at the end.

    ``is_whole`` says that the page holds everything that matches.
    """

    days: list[Day]
    totals: Totals | None
    older: str
    is_whole: bool
    undo: Undo | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that was changed in place. ``is_elsewhere`` says that it no longer matches the filter."""

    row: Row
    day: Day
    totals: Totals
    is_elsewhere: bool

    def html(self) -> SafeString:
        """The row, which takes the focus."""
        return row_html(self.row, has_focus=True, is_elsewhere=self.is_elsewhere)


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
    comments, undo = _beside(queryset, form, [row.id for row in shown])
    style = _style(form, here, comments, began=_day_of_cursor(cursor, zone), only_rows=only_rows)
    sums = {entry["day"]: entry for entry in _sums(chosen, shown, style, zone)}
    end = shown[-1] if len(found) > PAGE_SIZE else None
    return Listing(
        days=list(_days(shown, sums, style, zone)),
        totals=None if only_rows else _totals(sums.get(None, NO_TOTALS), style.currency),
        older=form.address_after(keyset.encode(end.transaction_date, end.id)) if end else "",
        is_whole=not cursor and end is None,
        undo=undo,
    )


def again(queryset: TransactionQuerySet, form: FilterForm, pk: int, here: str) -> "Changed | None":
    """One row of the list anew with the figures that it is part of: four statements. None when it is gone."""
    row = queryset.filter(pk=pk).covered().first()
    if row is None:
        return None
    zone, chosen = zone_of(form.user), form.apply(queryset)
    style = _style(form, here, queryset.comments_of([pk]), began=None, only_rows=False)
    sums = {entry["day"]: entry for entry in _sums(chosen, [row], style, zone)}
    return Changed(
        row=_row(row, style),
        day=next(iter(_days([row], sums, style, zone))),
        totals=_totals(sums.get(None, NO_TOTALS), style.currency),
        is_elsewhere=not chosen.filter(pk=pk).exists(),
    )


def _beside(queryset: TransactionQuerySet, form: FilterForm, ids: list[int]) -> tuple[dict[int, str], Undo | None]:
    """The comments of the rows shown and the last bulk change, in one statement."""
    last = BulkAction.objects.for_user(form.user).open().values_list(Value(0, BigIntegerField()), "id", "sentence")
    found = queryset.with_comments(ids).values_list("pk", Value(0, BigIntegerField()), "comment").union(last, all=True)
    comments = {pk: text for pk, _, text in found}
    undo = next((Undo(number, text) for _, number, text in found if number), None)
    comments.pop(0, None)
    return comments, undo


def _style(form: FilterForm, here: str, comments: dict[int, str], *, began: date | None, only_rows: bool) -> Style:
    return Style(
        form=form,
        currency=form.user.currency,
        edit_path=reverse("transactions:edit", args=[0]),
        back=f"?next={quote(here)}",
        comments=comments,
        began=began,
        only_rows=only_rows,
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
            key=day.isoformat(),
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
        id=row.id,
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
        count=entry["entries"],
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
