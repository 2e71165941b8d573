"""Statements that would gain from an index: read from the statistics of statements, planned, and proven if possible.

What maintains, refreshes and converts reads tables in full too, and has nothing to gain: it asks for all rows. So what
counts is not how often a table was read in full but a statement that is sent often, reads all of a table of some size,
keeps few rows of it, and would find them by columns that no index leads with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import DatabaseError, transaction

from wealthwise.operations import monitoring
from wealthwise.postgres.sql import identifiers, rows_of, value_of, with_names

MANY_ROWS, MANY_CALLS = 1_000, 10  # an index pays from this many rows, read in full this often
FEW: Final = 0.1  # of the rows of a table, which an index finds faster than reading all
CHEAPER: Final = 0.5  # of the cost, which an index must win to be worth its writes
LOOKED_AT: Final = 40  # statements, those that took most time
GENERIC_PLANS: Final = 16_00_00  # the version that plans a statement without its values
SHOWN: Final = 300  # letters of a statement

_COSTLY = r"""
SELECT trim(regexp_replace(min(query), '\s+', ' ', 'g')), sum(calls)::bigint,
       sum(total_exec_time) / greatest(sum(calls), 1), (sum(rows) / greatest(sum(calls), 1))::bigint
FROM {schema}.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL
  AND query ~* '^\s*(SELECT|WITH|UPDATE|DELETE)\M'
GROUP BY queryid HAVING sum(calls) >= %(calls)s
ORDER BY sum(total_exec_time) DESC LIMIT %(most)s
"""
# The table of each partition, with its columns and how many rows the part has.
_TABLES = """
SELECT c.relname, coalesce(r.relname, c.relname), greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0)::bigint,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)
FROM pg_class c LEFT JOIN pg_class r ON c.relispartition AND r.oid = pg_partition_root(c.oid)
WHERE c.relkind IN ('r', 'm') AND c.relnamespace = current_schema()::regnamespace
"""
_EQUAL = re.compile(r"\(?\b(\w+)\)?(?:::[\w ]+)? = (?:ANY )?\(?(?:\$\d+|'|\d)")
_BEYOND = re.compile(r"\(?\b(\w+)\)?(?:::[\w ]+)? (?:<|>|<=|>=|~~) \(?(?:\$\d+|'|\d)")


@dataclass(frozen=True, slots=True)
class Gain:
    """A statement that reads all of ``table`` and would find its rows by ``columns``; ``proof`` is in words."""

    table: str
    columns: tuple[str, ...]
    rows: int
    query: str
    calls: int
    mean_ms: float
    returned: int
    proof: str


def why_not(connection: Any) -> str:
    """What keeps this server from telling which statement would gain; "" when nothing does."""
    report = monitoring.statement_report(connection, limit=1)
    if not report.available:
        return f"Which index is missing is not judged: {report.note}"
    if connection.pg_version < GENERIC_PLANS:
        return "Which index is missing is not judged: PostgreSQL plans a statement without its values from 16 on."
    return ""


def gains(connection: Any, leads: dict[str, set[tuple[str, ...]]]) -> list[Gain]:
    """The best of each table and columns. ``leads`` are the columns of each table's indexes, in their order."""
    if why_not(connection):
        return []
    schema, _ = monitoring.statements_view(connection)
    costly = rows_of(with_names(_COSTLY, schema=schema), on=connection, calls=MANY_CALLS, most=LOOKED_AT)
    tables = {part: (table, rows, set(columns)) for part, table, rows, columns in rows_of(_TABLES, on=connection)}
    proves = can_prove(connection)
    found: dict[tuple[str, tuple[str, ...]], Gain] = {}
    for query, calls, mean_ms, returned in costly:
        for part, columns in _wanted(connection, query, tables, leads):
            table, rows, _ = tables[part]
            if (table, columns) in found:
                continue
            proof = _proof(connection, query, part, columns) if proves else _UNPROVEN
            if proof:
                shown = query if len(query) <= SHOWN else f"{query[:SHOWN]} ..."
                gain = Gain(table, columns, rows, shown, calls, mean_ms, returned, proof)
                found[table, columns] = gain
    return list(found.values())


def can_prove(connection: Any) -> bool:
    """Whether the planner can be given an index that is not there."""
    return bool(value_of("SELECT count(*) FROM pg_extension WHERE extname = 'hypopg'", on=connection))


_UNPROVEN: Final = "Not proven: CREATE EXTENSION hypopg lets this try the index without building it."

type Tables = dict[str, tuple[str, int, set[str]]]


def _wanted(
    connection: Any, query: str, tables: Tables, leads: dict[str, set[tuple[str, ...]]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Parts that a statement reads in full for few rows, with columns that it looks for and no index leads with."""
    plan = _plan(connection, query)
    for node in _nodes(plan) if plan else ():
        part = node.get("Relation Name", "")
        if node["Node Type"] != "Seq Scan" or part not in tables or "Filter" not in node:
            continue
        table, rows, columns = tables[part]
        if rows < MANY_ROWS or node["Plan Rows"] > FEW * rows:
            continue
        looked_for = [name for name in _EQUAL.findall(node["Filter"]) if name in columns]
        looked_for = looked_for or [name for name in _BEYOND.findall(node["Filter"]) if name in columns][:1]
        wanted = tuple(dict.fromkeys(looked_for))
        if wanted and not any(set(lead[: len(wanted)]) == set(wanted) for lead in leads.get(table, ())):
            yield part, wanted


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _plan(connection: Any, query: str) -> dict[str, Any] | None:
    """How the server would do it whatever the values; None for what it cannot plan alone. Nothing is run."""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '2s'")
            cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {query}")
            text = cursor.fetchone()[0]
    except DatabaseError:
        return None
    plan: dict[str, Any] = (json.loads(text) if isinstance(text, str) else text)[0]["Plan"]
    return plan


def _proof(connection: Any, query: str, part: str, columns: tuple[str, ...]) -> str:
    """What the statement costs with an index that exists only for the planner; "" where that wins too little."""
    create = with_names("CREATE INDEX ON {part} ({columns})", part=part, columns=identifiers(columns)).as_string()
    before = _plan(connection, query)
    try:
        name = value_of("SELECT indexname FROM hypopg_create_index(%(create)s)", on=connection, create=create)
        after = _plan(connection, query)
    finally:
        value_of("SELECT hypopg_reset()", on=connection)
    if not before or not after or not any(node.get("Index Name") == name for node in _nodes(after)):
        return ""
    if after["Total Cost"] > CHEAPER * before["Total Cost"]:
        return ""
    return f"Proven by the planner: its cost falls from {before['Total Cost']:,.0f} to {after['Total Cost']:,.0f}."
