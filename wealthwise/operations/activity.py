"""What the server does right now and how full it is: sessions, memory, sizes, dead rows, replicas, transaction ids.

Read-only, no application table is read; times in seconds, sizes in bytes. What a role may not see comes as None.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wealthwise.postgres.catalog import project_tables
from wealthwise.postgres.sql import rows_as, value_of


@dataclass(frozen=True, slots=True)
class Database:
    """Counters of this database since ``since``; ``hit_ratio`` is None before anything was read.

    ``log_waiting`` are the bytes of the server's log of writes that were not handed over since ``log_handed_at``, None
    where it is not kept or nothing was handed over yet; ``log_failed_at`` is the last try, where it failed.
    """

    name: str
    size: int
    hit_ratio: float | None
    blocks: int
    commits: int
    rollbacks: int
    deadlocks: int
    temporary_bytes: int
    since: datetime | None
    xid_age: int
    xid_limit: int
    log_waiting: int | None = None
    log_handed_at: datetime | None = None
    log_failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Connections:
    """Client connections to the whole server by state; ``limit`` without those kept for superusers."""

    active: int
    idle: int
    in_transaction: int
    limit: int

    @property
    def used(self) -> int:
        return self.active + self.idle + self.in_transaction


@dataclass(frozen=True, slots=True)
class Session:
    """A session of this database that works for long or waits for another; literals of ``query`` are left out."""

    pid: int
    user: str
    state: str
    seconds: float
    waiting_for: str
    blocked_by: tuple[int, ...]
    query: str


@dataclass(frozen=True, slots=True)
class TableState:
    """A table with its partitions: sums of rows and bytes, the oldest of their last vacuums and analyzes."""

    name: str
    parts: int
    rows: int
    dead: int
    heap: int
    indexes: int
    vacuumed: datetime | None
    analyzed: datetime | None

    @property
    def total(self) -> int:
        return self.heap + self.indexes

    @property
    def dead_share(self) -> float:
        return self.dead / (self.rows + self.dead) if self.dead else 0.0


@dataclass(frozen=True, slots=True)
class Replica:
    """One that receives our changes; ``bytes_behind`` and ``seconds_behind`` are None where unknown."""

    name: str
    state: str
    bytes_behind: int | None
    seconds_behind: float | None


@dataclass(frozen=True, slots=True)
class IdentityUse:
    """A column that takes its numbers from a sequence; ``share`` of what its type can hold is given away."""

    table: str
    column: str
    type: str
    last: int
    share: float


@dataclass(frozen=True, slots=True)
class Slot:
    """A replication slot: what it keeps of the log, in bytes; ``state`` is that of its files (reserved, lost, ...)."""

    name: str
    active: bool
    state: str
    kept: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Maintenance that goes on: ``done`` of ``total`` blocks in ``phase``; by autovacuum where ``automatic``."""

    pid: int
    work: str
    table: str
    phase: str
    done: int
    total: int
    automatic: bool


_DATABASE = """
SELECT d.datname, pg_database_size(d.oid), (s.blks_hit / nullif(s.blks_hit + s.blks_read, 0)::numeric)::float,
       s.blks_hit + s.blks_read, s.xact_commit, s.xact_rollback, s.deadlocks, s.temp_bytes, s.stats_reset,
       age(d.datfrozenxid), current_setting('autovacuum_freeze_max_age')::int,
       CASE WHEN a.last_archived_wal ~ '^[0-9A-F]{24}' AND NOT pg_is_in_recovery()
                 AND current_setting('archive_mode') <> 'off'
            THEN greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
                          - (('x' || substr(a.last_archived_wal, 9, 8))::bit(32)::bigint << 32)
                          - (('x' || substr(a.last_archived_wal, 17, 8))::bit(32)::bigint + 1)
                            * pg_size_bytes(current_setting('wal_segment_size')), 0)::bigint END,
       a.last_archived_time,
       CASE WHEN a.last_failed_time > coalesce(a.last_archived_time, '-infinity') THEN a.last_failed_time END
FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid CROSS JOIN pg_stat_archiver a
WHERE d.datname = current_database()
"""

_CONNECTIONS = """
SELECT count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE state = 'idle' OR state IS NULL),
       count(*) FILTER (WHERE starts_with(state, 'idle in transaction')),
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""

_BUSY_SESSIONS = r"""
SELECT pid, coalesce(usename, ''), coalesce(state, ''),
       extract(epoch FROM clock_timestamp() - xact_start)::float,
       coalesce(wait_event_type || ': ' || wait_event, ''), blockers,
       left(regexp_replace(regexp_replace(regexp_replace(query, '''([^'']|'''')*(''|$)', '?', 'g'),
            '\m[0-9][0-9.]*', '?', 'g'), '\s+', ' ', 'g'), 300)
FROM (SELECT *, CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END AS blockers
      FROM pg_stat_activity OFFSET 0) a
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND (xact_start < clock_timestamp() - make_interval(secs => %(seconds)s) OR blockers <> '{}')
ORDER BY xact_start
"""

_TABLE_STATES = """
SELECT t.relname, count(*), sum(greatest(s.n_live_tup, c.reltuples, 0))::bigint, sum(s.n_dead_tup)::bigint,
       sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint,
       min(greatest(s.last_vacuum, s.last_autovacuum)), min(greatest(s.last_analyze, s.last_autoanalyze))
