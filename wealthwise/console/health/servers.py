"""Panels about the servers: connections, memory, sizes, dead rows, sessions, replicas, transaction ids."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone
from django_redis import get_redis_connection

from wealthwise.console.health import thresholds
from wealthwise.console.health.panels import (
    BAD,
    GOOD,
    PLAIN,
    WARN,
    Alarm,
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
from wealthwise.operations.activity import (
    Connections,
    Database,
    IdentityUse,
    Progress,
    Replica,
    Session,
    Slot,
    TableState,
)
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
    alarms = []
    if share > thresholds.CONNECTIONS:
        alarms.append(Alarm(WARN, f"{found.used} of {found.limit} connections are in use.", "See connections"))
    return Panel(
        "connections",
        "Connections and pool",
        alarms,
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
    alarms = []
    if cache is None:
        gone = "The cache does not answer: pages read the database."
        alarms.append(Alarm(BAD, gone, "Start it, or look at CACHE_URL"))
        bars.append(ShareBar("Cache", 0, "does not answer", BAD))
        notes = ["Pages read the database instead, which takes a little longer."]
    else:
        hits, misses = int(cache.get("keyspace_hits", 0)), int(cache.get("keyspace_misses", 0))
        ratio = hits / (hits + misses) if hits + misses else None
        bars.append(ShareBar("Cache", ratio or 0, percent(ratio), WARN if cache_misses(cache) else GOOD))
        used, evicted = int(cache.get("used_memory", 0)), int(cache.get("evicted_keys", 0))
        notes = [f"The cache holds {size(used)}; {count(evicted)} keys were evicted for want of memory."]
        if cache_misses(cache):
            alarms.append(Alarm(WARN, "Fewer than half of the cache's answers are found.", "See memory"))
    if low:
        alarms.append(
            Alarm(WARN, f"Only {percent(database.hit_ratio)} of the database's reads come from memory.", "See memory")
        )
    return Panel(
        "memory",
        "Answered from memory",
        alarms,
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
        [
            Alarm(WARN, f"{table.dead_share:.0%} of the rows of {table.name} are dead.", "Vacuum it")
            for table in dirty
        ],
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
        [Alarm(WARN, f"The largest partition has {skew:.1f} times the mean.", "See partitions")]
        if is_skewed(found)
        else [],
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


def sessions(found: Sequence[Session], *, actions: bool) -> Panel:
    """Each session stands below the one that it waits for, so that the first of a tree holds up the others."""
    blocked = [session for session in found if session.blocked_by]
    alarms = []
    if blocked:
        alarms.append(Alarm(BAD, f"{len(blocked)} sessions wait for another.", "See who holds them up"))
    if found:
        longest = max(session.seconds or 0 for session in found)
        alarms.append(Alarm(WARN, f"A transaction is open for {duration(longest)}.", "See what it does"))
    lines = [
        PanelLine(
            [
                text("↳ " * depth + str(session.pid)),
                text(session.state),
                figure(duration(session.seconds or 0), WARN),
                text(", ".join(map(str, session.blocked_by)) or "nobody", BAD if session.blocked_by else PLAIN),
                text(session.query),
            ],
            str(session.pid) if actions else "",
        )
        for depth, session in waiting_tree(found)
    ]
    return Panel(
        "sessions",
        "Long transactions and blocked sessions",
        alarms,
        f"{len(found)} sessions, {len(blocked)} of them wait for another." if found else "None.",
        "None above a minute. A self-check, a refresh and a reindex take longer on a large ledger and are no fault.",
        "Cancel what holds the others up if nobody needs it; a session that is idle in a transaction ends only with "
        "`SELECT pg_terminate_backend(number)`.",
        head=[("Process", False), ("State", False), ("For", True), ("Waits for", False), ("Statement", False)],
        lines=lines,
        action="cancel" if actions and lines else "",
    )


def waiting_tree(found: Sequence[Session]) -> list[tuple[int, Session]]:
    """Each session with its depth, behind the first one that it waits for; every one once, also in a circle."""
    known = {session.pid: session for session in found}
    below: dict[int, list[Session]] = defaultdict(list)
    roots: list[Session] = []
    for session in found:
        holder = next((pid for pid in session.blocked_by if pid in known and pid != session.pid), None)
        (roots if holder is None else below[holder]).append(session)
    placed: list[tuple[int, Session]] = []
    seen: set[int] = set()

    def place(session: Session, depth: int) -> None:
        if session.pid not in seen:
            seen.add(session.pid)
            placed.append((depth, session))
            for waiting in below[session.pid]:
                place(waiting, depth + 1)

    for session in [*roots, *found]:
        place(session, 0)
    return placed


def going_on(found: Sequence[Progress]) -> Panel | None:
    """Vacuums and builds of indexes with how far they are; None where nothing goes on."""
    if not found:
        return None
    bars = [
        ShareBar(
            f"{'Auto' if work.automatic else ''}{work.work} of {work.table}",
            work.done / work.total if work.total else 0,
            f"{work.phase}, {count(work.done)} of {count(work.total)} blocks",
        )
        for work in found
    ]
    return Panel(
        "progress",
        "Maintenance that goes on",
        [],
        f"{len(found)} at work.",
        "Autovacuum comes and goes; a build of an index of a large ledger takes minutes.",
        "One that does not move waits for a transaction: see above.",
        bars=bars,
        is_judged=False,
    )


def identities(found: Sequence[IdentityUse]) -> Panel:
    """How much of their numbers the columns of ids have given away."""
    full = [use for use in found if use.share >= thresholds.USED_IDS]
    lines = [
        PanelLine(
            [
                text(f"{use.table}.{use.column}"),
                text(use.type),
                figure(count(use.last)),
                figure(f"{use.share:.2%}", WARN if use in full else PLAIN, share=min(use.share, 1)),
            ]
        )
        for use in found
    ]
    return Panel(
        "ids",
        "Numbers left for ids",
        [Alarm(BAD, f"{use.table}.{use.column} has used {use.share:.0%} of its numbers.", "See ids") for use in full],
        f"The fullest column has used {found[0].share:.2%} of its numbers." if found else "No column counts.",
        f"Below {thresholds.USED_IDS:.0%}: inserts fail when the last number of an integer is given away.",
        "Change the column to bigint by a migration while there is time; the table is written anew meanwhile.",
        head=[("Column", False), ("Type", False), ("Last", True), ("Used", True)],
        lines=lines,
    )


def replication_slots(found: Sequence[Slot]) -> Panel | None:
    """None where there are no slots. One that nobody reads keeps the log until the disk is full."""
    if not found:
        return None
    alarms = []
    for slot in found:
        if slot.state in ("unreserved", "lost"):
            alarms.append(Alarm(BAD, f"The slot {slot.name} has lost its log, or is about to.", "See slots"))
        elif not slot.active:
            kept = size(slot.kept) if slot.kept is not None else "log"
            alarms.append(Alarm(WARN, f"The slot {slot.name} is read by nobody and keeps {kept}.", "See slots"))
    lines = [
        PanelLine(
            [
                text(slot.name),
                text("read" if slot.active else "read by nobody", PLAIN if slot.active else WARN),
                text(slot.state),
                figure("unknown" if slot.kept is None else size(slot.kept)),
            ]
        )
        for slot in found
    ]
    return Panel(
        "slots",
        "Replication slots",
        alarms,
        f"{len(found)} slots.",
        "Each is read by its replica or backup.",
        "Drop one that nobody will read again: `SELECT pg_drop_replication_slot('name')`.",
        head=[("Slot", False), ("State", False), ("Log", False), ("Keeps", True)],
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
        [Alarm(WARN, f"Replicas are behind: {', '.join(replica.name for replica in late)}.", "See replicas")]
        if late
        else [],
        f"{len(found)} replicas, {len(late)} behind.",
        "Streaming, and behind by less than some seconds.",
        "Look at the replica's disk and network, and whether a long query there holds the replay.",
        head=[("Replica", False), ("State", False), ("Behind", True), ("Lag", True)],
        lines=lines,
    )


def is_late(replica: Replica) -> bool:
    return replica.state != "streaming" or (replica.seconds_behind or 0) > thresholds.REPLICA_SECONDS


def log_of_writes(database: Database) -> Panel | None:
    """None while it is handed over. What is not stays in the folder of the database until its disk is full."""
    if not is_stuck(database):
        return None
    waiting = f"{size(database.log_waiting)} of it wait" if database.log_waiting else "it stays where it is"
    last = f"for {since(database.log_handed_at)}" if database.log_handed_at else "yet"
    said = f"The log of writes was not handed over {last}; {waiting}."
    return Panel(
        "log",
        "Log of writes",
        [Alarm(BAD, said, "See log")],
        said,
        "Each segment is handed over within a quarter of an hour.",
        "See whether the folder of the backups is there, has room and can be written by the user that PostgreSQL runs "
        "as; the log of PostgreSQL says what it met. Nothing is lost, but its disk fills.",
    )


def is_stuck(database: Database) -> bool:
    """The last try failed; or much waits for long, as where the folder was not there at the start."""
    handed_at, waiting = database.log_handed_at, database.log_waiting or 0
    is_late = handed_at is not None and timezone.now() - handed_at > thresholds.LOG_LATE
    return database.log_failed_at is not None or (is_late and waiting > thresholds.LOG_WAITING)


def transaction_ids(database: Database) -> Panel:
    end = 2_000_000_000  # PostgreSQL refuses writes shortly after
    old = is_old(database)
    return Panel(
        "xid",
        "Age of the oldest transaction id",
        [Alarm(BAD, f"Transaction ids are {count(database.xid_age)} old.", "Vacuum")] if old else [],
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
        sessions(activity.busy_sessions(connection, seconds=thresholds.LONG_TRANSACTION), actions=actions),
        going_on(activity.progress(connection)),
        tables(database, activity.table_states(connection), actions=actions),
        partitions(catalog.partitions_of(connection, LEDGER)),
        replication(activity.replicas(connection)),
        replication_slots(activity.slots(connection)),
        log_of_writes(database),
        transaction_ids(database),
        identities(activity.identity_uses(connection)),
    ]
    return [panel for panel in found if panel]
