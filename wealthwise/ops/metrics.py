"""Counters of this process in the text format of Prometheus. Each serving process counts for itself.

Labels are names of views and classes of statuses: never a path, an id or anything a person wrote.
"""

import os
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db import connection
from django.utils import timezone

from transactions import summaries
from wealthwise.ops.health import pool_statistics

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
# The pool's own names, and ours.
POOL: Final = {
    "pool_size": "pool_size",
    "pool_available": "pool_available",
    "pool_max": "pool_max",
    "requests_waiting": "pool_requests_waiting",
}

_REFRESHED = """
SELECT started_at FROM view_refresh WHERE view_name = %s AND checksum IS NOT NULL ORDER BY id DESC LIMIT 1
"""
# The walk down the primary key ends at the first import that is too old.
_IMPORTED = """
SELECT coalesce(sum(new_count), 0) FROM import_batch WHERE state = 'committed'
  AND created_at >= now() - interval '1 day'
  AND id > coalesce((SELECT id FROM import_batch WHERE created_at < now() - interval '2 days'
                     ORDER BY id DESC LIMIT 1), 0)
"""


@dataclass(slots=True)
class _Timing:
    count: int = 0
    seconds: float = 0.0
    statements: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))


class Registry:
    """Requests by view and class of status: how many, how long, how many statements."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timings: dict[tuple[str, str], _Timing] = {}

    def observe(self, view: str, status: int, seconds: float, statements: int) -> None:
        with self._lock:
            timing = self._timings.setdefault((view, f"{status // 100}xx"), _Timing())
            timing.count += 1
            timing.seconds += seconds
            timing.statements += statements
            timing.buckets[bisect_left(BUCKETS, seconds)] += 1

    def lines(self) -> Iterator[str]:
        with self._lock:
            timings = sorted((key, _copy(timing)) for key, timing in self._timings.items())
        yield "# HELP wealthwise_request_seconds Duration of requests."
        yield "# TYPE wealthwise_request_seconds histogram"
        for (view, status), timing in timings:
            yield from _histogram(f'view="{_escaped(view)}",status="{status}"', timing)
        yield "# HELP wealthwise_request_statements_total SQL statements of requests."
        yield "# TYPE wealthwise_request_statements_total counter"
        for (view, status), timing in timings:
            labels = f'view="{_escaped(view)}",status="{status}"'
            yield f"wealthwise_request_statements_total{{{labels}}} {timing.statements}"


registry = Registry()


def _copy(timing: _Timing) -> _Timing:
    return _Timing(timing.count, timing.seconds, timing.statements, list(timing.buckets))


def _histogram(labels: str, timing: _Timing) -> Iterator[str]:
    reached = 0
    for limit, number in zip((*BUCKETS, "+Inf"), timing.buckets, strict=True):
        reached += number
        yield f'wealthwise_request_seconds_bucket{{{labels},le="{limit}"}} {reached}'
    yield f"wealthwise_request_seconds_sum{{{labels}}} {timing.seconds:.6f}"
    yield f"wealthwise_request_seconds_count{{{labels}}} {timing.count}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def exposition() -> str:
    """Everything of this process, and what the database knows of the whole service."""
    return "\n".join([*registry.lines(), *_gauges(), ""])


def _gauges() -> Iterator[str]:
    yield from _gauge("wealthwise_process_id", "Which serving process answered.", os.getpid())
    pool = pool_statistics()
    for theirs, ours in POOL.items():
        if theirs in pool:
            yield from _gauge(f"wealthwise_{ours}", f"Connection pool of this process: {theirs}.", pool[theirs])
    with connection.cursor() as cursor:
        cursor.execute(_REFRESHED, [summaries.VIEW])
        refreshed = cursor.fetchone()
        cursor.execute(_IMPORTED)
        imported = cursor.fetchone() or (0,)
    if refreshed:
        age = (timezone.now() - refreshed[0]).total_seconds()
        yield from _gauge("wealthwise_view_age_seconds", "Age of what the spending view shows.", f"{age:.0f}")
    yield from _gauge("wealthwise_import_rows_last_day", "Rows imported in the last 24 hours.", imported[0])


def _gauge(name: str, text: str, value: object) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    yield f"{name} {value}"
