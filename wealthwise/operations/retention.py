"""How long the site keeps records of its own work, and what people left lying: deleted in batches, not at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, transaction

from wealthwise.postgres.sql import run

BATCH: Final = 1000

# The last finished run of a view is what its age and its proof come from.
_REFRESHES: Final = """
DELETE FROM view_refresh WHERE id IN (
    SELECT old.id FROM view_refresh old
    WHERE old.started_at < now() - %(days)s * interval '1 day'
      AND old.id < (SELECT max(last.id) FROM view_refresh last
                    WHERE last.view_name = old.view_name AND last.finished_at IS NOT NULL AND last.error = '')
    ORDER BY old.id LIMIT %(batch)s)
"""
# The last of a kind says when it was last done.
_CONSOLE_JOBS: Final = """
DELETE FROM console_job WHERE id IN (
    SELECT old.id FROM console_job old
    WHERE old.finished_at < now() - %(days)s * interval '1 day'
      AND old.id < (SELECT max(last.id) FROM console_job last
                    WHERE last.kind = old.kind AND last.finished_at IS NOT NULL)
    ORDER BY old.id LIMIT %(batch)s)
"""
_JOBS: Final = """
DELETE FROM job WHERE id IN (
    SELECT id FROM job WHERE finished_at < now() - %(days)s * interval '1 day' ORDER BY id LIMIT %(batch)s)
"""
# A file that its owner neither imported nor gave up. No transaction refers to it yet. The state is asked again of each
# row: one whose import commits just now has another by the time that it can be locked.
_UPLOADS: Final = """
DELETE FROM import_batch WHERE state = 'uploaded' AND id IN (
    SELECT id FROM import_batch WHERE state = 'uploaded' AND created_at < now() - %(days)s * interval '1 day'
    ORDER BY id LIMIT %(batch)s)
"""
# Lines of a file that could not be read; that there were some stays as their number.
_IMPORT_ERRORS: Final = """
UPDATE import_batch SET errors = '[]' WHERE id IN (
    SELECT id FROM import_batch
    WHERE state <> 'uploaded' AND errors <> '[]'
      AND coalesce(committed_at, created_at) < now() - %(days)s * interval '1 day'
    ORDER BY id LIMIT %(batch)s)
"""
_CONSOLE_LOG: Final = """
DELETE FROM console_log WHERE id IN (
    SELECT id FROM console_log WHERE at < now() - %(days)s * interval '1 day' ORDER BY id LIMIT %(batch)s)
"""
# The log refuses deletions, but from its owner, who says so in it.
_OPEN_LOG: Final = "ALTER TABLE console_log DISABLE TRIGGER console_log_append_only"
_CLOSE_LOG: Final = "ALTER TABLE console_log ENABLE TRIGGER console_log_append_only"
_SAY_SO: Final = """
INSERT INTO console_log (actor, actor_uuid, action, target, reason, before, after, request_id)
VALUES ('prune', '00000000-0000-0000-0000-000000000000', 'prune', 'console_log', %(reason)s, '{}',
        jsonb_build_object('entries', %(entries)s::int), '')
"""


@dataclass(frozen=True, slots=True)
class KeptRecords:
    """A kind of record: the name of its setting, and the statement that deletes a batch of what is older."""

    name: str
    what: str
    statement: str


KINDS: Final = (
    KeptRecords("jobs", "jobs", _JOBS),
    KeptRecords("refreshes", "refreshes of views", _REFRESHES),
    KeptRecords("console_jobs", "jobs of the console", _CONSOLE_JOBS),
    KeptRecords("uploads", "files that waited for a decision", _UPLOADS),
    KeptRecords("import_errors", "imports whose unreadable lines were kept", _IMPORT_ERRORS),
    KeptRecords("console_log", "entries of the console's log", _CONSOLE_LOG),
)


class RetentionError(Exception):
    """The role may not delete it; the message says who may."""


def prune(connection: Any) -> Iterator[tuple[KeptRecords, int]]:
    """Delete what is past its days, kind by kind; how many rows each. Interrupted, what is done stays done."""
    for kind in KINDS:
        if days := settings.KEPT_DAYS[kind.name]:
            gone = 0
            while rows := _batch(connection, kind, days):
                gone += rows
            yield kind, gone


def _batch(connection: Any, kind: KeptRecords, days: int) -> int:
    if kind.statement is not _CONSOLE_LOG:
        return run(kind.statement, on=connection, days=days, batch=BATCH)
    try:
        with transaction.atomic(using=connection.alias):
            run("SET LOCAL lock_timeout = '5s'", on=connection)
            run(_OPEN_LOG, on=connection)
            rows = run(kind.statement, on=connection, days=days, batch=BATCH)
            run(_CLOSE_LOG, on=connection)
            if rows:
                run(_SAY_SO, on=connection, entries=rows, reason=f"older than {days} days")
            return rows
    except DatabaseError as error:
        raise RetentionError(
            f"The console's log was not shortened, which only the owner of the tables can: {error}"
        ) from error
