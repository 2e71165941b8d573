"""The pages of reports; each is read only, and with ``download=csv`` a file of its table."""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from budgets.reports import cash_flow, descriptions, flow, net_worth, pace, spending, where_it_went
from budgets.reports.ranges import PERIOD, Asked, Link, ask, query_string
from budgets.reports.report import Empty, Report, ReportTable
from wealthwise.core.downloads import csv_response


class ReportPage(NamedTuple):
    """``default`` is the range of a URL that says nothing."""

    title: str
    build: Callable[[Asked], Report]
    default: str = "last-12"


PAGES: Final = {
    "spending": ReportPage("Spending", spending.report),
    "cash_flow": ReportPage("Cash flow", cash_flow.report),
    "flow": ReportPage("Flow", flow.report),
    "where": ReportPage("Where it went", where_it_went.report),
    "descriptions": ReportPage("Descriptions", descriptions.report),
    "net_worth": ReportPage("Net worth", net_worth.report),
    "pace": ReportPage("Pace", pace.report, PERIOD),
}


@require_safe
@limited("reports")
def report(request: UserRequest, slug: str) -> HttpResponseBase:
    page = PAGES[slug]
    asked = ask(request.user, request.GET, page.default)
    found = page.build(asked)
    if request.GET.get("download") == "csv":
        name = f"wealthwise-{slug.replace('_', '-')}-{asked.date_range.start}-{asked.date_range.end}.csv"
        table = found.table or ReportTable([], [])
        return csv_response(name, list(table.names), table.records())
    context = {
        "report": found,
        "asked": asked,
        "currency": request.user.currency,
        "title": found.heading or page.title,
        "tabs": _tabs(asked, slug),
        "nothing": None if found.table else found.empty or _nothing(asked),
        "download": asked.url(download="csv"),
    }
    return render(request, "budgets/reports/report.html", context)


def _tabs(asked: Asked, current: str) -> list[Link]:
    """The other reports, of the same days when some were chosen."""
    query = query_string(asked.range_query) if asked.range_query else ""
    return [Link(page.title, reverse(f"reports:{slug}") + query, slug == current) for slug, page in PAGES.items()]


def _nothing(asked: Asked) -> Empty:
    """What to do about an empty report: book something, or look at other days."""
    if asked.span.first is None:
        text = "Reports fill themselves once there are transactions. Type the first one, or import a statement."
        return Empty("Nothing booked yet", text, reverse("transactions:add"), "Add transaction", "queue-list")
    everything = asked.url(range="all", date_from=None, date_to=None, category=None)
    return Empty(
        "Nothing on these days", f"There is nothing to report for {asked.in_words}.", everything, "Show all days"
    )
