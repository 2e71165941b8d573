"""Migrations that wait for locks without harm to those who write meanwhile.

A change of the schema locks tables in an order of its own, and so do those who write: one that holds a table and waits
for another would meet them in a circle, and everybody else queues behind its request. So a migration waits a moment
only. What it could not lock in time it tries again from the start, holding nothing meanwhile.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from psycopg import errors

from wealthwise.postgres.sql import run, value_of

WAIT = "300ms"  # well below the second after which a writer that waits looks for a circle, and is the one to end
# An autovacuum gives way only to somebody who waited for deadlock_timeout, which not every role may shorten.
LONG_WAIT, LONG_EACH = "1500ms", 10
LOOK = "50ms"
FOR_EVER = "0"
PAUSE = 0.3  # seconds in which those who waited behind the request go on
MOST = 600.0  # seconds for one migration


class PatientExecutor(MigrationExecutor):
    """Django's, whose migrations are tried again when others hold what they must lock.

    One in a transaction begins anew. One outside of a transaction goes on where it was, as after an interruption.
    """

    def apply_migration(self, state: Any, migration: Migration, *args: Any, **options: Any) -> Any:
        apply = super().apply_migration
        # Django changes the state that it is given, so each try has its own.
        return self._until_it_had_its_locks(migration, lambda: apply(state.clone(), migration, *args, **options))

    def unapply_migration(self, state: Any, migration: Migration, *args: Any, **options: Any) -> Any:
        unapply = super().unapply_migration
        return self._until_it_had_its_locks(migration, lambda: unapply(state, migration, *args, **options))

    def _until_it_had_its_locks(self, migration: Migration, work: Callable[[], Any]) -> Any:
        told, end, tries = self.progress_callback, time.monotonic() + MOST, 0
        try:
            while True:
                tries += 1
                try:
                    with waiting(self.connection, LONG_WAIT if tries % LONG_EACH == 0 else WAIT):
                        return self._rolled_back(work)
                except OperationalError as error:
                    if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                        raise
                    if time.monotonic() > end:
                        raise OperationalError(
                            f"{migration} could not lock its tables for {MOST / 60:.0f} minutes: somebody has had a "
                            "transaction open all the time. End it and run the command again; it goes on from here."
                        ) from error
                self.progress_callback = _without_beginnings(told)
                time.sleep(PAUSE)
        finally:
            self.progress_callback = told

    def _rolled_back(self, work: Callable[[], Any]) -> Any:
        """What ``work`` returns. Django leaves a transaction open when a statement fails that it kept for the end."""
        try:
            return work()
        except OperationalError as error:
            while self.connection.in_atomic_block:
                self.connection.atomic_blocks[-1].__exit__(type(error), error, None)
            raise


def in_turn[T](work: Callable[[], T], *, on: Any = connection, most: float = MOST) -> T:
    """What ``work`` returns, in a transaction that begins anew while others hold for longer what it locks.

    For what locks in another order than those who write: it waits a moment only, so it is never they who are ended.
    """
    end = time.monotonic() + most
    while True:
        try:
            with transaction.atomic(using=on.alias, durable=True):
                run(f"SET LOCAL lock_timeout = '{WAIT}'", on=on)
                return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                raise
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE)


@contextmanager
def waiting(connection: Any, most: str) -> Iterator[None]:
    """Inside, and outside of a transaction, statements of this session wait for a lock that long."""
    settings = {"lock_timeout": most, "deadlock_timeout": LOOK}
    before = {name: value_of(_SHOW, on=connection, name=name) for name in settings}
    for name, value in settings.items():
        run(_SET, on=connection, name=name, value=value)
    try:
        yield
    finally:
        if connection.is_usable():  # else they have ended with their session
            for name, value in before.items():
                run(_SET, on=connection, name=name, value=value)


_SHOW = "SELECT current_setting(%(name)s)"
_SET = "SELECT set_config(%(name)s, %(value)s, false) WHERE has_parameter_privilege(%(name)s, 'SET')"


def _without_beginnings(told: Callable[..., None] | None) -> Callable[..., None] | None:
    """``told``, which prints each migration once, however often it is begun."""

    def tell(action: str, *args: Any) -> None:
        if told is not None and not action.endswith("_start"):
            told(action, *args)

    return tell
