"""The process that does jobs, one after the other until none waits: ``manage.py work``.

As many as JOBS_AT_ONCE work at a time, in the whole installation. One that finds no place ends: those at work look
for what waits when they are done, and see whatever was written down before it.
"""

import contextlib
import logging
import os
from collections.abc import Callable
from typing import Final

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from transactions.jobs import queue, turns
from transactions.jobs.kinds import KINDS, AtWork, Stopped
from transactions.models import Job
from wealthwise.core import locales
from wealthwise.core.days import zone_of
from wealthwise.core.errors import DomainError
from wealthwise.core.processes import heartbeat

HEARTBEAT: Final = 1.0  # seconds
NICENESS: Final = 10  # pages come first
INTERRUPTED: Final = "The site was stopped meanwhile. Nothing was kept or changed. Start it again."
_BROKEN: Final = (
    "Something went wrong that should not have ({name}). Nothing was kept or changed. Try it again; if it happens "
    "again, tell whoever runs this site: job {number}."
)

logger = logging.getLogger(__name__)


def work_off() -> int:
    """Do what waits; how many jobs were done by this process."""
    count = 0
    turns.close_lost()
    turns.drop_old()
    while (job := turns.claim()) is not None:
        do(job)
        count += 1
    return count


def be_nice() -> None:
    with contextlib.suppress(OSError):
        os.nice(NICENESS)


def do(job: Job) -> None:
    """One job that was claimed, in its person's time zone and way of writing.

    However it ends, it is closed; what it wrote is there if it is done.
    """
    at_work = AtWork(job)
    try:
        habits = locales.override(job.user.country, job.user.currency)
        with timezone.override(zone_of(job.user)), habits, heartbeat(_renewing(at_work), seconds=HEARTBEAT):
            _do(at_work)
    except Stopped:
        return
    except DomainError as refusal:
        queue.fail(job=job, note=str(refusal), faults=getattr(refusal, "faults", []))
    except KeyboardInterrupt:
        queue.fail(job=job, note=INTERRUPTED)
        raise
    except Exception as error:
        if at_work.is_closed:
            return  # the statement was ended for that
        name = type(error).__name__
        logger.error("Job %s of kind %s failed: %s", job.pk, job.kind, name)
        queue.fail(job=job, note=_BROKEN.format(name=name, number=job.pk))


def _do(at_work: AtWork) -> None:
    kind = KINDS[at_work.job.kind]
    if not kind.has_own_transaction:
        with transaction.atomic():
            queue.end(at_work=at_work, result=kind.work(at_work))
        return
    result = kind.work(at_work)
    with result.file or contextlib.nullcontext():
        queue.end(at_work=at_work, result=result)


def _renewing(at_work: AtWork) -> Callable[[], bool]:
    """Say that the job is alive; end its statement when nobody waits any more."""
    working = connection.connection

    def beat() -> bool:
        if queue.renew(at_work) or at_work.is_ending:
            return True
        at_work.is_closed = True
        with contextlib.suppress(psycopg.Error):
            working.cancel_safe()
        return False

    return beat
