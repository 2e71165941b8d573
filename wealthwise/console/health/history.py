"""The numbers of the last hours and days: a line for each, and the statements that took the time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from django.db import connection
from django.utils import timezone

from wealthwise.console.health.panels import PLAIN, Panel, PanelLine, count, figure, milliseconds, size, text
from wealthwise.operations import monitoring
from wealthwise.postgres import sql

SPANS: Final = {
    "6h": (timedelta(hours=6), "6 hours"),
    "24h": (timedelta(hours=24), "24 hours"),
    "7d": (timedelta(days=7), "7 days"),
    "30d": (timedelta(days=30), "30 days"),
}
POINTS: Final = 72  # a line has at most; each is the mean, or the growth, of its part of the span
SHOWN: Final = 10

# A partition a day is read by (metric, label, taken_at) for as many days as the span has.
_LINES = """
SELECT metric, point, avg(total), max(total), sum(total) FROM (
    SELECT metric, taken_at, floor(extract(epoch FROM taken_at - %(start)s) / %(width)s)::int AS point,
           sum(value) AS total
    FROM health_sample WHERE metric = ANY(%(metrics)s) AND taken_at >= %(start)s GROUP BY 1, 2
) s GROUP BY 1, 2
"""
_REQUESTS = """
SELECT metric, label, floor(extract(epoch FROM taken_at - %(start)s) / %(width)s)::int AS point, sum(value)
FROM health_sample WHERE metric IN ('requests', 'request_bucket') AND taken_at >= %(start)s GROUP BY 1, 2, 3
"""
_STATEMENTS = """
WITH seen AS (
    SELECT label, metric, taken_at, value, lag(value) OVER (PARTITION BY metric, label ORDER BY taken_at) AS before
    FROM health_sample WHERE metric IN ('statement_calls', 'statement_ms') AND taken_at >= %(start)s
)
SELECT label, sum(grown) FILTER (WHERE metric = 'statement_calls'), sum(grown) FILTER (WHERE metric = 'statement_ms')
FROM (SELECT label, metric, CASE WHEN value < before THEN value ELSE value - before END AS grown
      FROM seen WHERE before IS NOT NULL) g
GROUP BY label HAVING sum(grown) > 0 ORDER BY 3 DESC NULLS LAST LIMIT %(limit)s
"""
_TEXTS = r"""
SELECT queryid::text, trim(regexp_replace(min(query), '\s+', ' ', 'g')) FROM {schema}.pg_stat_statements
WHERE queryid::text = ANY(%(ids)s) GROUP BY 1
"""

type Values = list[float | None]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A number over the span: None where nothing was recorded. ``write`` makes text of a value."""

    title: str
    values: Values
    write: Callable[[float], str]

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def now(self) -> str:
        return self.write(self.known[-1]) if self.known else "–"

    @property
    def note(self) -> str:
        return f"from {self.write(min(self.known))} to {self.write(max(self.known))}" if self.known else "not recorded"

    @property
    def label(self) -> str:
        return f"{self.title}: {self.note}, last {self.now}"


def _whole(value: float) -> str:
    return count(round(value))


def _bytes(value: float) -> str:
    return size(round(value))


def _share(value: float) -> str:
    return f"{value:.1%}"


def _rate(value: float) -> str:
    return f"{value:,.1f}"


# Means of what stood there, and growth of what only grows.
_LEVELS = {
    "connections": ("Connections", _rate),
    "waiting": ("Sessions at work that wait", _rate),
    "database_size": ("Size of the database", _bytes),
    "dead_rows": ("Dead rows", _whole),
    "index_bloat": ("Bytes that a rebuild of indexes gives back", _bytes),
    "replica_bytes_behind": ("Replicas behind", _bytes),
    "database_xid_age": ("Age of transaction ids", _whole),
    "cache_used_memory": ("Memory of the cache", _bytes),
}
_GROWTH = {
    "database_commits": ("Transactions committed", _whole),
    "database_deadlocks": ("Deadlocks", _whole),
    "database_temporary_bytes": ("Written to temporary files", _bytes),
    "checkpoint_buffers": ("Buffers written by checkpoints", _whole),
}
_RATIOS = {
    ("database_blocks_hit", "database_blocks"): "Database reads from memory",
    ("cache_keyspace_hits", "cache_keyspace_misses"): "Cache answers found",
}


