"""The jobs of a person: begun once however often somebody asks, and closed once.

A job is closed by whoever is first: its worker, in the transaction of the work itself; its owner, who gives it up; or
anybody who finds that its process is gone. The others then find it closed, and the worker's transaction is undone. So
no page and no process can say of a job what its rows do not say.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import User
from transactions.jobs import files, turns
from transactions.jobs.kinds import AtWork, JobResult, Stopped
from transactions.models import Job, JobChunk
from transactions.models.jobs import JobQuerySet

NOT_STARTED: Final = "No process could be started for it. Nothing was changed. Try again in some minutes."


def start(
    *, user: User, kind: str, target: str = "", asked: dict[str, Any] | None = None, sent: Iterable[bytes] = ()
) -> tuple[Job, bool]:
    """Write a job down with the file that goes into it, or return the one that is open already and False.

    A result of the same kind that is still kept makes room for the new one. A process begins at the commit.
    """
    turns.close_lost()
    try:
        with transaction.atomic():
            job = Job.objects.create(user=user, kind=kind, target=target, asked=asked or {})
            _forget_files(user, kind, target)
            files.store(job, sent, is_result=False)
    except IntegrityError:
        # The newest is the one that was in the way, even if it has ended by now.
        return Job.objects.for_user(user).filter(kind=kind, target=target).latest("id"), False
    transaction.on_commit(lambda: _begin(job))
    return job, True


def cancel(*, job: Job) -> bool:
    """Give a job up; whether it was still open. What it wrote so far is undone by its process."""
    return _close(job, Job.Outcome.CANCELLED)


def renew(at_work: AtWork) -> bool:
    """Say that the job is alive and how far it is; whether it is still open."""
    return bool(_open(at_work.job).update(seen_at=Now(), done_steps=at_work.done, total_steps=at_work.total))


@transaction.atomic
def end(*, at_work: AtWork, result: JobResult) -> None:
    """Close the job as done, in the transaction of its work. Raises Stopped when somebody has closed it."""
    job, at_work.is_ending = at_work.job, True
    size = files.store(job, files.pieces(result.file), is_result=True) if result.file else 0
    told: dict[str, Any] = {"note": result.note, "onward": result.onward, "faults": list(result.faults)}
    told |= {"file_name": result.file_name, "file_size": size}
    steps = {"done_steps": at_work.total, "total_steps": at_work.total}
    if not _open(job).update(finished_at=Now(), outcome=Job.Outcome.DONE, **told, **steps):
        raise Stopped
    JobChunk.objects.for_user(job.user).filter(job=job, is_result=False).delete()


def fail(*, job: Job, note: str, faults: Iterable[str] = ()) -> bool:
    """Close the job as failed, with what its owner is told; whether it was still open."""
    return _close(job, Job.Outcome.FAILED, note=note, faults=list(faults))


@transaction.atomic
def _close(job: Job, outcome: str, **told: Any) -> bool:
    """Without a result: what was sent for it goes."""
    if not _open(job).update(finished_at=Now(), outcome=outcome, **told):
        return False
    JobChunk.objects.for_user(job.user).filter(job=job).delete()
    return True


def _open(job: Job) -> JobQuerySet:
    """The row of a job as long as nobody has closed it."""
    return Job.objects.for_user(job.user).unfinished().filter(pk=job.pk)


def _forget_files(user: User, kind: str, target: str) -> None:
    before = Job.objects.for_user(user).filter(kind=kind, target=target).exclude(finished_at=None)
    JobChunk.objects.for_user(user).filter(job__in=before).delete()
    before.update(file_size=0)


def _begin(job: Job) -> None:
    try:
        turns.start_worker()
    except OSError:
        fail(job=job, note=NOT_STARTED)
