"""Panels about the servers: connections, memory, sizes, dead rows, sessions, replicas, transaction ids."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django_redis import get_redis_connection

from wealthwise.console.health import thresholds
from wealthwise.console.health.panels import (
    BAD,
    GOOD,
    PLAIN,
    WARN,
    Panel,
    PanelLine,
    ShareBar,
    ago,
    count,
    duration,
    figure,
    percent,
    since,
    size,
    text,
)
from wealthwise.operations import activity
from wealthwise.operations.activity import Connections, Database, Replica, Session, TableState
from wealthwise.operations.telemetry.metrics import pool_statistics
from wealthwise.postgres import catalog
from wealthwise.postgres.catalog import Partition

LEDGER = "transaction"


def connections(found: Connections) -> Panel:
    share = found.used / max(found.limit, 1)
    pool = pool_statistics()
    bars = [
        ShareBar("Working", found.active / found.limit, count(found.active)),
        ShareBar("Idle", found.idle / found.limit, count(found.idle)),
        ShareBar(
            "Idle inside a transaction",
            found.in_transaction / found.limit,
            count(found.in_transaction),
            WARN if found.in_transaction > found.active + 2 else PLAIN,
        ),
    ]
    if pool:
        taken = pool.get("pool_size", 0) - pool.get("pool_available", 0)
        bars.append(
            ShareBar("Pool of this process in use", taken / max(pool["pool_max"], 1), f"{taken} of {pool['pool_max']}")
        )
    waited = pool.get("requests_queued", 0) if pool else 0
    notes = [f"Requests that waited for a connection since this process began: {count(waited)}."] if pool else []
    return Panel(
        "connections",
        "Connections and pool",
        WARN if share > thresholds.CONNECTIONS else GOOD,
        f"{found.used} of {found.limit} connections are in use.",
        "Below 80 %; few idle inside a transaction. Each serving process keeps 10 and opens 20 more at a peak.",
        "Lower DB_POOL_SIZE or the number of workers, or raise max_connections; see long transactions below.",
        bars=bars,
        notes=notes,
    )


def memory(database: Database, cache: dict[str, Any] | None) -> Panel:
    """How much is answered from memory, by PostgreSQL and by Valkey."""
    low = database_misses(database)
    bars = [ShareBar("Database", database.hit_ratio or 0, percent(database.hit_ratio), WARN if low else GOOD)]
    if cache is None:
        bars.append(ShareBar("Cache", 0, "does not answer", BAD))
        notes = ["Pages read the database instead, which takes a little longer."]
    else:
        hits, misses = int(cache.get("keyspace_hits", 0)), int(cache.get("keyspace_misses", 0))
        ratio = hits / (hits + misses) if hits + misses else None
        bars.append(ShareBar("Cache", ratio or 0, percent(ratio), WARN if cache_misses(cache) else GOOD))
        used, evicted = int(cache.get("used_memory", 0)), int(cache.get("evicted_keys", 0))
        notes = [f"The cache holds {size(used)}; {count(evicted)} keys were evicted for want of memory."]
    return Panel(
        "memory",
        "Answered from memory",
        BAD if cache is None else WARN if low or cache_misses(cache) else GOOD,
        f"{percent(database.hit_ratio)} of {count(database.blocks)} block reads since {ago(database.since)}."
        if database.since
        else f"{percent(database.hit_ratio)} of {count(database.blocks)} block reads.",
        "95 % or more for the database; the cache has 50 % or more once people are at work.",
        "Raise shared_buffers, or find the statement that reads much (below). Keys evicted: give Valkey more memory.",
        bars=bars,
        notes=notes,
    )


def database_misses(database: Database) -> bool:
    return database.blocks >= thresholds.BLOCKS_FOR_RATIO and (database.hit_ratio or 1) < thresholds.HIT_RATIO


def cache_misses(cache: dict[str, Any]) -> bool:
    hits, misses = int(cache.get("keyspace_hits", 0)), int(cache.get("keyspace_misses", 0))
    return hits + misses >= thresholds.LOOKUPS_FOR_RATIO and hits / (hits + misses) < thresholds.CACHE_HIT_RATIO


def cache_information() -> dict[str, Any] | None:
    """What Valkey says of itself; None when it does not answer."""
    try:
        return dict(get_redis_connection("default").info())
    except Exception:  # whatever is wrong with it, the page says so and goes on
        return None


def tables(database: Database, found: Sequence[TableState], *, actions: bool) -> Panel:
    largest = max((table.total for table in found), default=1) or 1
    dirty = [table for table in found if is_dirty(table)]
    shown = [table for table in found if table.total >= thresholds.SMALL_TABLE or is_dirty(table)]
    rest = [table for table in found if table not in shown]
    lines = [
        PanelLine(
            [
                text(table.name + (f" ({table.parts} partitions)" if table.parts > 1 else "")),
                figure(size(table.total), share=table.total / largest),
                figure(size(table.indexes)),
                figure(count(table.rows)),
                figure(f"{count(table.dead)} ({table.dead_share:.0%})", WARN if is_dirty(table) else PLAIN),
                text(since(table.vacuumed)),
                text(since(table.analyzed)),
            ],
            table.name if actions else "",
        )
        for table in shown
    ]
    return Panel(
        "tables",
        "Tables, dead rows, last vacuum",
        WARN if dirty else GOOD,
        f"The database takes {size(database.size)}. "
        + (f"Many dead rows in {', '.join(table.name for table in dirty)}." if dirty else "Few dead rows."),
        "Dead rows below 20 %: autovacuum removes them. A table that nobody changes is vacuumed never, which is fine.",
        "Vacuum the table here. When it comes back, look for a long transaction: it keeps dead rows alive.",
        head=[
            ("Table", False), ("Total", True), ("Indexes", True), ("Rows, about", True),
            ("Dead rows", True), ("Vacuumed before", False), ("Analyzed before", False),
        ],
        lines=lines,
        notes=[f"{len(rest)} smaller tables take {size(sum(table.total for table in rest))}."] if rest else [],
        action="maintain" if actions else "",
    )  # fmt: skip


def is_dirty(table: TableState) -> bool:
    return table.dead >= thresholds.DEAD_ROWS and table.dead_share > thresholds.DEAD_SHARE


def partitions(found: Sequence[Partition]) -> Panel:
    skew = skew_of(found)
    largest = max((part.estimated_rows for part in found), default=0) or 1
    return Panel(
        "partitions",
        "Partitions of the ledger",
        WARN if is_skewed(found) else GOOD,
        f"{len(found)} partitions; the largest has {skew:.2f} times the mean."
        if found
        else "The ledger is one table.",
        "Below 2 times the mean: people are spread by hash, so only a few very large ones can tip it.",
        "`manage.py partitions status` names them; `partitions convert --to N` spreads the ledger over more, online.",
        bars=[
            ShareBar(part.name, part.estimated_rows / largest, f"{count(part.estimated_rows)} rows") for part in found
        ],
    )


def skew_of(found: Sequence[Partition]) -> float:
    """The largest partition as a multiple of the mean; 1 when all are empty."""
    rows = [part.estimated_rows for part in found]
    return max(rows) * len(rows) / sum(rows) if sum(rows) else 1.0


def is_skewed(found: Sequence[Partition]) -> bool:
    return sum(part.estimated_rows for part in found) >= thresholds.ROWS_FOR_SKEW and skew_of(found) > thresholds.SKEW


def sessions(found: Sequence[Session]) -> Panel:
    blocked = [session for session in found if session.blocked_by]
    lines = [
        PanelLine(
            [
                figure(str(session.pid)),
                text(session.state),
                figure(duration(session.seconds or 0), WARN),
                text(", ".join(map(str, session.blocked_by)) or "nobody", BAD if session.blocked_by else PLAIN),
                text(session.query),
            ]
        )
        for session in found
    ]
    return Panel(
        "sessions",
        "Long transactions and blocked sessions",
        BAD if blocked else WARN if found else GOOD,
        f"{len(found)} sessions, {len(blocked)} of them wait for another." if found else "None.",
        "None above a minute. A self-check, a refresh and a reindex take longer on a large ledger and are no fault.",
        "Find who holds it by the statement; end it with SELECT pg_terminate_backend(number) if nobody needs it.",
        head=[("Process", True), ("State", False), ("For", True), ("Waits for", False), ("Statement", False)],
        lines=lines,
    )


def replication(found: Sequence[Replica]) -> Panel | None:
    """None where there is no replica."""
    if not found:
        return None
    late = [replica for replica in found if is_late(replica)]
    lines = [
        PanelLine(
            [
                text(replica.name),
                text(replica.state),
                figure("unknown" if replica.bytes_behind is None else size(replica.bytes_behind)),
                figure("none" if replica.seconds_behind is None else duration(replica.seconds_behind)),
            ]
        )
        for replica in found
    ]
    return Panel(
        "replication",
        "Replicas",
        WARN if late else GOOD,
        f"{len(found)} replicas, {len(late)} behind.",
        "Streaming, and behind by less than some seconds.",
        "Look at the replica's disk and network, and whether a long query there holds the replay.",
        head=[("Replica", False), ("State", False), ("Behind", True), ("Lag", True)],
        lines=lines,
    )


def is_late(replica: Replica) -> bool:
    return replica.state != "streaming" or (replica.seconds_behind or 0) > thresholds.REPLICA_SECONDS


def transaction_ids(database: Database) -> Panel:
    end = 2_000_000_000  # PostgreSQL refuses writes shortly after
    old = is_old(database)
    return Panel(
        "xid",
        "Age of the oldest transaction id",
        WARN if old else GOOD,
        f"{count(database.xid_age)} transactions.",
        f"Autovacuum freezes from {count(database.xid_limit)} on; writes stop near {count(end)}.",
        "Vacuum the largest tables here; check that autovacuum is on and that no transaction is open for days.",
        bars=[
            ShareBar(
                "Used of what there is", database.xid_age / end, percent(database.xid_age / end), WARN if old else GOOD
            )
        ],
    )


def is_old(database: Database) -> bool:
    return database.xid_age > thresholds.XID_AGE * database.xid_limit


def server_panels(*, actions: bool) -> list[Panel]:
    """Each is one or two statements on the catalog; no table is read."""
    database = activity.database(connection)
    found = [
        connections(activity.connections(connection)),
        memory(database, cache_information()),
        sessions(activity.busy_sessions(connection, seconds=thresholds.LONG_TRANSACTION)),
        tables(database, activity.table_states(connection), actions=actions),
        partitions(catalog.partitions_of(connection, LEDGER)),
        replication(activity.replicas(connection)),
        transaction_ids(database),
    ]
    return [panel for panel in found if panel]
