"""Read-only questions to PostgreSQL's catalog, answered as dataclasses.

Names are those of the current schema; nothing here knows which tables the application has.
"""

from dataclasses import dataclass
from typing import Any

from wealthwise.postgres.sql import rows_as, rows_of, value_of, with_names


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: its table's name, its bound as PostgreSQL writes it, estimated rows, bytes."""

    name: str
    bound: str
    estimated_rows: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """One index as it is. ``parent`` is the partitioned index it is attached to, "" without one.

    ``columns`` are the key parts in order, " DESC" behind a descending one; an expression is written as
    PostgreSQL writes it. ``constraint`` is "p", "u" or "x" for a primary key, unique or exclusion
    constraint, "" for a plain index. ``operators`` are the classes of operators that are not the default of their
    columns. ``scans`` counts since the statistics were last reset.
    """

    name: str
    table: str
    parent: str
    method: str
    unique: bool
    valid: bool
    partitioned: bool
    columns: tuple[str, ...]
    include: tuple[str, ...]
    predicate: str
    nulls_distinct: bool
    operators: tuple[str, ...]
    constraint: str
    size: int
    scans: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``type`` as PostgreSQL writes it: ``numeric(12,2)``."""

    table: str
    name: str
    type: str
    not_null: bool


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of any kind; ``holds`` is False when it is not validated or not enforced."""

    table: str
    name: str
    kind: str
    columns: tuple[str, ...]
    target: str
    definition: str
    holds: bool


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """A materialized view: whether it holds data, and its bytes without indexes."""

    name: str
    populated: bool
    size: int
    estimated_rows: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that somebody wrote; ``enabled`` is False when ALTER TABLE switched it off."""

    table: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Server:
    """What the server offers: version, extensions, whether autovacuum and statement statistics run."""

    version: int
    extensions: tuple[str, ...]
    statement_statistics: bool
    autovacuum: bool


_PARTITIONS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass(quote_ident(%(table)s)) ORDER BY c.relname
"""

_INDEXES = """
SELECT i.relname, t.relname, coalesce(p.relname, ''), am.amname, x.indisunique,
       x.indisvalid AND x.indisready AND x.indislive, i.relkind = 'I',
       array(SELECT pg_get_indexdef(x.indexrelid, n, true)
                    || CASE WHEN x.indoption[n - 1] & 1 = 1 THEN ' DESC' ELSE '' END
             FROM generate_series(1, x.indnkeyatts) n),
       array(SELECT pg_get_indexdef(x.indexrelid, n, true)
             FROM generate_series(x.indnkeyatts + 1, x.indnatts) n),
       coalesce(pg_get_expr(x.indpred, x.indrelid, true), ''), NOT x.indnullsnotdistinct,
       array(SELECT c.opcname FROM unnest(x.indclass) WITH ORDINALITY o (id, n) JOIN pg_opclass c ON c.oid = o.id
             WHERE NOT c.opcdefault ORDER BY o.n)::text[],
       coalesce(con.contype::text, ''), pg_relation_size(i.oid), coalesce(pg_stat_get_numscans(i.oid), 0)
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_am am ON am.oid = i.relam
LEFT JOIN pg_inherits h ON h.inhrelid = i.oid
LEFT JOIN pg_class p ON p.oid = h.inhparent
LEFT JOIN pg_constraint con ON con.conindid = i.oid AND con.conrelid = t.oid AND con.contype IN ('p', 'u', 'x')
WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p', 'm')
ORDER BY t.relname, i.relname
"""

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'm')
  AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""

# conenforced is read through JSON because the column is newer than PostgreSQL 15.
_CONSTRAINTS = """
SELECT t.relname, c.conname, c.contype::text,
       array(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (num, n)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY k.n),
       coalesce(f.relname, ''), pg_get_constraintdef(c.oid),
       c.convalidated AND coalesce(to_jsonb(c) ->> 'conenforced', 'true') = 'true'
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid LEFT JOIN pg_class f ON f.oid = c.confrelid
WHERE t.relnamespace = current_schema()::regnamespace AND NOT t.relispartition AND c.conparentid = 0
  AND c.contype <> 'n'
ORDER BY t.relname, c.conname
"""

_VIEWS = """
SELECT relname, relispopulated, pg_relation_size(oid), greatest(reltuples, 0)::bigint
FROM pg_class WHERE relkind = 'm' AND relnamespace = current_schema()::regnamespace ORDER BY relname
"""

