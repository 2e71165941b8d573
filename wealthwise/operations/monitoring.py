"""What the server counted: slow statements, and how tables and indexes are used. index_advice.py judges it.

Read-only: nothing here knows which tables the application has. Counters are those of
this server only; a standby counts its own. Times are in milliseconds, sizes in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from wealthwise.postgres.catalog import project_tables
from wealthwise.postgres.sql import first_row, rows_as, rows_of, run, value_of, with_names


@dataclass(frozen=True, slots=True)
class StatementCost:
    """A normalised statement on one line. ``share`` is of the time of all statements of this database.

    A ``nested`` one ran inside another (a trigger, a foreign key), which counts its time as well. ``hit_ratio`` is
    the part of blocks that were in the server's memory, None when it read none.
    """

    query: str
    calls: int
    mean_ms: float
    total_ms: float
    share: float
    rows: int
    hit_ratio: float | None
    nested: bool


@dataclass(frozen=True, slots=True)
class StatementReport:
    """The slowest statements since ``since``; when not ``available``, ``note`` says how to get them."""

    available: bool
    note: str
    since: datetime | None
    statements: tuple[StatementCost, ...]


@dataclass(frozen=True, slots=True)
class IndexUse:
    """One index with its partitions: ``size`` and ``scans`` are sums.

    ``constraint`` is "p", "u" or "x", "" for a plain index. ``estimated_size`` is what it would take freshly built:
    an estimate from the statistics' average widths, None where they say nothing. ``kinds`` names operator class
    and collation of each key, ``orders`` its direction bits.
    """

    name: str
    table: str
    method: str
    unique: bool
    valid: bool
    constraint: str
    columns: tuple[str, ...]
    include: tuple[str, ...]
    predicate: str
    nulls_distinct: bool
    kinds: tuple[str, ...]
    orders: tuple[int, ...]
    size: int
    scans: int
    estimated_size: int | None = None

    @property
    def estimated_bloat(self) -> int | None:
        """Bytes a rebuild would give back, as an estimate; 0 where deduplication made it smaller than thought."""
        return None if self.estimated_size is None else max(self.size - self.estimated_size, 0)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key; ``columns`` in the order of the key, the last one names the parent."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str


# Slow statements

_STATEMENTS = r"""
SELECT trim(regexp_replace(min(query), '\s+', ' ', 'g')), sum(calls)::bigint,
       sum(total_exec_time) / greatest(sum(calls), 1), sum(total_exec_time),
       coalesce(sum(total_exec_time) / nullif(sum(sum(total_exec_time)) FILTER (WHERE toplevel) OVER (), 0), 0),
       sum(rows)::bigint,
       (sum(shared_blks_hit) / nullif(sum(shared_blks_hit + shared_blks_read), 0))::float, NOT toplevel
