"""Changing the number of hash partitions of a live table, without stopping its writers.

A shadow table with the wanted partitions is made beside the table. From then on statement-level triggers
repeat every write in it, in the same transaction; meanwhile the existing rows are copied in batches. A
batch locks its rows FOR SHARE, so that a concurrent delete or update comes either before it or after it.
When both tables are equal, the names are swapped under one short lock.

Everything that must survive is read from the catalog: columns, identity, checks, keys, indexes, triggers, rules,
views, extended statistics, options, policies, publications, comments, owner and grants. What this cannot carry is
named before anything begins. The state lives in one row of ``partition_conversion``, written in the same
transactions as the work, so the work can be killed at any point and run again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import OperationalError, transaction
from psycopg.sql import Composable

from wealthwise.postgres import catalog, locks, sql
from wealthwise.postgres.carrying import attachments, dependents, views
from wealthwise.postgres.carrying.uncarried import uncarried
from wealthwise.postgres.carrying.views import View
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.partitioning import partition_name
from wealthwise.postgres.sql import identifiers, with_names

BATCH = 10_000
_ATTEMPTS = 60

_STATE = """
SELECT target, copied_to, copy_until, swapped_at IS NOT NULL FROM partition_conversion
WHERE table_name = %(table)s AND target IS NOT NULL
"""
_BEGIN = """
INSERT INTO partition_conversion (table_name, target) VALUES (%(table)s, %(target)s)
ON CONFLICT (table_name) DO UPDATE SET target = excluded.target
"""
_SWAPPED = """
UPDATE partition_conversion SET swapped_at = now(), counted_from = now() WHERE table_name = %(table)s
"""
# What is left says when the counters of the table began.
_FORGET = """
UPDATE partition_conversion SET target = NULL, copied_to = 0, copy_until = NULL, swapped_at = NULL
WHERE table_name = %(table)s
"""
_SHADOW = """
CREATE TABLE {shadow} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY INCLUDING GENERATED
                       INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)
"""
_PARTITIONED_SHADOW = """
CREATE TABLE {shadow} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY INCLUDING GENERATED
                       INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS) PARTITION BY HASH ({owner})
"""
_PARTITION = """
CREATE TABLE {partition} PARTITION OF {shadow} FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})
"""
_COPY_UNTIL = """
UPDATE partition_conversion SET copy_until = (SELECT coalesce(max({key}), 0) FROM {table}) WHERE table_name = %(table)s
"""
_LAST_OF_BATCH = """
SELECT max(k) FROM (SELECT {key} AS k FROM {table} WHERE {key} > %(position)s AND {key} <= %(until)s
                    ORDER BY 1 LIMIT %(batch)s) batch
"""
_COPY = """
INSERT INTO {shadow} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {columns} FROM {table} WHERE {key} > %(position)s AND {key} <= %(last)s FOR SHARE
ON CONFLICT DO NOTHING
"""
_HIGHEST = """
SELECT greatest((SELECT max({key}) FROM {table}), (SELECT max({key}) FROM {shadow}), 0)
"""
_COMPARED = """
SELECT a.rows, a.checksum = b.checksum AND a.rows = b.rows, b.rows
FROM (SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0) AS checksum
      FROM {table} t WHERE {key} > %(first)s AND {key} <= %(last)s) a,
     (SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0) AS checksum
      FROM {shadow} t WHERE {key} > %(first)s AND {key} <= %(last)s) b
"""


class ConversionError(Exception):
    """The conversion cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversion stands. ``copied_to`` and ``copy_until`` are ids; ``swapped`` waits for drop_old.

    ``copy_until`` is None until writes are mirrored: only rows up to it need copying.
    """

    target: int
    copied_to: int
    copy_until: int | None
    swapped: bool

    @property
    def copied(self) -> bool:
        return self.copy_until is not None and self.copied_to >= self.copy_until


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one id range that are not the same in both tables."""

    first_id: int
    last_id: int
    rows: int
    shadow_rows: int


def counters_began(connection: Any) -> dict[str, datetime]:
    """When the counters of each table that was ever converted began anew, with its successor."""
    if sql.value_of("SELECT to_regclass('partition_conversion')", on=connection) is None:
        return {}
    statement = "SELECT table_name, counted_from FROM partition_conversion WHERE counted_from IS NOT NULL"
    return dict(sql.rows_of(statement, on=connection))


