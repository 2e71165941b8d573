"""The transaction list, prepared: every string a row shows is made here, so that templates only print."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from transactions.ledger import list_reads
from transactions.ledger.list_reads import Entry, Figures, Selection
from transactions.ledger.row_html import days_html, row_html
from transactions.models.querysets import TransactionQuerySet
from transactions.search.filters import FilterForm
from transactions.search.links import edit_url
from wealthwise.core.days import today_of, zone_of
from wealthwise.core.locales import show_count, show_day
from wealthwise.core.money import format_money
from wealthwise.postgres import keyset
from wealthwise.templatetags.ui import icon

PAGE_SIZE = 50


class Row(NamedTuple):
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

    def html(self) -> SafeString:
        """All days with their rows."""
        return days_html(self.days)


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
    """What all rows of a page share. ``began`` is the day of the row that the page comes behind."""

    form: FilterForm
    zone: ZoneInfo
    currency: str
    back: str
    began: date | None
    only_rows: bool


def build(queryset: TransactionQuerySet, form: FilterForm, *, cursor: str, here: str, only_rows: bool) -> Listing:
    """A page of ``queryset`` under ``form``: two statements, whatever the number of rows.

    ``here`` is the address that editing a row returns to. One row more than shown is read: it says
    whether there is a next page.
    """
    chosen = list_reads.selection(form.user, form.apply(queryset))
    behind = keyset.decode(cursor) if cursor else None
    found = list_reads.page(chosen, behind=behind, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    style = _style(form, here, behind=behind, only_rows=only_rows)
    figures = _figures(chosen, shown, style)
    everything = figures.get(None, Figures())
    end = shown[-1] if len(found) > PAGE_SIZE else None
    return Listing(
        days=list(_days(shown, figures, style)),
        totals=None if only_rows else _totals(everything, style.currency),
        older=form.address_after(keyset.encode(end.transaction_date, end.id)) if end else "",
        is_whole=not cursor and end is None,
        undo=Undo(everything.undo_id, everything.undo_sentence or "") if everything.undo_id else None,
    )


def again(queryset: TransactionQuerySet, form: FilterForm, pk: int, here: str) -> "Changed | None":
    """One row of the list anew with the figures that it is part of: three statements. None when it is gone."""
    found = list_reads.page(list_reads.selection(form.user, queryset.filter(pk=pk)), limit=1)
    if not found:
        return None
    chosen, style = form.apply(queryset), _style(form, here, behind=None, only_rows=False)
    figures = _figures(list_reads.selection(form.user, chosen), found, style)
    return Changed(
        row=_row(found[0], style),
        day=next(iter(_days(found, figures, style))),
        totals=_totals(figures[None], style.currency),
        is_elsewhere=not chosen.filter(pk=pk).exists(),
    )


def _style(form: FilterForm, here: str, *, behind: tuple[datetime, int] | None, only_rows: bool) -> Style:
    zone = zone_of(form.user)
    return Style(
        form=form,
        zone=zone,
        currency=form.user.currency,
        back=f"?next={quote(here)}",
        began=behind[0].astimezone(zone).date() if behind else None,
        only_rows=only_rows,
    )


def _figures(chosen: Selection, shown: list[Entry], style: Style) -> dict[date | None, Figures]:
    """Of the filter (None) and of each day shown, whole days."""
    return list_reads.figures(
        chosen,
        (_day_of(shown[-1], style), _day_of(shown[0], style)) if shown else None,
        is_ledger=not style.form.chosen,
        only_days=style.only_rows,
    )


def _day_of(entry: Entry, style: Style) -> date:
    return entry.transaction_date.astimezone(style.zone).date()


def _days(shown: list[Entry], figures: dict[date | None, Figures], style: Style) -> Iterable[Day]:
    today = today_of(style.form.user)
    for day, entries in groupby(shown, key=lambda entry: _day_of(entry, style)):
        # Absent when the day's rows changed between the two statements.
        net = figures.get(day, Figures()).net
        yield Day(
            key=day.isoformat(),
            label=day_in_words(day, today) + (", continued" if day == style.began else ""),
            total=format_money(net, style.currency, sign=True),
            tone=_tone(net),
            has_head=not (style.only_rows and day == style.began),
            rows=[_row(entry, style) for entry in entries],
        )


def _row(entry: Entry, style: Style) -> Row:
    is_transfer = entry.transfer_id is not None
    names = style.form.names
    return Row(
        id=entry.id,
        address=edit_url(entry.id) + style.back,
        description=entry.description,
        comment=entry.comment,
        category="Transfer" if is_transfer else names.subcategories.get(entry.subcategory_id or 0, "Uncategorised"),
        account=names.accounts.get(entry.account_id or 0, ""),
        amount=format_money(entry.amount, style.currency, sign=True),
        tone="transfer" if is_transfer else _tone(entry.amount),
        mark=icon("arrows-right-left", 16) if is_transfer else "",
        is_uncategorised=entry.subcategory_id is None and not is_transfer,
    )


def _tone(amount: Decimal) -> str:
    return "income" if amount > 0 else "expense"


def _totals(figures: Figures, currency: str) -> Totals:
    return Totals(
        entries=show_count(figures.entries),
        count=figures.entries,
        transfers=figures.transfers,
        money_in=format_money(figures.money_in, currency),
        money_out=format_money(-figures.money_out, currency),
        net=format_money(figures.net, currency, sign=True),
        tone=_tone(figures.net),
    )


def day_in_words(day: date, today: date) -> str:
    """`Today`, `Yesterday`, or `Sunday 15 March 2026`."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return show_day(day, "full")