def lines(span: timedelta) -> list[HistoryLine]:
    """Every line of the span, those of requests first."""
    start = timezone.now() - span
    width = span.total_seconds() / POINTS
    asked = [*_LEVELS, *_GROWTH, *(name for pair in _RATIOS for name in pair)]
    means: dict[str, dict[int, float]] = {name: {} for name in asked}
    highest: dict[str, dict[int, float]] = {name: {} for name in asked}
    for metric, point, mean, top, _ in sql.rows_of(_LINES, start=start, width=width, metrics=asked):
        means[metric][point], highest[metric][point] = float(mean), float(top)
    growth = {name: grown(values) for name, values in highest.items()}
    return [
        *_of_requests(start, width),
        *(HistoryLine(title, _spread(means[name]), write) for name, (title, write) in _LEVELS.items()),
        *(HistoryLine(title, _spread(growth[name]), write) for name, (title, write) in _GROWTH.items()),
        *(HistoryLine(title, _spread(_ratio(growth, *pair)), _share) for pair, title in _RATIOS.items()),
    ]


def grown(values: Mapping[int, float]) -> dict[int, float]:
    """How much a counter grew up to each point; one that is smaller than before began anew."""
    points = sorted(values)
    return {
        point: values[point] - values[before] if values[point] >= values[before] else values[point]
        for before, point in pairwise(points)
    }


def _ratio(growth: Mapping[str, Mapping[int, float]], part: str, rest: str) -> dict[int, float]:
    """Blocks are counted as hits of all; answers of the cache as hits and misses."""
    found, other = growth[part], growth[rest]
    whole = {p: other[p] + (found[p] if rest.endswith("misses") else 0) for p in found if p in other}
    return {point: found[point] / whole[point] for point in whole if whole[point] > 0}


def _of_requests(start: datetime, width: float) -> list[HistoryLine]:
    statuses: dict[int, dict[str, float]] = {}
    buckets: dict[int, dict[float, float]] = {}
    for metric, label, point, value in sql.rows_of(_REQUESTS, start=start, width=width):
        if metric == "requests":
            statuses.setdefault(point, {})[label] = value
        else:
            buckets.setdefault(point, {})[float(label.replace("+Inf", "inf"))] = value
    minutes = width / 60
    per_minute = {point: sum(found.values()) / minutes for point, found in statuses.items()}
    errors = {point: found.get("5xx", 0) / sum(found.values()) for point, found in statuses.items()}
    slow = {point: percentile(found, 0.95) for point, found in buckets.items()}
    return [
        HistoryLine("Requests a minute", _spread(per_minute), _rate),
        HistoryLine("95 of 100 requests take at most", _spread(slow), lambda value: milliseconds(value * 1000)),
        HistoryLine("Requests answered by an error of the server", _spread(errors), _share),
    ]


def percentile(buckets: Mapping[float, float], share: float) -> float:
    """The bound in seconds below which ``share`` of the requests lie; the largest finite one where they do not."""
    whole = buckets.get(float("inf"), 0)
    finite = sorted(bound for bound in buckets if bound != float("inf"))
    return next((bound for bound in finite if buckets[bound] >= share * whole), finite[-1] if finite else 0.0)


def _spread(values: Mapping[int, float]) -> Values:
    return [values.get(point) for point in range(POINTS)]


def statements_of(span: timedelta) -> Panel:
    """What took the most time of the database within the span, by its whole text."""
    found = sql.rows_of(_STATEMENTS, start=timezone.now() - span, limit=SHOWN)
    texts = _texts([query_id for query_id, _, _ in found])
    return Panel(
        "span",
        "Statements that took the time",
        [],
        f"{len(found)} shown." if found else "Nothing was recorded twice in this time.",
        "Those of pages take some milliseconds each.",
        "Take it to EXPLAIN (ANALYZE, BUFFERS).",
        head=[("Statement", False), ("Calls", True), ("Mean", True), ("In all", True)],
        lines=[_statement(texts.get(query_id, query_id), calls or 0, spent or 0) for query_id, calls, spent in found],
        is_judged=False,
    )


def _texts(ids: Sequence[str]) -> dict[str, str]:
    schema = monitoring.statements_schema(connection) if ids else None
    return dict(sql.rows_of(sql.with_names(_TEXTS, schema=schema), ids=list(ids))) if schema else {}


def _statement(said: str, calls: float, spent: float) -> PanelLine:
    mean = milliseconds(spent / calls) if calls else "–"
    return PanelLine([text(said, PLAIN), figure(count(round(calls))), figure(mean), figure(milliseconds(spent))])
