"""Every advisory lock of the project. Each is held until its database transaction ends, so it ends with a killed
process and works behind a pooler in transaction mode; but for migrations, conversions and the scheduler, which are
many transactions.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum, unique
from typing import Any

from django.db import connection

from wealthwise.postgres.sql import run, value_of

LAST_STATEMENT = 5.0  # seconds that one of a killed process may take


@unique
class Lock(IntEnum):
    """What is done one at a time: by the whole installation, or by one user where an id is given with it."""

    VIEW_REFRESH = 0x57570001
    CONVERSION = 0x57570002
    LEGACY_IMPORT = 0x57570003
    MIGRATIONS = 0x57570004
    JOBS = 0x57570005  # who takes the next
    SCHEDULER = 0x57570006  # of regular work
    HEALTH_SAMPLE = 0x57570010
    BULK_CHANGE = 7214  # of a user; joining and splitting transfers and resets take turns with it
    EDIT = 7215  # of a user, from the reading of a row for a form to its writing
    MOST_ROWS = 7216  # of a user, taken by the trigger most_rows alone
    EXPORT = 7_305_401  # of a user
    RESTORE = 7_305_402  # of a user; a reset is one too


def wait_for(lock: Lock, person: int | None = None, *, on: Any = connection) -> None:
    """Take the lock, after whoever has it."""
    if person is None:
        run("SELECT pg_advisory_xact_lock(%(lock)s)", on=on, lock=lock.value)
    else:
        run("SELECT pg_advisory_xact_lock(%(lock)s, %(person)s)", on=on, lock=lock.value, person=person)


def take(lock: Lock, person: int | None = None, *, on: Any = connection) -> bool:
    """Take the lock if nobody has it; whether it was taken."""
    if person is None:
        return bool(value_of("SELECT pg_try_advisory_xact_lock(%(lock)s)", on=on, lock=lock.value))
    statement = "SELECT pg_try_advisory_xact_lock(%(lock)s, %(person)s)"
    return bool(value_of(statement, on=on, lock=lock.value, person=person))


@contextmanager
def held(lock: Lock, *, on: Any = connection) -> Iterator[None]:
    """Hold the lock of the whole installation over many transactions of one connection, after whoever has it.

    It is asked for again and again: a statement that waits has a snapshot, for which an index that is built
    concurrently would wait in turn.
    """
    while not value_of("SELECT pg_try_advisory_lock(%(lock)s)", on=on, lock=lock.value):
        time.sleep(0.2)
    try:
        yield
    finally:
        if on.is_usable():  # else it has ended with its session
            run("SELECT pg_advisory_unlock(%(lock)s)", on=on, lock=lock.value)


@contextmanager
def alone(lock: Lock, *, on: Any = connection) -> Iterator[bool]:
    """Hold the lock of the whole installation over many transactions of one connection, unless somebody has it.

    Whether it is held. It ends with its session, so with a killed process too, once that has ended its last statement.
    """
    end = time.monotonic() + LAST_STATEMENT
    while not (is_held_now := value_of("SELECT pg_try_advisory_lock(%(lock)s)", on=on, lock=lock.value)):
        if time.monotonic() > end:
            break
        time.sleep(0.2)
    try:
        yield is_held_now
    finally:
        if is_held_now and on.is_usable():
            run("SELECT pg_advisory_unlock(%(lock)s)", on=on, lock=lock.value)


def take_for_session(lock: Lock, *, on: Any = connection) -> bool:
    """Take the lock of the whole installation, if nobody has it, for as long as the connection lives."""
    return bool(value_of("SELECT pg_try_advisory_lock(%(lock)s)", on=on, lock=lock.value))


def is_held(lock: Lock, *, on: Any = connection) -> bool:
    """Whether anybody has the lock of the whole installation right now."""
    return bool(value_of(_IS_HELD, on=on, lock=lock.value))


_IS_HELD = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND objid = %(lock)s
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
