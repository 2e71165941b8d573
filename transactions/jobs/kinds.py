"""What jobs can do. An app adds its kinds in its ``ready()``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Final

from django.urls import reverse

from transactions.models import Job

type Work = Callable[["AtWork"], "JobResult"]


class Stopped(Exception):
    """The job was closed by somebody else: given up by its owner, or taken for lost."""


@dataclass(slots=True)
class AtWork:
    """A job while it is done. The worker writes ``done`` of ``total`` down now and then."""

    job: Job
    done: int = 0
    total: int = 0
    is_closed: bool = False
    is_ending: bool = False

    def advance(self, done: int, total: int) -> None:
        """How far the work is. Raises Stopped when nobody waits for it any longer."""
        self.done, self.total = done, total
        if self.is_closed:
            raise Stopped


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job: a sentence, the address that shows it, a file when that is what was asked
    for, and what of it could not be done.
    """

    note: str
    onward: str = ""
    file: IO[bytes] | None = None
    file_name: str = ""
    faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class JobKind:
    """``work`` raises DomainError for what its owner is told; with ``faults`` in it, these too.

    It runs in the database transaction that ends the job, unless it has its own one: then it writes nothing.
    ``title`` says what is done, with what was asked in braces. ``back`` names the page where it was asked for, and
    ``mend`` the one where a failure is mended; that takes the target of the job.
    """

    title: str
    work: Work
    back: str
    mend: str = ""
    has_own_transaction: bool = False

    def title_of(self, job: Job) -> str:
        return self.title.format(target=job.target.upper(), **job.asked)

    def onward_of(self, job: Job) -> str:
        """The address to go to from a job that is over; empty where there is none."""
        if job.outcome == Job.Outcome.FAILED and self.mend:
            return reverse(self.mend, args=[int(job.target)])
        return job.onward


KINDS: Final[dict[str, JobKind]] = {}
"""By the name that stands in the row of a job."""
