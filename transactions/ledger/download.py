"""The filtered list as a CSV file: everything that the filter finds, newest first."""

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import connection
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from transactions.jobs import queue
from transactions.jobs.kinds import AtWork, JobKind, JobResult
from transactions.ledger import list_reads
from transactions.ledger.list_reads import Entry
from transactions.models import Transaction
from transactions.models.cached_names import Names, names_of
from transactions.models.querysets import TransactionQuerySet
from transactions.search.filters import FilterForm
from transactions.search.views import filter_of
from wealthwise.core.days import today_of
from wealthwise.core.downloads import csv_file, csv_response
from wealthwise.core.progress import counting

BATCH: Final = 2000
SMALL: Final = 5000  # rows that are sent at once
KIND: Final = "list"


class DownloadRow(NamedTuple):
    """One transaction. ``time`` is None where only the day is known; parts of one ``split`` have the same there."""

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
    tags: str
    split: str


HEADER: Final = tuple(name.title() for name in ("date", *DownloadRow._fields[1:]))


@require_safe
@limited("lists")
def download(request: UserRequest) -> HttpResponseBase:
    """What the filter finds as CSV, at once or by a job. A filter with a mistake in it goes back to the list, which
    says it.
    """
    form = filter_of(request, request.GET)
    if not form.is_understood:
        return redirect(f"{reverse('transactions:list')}?{request.GET.urlencode()}")
    mine = Transaction.objects.for_user(request.user)
    if form.apply(mine).order_by()[: SMALL + 1].count() > SMALL:
        query = request.GET.urlencode()
        target = hashlib.sha256(query.encode()).hexdigest()[:20]
        job, _ = queue.start(user=request.user, kind=KIND, target=target, asked={"query": query})
        return redirect("jobs:progress", job.pk)
    return csv_response(filename(form), HEADER, lines(mine, form))


def _write(at_work: AtWork) -> JobResult:
    user = at_work.job.user
    form = FilterForm(QueryDict(at_work.job.asked["query"]), user=user, names=names_of(user))
    mine = Transaction.objects.for_user(user)
    rows = counting(lines(mine, form), form.apply(mine).order_by().count(), at_work.advance)
    file = csv_file(HEADER, rows)
    return JobResult(f"Your list is ready: {filename(form)}.", file=file, file_name=filename(form))


LIST: Final = JobKind("List of transactions as CSV", _write, back="transactions:list", has_own_transaction=True)


def filename(form: FilterForm) -> str:
    """Says whether the file holds everything or what a filter found, and the day."""
    what = "transactions-filtered" if form.chosen else "transactions"
    return f"{what}-{today_of(form.user).isoformat()}.csv"


def lines(queryset: TransactionQuerySet, form: FilterForm) -> Iterator[DownloadRow]:
    """All rows of ``queryset`` under ``form``, in batches of a bounded size, each one range of
    idx_transaction_covering and a lookup of comments by key, whatever the length of the list.

    Neither a transaction nor a connection is held while somebody's slow line takes the file: a row that is
    booked meanwhile appears or does not, and none appears twice.
    """
    chosen = list_reads.selection(form.user, form.apply(queryset))
    behind = None
    while found := list_reads.page(
        chosen, behind=behind, limit=BATCH, with_time=True, with_tags=bool(form.names.tags)
    ):
        _let_go()
        for entry in found:
            yield _line(entry, form.names, form.user.currency)
        if len(found) < BATCH:
            return
        behind = found[-1].place


def _let_go() -> None:
    """The connection goes back to the pool; a test's transaction keeps it."""
    if not connection.in_atomic_block:
        connection.close()


def _line(entry: Entry, names: Names, currency: str) -> DownloadRow:
    subcategory = entry.subcategory_id or 0
    return DownloadRow(
        day=entry.booked_on,
        time=entry.booked_time.isoformat("minutes") if entry.booked_time else None,
        description=entry.description,
        amount=entry.amount,
        currency=currency,
        category=names.categories.get(names.category_of.get(subcategory, 0), ""),
        subcategory=names.subcategories.get(subcategory, ""),
        account=names.accounts.get(entry.account_id or 0, ""),
        transfer="yes" if entry.transfer_id else "",
        comment=entry.comment,
        tags=", ".join(names.tags[tag] for tag in entry.tag_ids or () if tag in names.tags),
        split=str(entry.split_id)[:8] if entry.split_id else "",
    )
