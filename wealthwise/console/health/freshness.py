"""How fresh the spending view is, and what the last self-check said."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from transactions.models import ViewRefresh
from transactions.summaries import upkeep
from wealthwise.console.health import thresholds
from wealthwise.console.health.panels import count, duration
from wealthwise.console.jobs import runner
from wealthwise.console.models import ConsoleJob

BEGINNING = timedelta(seconds=5)  # a run writes its record before it takes its lock


@dataclass(frozen=True, slots=True)
class Run:
    """One refresh of the view as the console tells it: ``state`` is running, done or failed."""

    record: ViewRefresh
    state: str

    @property
    def result(self) -> str:
        if self.state == "running":
            return "going on"
        if self.state == "done":
            return f"{count(self.record.row_count or 0)} rows"
        return self.record.error or "ended without finishing"

    @property
    def took(self) -> str:
        end = self.record.finished_at
        return duration(end - self.record.started_at) if end else "–"


@dataclass(frozen=True, slots=True)
class Freshness:
    """``as_of`` is when the last good refresh began, since the view shows the ledger of that moment."""

    runs: list[Run]
    as_of: ViewRefresh | None

    @property
    def running(self) -> bool:
        return any(run.state == "running" for run in self.runs)

    @property
    def failed(self) -> bool:
        """Whether the last run that is over failed."""
        over = [run for run in self.runs if run.state != "running"]
        return bool(over) and over[0].state == "failed"

    @property
    def age(self) -> timedelta | None:
        return timezone.now() - self.as_of.started_at if self.as_of else None

    @property
    def stale(self) -> bool:
        return self.age is None or self.age > thresholds.STALE_VIEW


def freshness(limit: int = 10) -> Freshness:
    """The last runs; three statements on idx_view_refresh_latest and the table of locks."""
    of_view = ViewRefresh.objects.filter(view_name=upkeep.VIEW)
    records = list(of_view.order_by("-id")[:limit])
    held = any(record.finished_at is None for record in records) and upkeep.refresh_is_running()
    runs = [Run(record, _state(record, held=held and record is records[0])) for record in records]
    good = next((run.record for run in runs if run.state == "done"), None)
    if good is None and len(records) == limit:
        good = of_view.filter(checksum__isnull=False).order_by("-id").first()
    return Freshness(runs, good)


def _state(record: ViewRefresh, *, held: bool) -> str:
    if record.finished_at:
        return "failed" if record.error else "done"
    return "running" if held or timezone.now() - record.started_at < BEGINNING else "failed"


def last_check() -> ConsoleJob | None:
    """The last self-check or repair that is over: both say how things stand."""
    kinds = (ConsoleJob.Kind.CHECK, ConsoleJob.Kind.REPAIR)
    found = [job for kind in kinds if (job := runner.latest(kind)) and job.finished_at]
    return max(found, key=lambda job: job.pk, default=None)
