"""Reading and importing of long files, which are jobs. Short ones are read wherever they are asked for."""

import hashlib
import io
from collections.abc import Sequence
from typing import Any, Final

from django.urls import reverse

from accounts.models import Account, User
from transactions.importing import readings, services
from transactions.importing.packed.unpacking import SentFile, expands_to, is_packed
from transactions.importing.preview import way_of
from transactions.jobs import queue
from transactions.jobs.files import pieces, stored
from transactions.jobs.kinds import AtWork, JobKind, JobResult
from transactions.models import ImportBatch, Job
from wealthwise.core.errors import DomainError
from wealthwise.core.locales import counted, show_count

UPLOAD: Final = "import_upload"
READ: Final = "import_read"
COMMIT: Final = "import_commit"
OF_FILE: Final = (READ, COMMIT)
MOST_UPLOADS: Final = 3
EXPANDED: Final = 4 * 1024 * 1024  # bytes that a packed file may have inside, to be looked at at once


def is_long_work(sent: Sequence[SentFile]) -> bool:
    """Whether files are looked at by a job: there is much of them, or much inside."""
    size = sum(len(file.data) for file in sent)
    return size > readings.LONG or not all(expands_to(file.data, EXPANDED) for file in sent if is_packed(file.data))


def upload(user: User, account: Account, sent: Sequence[SentFile]) -> Job:
    """Begin to look at files that were sent. Raises ImportRefused when many are looked at already."""
    if Job.objects.for_user(user).unfinished().filter(kind=UPLOAD).count() >= MOST_UPLOADS:
        raise services.ImportRefused("Files that you sent are being read still. Send these when that is done.")
    digest = hashlib.sha256(repr([account.pk, [file.name for file in sent]]).encode())
    for file in sent:
        digest.update(file.data)
    asked = {
        "account": account.pk,
        "name": sent[0].name if len(sent) == 1 else counted(len(sent), "file"),
        "files": [[file.name, len(file.data)] for file in sent],
    }
    content = (piece for file in sent for piece in pieces(io.BytesIO(file.data)))
    return queue.start(user=user, kind=UPLOAD, target=digest.hexdigest()[:20], asked=asked, sent=content)[0]


def page_of(batches: Sequence[ImportBatch]) -> str:
    """Where files that were received are looked at: one on its page, several on the list."""
    if len(batches) != 1:
        return reverse("transactions:import")
    step = "configure" if batches[0].kind == "csv" else "accounts" if "parts" in batches[0].layout else "check"
    return reverse(f"transactions:import_{step}", args=[batches[0].pk])


def all_under_way(user: User) -> list[tuple[Job, str]]:
    """Each job on files of a person that is not over, and what it does."""
    mine = Job.objects.for_user(user).unfinished().filter(kind__in=KINDS).order_by("id")
    return [(job, KINDS[job.kind].title_of(job)) for job in mine]


def under_way(batch: ImportBatch) -> Job | None:
    """The job that works on a long file; None where its pages can be made."""
    return open_job(batch) if readings.is_long(batch) else None


def reading_under_way(batch: ImportBatch) -> Job | None:
    """The same for a page that shows all rows, which a job has to read first."""
    if batch.state != ImportBatch.State.UPLOADED or not readings.is_long(batch):
        return None
    if (job := open_job(batch)) is not None:
        return job
    return None if readings.is_kept(batch, readings.digest_of(*way_of(batch))) else begin(batch, READ)


def open_job(batch: ImportBatch) -> Job | None:
    mine = Job.objects.for_user(batch.user).unfinished().filter(kind__in=OF_FILE, target=str(batch.pk))
    return mine.order_by("id").first()


def begin(batch: ImportBatch, kind: str, **asked: Any) -> Job:
    """Begin the job, or find it at work."""
    return queue.start(user=batch.user, kind=kind, target=str(batch.pk), asked={"name": batch.file_name, **asked})[0]


def stop(batch: ImportBatch) -> None:
    """Nobody wants the file any longer."""
    for job in Job.objects.for_user(batch.user).unfinished().filter(kind__in=OF_FILE, target=str(batch.pk)):
        queue.cancel(job=job)


def _upload(at_work: AtWork) -> JobResult:
    """All of it or, where it is stopped, nothing; a file that cannot be read keeps none of the others out."""
    job, data = at_work.job, b"".join(stored(at_work.job, is_result=False))
    account = Account.objects.for_user(job.user).filter(pk=job.asked["account"]).first()
    if account is None:
        raise DomainError("The account of these files is no longer there.")
    sent, place = list[SentFile](), 0
    for name, size in job.asked["files"]:
        sent.append(SentFile(name, data[place : place + size]))
        place += size
    batches, faults = services.receive(user=job.user, account=account, sent=sent, advance=at_work.advance)
    return JobResult(received(batches), onward=page_of(batches), faults=faults)


def received(batches: Sequence[ImportBatch]) -> str:
    """Nothing to say of one file, whose page is shown."""
    return "" if len(batches) == 1 else f"{counted(len(batches), 'file')} wait for you: look at each of them."


def _read(at_work: AtWork) -> JobResult:
    batch = _batch(at_work)
    found = services.keep_reading(batch=batch, encoding=at_work.job.asked.get("encoding"), advance=at_work.advance)
    onward = reverse("transactions:import_check", args=[batch.pk])
    return JobResult(f"The file was read: {counted(len(found.rows), 'row')}.", onward=onward)


def _commit(at_work: AtWork) -> JobResult:
    done = services.commit(batch=_batch(at_work), categorise=True, advance=at_work.advance)
    told = f"{show_count(done.new_count)} added, {show_count(done.duplicate_count)} already there"
    onward = reverse("transactions:import_result", args=[done.pk])
    return JobResult(f"Imported “{done.file_name}”: {told}.", onward=onward)


def _batch(at_work: AtWork) -> ImportBatch:
    mine = readings.with_file(ImportBatch.objects.for_user(at_work.job.user))
    batch = mine.filter(pk=int(at_work.job.target)).first()
    if batch is None:
        raise DomainError("That file was discarded.")
    return batch


_LIST: Final = "transactions:import"
KINDS: Final = {
    UPLOAD: JobKind("Reading {name}", _upload, back=_LIST),
    READ: JobKind("Reading {name}", _read, back=_LIST, mend="transactions:import_configure"),
    COMMIT: JobKind("Import of {name}", _commit, back=_LIST, mend="transactions:import_check"),
}
