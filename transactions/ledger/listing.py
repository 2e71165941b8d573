"""The transaction list: a page of rows by day, and what all rows under the filter add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Final
from uuid import UUID

from transactions.ledger import list_reads
from transactions.ledger.list_reads import Entry, Figures, Part, Place, Selection
from transactions.models.querysets import TransactionQuerySet
from transactions.pairing import hints
from transactions.search.filters import PAGE_SIZE, FilterForm
from wealthwise.core.days import today_of
from wealthwise.core.money import ZERO
from wealthwise.postgres import keyset

type Splits = dict[UUID, list[Part]]

NOTHING: Final = Figures()


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Rows of one day. ``net`` is that of the whole day, on this page or not.

    A day that began on the page before says so when it is shown anew, and has no head when its rows are appended
    to that page.
    """

    date: date
    net: Decimal
    entries: list[Entry]
    is_continued: bool = False
    has_head: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """One page. ``figures`` are those of all that matches, empty on a fragment; ``older`` is the query string of the
    next page, empty at the end. ``is_whole`` says that the page holds everything that matches. ``balances`` are what
    the account held after each row, by its id, where the list is that of one account. ``splits`` are those that are
    one line here. ``possible`` has the ids of rows that look like one side of a transfer, and those of their other
    sides.
    """

    days: list[DayGroup]
    figures: Figures
    older: str
    is_whole: bool
    today: date
    balances: dict[int, Decimal]
    splits: Splits
    possible: frozenset[int]

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """A row that was changed in place, with its day. ``is_elsewhere`` says that it no longer matches the filter."""

    entry: Entry
    day: DayGroup
    figures: Figures
    is_elsewhere: bool
    balances: dict[int, Decimal]
    splits: Splits
    possible: frozenset[int]


def build(queryset: TransactionQuerySet, form: FilterForm, *, cursor: str, only_rows: bool) -> Listing:
    """A page of ``queryset`` under ``form``: two statements, whatever the number of rows; of one account, three, and
    one more with a split among them.

    One more looks for the other sides of its rows, for whoever has several accounts.

    One row more than shown is read: it says whether there is a next page.
    """
    chosen = list_reads.selection(form.user, form.apply(queryset))
    behind = keyset.decode(cursor, read_place) if cursor else None
    found = list_reads.page(
        chosen, behind=behind, limit=PAGE_SIZE + 1, with_tags=bool(form.names.tags), is_folded=form.folds_splits
    )
    shown, splits = _folded(form, found[:PAGE_SIZE])
    days = _by_day(shown)
    figures = _figures(chosen, days, form, only_days=only_rows)
    began = behind[0] if behind else None
    end = shown[-1] if len(found) > PAGE_SIZE else None
    return Listing(
        days=[
            DayGroup(
                day,
                figures.get(day, NOTHING).net,  # absent when the day's rows changed between the two statements
                entries,
                is_continued=day == began,
                has_head=not (only_rows and day == began),
            )
            for day, entries in days
        ],
        figures=figures.get(None, NOTHING),
        older=form.address_after(keyset.encode(*end.place)) if end else "",
        is_whole=not cursor and end is None,
        today=today_of(form.user),
        balances=_balances(form, shown),
        splits=splits,
        possible=_possible(shown, form),
    )


def _folded(form: FilterForm, entries: Sequence[Entry]) -> tuple[list[Entry], Splits]:
    """The lines of a list: where a split is one, with what its parts add up to."""
    splits = list_reads.parts_of(form.user, entries) if form.folds_splits else {}
    totals = {key: sum((part.amount for part in parts), ZERO) for key, parts in splits.items()}
    lines = [
        entry._replace(amount=totals[entry.split_id]) if entry.split_id and entry.split_id in totals else entry
        for entry in entries
    ]
    return lines, splits


def _possible(entries: Sequence[Entry], form: FilterForm) -> frozenset[int]:
    """Which of these rows look like one side of a transfer."""
    open_rows = [
        (each.booked_on, each.amount)
        for each in entries
        if each.account_id and not (each.transfer_id or each.split_id)
    ]
    return hints.among(form.user, open_rows) if len(form.names.accounts) > 1 else frozenset()


def account_of(form: FilterForm) -> int | None:
    """The account whose whole list this is; None where the filter is another one."""
    accounts: list[int] = form.chosen.get("account", [])
    return accounts[0] if form.chosen.keys() == {"account"} and len(accounts) == 1 else None


def _balances(form: FilterForm, entries: list[Entry]) -> dict[int, Decimal]:
    account = account_of(form)
    return list_reads.running(form.user, account, entries) if account else {}


def again(queryset: TransactionQuerySet, form: FilterForm, pk: int) -> ChangedEntry | None:
    """One row of the list anew with the figures that it is part of: three statements, in the list of one account four,
    and one for its other side.

    None when it is gone.
    """
    row = list_reads.selection(form.user, queryset.filter(pk=pk))
    found = list_reads.page(row, limit=1, with_tags=bool(form.names.tags))
    if not found:
        return None
    found, splits = _folded(form, found)
    chosen, days = form.apply(queryset), _by_day(found)
    figures = _figures(list_reads.selection(form.user, chosen), days, form)
    day, is_elsewhere = days[0][0], not chosen.filter(pk=pk).exists()
    return ChangedEntry(
        entry=found[0],
        day=DayGroup(day, figures.get(day, NOTHING).net, found),
        figures=figures[None],
        is_elsewhere=is_elsewhere,
        balances={} if is_elsewhere else _balances(form, found),
        splits=splits,
        possible=_possible(found, form),
    )


def _by_day(entries: list[Entry]) -> list[tuple[date, list[Entry]]]:
    return [(day, list(inside)) for day, inside in groupby(entries, key=itemgetter(0))]


def read_place(day: str, timestamp: str, key: int) -> Place:
    return date.fromisoformat(day), datetime.fromisoformat(timestamp), int(key)


def _figures(
    chosen: Selection, days: list[tuple[date, list[Entry]]], form: FilterForm, *, only_days: bool = False
) -> dict[date | None, Figures]:
    """Of the filter (None) and of each day shown, whole days."""
    span = (days[-1][0], days[0][0]) if days else None
    return list_reads.figures(
        chosen,
        span,
        is_ledger=not form.chosen and not form.points_at_nothing,
        only_days=only_days,
        of_one_account=form.is_of_one_account,
    )
