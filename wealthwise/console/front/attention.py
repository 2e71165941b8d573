"""What somebody should look at now, the worst first. Reads counters and the catalog, never a large table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from wealthwise.console.health import servers, statements, thresholds
from wealthwise.console.health.freshness import Freshness, freshness, last_check
from wealthwise.console.health.panels import BAD, PLAIN, WARN, count, duration, percent, size
from wealthwise.console.models import ConsoleJob
from wealthwise.operations import activity, index_advice
from wealthwise.postgres import catalog

ORDER = {BAD: 0, WARN: 1, PLAIN: 2}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to look at: a sentence, what to do, and where."""

    tone: str
    text: str
    todo: str
    url: str

    @property
    def verdict(self) -> str:
        return {BAD: "Act", WARN: "Look"}.get(self.tone, "Note")


def notices() -> list[Notice]:
    found = [*_view(freshness(3)), *_checks(), *_jobs(), *_servers(), *_storage(), *_indexes()]
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


def _servers() -> Iterator[Notice]:
    database = activity.database(connection)
    cache = servers.cache_information()
    if cache is None:
        text = "The cache does not answer: pages read the database."
        yield Notice(BAD, text, "Start it, or look at CACHE_URL", _page("health", "memory"))
    elif servers.cache_misses(cache):
        yield Notice(
            WARN, "Fewer than half of the cache's answers are found.", "See memory", _page("health", "memory")
        )
    if servers.database_misses(database):
        text = f"Only {percent(database.hit_ratio)} of the database's reads come from memory."
        yield Notice(WARN, text, "See memory", _page("health", "memory"))
    if servers.is_old(database):
        text = f"Transaction ids are {count(database.xid_age)} old."
        yield Notice(BAD, text, "Vacuum", _page("health", "xid"))
    if late := [replica.name for replica in activity.replicas(connection) if servers.is_late(replica)]:
        text = f"Replicas are behind: {', '.join(late)}."
        yield Notice(WARN, text, "See replicas", _page("health", "replication"))
    yield from _sessions(activity.busy_sessions(connection, seconds=thresholds.LONG_TRANSACTION))


def _sessions(found: Sequence[activity.Session]) -> Iterator[Notice]:
    where = _page("health", "sessions")
    if blocked := sum(bool(session.blocked_by) for session in found):
        yield Notice(BAD, f"{blocked} sessions wait for another.", "See who holds them up", where)
    if found:
        longest = max(session.seconds or 0 for session in found)
        yield Notice(WARN, f"A transaction is open for {duration(longest)}.", "See what it does", where)


def _storage() -> Iterator[Notice]:
    parts = catalog.partitions_of(connection, servers.LEDGER)
    if servers.is_skewed(parts):
        text = f"The largest partition has {servers.skew_of(parts):.1f} times the mean."
        yield Notice(WARN, text, "See partitions", _page("health", "partitions"))
    for table in activity.table_states(connection):
        if servers.is_dirty(table):
            text = f"{table.dead_share:.0%} of the rows of {table.name} are dead."
            yield Notice(WARN, text, "Vacuum it", _page("health", "tables"))


def _indexes() -> Iterator[Notice]:
    """Large indexes that serve nothing, once the counters have seen enough for that to mean something."""
    report = index_advice.index_report(connection)
    for finding in statements.large_waste(report):
        if finding.kind == "unused" and report.warning:
            continue
        text = f"{finding.index} takes {size(finding.size)} and is {finding.kind}."
        yield Notice(WARN, text, "See indexes", _page("health", "advice"))
