"""The history of the service: numbers taken every few minutes, kept for some weeks in a partition a day.

``take`` is run by ``manage.py health --record``. What requests took is known to the serving processes alone: each adds
its own numbers once a minute (``RequestRecorder``).
"""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import Error, OperationalError, connection, connections, transaction
from django.utils import timezone
from psycopg import errors
from psycopg.sql import Literal

from wealthwise.console.health.servers import cache_information
from wealthwise.operations import activity, monitoring
from wealthwise.operations.telemetry import metrics
from wealthwise.postgres import locks, sql
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.patience import in_turn

logger = logging.getLogger(__name__)

type Sample = tuple[str, str, float]
AHEAD: Final = 7  # days for which there is a partition already, so that the site's role never makes one
PATIENCE: Final = 10.0  # seconds in which partitions are tried to be made
STATEMENTS: Final = 30  # of the most expensive ones
BETWEEN: Final = 60.0  # seconds between the samples of a serving process
_PARTITION = "CREATE TABLE {name} PARTITION OF health_sample FOR VALUES FROM ({start}) TO ({end})"
_PARTITIONS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'health_sample'::regclass ORDER BY c.relname
"""
_INSERT = """
INSERT INTO health_sample (metric, label, taken_at, value)
SELECT metric, left(label, 63), %(at)s, value
FROM unnest(%(metrics)s::text[], %(labels)s::text[], %(values)s::float[]) AS s (metric, label, value)
ON CONFLICT DO NOTHING
"""
_WAITS = """
SELECT wait_event_type, count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND state = 'active' AND wait_event_type IS NOT NULL GROUP BY 1
"""
_CHECKPOINTS = """
SELECT num_timed, num_requested, buffers_written FROM pg_stat_checkpointer
"""
_CHECKPOINTS_BEFORE_17 = """
SELECT checkpoints_timed, checkpoints_req, buffers_checkpoint FROM pg_stat_bgwriter
"""
_STATEMENTS = """
SELECT queryid::text, sum(calls)::float, sum(total_exec_time)::float FROM {schema}.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL AND toplevel
GROUP BY 1 ORDER BY 3 DESC LIMIT %(limit)s
"""


def take() -> int:
    """Record one sample of everything; returns how many numbers. Two at once take turns, and old days go.

    A partition is made and dropped under a lock that a dump holds up to its end, and behind which everybody who
    looks at the console would wait. So that waits a moment only: there are days ahead, and the next time comes soon.
    """
    today = timezone.now().astimezone(UTC).date()
    try:
        in_turn(lambda: _keep_partitions(today), most=PATIENCE)
    except OperationalError as error:
        if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
            raise
        logger.warning("somebody reads the numbers of health; partitions are made and dropped at the next time")
    with transaction.atomic():
        locks.wait_for(Lock.HEALTH_SAMPLE)
        return store(list(_numbers()))


def store(found: list[Sample]) -> int:
    """Write numbers of one time, in one statement."""
    if found:
        names, labels, values = zip(*found, strict=True)
        sql.run(_INSERT, at=timezone.now(), metrics=list(names), labels=list(labels), values=list(values))
    return len(found)


def _keep_partitions(today: date) -> None:
    """A partition for each of the next days, none for days that are too old."""
    locks.wait_for(Lock.HEALTH_SAMPLE)
    there = {name for (name,) in sql.rows_of(_PARTITIONS)}
    for ahead in range(AHEAD + 1):
        day = today + timedelta(days=ahead)
        if _name(day) not in there:
            start, end = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (day, day + timedelta(days=1)))
            bounds = {"start": Literal(start.isoformat()), "end": Literal(end.isoformat())}
            sql.run(sql.with_names(_PARTITION, name=_name(day), **bounds))
    oldest = _name(today - timedelta(days=settings.HEALTH_HISTORY_DAYS))
    for name in sorted(there):
        if name < oldest:
            sql.run(sql.with_names("DROP TABLE {name}", name=name))


def _name(day: date) -> str:
    return f"health_sample_{day:%Y%m%d}"


def _numbers() -> Iterator[Sample]:
    database = activity.database(connection)
    for name in ("size", "commits", "rollbacks", "deadlocks", "temporary_bytes", "xid_age", "blocks"):
        yield f"database_{name}", "", float(getattr(database, name))
    yield "database_blocks_hit", "", database.blocks * (database.hit_ratio or 0)
    used = activity.connections(connection)
    for state in ("active", "idle", "in_transaction"):
        yield "connections", state, float(getattr(used, state))
    yield "waiting", "", 0.0  # also when nobody does
    for kind, number in sql.rows_of(_WAITS):
        yield "waiting", kind, float(number)
    for table in activity.table_states(connection):
        yield "table_bytes", table.name, float(table.total)
        yield "dead_rows", table.name, float(table.dead)
    yield "index_bloat", "", float(sum(use.estimated_bloat or 0 for use in monitoring.index_uses(connection)))
    for replica in activity.replicas(connection):
        yield "replica_bytes_behind", replica.name, float(replica.bytes_behind or 0)
    yield from _checkpoints()
    yield from _statements()
    for name, number in (cache_information() or {}).items():
        if name in ("keyspace_hits", "keyspace_misses", "used_memory", "evicted_keys"):
            yield f"cache_{name}", "", float(number)


def _checkpoints() -> Iterator[Sample]:
    is_old = connection.pg_version < 17_00_00  # type: ignore[attr-defined]  # of PostgreSQL's backend
    [(timed, requested, buffers)] = sql.rows_of(_CHECKPOINTS_BEFORE_17 if is_old else _CHECKPOINTS)
    yield "checkpoints", "timed", float(timed)
    yield "checkpoints", "requested", float(requested)
    yield "checkpoint_buffers", "", float(buffers)


def _statements() -> Iterator[Sample]:
    schema = monitoring.statements_schema(connection)
    if schema is None:
        return
    for query_id, calls, spent in sql.rows_of(sql.with_names(_STATEMENTS, schema=schema), limit=STATEMENTS):
        yield "statement_calls", query_id, calls
        yield "statement_ms", query_id, spent


class RequestRecorder(threading.Thread):
    """Adds what this process's requests took, once a minute. What could not be written is added to the next sample."""

    def __init__(self) -> None:
        super().__init__(name="request-recorder", daemon=True)
        self.told: dict[tuple[str, str], float] = {}

    def run(self) -> None:
        wait = threading.Event().wait
        while True:
            wait(BETWEEN)
            try:
                self.record()
            except Error:  # InterfaceError is no DatabaseError
                logger.warning("the numbers of requests were not recorded")
            finally:
                connections.close_all()

    def record(self) -> int:
        now = {(metric, label): value for metric, label, value in metrics.request_numbers()}
        grown = [(*key, value - self.told.get(key, 0)) for key, value in now.items()]
        written = store([sample for sample in grown if sample[2]])
        self.told = now
        return written
