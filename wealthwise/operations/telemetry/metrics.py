"""Counters of this process in the text format of Prometheus. Each serving process counts for itself.

Labels are names of views and classes of statuses: never a path, an id or anything a user wrote.
"""

import os
from collections.abc import Iterator
from typing import Final

from django.db import connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from transactions.summaries import upkeep
from wealthwise.postgres.sql import value_of

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
# The pool's own names, and ours.
POOL: Final = {
    "pool_size": "pool_size",
    "pool_available": "pool_available",
    "pool_max": "pool_max",
    "requests_waiting": "pool_requests_waiting",
}

_REFRESHED = """
SELECT started_at FROM view_refresh WHERE view_name = %(view)s AND checksum IS NOT NULL ORDER BY id DESC LIMIT 1
"""
# The walk down the primary key ends at the first import that is too old.
_IMPORTED = """
SELECT coalesce(sum(new_count), 0) FROM import_batch WHERE state = 'committed'
  AND created_at >= now() - interval '1 day'
  AND id > coalesce((SELECT id FROM import_batch WHERE created_at < now() - interval '2 days'
                     ORDER BY id DESC LIMIT 1), 0)
"""


registry: Final = CollectorRegistry()
# When each counter began would be a line more for every one of them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # of the client
_LABELS: Final = ("view", "status")
seconds = Histogram("wealthwise_request_seconds", "Duration of requests.", _LABELS, registry=registry, buckets=BUCKETS)
statements = Counter("wealthwise_request_statements", "SQL statements of requests.", _LABELS, registry=registry)


def observe(view: str, status: int, took: float, count: int) -> None:
    labels = (view, f"{status // 100}xx")
    seconds.labels(*labels).observe(took)
    statements.labels(*labels).inc(count)


def exposition() -> bytes:
    """Everything of this process, and what the database knows of the whole service."""
    return generate_latest(registry)


class _Gauges(Collector):
    """What is looked up when it is asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("wealthwise_process_id", "Which serving process answered.", os.getpid())
        pool = pool_statistics()
        for theirs, ours in POOL.items():
            if theirs in pool:
                text = f"Connection pool of this process: {theirs}."
                yield GaugeMetricFamily(f"wealthwise_{ours}", text, pool[theirs])
        if refreshed := value_of(_REFRESHED, view=upkeep.VIEW):
            age = (timezone.now() - refreshed).total_seconds()
            yield GaugeMetricFamily("wealthwise_view_age_seconds", "Age of what the spending view shows.", age)
        imported = value_of(_IMPORTED)
        yield GaugeMetricFamily("wealthwise_import_rows_last_day", "Rows imported in the last 24 hours.", imported)


registry.register(_Gauges())


def pool_statistics() -> dict[str, int]:
    """What the pool of this process counted; empty without a pool."""
    pool = getattr(connection, "pool", None) if connection.settings_dict.get("OPTIONS", {}).get("pool") else None
    return dict(pool.get_stats()) if pool else {}
