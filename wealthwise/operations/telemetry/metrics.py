"""Counters of this process in the text format of Prometheus. Each serving process counts for itself.

Labels are names of views and classes of statuses: never a path, an id or anything a user wrote.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from django.db import connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from transactions.summaries import upkeep
from wealthwise.operations import activity
from wealthwise.postgres.sql import value_of

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
# The pool's own names, and ours.
POOL: Final = {
    "pool_size": "pool_size",
    "pool_available": "pool_available",
    "pool_max": "pool_max",
    "requests_waiting": "pool_requests_waiting",
}

DATABASE: Final = {
    "size": "Bytes of the database.",
    "commits": "Transactions committed.",
    "rollbacks": "Transactions rolled back.",
    "deadlocks": "Deadlocks.",
    "temporary_bytes": "Bytes written to temporary files.",
    "xid_age": "Age of the oldest transaction id, in transactions.",
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
        yield from _of_the_database()


def _of_the_database() -> Iterator[GaugeMetricFamily]:
    """The same numbers whichever process answers."""
    database, used = activity.database(connection), activity.connections(connection)
    for name, text in DATABASE.items():
        yield GaugeMetricFamily(f"wealthwise_database_{name}", text, getattr(database, name))
    states = GaugeMetricFamily("wealthwise_database_connections", "Client connections by state.", labels=["state"])
    for state in ("active", "idle", "in_transaction"):
        states.add_metric([state], getattr(used, state))
    yield states
    yield GaugeMetricFamily("wealthwise_database_connections_limit", "Of the server, for clients.", used.limit)
    dead = GaugeMetricFamily("wealthwise_table_dead_rows", "Dead rows of each table.", labels=["table"])
    sizes = GaugeMetricFamily("wealthwise_table_bytes", "Bytes of each table with its indexes.", labels=["table"])
    for table in activity.table_states(connection):
        dead.add_metric([table.name], table.dead)
        sizes.add_metric([table.name], table.total)
    yield from (dead, sizes)
    ids = GaugeMetricFamily("wealthwise_identity_used_ratio", "Used share of the numbers of ids.", labels=["column"])
    for use in activity.identity_uses(connection):
        ids.add_metric([f"{use.table}.{use.column}"], use.share)
    lag = GaugeMetricFamily("wealthwise_replica_bytes_behind", "What a replica has to replay.", labels=["replica"])
    for replica in activity.replicas(connection):
        lag.add_metric([replica.name], replica.bytes_behind or 0)
    slots = GaugeMetricFamily("wealthwise_slot_kept_bytes", "Log that a slot keeps.", labels=["slot", "active"])
    for slot in activity.slots(connection):
        slots.add_metric([slot.name, str(slot.active).lower()], slot.kept or 0)
    yield from (ids, lag, slots)


registry.register(_Gauges())


def request_numbers() -> list[tuple[str, str, float]]:
    """What this process counted since it began, over all views: requests by class of status, seconds, and how many
    took at most each of the ``BUCKETS``; and how many waited for a connection.
    """
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for sample in (sample for metric in seconds.collect() for sample in metric.samples):
        if sample.name.endswith("_count"):
            sums["requests", sample.labels["status"]] += sample.value
        elif sample.name.endswith("_sum"):
            sums["request_seconds", ""] += sample.value
        elif sample.name.endswith("_bucket"):
            sums["request_bucket", sample.labels["le"]] += sample.value
    sums["pool_queued", ""] = float(pool_statistics().get("requests_queued", 0))
    return [(*key, value) for key, value in sums.items()]


def pool_statistics() -> dict[str, int]:
    """What the pool of this process counted; empty without a pool."""
    pool = getattr(connection, "pool", None) if connection.settings_dict.get("OPTIONS", {}).get("pool") else None
    return dict(pool.get_stats()) if pool else {}
