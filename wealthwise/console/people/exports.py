"""The data of a person as a file for staff: at once when it is small, else made by a job as the person's own are.

The job is the person's, so that it and its file go when they are erased. Only who asked for it can fetch the file.
"""

from typing import IO, Final

from accounts.models import User
from transactions.jobs import queue, turns
from transactions.jobs.kinds import AtWork, JobKind, JobResult
from transactions.models import Job
from wealthwise.console.people.services import EXPORT, perform
from wealthwise.portability.export import jobs

KIND: Final = "console_export"


def export(*, actor: User, person: User, reason: str) -> IO[bytes] | None:
    """The file, or None when a job makes it. Logged before anything is read. Raises ExportRunning."""
    perform(action=EXPORT, actor=actor, person_id=person.pk, reason=reason)
    if not jobs.is_small(person):
        queue.start(user=person, kind=KIND, target=str(actor.pk))
        return None
    file, _ = jobs.written(person, "json")
    file.seek(0)
    return file


def name_of(person: User) -> str:
    return f"{person.uuid}.json"


def latest(*, actor: User, person: User) -> Job | None:
    """The last export of this person that ``actor`` asked for and a job makes."""
    turns.close_lost()
    return Job.objects.for_user(person).filter(kind=KIND, target=str(actor.pk)).first()


def _export(at_work: AtWork) -> JobResult:
    person = at_work.job.user
    file, _ = jobs.written(person, "json", at_work.advance)
    return JobResult("The file is ready.", file=file, file_name=name_of(person))


WORK: Final = JobKind("Export by the staff of this site", _export, back="data:overview", has_own_transaction=True)
