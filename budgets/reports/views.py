"""The pages of reports; each is read only, and with ``download=csv`` a file of its table."""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from budgets.reports import cash_flow, descriptions, flow, net_worth, pace, spending, where_it_went
from budgets.reports.ranges import PERIOD, Asked, Link, ask, query_string
from budgets.reports.report import Empty, Report, ReportTable
from transactions.models import SavedFilter
from transactions.models.cached_names import names_of
from transactions.search.services import delete_filter, save_filter
from transactions.search.views import NameForm
from wealthwise.core.downloads import csv_response
from wealthwise.core.forms import done, form_page, page, posted


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
    shown = PAGES[slug]
    asked = ask(request.user, request.GET, shown.default)
    found = shown.build(asked)
    if request.GET.get("download") == "csv":
        name = f"wealthwise-{slug.replace('_', '-')}-{asked.date_range.start}-{asked.date_range.end}.csv"
        table = found.table or ReportTable([], [])
        return csv_response(name, list(table.names), table.records())
    context = {
        "report": found,
        "accounts": asked.accounts() if shown.is_of_accounts else [],
        "tags": asked.tags() if shown.is_of_accounts else [],
        "asked": asked,
        "currency": request.user.currency,
        "title": found.heading or shown.title,
        "tabs": _tabs(asked, slug),
        "nothing": None if found.table else found.empty or _nothing(asked),
        "download": asked.url(download="csv"),
        "saved": _saved(asked, slug),
        "save": f"{reverse('reports:save', args=[slug])}?{asked.saved_query}",
    }
    return render(request, "budgets/reports/report.html", context)


@page
def save(request: UserRequest, slug: str) -> HttpResponse:
    """Name the report in the URL, with what it asks for."""
    if slug not in PAGES:
        raise Http404
    asked = ask(request.user, request.GET, PAGES[slug].default)
    form = NameForm(posted(request))
    to = f"{reverse(f'reports:{slug}')}?{asked.saved_query}"

    def store() -> HttpResponse:
        save_filter(user=request.user, query=asked.saved_query, report=slug, **form.cleaned_data)
        return done(request, f"Saved the report “{form.cleaned_data['name']}”.", to)

    context = {"report_title": PAGES[slug].title, "days": asked.in_words, "back": to}
    return form_page(request, form, once(request, store, to), "budgets/reports/save.html", context)


@require_POST
def forget_saved(request: UserRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(SavedFilter.objects.for_user(request.user).exclude(report=""), pk=pk)
    delete_filter(user=request.user, filter_id=pk)
    return done(request, f"Deleted the saved report “{mine.name}”.", _address(mine.report, mine.query))


class SavedLink(NamedTuple):
    """A saved report; ``id`` deletes it."""

    id: int
    link: Link


def _saved(asked: Asked, slug: str) -> list[SavedLink]:
    """All saved reports; the current one is what is shown."""
    here = slug, asked.saved_query
    return [
        SavedLink(pk, Link(one.name, _address(one.report, one.query), (one.report, one.query) == here))
        for pk, one in names_of(asked.user).reports.items()
    ]


def _address(slug: str, query: str) -> str:
    return f"{reverse(f'reports:{slug if slug in PAGES else "spending"}')}?{query}"


def _tabs(asked: Asked, current: str) -> list[Link]:
    """The other reports, of the same days, account and tag when some were chosen."""
    links = []
    for slug, each in PAGES.items():
        query = asked.range_query | (asked.narrowing if each.is_of_accounts else {})
        links.append(
            Link(each.title, reverse(f"reports:{slug}") + (query_string(query) if query else ""), slug == current)
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
