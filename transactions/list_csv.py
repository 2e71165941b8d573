"""The filtered list as rows of a file: everything that the filter finds, newest first."""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.zones import zone_of
from transactions.filters import FilterForm
from transactions.moments import NOON, today_of
from transactions.names import Names
from transactions.querysets import TransactionQuerySet
from wealthwise.postgres import keyset

BATCH: Final = 2000


class Line(NamedTuple):
    """One transaction, in the person's zone. ``time`` is None where only the day is known."""

    day: date
    time: str | None
    description: str
    amount: Decimal
    currency: str
    category: str
    subcategory: str
    account: str
    transfer: str
    comment: str


HEADER: Final = tuple(name.title() for name in ("date", *Line._fields[1:]))


def filename(form: FilterForm) -> str:
    """Says whether the file holds everything or what a filter found, and the day."""
    what = "transactions-filtered" if form.chosen else "transactions"
    return f"{what}-{today_of(form.user).isoformat()}.csv"


def lines(queryset: TransactionQuerySet, form: FilterForm) -> Iterator[Line]:
    """All rows of ``queryset`` under ``form``, in batches of a bounded size: one range of idx_transaction_covering
    and one lookup of comments by key each, whatever the length of the list.

    Neither a transaction nor a connection is held while somebody's slow line takes the file: a row that is
    booked meanwhile appears or does not, and none appears twice.
    """
    chosen = form.apply(queryset)
    zone = zone_of(form.user)
    cursor = ""
    while found := list(chosen.page_after(cursor).covered()[:BATCH]):
        comments = queryset.comments_of([row.id for row in found])
        _let_go()
        for row in found:
            yield _line(row, form.names, zone, form.user.currency, comments.get(row.id, ""))
        if len(found) < BATCH:
            return
        cursor = keyset.encode(found[-1].transaction_date, found[-1].id)


def _let_go() -> None:
    """The connection goes back to the pool; a test's transaction keeps it."""
    if not connection.in_atomic_block:
        connection.close()


def _line(row: Any, names: Names, zone: ZoneInfo, currency: str, comment: str) -> Line:
    local = row.transaction_date.astimezone(zone)
    return Line(
        day=local.date(),
        time=_clock(local.time()),
        description=row.description,
        amount=row.amount,
        currency=currency,
        category=names.categories.get(names.category_of.get(row.subcategory_id, 0), ""),
        subcategory=names.subcategories.get(row.subcategory_id, ""),
        account=names.accounts.get(row.account_id, ""),
        transfer="yes" if row.transfer_id else "",
        comment=comment,
    )


def _clock(moment: time) -> str | None:
    return None if moment == NOON else moment.isoformat("minutes")
