"""Work that outlives a request: started once however often somebody clicks, watched, and found when it died.

A job is a row and a process of its own (``manage.py console_job ID``). The process renews ``seen_at``; a row
that is open and was not seen for LOST has lost its process and is closed by whoever looks next. So it works
on several machines and behind a pooler, where neither a process id nor a session lock would be seen.
"""

from datetime import timedelta
from functools import partial
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import User
from wealthwise.console.access import audit
from wealthwise.console.jobs.steps import Failure, steps_of
from wealthwise.console.models import ConsoleJob
from wealthwise.core import processes
from wealthwise.core.errors import told

LOST: Final = timedelta(seconds=20)
HEARTBEAT: Final = 3.0  # seconds
DIED = "Ended without finishing: its process was killed or never started."


def start(*, kind: str, actor: User, target: str = "", reason: str = "") -> tuple[ConsoleJob, bool]:
    """Begin the work, or return the job that is doing it already and False.

    Two clicks at once: the unique index lets one row in. The process is started when the row is committed.
    """
    close_lost()
    last = latest(kind, target)
    try:
        with transaction.atomic():
            job = ConsoleJob.objects.create(kind=kind, target=target, actor=actor.username, actor_uuid=actor.uuid)
            audit.record(
                actor=actor,
                action=kind,
                target=target,
                reason=reason,
                before={"last": last.outcome if last else "never"},
                after={"job": job.pk},
            )
    except IntegrityError:
        # The newest is the one that was in the way, even if it has ended by now.
        return ConsoleJob.objects.filter(kind=kind, target=target).latest("id"), False
    transaction.on_commit(lambda: launch(job.pk))
    return job, True


def close_lost() -> int:
    """Close jobs whose process is gone; the number of them. Any page that shows jobs calls this first."""
    lost = ConsoleJob.objects.filter(finished_at=None, seen_at__lt=Now() - LOST)
    return lost.update(finished_at=Now(), outcome=ConsoleJob.Outcome.FAILED, note=DIED)


def latest(kind: str, target: str = "") -> ConsoleJob | None:
    """The last job of a kind; served by idx_console_job_latest."""
    return ConsoleJob.objects.filter(kind=kind, target=target).order_by("-id").first()


def launch(job_id: int) -> None:
    """Start the job's process, which outlives this one. What prevents that closes the job with the reason."""
    try:
        processes.start_command("console_job", str(job_id))
    except OSError as error:
        _finish(job_id, ConsoleJob.Outcome.FAILED, f"Its process could not be started: {error.strerror}.")


def run(job_id: int) -> ConsoleJob | None:
    """Do the job in this process; None when another process has it or it is over."""
    claimed = ConsoleJob.objects.filter(pk=job_id, started_at=None, finished_at=None)
    if not claimed.update(started_at=Now(), seen_at=Now()):
        return None
    job = ConsoleJob.objects.get(pk=job_id)
    outcome, note = ConsoleJob.Outcome.FAILED, "Interrupted."
    try:
        with processes.heartbeat(partial(_renew, job_id), seconds=HEARTBEAT):
            note = _work(job)
            outcome = ConsoleJob.Outcome.DONE
    except Failure as failure:
        note = str(failure)
    except Exception as error:
        note = f"{told(error)}. The log of the database or of the command says more."
    finally:
        _finish(job_id, outcome, note)
    job.refresh_from_db()
    return job


def _work(job: ConsoleJob) -> str:
    note = ""
    for step in steps_of(job.kind, job.target):
        note = step.note or note
        ConsoleJob.objects.filter(pk=job.pk).update(done_steps=step.done, total_steps=step.total, seen_at=Now())
    return note


def _finish(job_id: int, outcome: str, note: str) -> None:
    """Close the job and log how it ended, unless somebody closed it as lost meanwhile."""
    with transaction.atomic():
        open_job = ConsoleJob.objects.filter(pk=job_id, finished_at=None)
        if not open_job.update(finished_at=Now(), outcome=outcome, note=note):
            return
        job = ConsoleJob.objects.get(pk=job_id)
        actor = User(username=job.actor, uuid=job.actor_uuid)
        audit.record(
            actor=actor,
            action=f"{job.kind} ended",
            target=job.target,
            before={"job": job.pk},
            after={"job": job.pk, "outcome": outcome},
        )


def _renew(job_id: int) -> bool:
    """Say that the job is alive; it goes on whether or not somebody closed it."""
    ConsoleJob.objects.filter(pk=job_id, finished_at=None).update(seen_at=Now())
    return True
