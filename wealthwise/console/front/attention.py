"""What somebody should look at now, the worst first. Reads counters and the catalog, never a large table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from wealthwise.console.health import thresholds
from wealthwise.console.health.freshness import Freshness, freshness, last_check
from wealthwise.console.health.panels import BAD, PLAIN, WARN, duration
from wealthwise.console.health.servers import server_panels
from wealthwise.console.health.statements import statement_panels
from wealthwise.console.health.traffic import traffic
from wealthwise.console.models import ConsoleJob
from wealthwise.operations.models import RegularRun
from wealthwise.operations.plan import definitions

ORDER = {BAD: 0, WARN: 1, PLAIN: 2}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to look at: a sentence, what to do, and where."""

    tone: str
    text: str
    todo: str
    url: str

    @property
    def key(self) -> str:
        """What stays the same while the numbers of the sentence change."""
        return f"{self.url} {self.todo}"

    @property
    def verdict(self) -> str:
        return {BAD: "Act", WARN: "Look"}.get(self.tone, "Note")


def notices() -> list[Notice]:
    found = [*_view(freshness(3)), *_checks(), *_jobs(), *_regular(), *_plan(), *_panels()]
    return sorted(found, key=lambda notice: ORDER[notice.tone])


def _page(name: str, anchor: str = "") -> str:
    return reverse(f"admin:{name}") + (f"#{anchor}" if anchor else "")


def _view(state: Freshness) -> Iterator[Notice]:
    if state.failed:
        yield Notice(
            BAD, "The last refresh of the spending view failed.", "See why and start it again", _page("views")
        )
    elif state.age is None:
        yield Notice(PLAIN, "The spending view was never refreshed.", "Refresh it once", _page("views"))
    elif state.stale:
        text = (
            f"The spending view is {duration(state.age)} old; people's pages do not read it, reports across them do."
        )
        yield Notice(WARN, text, "Refresh it, and see whether `refresh_views` is scheduled", _page("views"))


def _checks() -> Iterator[Notice]:
    job = last_check()
    if job is None:
        yield Notice(PLAIN, "Derived numbers were never checked from here.", "Run the self-check", _page("views"))
    elif job.outcome == ConsoleJob.Outcome.FAILED:
        yield Notice(BAD, f"The last self-check did not succeed: {job.note}", "See and repair", _page("views"))
    elif job.finished_at and timezone.now() - job.finished_at > thresholds.STALE_CHECK:
        text = f"The last self-check is {duration(timezone.now() - job.finished_at)} old."
        yield Notice(PLAIN, text, "Run it again", _page("views"))


def _jobs() -> Iterator[Notice]:
    """Maintenance that failed in the last day; refresh and check have their own notices."""
    recent = ConsoleJob.objects.filter(outcome=ConsoleJob.Outcome.FAILED, kind__in=("analyze", "vacuum", "reindex"))
    for job in recent.filter(finished_at__gt=timezone.now() - timedelta(days=1)).order_by("-id")[:3]:
        url = reverse("admin:ops_consolejob_change", args=[job.pk])
        yield Notice(WARN, f"{job} failed: {job.note[:160]}", "See the job", url)


def _regular() -> Iterator[Notice]:
    """Regular work that failed, or that no scheduler has begun in its time."""
    where, late = _page("operations_regularrun_changelist"), timezone.now() - thresholds.LATE_WORK
    for run in RegularRun.objects.order_by("name"):
        if run.outcome == RegularRun.Outcome.FAILED:
            text = f"Regular work failed: {run}."
            yield Notice(BAD, text, f"See its output in the site's log, or run manage.py {run}", where)
        elif run.next_at < late:
            text = f"Regular work is late by {duration(timezone.now() - run.next_at)}: {run}."
            yield Notice(WARN, text, "See whether the scheduler runs", where)


def _plan() -> Iterator[Notice]:
    """The same as the page of the plan: a definition that differs is never green here."""
    if found := definitions.differences(connection):
        text = f"{found[0].sentence}{f', and {len(found) - 1:,} more' if len(found) > 1 else ''}."
        yield Notice(BAD, text[0].upper() + text[1:], "See what mends it", _page("plan"))


def _panels() -> Iterator[Notice]:
    """What the page about the servers calls out, and nothing that it does not."""
    for panel in [*server_panels(actions=False), traffic(), *statement_panels(actions=False)]:
        for alarm in panel.alarms:
            yield Notice(alarm.tone, alarm.text, alarm.todo, _page("health", panel.key))