FROM pg_class t
CROSS JOIN LATERAL (SELECT t.oid::regclass AS oid UNION SELECT relid FROM pg_partition_tree(t.oid) WHERE isleaf) part
JOIN pg_class c ON c.oid = part.oid AND c.relkind <> 'p' JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%(tables)s) GROUP BY t.relname
"""

_REPLICAS = """
SELECT coalesce(nullif(application_name, ''), client_addr::text, 'replica'), coalesce(state, 'hidden'),
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) END::bigint,
       extract(epoch FROM replay_lag)::float
FROM pg_stat_replication ORDER BY 1
"""

_IDENTITIES = """
SELECT t.relname, a.attname, format_type(a.atttypid, NULL), coalesce(s.last_value, 0),
       coalesce(s.last_value, 0) / least(s.max_value, CASE a.atttypid WHEN 'int2'::regtype THEN 32767
           WHEN 'int4'::regtype THEN 2147483647 ELSE s.max_value END)::float
FROM pg_depend d
JOIN pg_class q ON d.classid = 'pg_class'::regclass AND q.oid = d.objid AND q.relkind = 'S'
JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
JOIN pg_sequences s ON s.schemaname = current_schema() AND s.sequencename = q.relname
WHERE d.deptype IN ('a', 'i') AND t.relnamespace = current_schema()::regnamespace AND NOT t.relispartition
ORDER BY 5 DESC, 1, 2 LIMIT %(limit)s
"""

_SLOTS = """
SELECT slot_name, active, coalesce(wal_status, ''),
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) END::bigint
FROM pg_replication_slots ORDER BY slot_name
"""

_PROGRESS = """
SELECT p.pid, p.work, coalesce(c.relname, ''), p.phase, p.done, p.total,
       coalesce(a.backend_type = 'autovacuum worker', false)
FROM (
    SELECT pid, 'vacuum' AS work, relid, phase, heap_blks_scanned AS done, heap_blks_total AS total, datname
    FROM pg_stat_progress_vacuum
    UNION ALL SELECT pid, 'analyze', relid, phase, sample_blks_scanned, sample_blks_total, datname
    FROM pg_stat_progress_analyze
    UNION ALL SELECT pid, lower(command), relid, phase, blocks_done, blocks_total, datname
    FROM pg_stat_progress_create_index
) p LEFT JOIN pg_class c ON c.oid = p.relid LEFT JOIN pg_stat_activity a ON a.pid = p.pid
WHERE p.datname = current_database() ORDER BY p.pid
"""

# Only what works for this database on behalf of a client, and never the asker itself.
_CANCEL = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE pid = %(pid)s AND datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""

_ESTIMATED_ROWS = """
SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
FROM pg_class c CROSS JOIN (SELECT to_regclass(quote_ident(%(table)s)) AS oid) t
WHERE c.oid = t.oid OR c.oid IN (SELECT relid FROM pg_partition_tree(t.oid) WHERE isleaf)
"""


def database(connection: Any) -> Database:
    return rows_as(Database, _DATABASE, on=connection)[0]


def connections(connection: Any) -> Connections:
    return rows_as(Connections, _CONNECTIONS, on=connection)[0]


def busy_sessions(connection: Any, *, seconds: float) -> list[Session]:
    """Sessions in a transaction older than ``seconds``, and those that wait for another; the oldest first.

    A statement's text may quote what users wrote: strings and numbers are replaced by question marks.
    """
    return rows_as(Session, _BUSY_SESSIONS, on=connection, seconds=seconds)


def table_states(connection: Any) -> list[TableState]:
    """Every table and materialized view of the project, largest first; a partitioned one once."""
    found = rows_as(TableState, _TABLE_STATES, on=connection, tables=project_tables(connection))
    return sorted(found, key=lambda table: (-table.total, table.name))


def replicas(connection: Any) -> list[Replica]:
    return rows_as(Replica, _REPLICAS, on=connection)


def identity_uses(connection: Any, *, limit: int = 5) -> list[IdentityUse]:
    """The columns whose numbers are used up the most."""
    return rows_as(IdentityUse, _IDENTITIES, on=connection, limit=limit)


def slots(connection: Any) -> list[Slot]:
    return rows_as(Slot, _SLOTS, on=connection)


def progress(connection: Any) -> list[Progress]:
    """What vacuums, analyzes and builds indexes in this database right now."""
    return rows_as(Progress, _PROGRESS, on=connection)


def cancel(connection: Any, pid: int) -> bool:
    """Cancel what a session of this database runs; False when there is no such session any more."""
    return bool(value_of(_CANCEL, on=connection, pid=pid))


def estimated_rows(connection: Any, table: str) -> int:
    """Rows of ``table`` with its partitions as of their last vacuum or analyze; 0 when none was."""
    return int(value_of(_ESTIMATED_ROWS, on=connection, table=table))