_TRIGGERS = """
SELECT t.relname, g.tgname, g.tgenabled IN ('O', 'A')
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal AND NOT t.relispartition AND t.relnamespace = current_schema()::regnamespace
ORDER BY t.relname, g.tgname
"""

# A setting of pg_stat_statements exists only where its library is loaded.
_SERVER = """
SELECT current_setting('server_version_num')::int,
       array(SELECT extname::text FROM pg_extension ORDER BY extname),
       current_setting('pg_stat_statements.max', true) IS NOT NULL
           AND EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements'),
       current_setting('autovacuum')::bool AND current_setting('track_counts')::bool
"""

_PROJECT_TABLES = """
SELECT t.relname FROM pg_class t
WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p', 'm') AND NOT t.relispartition
  AND NOT (t.relname ~ '_(old|new)$'
           AND to_regclass(quote_ident(regexp_replace(t.relname, '_(old|new)$', ''))) IS NOT NULL)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid
                  AND d.deptype = 'e')
ORDER BY t.relname
"""

_IN_WRONG_PARTITION = r"""
SELECT count(*) FROM {table} t
JOIN (SELECT i.inhrelid, i.inhparent,
             (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'modulus (\d+)'))[1]::int AS modulus,
             (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'remainder (\d+)'))[1]::int AS remainder
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid) p ON p.inhrelid = t.tableoid
WHERE NOT satisfies_hash_partition(p.inhparent, p.modulus, p.remainder, t.{owner})
"""


def partitions_of(connection: Any, table: str) -> list[Partition]:
    """The partitions of ``table`` in the order of their names; empty when it is a plain table."""
    return rows_as(Partition, _PARTITIONS, on=connection, table=table)


def partition_key(connection: Any, table: str) -> str:
    """How ``table`` is partitioned: ``HASH (user_id)``; "" for a plain table or none at all."""
    statement = "SELECT pg_get_partkeydef(to_regclass(quote_ident(%(table)s))::oid)"
    return value_of(statement, on=connection, table=table) or ""


def index_is_valid(connection: Any, name: str) -> bool | None:
    """Whether the index ``name`` may be used; None when there is no such index."""
    statement = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(%(name)s))"
    found: bool | None = value_of(statement, on=connection, name=name)
    return found


def parts_of_index(connection: Any, name: str) -> list[str]:
    """The indexes of partitions that are attached to the index ``name``; none for that of a plain table."""
    statement = """SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                   WHERE i.inhparent = to_regclass(quote_ident(%(name)s)) ORDER BY 1"""
    return [part for (part,) in rows_of(statement, on=connection, name=name)]


def indexes(connection: Any) -> list[IndexFacts]:
    """Every index of the current schema, those of partitions included."""
    return rows_as(IndexFacts, _INDEXES, on=connection)


def columns(connection: Any) -> list[Column]:
    """Every column of every table and materialized view, partitions left out."""
    return rows_as(Column, _COLUMNS, on=connection)


def constraints(connection: Any) -> list[Constraint]:
    """Every constraint of every table, partitions left out: they inherit their parent's."""
    return rows_as(Constraint, _CONSTRAINTS, on=connection)


def views(connection: Any) -> list[ViewFacts]:
    """Every materialized view of the current schema."""
    return rows_as(ViewFacts, _VIEWS, on=connection)


def triggers(connection: Any) -> list[Trigger]:
    """Every trigger that is not the database's own, partitions left out."""
    return rows_as(Trigger, _TRIGGERS, on=connection)


def server(connection: Any) -> Server:
    """The server's own state."""
    return rows_as(Server, _SERVER, on=connection)[0]


def project_tables(connection: Any) -> list[str]:
    """Names of the tables and materialized views of the schema, partitions left out.

    Without those of an extension, and without the copies NAME_new and NAME_old that a conversion of the
    partitions keeps beside NAME for a while.
    """
    return [name for (name,) in rows_of(_PROJECT_TABLES, on=connection)]


def rows_in_wrong_partition(connection: Any, table: str, owner: str) -> int:
    """Rows that their partition's bound does not admit; always 0 unless somebody went around PostgreSQL."""
    return int(value_of(with_names(_IN_WRONG_PARTITION, table=table, owner=owner), on=connection))
