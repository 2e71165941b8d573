"""The pages of reports; each is read only, and with ``download=csv`` a file of its table."""

from collections.abc import Callable
from typing import Final

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.people.requests import PersonRequest
from budgets.reports import other_pages, spending_pages
from budgets.reports.ranges import PERIOD, Asked, Link, ask, query_string
from budgets.reports.report import Empty, Report, Table
from transactions.models import Category
from wealthwise.core.downloads import csv_response

TITLES: Final = {
    "spending": "Spending",
    "cash_flow": "Cash flow",
    "where": "Where it went",
    "descriptions": "Descriptions",
    "net_worth": "Net worth",
    "pace": "Pace",
}


@require_safe
def spending(request: PersonRequest) -> HttpResponseBase:
    return _answer(request, spending_pages.spending)


@require_safe
def cash_flow(request: PersonRequest) -> HttpResponseBase:
    return _answer(request, spending_pages.cash_flow)


@require_safe
def where(request: PersonRequest) -> HttpResponseBase:
    """By category; with ``category``, inside that one of the person's own."""

    def build(asked: Asked) -> Report:
        category = None
        if asked.data.get("category"):
            mine = Category.objects.for_user(request.user)
            category = get_object_or_404(mine, pk=asked.number("category"))
        return spending_pages.where_it_went(asked, category)

    return _answer(request, build)


@require_safe
def descriptions(request: PersonRequest) -> HttpResponseBase:
    return _answer(request, other_pages.descriptions)


@require_safe
def net_worth(request: PersonRequest) -> HttpResponseBase:
    return _answer(request, other_pages.net_worth)


@require_safe
def pace(request: PersonRequest) -> HttpResponseBase:
    return _answer(request, other_pages.pace, default=PERIOD)


def _answer(request: PersonRequest, build: Callable[[Asked], Report], default: str = "last-12") -> HttpResponseBase:
    asked = ask(request.user, request.GET, default)
    report = build(asked)
    if request.GET.get("download") == "csv":
        name = f"wealthwise-{report.slug.replace('_', '-')}-{asked.stretch.start}-{asked.stretch.end}.csv"
        table = report.table or Table([], [])
        return csv_response(name, table.header, table.records())
    context = {
        "report": report,
        "asked": asked,
        "title": report.heading or TITLES[report.slug],
        "tabs": _tabs(asked, report.slug),
        "empty": None if report.table else report.empty or _nothing(asked),
        "download": asked.address(download="csv"),
    }
    return render(request, "reports/report.html", context)


def _tabs(asked: Asked, current: str) -> list[Link]:
    """The other reports, of the same days when some were chosen."""
    query = query_string(asked.range_query) if asked.range_query else ""
    return [Link(title, reverse(f"reports:{slug}") + query, slug == current) for slug, title in TITLES.items()]


def _nothing(asked: Asked) -> Empty:
    """What to do about an empty report: book something, or look at other days."""
    if asked.span.first is None:
        text = "Reports fill themselves once there are transactions. Type the first one, or import a statement."
        return Empty("Nothing booked yet", text, reverse("transactions:add"), "Add transaction", "queue-list")
    everything = asked.address(range="all", date_from=None, date_to=None, category=None)
    return Empty(
        "Nothing on these days", f"There is nothing to report for {asked.in_words}.", everything, "Show all days"
    )
