"""Looking at what another application wrote, and moving it in: always jobs, however short the file."""

import tempfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from accounts.models import User
from transactions.importing.packed.unpacking import SentFile
from transactions.jobs import queue
from transactions.jobs.files import pieces, stored
from transactions.jobs.kinds import AtWork, JobKind, JobResult
from transactions.models import Job, JobChunk
from wealthwise.core.locales import counted
from wealthwise.portability.moving import services
from wealthwise.portability.moving.report import MoveReport

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

LOOK: Final = "moving_look"
MOVE: Final = "moving"


def look(user: User, uploads: "Sequence[UploadedFile[bytes]]") -> Job:
    """Begin to look at files; what an earlier look kept makes room."""
    asked = {
        "name": uploads[0].name if len(uploads) == 1 else counted(len(uploads), "file"),
        "files": [[upload.name, upload.size] for upload in uploads],
    }
    sent = (piece for upload in uploads for piece in upload.chunks())
    return queue.start(user=user, kind=LOOK, asked=asked, sent=sent)[0]


def move(looked: Job) -> Job:
    """Begin to move in what was looked at."""
    asked = {name: looked.asked[name] for name in ("name", "files")}
    with tempfile.TemporaryFile() as file:  # a COPY lets no other statement of its connection in between
        file.writelines(stored(looked, is_result=True))
        return queue.start(user=looked.user, kind=MOVE, target=str(looked.pk), asked=asked, sent=pieces(file))[0]


def report_in(looked: Job) -> MoveReport:
    return MoveReport.from_dict(looked.asked["report"])


def has_files(looked: Job) -> bool:
    """Whether what was looked at is still kept."""
    return JobChunk.objects.for_user(looked.user).filter(job=looked, is_result=True).exists()


def _sent(at_work: AtWork) -> Iterable[SentFile]:
    data, place = b"".join(stored(at_work.job, is_result=False)), 0
    for name, size in at_work.job.asked["files"]:
        yield SentFile(name, data[place : place + size])
        place += size


def _look(at_work: AtWork) -> JobResult:
    """The files stay for a day, as what came of looking at them, until they are moved in."""
    job = at_work.job
    report = services.look(user=job.user, sent=_sent(at_work), advance=at_work.advance)
    asked: dict[str, Any] = job.asked | {"report": report.to_dict()}
    mine = Job.objects.for_user(job.user).filter(pk=job.pk)
    mine.update(asked=asked)
    JobChunk.objects.for_user(job.user).filter(job=job, is_result=False).update(is_result=True)
    return JobResult("", onward=reverse("moving:look", args=[job.pk]))


def _move(at_work: AtWork) -> JobResult:
    job = at_work.job
    report, batch = services.move_in(user=job.user, sent=_sent(at_work), advance=at_work.advance)
    _forget_looks(job.user)
    if batch is None:
        return JobResult("Everything in it is here already: nothing was added.", onward=reverse("moving:start"))
    told = f"Moved in from {report.source}: {counted(report.counts['rows added'], 'row')}."
    return JobResult(told, onward=reverse("moving:moved", args=[batch.pk]))


def _forget_looks(user: User) -> None:
    JobChunk.objects.for_user(user).filter(job__kind=LOOK, is_result=True).delete()


def under_way(user: User) -> list[Job]:
    return list(Job.objects.for_user(user).unfinished().filter(kind__in=(LOOK, MOVE)))


KINDS: Final = {
    LOOK: JobKind("Looking at {name}", _look, back="moving:start"),
    MOVE: JobKind("Moving in from {name}", _move, back="moving:start"),
}