FROM {schema}.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL
GROUP BY queryid, toplevel
ORDER BY sum(total_exec_time) / CASE %(by)s WHEN 'mean' THEN greatest(sum(calls), 1) ELSE 1 END DESC LIMIT %(limit)s
"""
_RESET = """
SELECT {schema}.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)
"""
_STATEMENTS_VIEW = """
SELECT n.nspname, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = e.extname WHERE e.extname = 'pg_stat_statements'
"""
_HIDDEN = (
    "Statements of other roles are left out: GRANT pg_read_all_stats TO the role of this connection to see them too."
)
ABSENT = (
    "pg_stat_statements is not installed in this database: run `manage.py slow_queries --enable` as a superuser, "
    "or CREATE EXTENSION pg_stat_statements."
)
NOT_LOADED = (
    "pg_stat_statements is not loaded: add it to shared_preload_libraries in postgresql.conf, restart PostgreSQL, "
    "and run `manage.py slow_queries --enable` (CREATE EXTENSION pg_stat_statements)."
)
FORBIDDEN = (
    "This role may not read pg_stat_statements: as a superuser, GRANT SELECT ON pg_stat_statements and "
    "GRANT pg_read_all_stats to it."
)
ORDERS = ("mean", "total")


class MonitoringError(Exception):
    """What was asked for is not possible here; the message says what to do."""


def statement_report(connection: Any, *, limit: int = 20, by: str = "mean") -> StatementReport:
    """The ``limit`` slowest statements of this database, by mean or total time. Never raises for want of rights."""
    if reason := _unavailable(connection):
        return StatementReport(available=False, note=reason, since=None, statements=())
    schema, _ = statements_view(connection)
    found = rows_as(StatementCost, with_names(_STATEMENTS, schema=schema), on=connection, limit=limit, by=by)
    since = with_names("SELECT stats_reset FROM {schema}.pg_stat_statements_info", schema=schema)
    sees_all = value_of("SELECT pg_has_role('pg_read_all_stats', 'USAGE')", on=connection)
    return StatementReport(
        available=True,
        note="" if sees_all else _HIDDEN,
        since=value_of(since, on=connection),
        statements=tuple(found),
    )


def enable_statements(connection: Any) -> None:
    """Install the extension in this database. Raises MonitoringError where that is not allowed or not enough."""
    try:
        run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", on=connection)
    except DatabaseError as error:
        raise MonitoringError(
            f"The extension could not be created ({_first_line(error)}): as a superuser of this database, run "
            "CREATE EXTENSION pg_stat_statements."
        ) from error
    if reason := _unavailable(connection):
        raise MonitoringError(f"The extension is installed, but {reason[0].lower()}{reason[1:]}")


def reset_statements(connection: Any) -> None:
    """Forget the statements of this database, and of no other. Raises MonitoringError where that is not allowed."""
    if reason := _unavailable(connection):
        raise MonitoringError(reason)
    try:
        run(with_names(_RESET, schema=statements_view(connection)[0]), on=connection)
    except DatabaseError as error:
        raise MonitoringError(
            f"The statistics could not be reset ({_first_line(error)}): as a superuser, GRANT EXECUTE ON FUNCTION "
            "pg_stat_statements_reset to this role."
        ) from error


def statements_schema(connection: Any) -> str | None:
    """The schema of pg_stat_statements; None where it cannot be read."""
    return None if _unavailable(connection) else statements_view(connection)[0]


def _unavailable(connection: Any) -> str:
    """Why the statements cannot be read, "" when they can. A setting of the library exists only where it is loaded."""
    if not value_of("SELECT current_setting('pg_stat_statements.max', true) IS NOT NULL", on=connection):
        return NOT_LOADED
    schema, readable = statements_view(connection)
    return ABSENT if not schema else "" if readable else FORBIDDEN


def statements_view(connection: Any) -> tuple[str, bool]:
    """The schema of the extension's views, and whether this role may read them; "" when not installed."""
    schema, readable = first_row(_STATEMENTS_VIEW, on=connection) or ("", False)
    return schema, readable


# Tables and indexes

# In each statement ``part`` is what holds the rows of a table or index: its partitions, or itself.
_INDEXES = """
SELECT i.relname, coalesce(whole.relname, t.relname), am.amname, x.indisunique, u.valid,
       coalesce(k.contype::text, ''),
       array(SELECT pg_get_indexdef(i.oid, n, true) FROM generate_series(1, x.indnkeyatts) n),
       array(SELECT pg_get_indexdef(i.oid, n, true) FROM generate_series(x.indnkeyatts + 1, x.indnatts) n),
       coalesce(pg_get_expr(x.indpred, x.indrelid, true), ''), NOT x.indnullsnotdistinct,
       array(SELECT x.indclass[n - 1] || ' ' || x.indcollation[n - 1] FROM generate_series(1, x.indnkeyatts) n),
       array(SELECT x.indoption[n - 1]::int FROM generate_series(1, x.indnkeyatts) n),
       u.size::bigint, u.scans::bigint
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
LEFT JOIN pg_class whole ON t.relispartition AND whole.oid = pg_partition_root(t.oid)
JOIN pg_am am ON am.oid = i.relam
LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (SELECT sum(pg_relation_size(part.oid)) AS size, sum(pg_stat_get_numscans(part.oid)) AS scans,
                           bool_and(p.indisvalid AND p.indisready AND p.indislive) AS valid
                    FROM (SELECT i.oid::regclass AS oid
                          UNION SELECT relid FROM pg_partition_tree(i.oid) WHERE isleaf) part
                    JOIN pg_index p ON p.indexrelid = part.oid) u
WHERE NOT i.relispartition AND t.relnamespace = current_schema()::regnamespace
  AND coalesce(whole.relname, t.relname) = ANY(%(tables)s) AND (NOT t.relispartition OR NOT u.valid)
ORDER BY 2, i.relname
"""

