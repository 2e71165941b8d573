"""Vacuum, statistics and index rebuilds, one partition and one index at a time, beside users at work.

Every statement here runs outside a transaction and lets reads and writes go on (SHARE UPDATE EXCLUSIVE).
Work that is interrupted stays done as far as it got. What a REINDEX CONCURRENTLY leaves behind when it is
cut short, an invalid index ending in ``_ccnew`` or ``_ccold``, is dropped by the next run.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from psycopg.sql import Identifier

from wealthwise.postgres import sql
from wealthwise.postgres.catalog import project_tables

ACTIONS = ("analyze", "vacuum", "reindex")
DONE, DROPPED, SKIPPED, FAILED = "done", "dropped", "skipped", "failed"
_ANALYZE_ONLY = 18_00_00  # the server version from which ANALYZE can leave the partitions alone


class MaintenanceError(Exception):
    """The work cannot begin or go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table or materialized view; ``parts`` are the relations that hold its rows: partitions, or itself."""

    name: str
    partitioned: bool
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MaintenanceStep:
    """One statement about ``target``, a part or an index of ``table``. A step with a ``skip`` only says why."""

    table: str
    target: str
    statement: str
    outcome: str = DONE
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a step: done, dropped, skipped or failed, and the server's words where it had any."""

    table: str
    target: str
    statement: str
    outcome: str
    milliseconds: float
    note: str


_TABLES = """
SELECT t.relname, t.relkind = 'p',
       CASE WHEN t.relkind <> 'p' THEN array[t.relname::text]
            ELSE array(SELECT c.relname::text FROM pg_partition_tree(t.oid) p JOIN pg_class c ON c.oid = p.relid
                       WHERE p.isleaf ORDER BY c.relname) END
FROM pg_class t WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%(tables)s)
ORDER BY t.relname
"""


def tables(connection: Any) -> list[Table]:
    """All tables and materialized views of the project, by name; a partition only as a part of its table."""
    return sql.rows_as(Table, _TABLES, on=connection, tables=project_tables(connection))


def choose(connection: Any, name: str | None) -> list[Table]:
    """All tables, or the one called ``name``. Raises MaintenanceError naming what there is."""
    there = tables(connection)
    chosen = [table for table in there if name in (None, table.name)]
    if name is not None and not chosen:
        names = ", ".join(table.name for table in there) or "none"
        raise MaintenanceError(f"There is no table {name}. There are: {names}.")
    return chosen


def plan(connection: Any, action: str, name: str | None = None) -> list[MaintenanceStep]:
    """The steps of ``action`` over all tables or the one called ``name``, in the order of names."""
    chosen = choose(connection, name)
    if action == "reindex":
        return _reindex_steps(connection, chosen)
    alone = connection.pg_version >= _ANALYZE_ONLY
    return [step for table in chosen for step in _table_steps(table, action, alone=alone)]


def _table_steps(table: Table, action: str, *, alone: bool) -> Iterator[MaintenanceStep]:
    """The parts one by one, then the partitioned table itself, whose own statistics autovacuum never makes.

    Before PostgreSQL 18 that last statement analyzes the partitions too, so they are not analyzed twice.
    """
    together = table.partitioned and not alone
    command = "ANALYZE" if action == "analyze" else "VACUUM" if together else "VACUUM (ANALYZE)"
    if not (together and action == "analyze"):
        for part in table.parts:
            yield MaintenanceStep(table.name, part, f"{command} {_quote(part)}")
    if table.partitioned:
        yield MaintenanceStep(table.name, table.name, f"ANALYZE {'ONLY ' if alone else ''}{_quote(table.name)}")


def _reindex_steps(connection: Any, chosen: list[Table]) -> list[MaintenanceStep]:
    """First drop what an interrupted rebuild left, then rebuild index by index. TOAST indexes are left alone."""
    owners = {part: table.name for table in chosen for part in table.parts}
    remnants, steps = [], []
    for index, part, exclusion, remnant, busy in sql.rows_of(_LEAF_INDEXES, on=connection, parts=list(owners)):
        statement = f"REINDEX INDEX CONCURRENTLY {_quote(index)}"
        if remnant:
            drop = f"DROP INDEX CONCURRENTLY IF EXISTS {_quote(index)}"
            reason = "another session is building it" if busy else ""
            remnants.append(MaintenanceStep(owners[part], index, drop, DROPPED, reason))
        else:
            steps.append(
                MaintenanceStep(owners[part], index, statement, DONE, _EXCLUSION.format(index) if exclusion else "")
            )
    return remnants + sorted(steps, key=lambda step: (step.table, step.target))


_EXCLUSION = (
    "PostgreSQL rebuilds the index of an exclusion constraint only under a lock that stops writes; "
    "when it can, run: REINDEX INDEX {}"
)

# A remnant is one's own to drop unless the session that builds it still holds its lock.
_LEAF_INDEXES = """
SELECT i.relname, t.relname, x.indisexclusion,
       NOT x.indisvalid AND i.relname ~ '_cc(new|old)[0-9]*$',
       EXISTS (SELECT FROM pg_locks l WHERE l.relation = i.oid AND l.mode = 'ShareUpdateExclusiveLock'
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE i.relkind = 'i' AND t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%(parts)s)
ORDER BY t.relname, i.relname
"""


def run(connection: Any, steps: Iterable[MaintenanceStep]) -> Iterator[Result]:
    """Do the steps one by one. One that fails is told as failed and the next is tried.

    Raises MaintenanceError inside a transaction, and when the connection is lost. KeyboardInterrupt cancels
    the running statement on the server and passes through.
    """
    if not connection.get_autocommit():
        raise MaintenanceError("Maintenance cannot run inside a transaction; run it by itself.")
    for step in steps:
        yield _skipped(step) if step.skip else _timed(connection, step)


def _skipped(step: MaintenanceStep) -> Result:
    return Result(step.table, step.target, step.statement, SKIPPED, 0.0, step.skip)


def _timed(connection: Any, step: MaintenanceStep) -> Result:
    outcome, begun = step.outcome, time.perf_counter()
    with _warnings(connection) as said:
        try:
            sql.run(step.statement, on=connection)
        except DatabaseError as error:
            if not connection.is_usable():
                raise MaintenanceError(f"The connection was lost at {step.target}: {error}") from error
            outcome = FAILED
            said.append(str(error).strip().splitlines()[0])
    milliseconds = round((time.perf_counter() - begun) * 1000, 1)
    if outcome == DONE and any("skipping" in sentence for sentence in said):
        outcome = SKIPPED  # how VACUUM and ANALYZE treat the table of another owner
    return Result(step.table, step.target, step.statement, outcome, milliseconds, " ".join(said))


@contextmanager
def _warnings(connection: Any) -> Iterator[list[str]]:
    """What the server warns of while the block runs."""
    said: list[str] = []
    connection.ensure_connection()
    server = connection.connection

    def hear(notice: Any) -> None:
        if notice.severity_nonlocalized == "WARNING":
            said.append(notice.message_primary)

    server.add_notice_handler(hear)
    try:
        yield said
    finally:
        server.remove_notice_handler(hear)


def _quote(name: str) -> str:
    return Identifier(name).as_string()
