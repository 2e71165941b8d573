"""Pages about the servers and the derived numbers, and the buttons on them."""

from itertools import groupby

from django.contrib import messages
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wealthwise.console.access import audit
from wealthwise.console.access.frame import page
from wealthwise.console.access.guards import actor_of, demand, may, needs
from wealthwise.console.health.freshness import freshness, last_check
from wealthwise.console.health.history import SPANS, lines, statements_of
from wealthwise.console.health.panels import size
from wealthwise.console.health.servers import server_panels
from wealthwise.console.health.statements import statement_panels
from wealthwise.console.health.traffic import traffic
from wealthwise.console.jobs import runner
from wealthwise.console.models import ConsoleJob
from wealthwise.operations import activity, maintenance, monitoring
from wealthwise.operations.plan.report import broken, report

INT4 = 2**31 - 1  # the largest number of a process
# What a page may start, and what it asks for.
STARTS = {"refresh": "refresh_view", "check": "refresh_view", "repair": "repair_summaries"}


@require_safe
@needs("view_health")
def health(request: HttpRequest) -> HttpResponse:
    runner.close_lost()
    maintains, resets = may(request, "maintain_tables"), may(request, "reset_statistics")
    panels = [*server_panels(actions=maintains), traffic(), *statement_panels(actions=resets)]
    running = list(ConsoleJob.objects.filter(finished_at=None, kind__in=maintenance.ACTIONS))
    return page(request, "ops/health.html", "Database health", panels=panels, running=running)


@require_POST
@needs("maintain_tables")
def maintain(request: HttpRequest) -> HttpResponse:
    """Begin maintenance of one table; every statement of it lets users read and write."""
    kind, table = request.POST.get("action", ""), request.POST.get("target", "")
    if kind not in maintenance.ACTIONS or table not in {found.name for found in maintenance.tables(connection)}:
        raise Http404
    return _begin(request, kind, table, back=reverse("admin:health"))


@require_POST
@needs("maintain_tables")
def cancel(request: HttpRequest) -> HttpResponse:
    """Cancel what a session runs: its transaction is rolled back, the session itself stays."""
    given = request.POST.get("target", "")
    if not given.isascii() or not given.isdigit() or int(given) > INT4:
        raise Http404
    with transaction.atomic():
        cancelled = activity.cancel(connection, int(given))
        audit.record(actor=actor_of(request), action="cancel statement", target=given, after={"cancelled": cancelled})
    if cancelled:
        messages.success(request, f"What process {given} ran was cancelled.")
    else:
        messages.warning(request, f"Process {given} has ended by itself; nothing was cancelled.")
    return redirect(reverse("admin:health") + "#sessions")


@require_POST
@needs("reset_statistics")
def reset_statistics(request: HttpRequest) -> HttpResponse:
    try:
        with transaction.atomic():
            report = monitoring.statement_report(connection, limit=1)
            monitoring.reset_statements(connection)
            since = report.since.isoformat() if report.since else ""
            audit.record(actor=actor_of(request), action="reset statistics", before={"since": since})
        messages.success(request, "The statistics of statements begin again now.")
    except monitoring.MonitoringError as error:
        messages.error(request, str(error))
    return redirect(reverse("admin:health") + "#statements")


@require_safe
@needs("view_health")
def history(request: HttpRequest) -> HttpResponse:
    """The numbers of the last hours or days, and what the database was busy with."""
    chosen = request.GET.get("span", "24h")
    if chosen not in SPANS:
        raise Http404
    span, words = SPANS[chosen]
    spans = [(key, name, key == chosen) for key, (_, name) in SPANS.items()]
    title = f"The last {words}"
    return page(request, "ops/history.html", title, spans=spans, lines=lines(span), panel=statements_of(span))


@require_safe
@needs("view_health")
def plan(request: HttpRequest) -> HttpResponse:
    """The same rows as `manage.py plan`, read from the catalog now."""
    rows = report(connection)
    judged = sum(row.holds is not None for row in rows)
    told = [(row, "" if row.size is None else size(row.size)) for row in rows]
    sections = [(section, list(lines)) for section, lines in groupby(told, key=lambda line: line[0].section)]
    wrong = broken(rows)
    return page(request, "ops/plan.html", "Database plan", sections=sections, judged=judged, broken=wrong)


@require_safe
@needs("view_health")
def freshness_page(request: HttpRequest) -> HttpResponse:
    runner.close_lost()
    kinds = [(kind, runner.latest(kind), may(request, permission)) for kind, permission in STARTS.items()]
    return page(request, "ops/views.html", "Views and summaries", state=freshness(), check=last_check(), kinds=kinds)


@require_POST
def start(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in STARTS:
        raise Http404
    demand(request, STARTS[kind])
    if kind == "refresh" and freshness(1).running:
        messages.warning(request, "A refresh is going on already.")
        return redirect("admin:views")
    return _begin(request, kind, "", back=reverse("admin:views"))


def _begin(request: HttpRequest, kind: str, target: str, *, back: str) -> HttpResponse:
    job, begun = runner.start(kind=kind, target=target, actor=actor_of(request))
    if begun:
        messages.success(request, f"{job} has begun. You may leave this page.")
    else:
        messages.warning(request, f"{job} is going on already; it was not started twice.")
    return redirect(back)


@require_safe
@needs("view_health")
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """The state of one job: the part of a page that renews itself until the job has ended."""
    runner.close_lost()
    return render(request, "ops/parts/job.html", {"job": get_object_or_404(ConsoleJob, pk=job_id), "polled": True})
