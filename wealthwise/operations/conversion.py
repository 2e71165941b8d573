"""Changing the number of hash partitions of a live table, without stopping its writers.

A shadow table with the wanted partitions is made beside the table. From then on statement-level triggers
repeat every write in it, in the same transaction; meanwhile the existing rows are copied in batches. A
batch locks its rows FOR SHARE, so that a concurrent delete or update comes either before it or after it.
When both tables are equal, the names are swapped under one short lock.

Everything that must survive is read from the catalog: columns, identity, checks, keys, indexes, triggers,
views, owner and grants. The state lives in one row of ``partition_conversion``, written in the same
transactions as the work, so the work can be killed at any point and run again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import OperationalError, transaction

from wealthwise.postgres import catalog, dependents
from wealthwise.postgres.partitioning import partition_name

BATCH = 10_000
_LOCK = 0x57570002  # one conversion at a time
_LOCK_TIMEOUT = "400ms"
_ATTEMPTS = 60

_STATE_TABLE = """
CREATE TABLE IF NOT EXISTS partition_conversion (
    table_name text PRIMARY KEY, target integer NOT NULL, copied_to bigint NOT NULL DEFAULT 0,
    copy_until bigint, swapped_at timestamptz
)
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

    # Small helpers

    def run(self, sql: str, params: list[Any] | None = None) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)

    def one(self, sql: str, params: list[Any] | None = None) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            row = cursor.fetchone()
        return row[0] if row else None

    def exists(self, table: str) -> bool:
        return self.one("SELECT to_regclass(%s)", [f'"{table}"']) is not None

    def state(self) -> State | None:
        """What is going on, read from the database; None when nothing is."""
        if not self.exists("partition_conversion"):
            return None
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT target, copied_to, copy_until, swapped_at IS NOT NULL FROM partition_conversion "
                "WHERE table_name = %s",
                [self.table],
            )
            row = cursor.fetchone()
        return State(*row) if row else None

    def modulus(self) -> int:
        return len(catalog.partitions_of(self.connection, self.table))

    # The steps

    def prepare(self, modulus: int) -> State:
        """Make the empty shadow table and the triggers that keep it in step; or find them made.

        Three steps, each short: the shadow needs no lock on the table, each foreign key locks its target for
        a moment, and the triggers lock the table for a moment.
        """
        self.run(_STATE_TABLE)
        state = self.state()
        if state:
            self._may_go_on(state, modulus)
        else:
            self._with_short_lock(lambda: self._make_shadow(modulus))
        for statement in dependents.missing_foreign_keys(self.connection, self.table, self.shadow):
            self._with_short_lock(partial(self.run, statement))
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
        by_hash = f' PARTITION BY HASH ("{self.owner}")' if modulus else ""
        self.run(
            f'CREATE TABLE "{self.shadow}" (LIKE "{self.table}" INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
            f"INCLUDING IDENTITY INCLUDING GENERATED INCLUDING COMMENTS){by_hash}"
        )
        for remainder in range(modulus):
            self.run(
                f'CREATE TABLE "{partition_name(self.shadow, remainder)}" PARTITION OF "{self.shadow}" '
                f"FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})"
            )
        dependents.copy_keys_and_indexes(self.connection, self.table, self.shadow)
        dependents.copy_privileges(self.connection, self.table, self.shadow)
        self.run("INSERT INTO partition_conversion (table_name, target) VALUES (%s, %s)", [self.table, modulus])

    def _mirror(self) -> None:
        # Taken first and alone: a writer locks the table before anything else, so nobody waits in a circle.
        self.run(f'LOCK TABLE "{self.table}" IN SHARE ROW EXCLUSIVE MODE')
        for statement in dependents.mirror_triggers(self.connection, self.table, self.shadow, [self.key, self.owner]):
            self.run(statement)
        self.run(
            f"UPDATE partition_conversion SET copy_until = "
            f'(SELECT coalesce(max("{self.key}"), 0) FROM "{self.table}") WHERE table_name = %s',
            [self.table],
        )

    def copy(self, state: State, *, batch: int = BATCH) -> Iterator[int]:
        """Copy what is not yet copied; yields the rows of each batch, which is committed by then."""
        position, until = state.copied_to, state.copy_until or 0
        while position < until:
            position, rows = self._copy_batch(position, until, batch)
            yield rows

    def _copy_batch(self, position: int, until: int, batch: int) -> tuple[int, int]:
        with transaction.atomic(using=self.connection.alias):
            last = self.one(
                f'SELECT max(k) FROM (SELECT "{self.key}" AS k FROM "{self.table}" WHERE "{self.key}" > %s '
                f'AND "{self.key}" <= %s ORDER BY 1 LIMIT %s) batch',
                [position, until, batch],
            )
            last = until if last is None else last
            columns = dependents.column_list(self.connection, self.table)
            with self.connection.cursor() as cursor:
                cursor.execute(
                    f'INSERT INTO "{self.shadow}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} '
                    f'FROM "{self.table}" WHERE "{self.key}" > %s AND "{self.key}" <= %s FOR SHARE '
                    "ON CONFLICT DO NOTHING",
                    [position, last],
                )
                rows = cursor.rowcount
            self.run("UPDATE partition_conversion SET copied_to = %s WHERE table_name = %s", [last, self.table])
        return last, rows

    def compare(self, *, batch: int = 100_000) -> Iterator[tuple[int, Difference | None]]:
        """Compare both tables row for row by hash, an id range at a time, each in one snapshot."""
        sides = [
            f'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM "{name}" t '
            f'WHERE "{self.key}" > %s AND "{self.key}" <= %s'
            for name in (self.table, self.shadow)
        ]
        top = self.one(
            f'SELECT greatest((SELECT max("{self.key}") FROM "{self.table}"), '
            f'(SELECT max("{self.key}") FROM "{self.shadow}"), 0)'
        )
        for first in range(0, top + 1, batch):
            last = first + batch
            with self.connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM ({sides[0]}) a, ({sides[1]}) b", [first, last, first, last])
                rows, checksum, shadow_rows, shadow_checksum = cursor.fetchone()
            same = (rows, checksum) == (shadow_rows, shadow_checksum)
            yield rows, None if same else Difference(first + 1, last, rows, shadow_rows)

    def swap(self) -> float:
        """Give the shadow the table's name and everything that hangs on it; returns the lock's milliseconds."""
        self.run(f'ANALYZE "{self.shadow}"')
        views = dependents.copy_views(self.connection, self.table, self.shadow)
        triggers = dependents.triggers_of(self.connection, self.table)
        return self._with_short_lock(lambda: self._swap(views, triggers))

    def _swap(self, views: list[dependents.View], triggers: list[str]) -> None:
        self.run(f'LOCK TABLE "{self.table}", "{self.shadow}" IN ACCESS EXCLUSIVE MODE')
        for statement in dependents.drop_mirror_triggers(self.table):
            self.run(statement)
        dependents.move_sequence(self.connection, self.table, self.shadow, self.key)
        dependents.drop_foreign_keys_but_cascades(self.connection, self.table)
        dependents.rename(self.connection, self.table, self.old)
        dependents.rename(self.connection, self.shadow, self.table)
        for statement in triggers:
            self.run(statement)
        dependents.swap_views(self.connection, views)
        self.run("UPDATE partition_conversion SET swapped_at = now() WHERE table_name = %s", [self.table])

    def abort(self) -> None:
        """Forget an unfinished conversion: the table itself was never changed."""
        state = self.state()
        if state is None or state.swapped:
            raise ConversionError("No unfinished conversion to abort.")
        self._with_short_lock(self._abort)

    def _abort(self) -> None:
        for statement in dependents.drop_mirror_triggers(self.table):
            self.run(statement)
        dependents.drop_view_copies(self.connection, self.shadow)
        self.run(f'DROP TABLE IF EXISTS "{self.shadow}"')
        self.run("DELETE FROM partition_conversion WHERE table_name = %s", [self.table])

    def drop_old(self) -> None:
        """Drop the table that a finished conversion left behind."""
        state = self.state()
        if state is None or not state.swapped:
            raise ConversionError("No finished conversion left an old table behind.")
        self._with_short_lock(self._drop_old)

    def _drop_old(self) -> None:
        self.run(f'DROP TABLE IF EXISTS "{self.old}"')
        self.run("DELETE FROM partition_conversion WHERE table_name = %s", [self.table])

    def _with_short_lock(self, work: Callable[[], None]) -> float:
        """Run ``work`` in a transaction that never queues long for a lock; returns its milliseconds.

        Waiting for a lock makes everybody behind wait too, so a try gives up soon and comes again.
        """
        for attempt in range(_ATTEMPTS):
            try:
                with transaction.atomic(using=self.connection.alias, durable=True):
                    self.run(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
                    if not self.one("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK]):
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
