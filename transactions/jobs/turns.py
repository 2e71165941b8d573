"""Whose turn it is: so many jobs at work in the whole site, each person's first one before anybody's second."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from transactions.models import Job
from wealthwise.core.processes import start_command
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import first_row, run

LOST: Final = timedelta(seconds=30)
PATIENCE: Final = timedelta(seconds=15)
KEPT: Final = timedelta(days=1)  # a result
REMEMBERED: Final = timedelta(days=30)  # that there was a job
DIED: Final = "The work ended before its time: its process was stopped. Nothing was kept or changed. Start it again."

# By job_one_open, which holds the few that are not over.
_CLAIM: Final = """
    UPDATE job SET started_at = now(), seen_at = now()
    WHERE id = (
        SELECT waiting.id FROM job waiting
        WHERE waiting.finished_at IS NULL AND waiting.started_at IS NULL
        ORDER BY (SELECT count(*) FROM job before WHERE before.finished_at IS NULL
                  AND before.user_id = waiting.user_id
                  AND (before.started_at IS NOT NULL OR before.id < waiting.id)), waiting.id
        LIMIT 1)
      AND (SELECT count(*) FROM job WHERE finished_at IS NULL AND started_at IS NOT NULL) < %(most)s
    RETURNING id
"""
_CLOSE_LOST: Final = """
    UPDATE job SET finished_at = now(), outcome = 'failed', note = %(note)s
    WHERE finished_at IS NULL AND started_at IS NOT NULL AND seen_at < now() - %(lost)s
"""
# Their process died before it took them, or found every place taken by one that died.
_FORGOTTEN: Final = """
    UPDATE job SET seen_at = now() WHERE finished_at IS NULL AND started_at IS NULL AND seen_at < now() - %(patience)s
"""
_DROP_FILES: Final = """
    DELETE FROM job_chunk USING job WHERE job.user_id = job_chunk.user_id AND job.id = job_chunk.job_id
    AND job.finished_at < now() - %(kept)s
"""
_DROP_JOBS: Final = "DELETE FROM job WHERE finished_at < now() - %(remembered)s"


def claim() -> Job | None:
    """The next job, begun; None when none waits, or as many as may are at work.

    One process asks at a time, and sees all that was written down before. So whoever finds no place can end: those
    at work ask again when they are done.
    """
    with transaction.atomic():
        locks.wait_for(Lock.JOBS)
        found = first_row(_CLAIM, most=settings.JOBS_AT_ONCE)
    return Job.objects.select_related("user").get(pk=found[0]) if found else None


def close_lost() -> int:
    """Close jobs whose process is gone, and let others go on in their place; how many were lost.

    Whoever looks at a job calls this first.
    """
    lost = run(_CLOSE_LOST, lost=LOST, note=DIED)
    if run(_FORGOTTEN, patience=PATIENCE):
        start_worker()
    return lost


def drop_old() -> None:
    """Delete files that are past their time, and what is remembered of jobs for too long."""
    run(_DROP_FILES, kept=KEPT)
    run(_DROP_JOBS, remembered=REMEMBERED)


def start_worker() -> None:
    """Raises OSError when there can be no process."""
    start_command("work")