# Per B-tree leaf: tuples x (8 bytes of header, 8 more for the nulls of those that have some, the columns' average
# widths aligned, 4 bytes of line pointer) over pages of 8152 bytes filled to the fill factor, and a page of metadata.
# Tuples are the table's live rows where the index has all of them: what the last vacuum counted may be old.
_ESTIMATES = """
SELECT r.relname, CASE WHEN bool_and(tuples >= 0 AND (tuples = 0 OR w.known)) THEN
       sum((1 + ceil(tuples * coalesce(w.width, 0) / (8152 * fill))) * 8192)::bigint END
FROM pg_class r JOIN pg_index rx ON rx.indexrelid = r.oid JOIN pg_class root ON root.oid = rx.indrelid
JOIN pg_am am ON am.oid = r.relam AND am.amname = 'btree'
CROSS JOIN LATERAL (SELECT r.oid::regclass AS oid UNION SELECT relid FROM pg_partition_tree(r.oid) WHERE isleaf) part
JOIN pg_class i ON i.oid = part.oid AND i.relkind = 'i'
JOIN pg_index x ON x.indexrelid = i.oid
JOIN pg_class h ON h.oid = x.indrelid
CROSS JOIN LATERAL (
    SELECT CASE WHEN h.reltuples < 0 AND pg_stat_get_live_tuples(h.oid) = 0 THEN -1
                WHEN x.indpred IS NULL THEN greatest(i.reltuples, pg_stat_get_live_tuples(h.oid))
                ELSE i.reltuples END AS tuples,
           coalesce(substring(array_to_string(i.reloptions, ' ') FROM 'fillfactor=([0-9]+)')::int, 90) / 100.0 AS fill
) c
CROSS JOIN LATERAL (
    SELECT 12 + 8 * max(s.null_frac) + 8 * ceil(sum((1 - s.null_frac) * ceil(s.avg_width / 4.0) * 4) / 8) AS width,
           bool_and(s.avg_width IS NOT NULL) AS known
    FROM generate_series(1, x.indnatts) n
    CROSS JOIN LATERAL (SELECT x.indkey[n - 1] = 0 AS computed) e
    JOIN pg_attribute a ON a.attrelid = CASE WHEN computed THEN i.oid ELSE h.oid END
                       AND a.attnum = CASE WHEN computed THEN n ELSE x.indkey[n - 1] END
    LEFT JOIN pg_stats s ON s.schemaname = current_schema() AND s.attname = a.attname AND NOT s.inherited
                        AND s.tablename = CASE WHEN computed THEN i.relname ELSE h.relname END
) w
WHERE NOT r.relispartition AND root.relnamespace = current_schema()::regnamespace
GROUP BY r.relname
"""

_FOREIGN_KEYS = """
SELECT k.conname, t.relname,
       array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY c (num, n)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.num ORDER BY c.n), f.relname
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype = 'f' AND k.conparentid = 0
  AND t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%(tables)s)
ORDER BY t.relname, k.conname
"""


def index_uses(connection: Any) -> list[IndexUse]:
    """Every index of the project, valid or not, by table and name; an index of a partitioned table once.

    Of what stands on a partition alone only what was never finished.
    """
    estimates: dict[str, int | None] = dict(rows_of(_ESTIMATES, on=connection))
    found = rows_as(IndexUse, _INDEXES, on=connection, tables=project_tables(connection))
    return [replace(use, estimated_size=estimates.get(use.name)) for use in found]


def foreign_keys(connection: Any) -> list[ForeignKey]:
    """Every foreign key of the project's tables, that of a partitioned table once."""
    return rows_as(ForeignKey, _FOREIGN_KEYS, on=connection, tables=project_tables(connection))


def counters_since(connection: Any) -> datetime | None:
    """When the counters of this database were last reset; None when no reset was recorded."""
    statement = "SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()"
    since: datetime | None = value_of(statement, on=connection)
    return since


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
