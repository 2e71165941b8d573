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
    is_of_accounts: bool = True


PAGES: Final = {
    "spending": ReportPage("Spending", spending.report),
    "cash_flow": ReportPage("Cash flow", cash_flow.report),
    "flow": ReportPage("Flow", flow.report),
    "where": ReportPage("Where it went", where_it_went.report),
    "descriptions": ReportPage("Descriptions", descriptions.report),
    "net_worth": ReportPage("Net worth", net_worth.report, is_of_accounts=False),
    "pace": ReportPage("Pace", pace.report, PERIOD, is_of_accounts=False),
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
        "accounts": asked.accounts() if page.is_of_accounts else [],
        "tags": asked.tags() if page.is_of_accounts else [],
        "asked": asked,
        "currency": request.user.currency,
        "title": found.heading or page.title,
        "tabs": _tabs(asked, slug),
        "nothing": None if found.table else found.empty or _nothing(asked),
        "download": asked.url(download="csv"),
    }
    return render(request, "budgets/reports/report.html", context)


def _tabs(asked: Asked, current: str) -> list[Link]:
    """The other reports, of the same days, account and tag when some were chosen."""
    links = []
    for slug, page in PAGES.items():
        query = asked.range_query | (asked.narrowing if page.is_of_accounts else {})
        links.append(
            Link(page.title, reverse(f"reports:{slug}") + (query_string(query) if query else ""), slug == current)
        )
    return links


def _nothing(asked: Asked) -> Empty:
    """What to do about an empty report: book something, or look at other days."""
    if asked.span.first is None:
        text = "Reports fill themselves once there are transactions. Type the first one, or import a statement."
        return Empty("Nothing booked yet", text, reverse("transactions:add"), "Add transaction", "queue-list")
    everything = asked.url(range="all", date_from=None, date_to=None, category=None, account=None, tag=None)
    return Empty(
        "Nothing on these days", f"There is nothing to report for {asked.in_words}.", everything, "Show all days"
    )
