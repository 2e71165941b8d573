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
    """Counters of this database since ``since``; ``hit_ratio`` is None before anything was read."""

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


_DATABASE = """
SELECT d.datname, pg_database_size(d.oid), (s.blks_hit / nullif(s.blks_hit + s.blks_read, 0)::numeric)::float,
       s.blks_hit + s.blks_read, s.xact_commit, s.xact_rollback, s.deadlocks, s.temp_bytes, s.stats_reset,
       age(d.datfrozenxid), current_setting('autovacuum_freeze_max_age')::int
FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datname = current_database()
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


def estimated_rows(connection: Any, table: str) -> int:
    """Rows of ``table`` with its partitions as of their last vacuum or analyze; 0 when none was."""
    return int(value_of(_ESTIMATED_ROWS, on=connection, table=table))