class Conversion:
    """One table on its way to ``modulus`` hash partitions (0: a plain table) by ``owner``.

    ``key`` is the integer column whose order the copy follows. ``say`` receives a sentence per step.
    """

    def __init__(
        self,
        connection: Any,
        table: str,
        *,
        key: str = "id",
        owner: str = "user_id",
        say: Callable[[str], object] = str,
    ) -> None:
        self.connection, self.table, self.key, self.owner, self.say = connection, table, key, owner, say
        self.shadow, self.old = f"{table}_new", f"{table}_old"
        self._names = {"table": table, "shadow": self.shadow, "old": self.old, "key": key, "owner": owner}

    def state(self) -> State | None:
        """What is going on, read from the database; None when nothing is."""
        found = sql.rows_as(State, _STATE, on=self.connection, table=self.table)
        return found[0] if found else None

    def modulus(self) -> int:
        return len(catalog.partitions_of(self.connection, self.table))

    def check(self) -> None:
        """Raises ConversionError naming everything on the table that would not be carried over."""
        if found := uncarried(self.connection, self.table):
            raise ConversionError(
                f"Nothing was changed, since these hang on {self.table} and this cannot carry them: "
                f"{', '.join(found)}. Drop or change them first, and make them again afterwards."
            )

    # The steps

    def prepare(self, modulus: int) -> State:
        """Make the empty shadow table and the triggers that keep it in step; or find them made.

        Three steps, each short: the shadow needs no lock on the table, each foreign key locks its target for
        a moment, and the triggers lock the table for a moment.
        """
        state = self.state()
        if state:
            self._may_go_on(state, modulus)
        self.check()
        if state is None:
            self._with_short_lock(lambda: self._make_shadow(modulus))
        for statement in dependents.missing_foreign_keys(self.connection, self.table, self.shadow):
            self._with_short_lock(partial(self._run, statement))
        if state is None or state.copy_until is None:
            self._with_short_lock(self._mirror)
        return self.state() or State(modulus, 0, None, swapped=False)

    def _may_go_on(self, state: State, modulus: int) -> None:
        if state.swapped:
            raise ConversionError(f"{self.old} of the last conversion is still there: run again with --drop-old.")
        if state.target != modulus:
            raise ConversionError(
                f"A conversion to {state.target} is under way: go on with --to {state.target}, or --abort it."
            )

    def _make_shadow(self, modulus: int) -> None:
        self._run(_PARTITIONED_SHADOW if modulus else _SHADOW)
        for remainder in range(modulus):
            partition = partition_name(self.shadow, remainder)
            self._run(_PARTITION, partition=partition, modulus=modulus, remainder=remainder)
        dependents.copy_keys_and_indexes(self.connection, self.table, self.shadow)
        attachments.copy_table_attachments(self.connection, self.table, self.shadow)
        sql.run(_BEGIN, on=self.connection, table=self.table, target=modulus)

    def _mirror(self) -> None:
        # Taken first and alone: a writer locks the table before anything else, so nobody waits in a circle.
        self._run("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        dependents.make_mirrors(self.connection, self.table, self.shadow, [self.key, self.owner])
        sql.run(with_names(_COPY_UNTIL, **self._names), on=self.connection, table=self.table)

    def copy(self, state: State, *, batch: int = BATCH) -> Iterator[int]:
        """Copy what is not yet copied; yields the rows of each batch, which is committed by then."""
        position, until = state.copied_to, state.copy_until or 0
        columns = identifiers(dependents.columns_of(self.connection, self.table))
        last_of_batch = with_names(_LAST_OF_BATCH, **self._names)
        copy = with_names(_COPY, columns=columns, **self._names)
        moved = "UPDATE partition_conversion SET copied_to = %(last)s WHERE table_name = %(table)s"
        while position < until:
            with transaction.atomic(using=self.connection.alias):
                bounds = {"position": position, "until": until, "batch": batch}
                last = sql.value_of(last_of_batch, on=self.connection, **bounds) or until
                rows = sql.run(copy, on=self.connection, position=position, last=last)
                sql.run(moved, on=self.connection, last=last, table=self.table)
            position = last
            yield rows

    def compare(self, *, batch: int = 100_000) -> Iterator[tuple[int, Difference | None]]:
        """Compare both tables row for row by hash, an id range at a time, each in one snapshot."""
        top = sql.value_of(with_names(_HIGHEST, **self._names), on=self.connection)
        compared = with_names(_COMPARED, **self._names)
        for first in range(0, top + 1, batch):
            last = first + batch
            [(rows, same, shadow_rows)] = sql.rows_of(compared, on=self.connection, first=first, last=last)
            yield rows, None if same else Difference(first + 1, last, rows, shadow_rows)

    def swap(self) -> float:
        """Give the shadow the table's name and everything that hangs on it; returns the lock's milliseconds."""
        self.check()
        with transaction.atomic(using=self.connection.alias):
            views.drop_views(self.connection, views.views_on(self.connection, self.shadow))
        copied: list[View] = []
        self._with_short_lock(lambda: copied.extend(self._copy_views()))
        views.complete_copies(self.connection, copied)
        attachments.make_statistics(self.connection, self.table, self.shadow)
        self._run("ANALYZE {shadow}")
        return self._with_short_lock(lambda: self._swap(copied))

    def _lock_both(self) -> None:
        self._run("LOCK TABLE {table}, {shadow} IN ACCESS EXCLUSIVE MODE")

    def _copy_views(self) -> list[View]:
        self._lock_both()
        return views.make_copies(self.connection, self.table, self.shadow)

    def _swap(self, copied: list[View]) -> None:
        self._lock_both()
        self.check()
        if views.views_on(self.connection, self.table) != copied:
            raise ConversionError(f"A view on {self.table} changed just now. Nothing was swapped; run again.")
        relations = [view.oid for view in copied]
        comments = attachments.comments(self.connection, self.table, relations)
        later = attachments.statements_by_name(self.connection, self.table, self.old)
        dependents.drop_mirrors(self.connection, self.table)
        dependents.move_sequence(self.connection, self.table, self.shadow, self.key)
        dependents.drop_foreign_keys_but_cascades(self.connection, self.table)
        views.replace_by_copies(self.connection, copied)
        attachments.rename_statistics(self.connection, self.table)
        dependents.rename(self.connection, self.table, self.old)
        dependents.rename(self.connection, self.shadow, self.table)
        attachments.run_all(self.connection, [*later, *comments])
        if views.is_read(self.connection, self.old):
            raise ConversionError(f"A view would still read {self.old}. Nothing was swapped.")
        sql.run(_SWAPPED, on=self.connection, table=self.table)

    def abort(self) -> None:
        """Forget an unfinished conversion: the table itself was never changed."""
        state = self.state()
        if state is None or state.swapped:
            raise ConversionError("No unfinished conversion to abort.")
        self._with_short_lock(self._abort)

    def _abort(self) -> None:
        dependents.drop_mirrors(self.connection, self.table)
        views.drop_views(self.connection, views.views_on(self.connection, self.shadow))
        self._forget("DROP TABLE IF EXISTS {shadow}")

    def drop_old(self) -> None:
        """Drop the table that a finished conversion left behind."""
        state = self.state()
        if state is None or not state.swapped:
            raise ConversionError("No finished conversion left an old table behind.")
        self._with_short_lock(lambda: self._forget("DROP TABLE IF EXISTS {old}"))

    def _forget(self, drop: str) -> None:
        self._run(drop)
        sql.run(_FORGET, on=self.connection, table=self.table)

    def _run(self, statement: str | Composable, **names: str | int) -> None:
        """Execute a statement about these tables, whose names it has in braces."""
        whole = with_names(statement, **self._names, **names) if isinstance(statement, str) else statement
        sql.run(whole, on=self.connection)

    def _with_short_lock(self, work: Callable[[], None]) -> float:
        """Run ``work`` in a transaction that never queues long for a lock; returns its milliseconds.

        Waiting for a lock makes everybody behind wait too, so a try gives up soon and comes again.
        """
        for attempt in range(_ATTEMPTS):
            try:
                with transaction.atomic(using=self.connection.alias, durable=True):
                    sql.run("SET LOCAL lock_timeout = '400ms'", on=self.connection)
                    if not locks.take(Lock.CONVERSION, on=self.connection):
                        raise ConversionError("Another conversion is at work right now.")
                    begun = time.monotonic()
                    work()
                return (time.monotonic() - begun) * 1000
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") not in ("55P03", "40P01"):  # lock timeout, deadlock
                    raise
                self.say(f"The table is busy; trying again ({attempt + 1}).")
                time.sleep(min(0.1 * 2**attempt, 2))
        raise ConversionError("The table stayed busy for too long. Nothing was changed; run again later.")
