"""Statements in, exports out, and the long work that either may be."""

from http import HTTPStatus
from typing import Any, Final, Literal

from allauth.core.ratelimit import consume
from django.http import HttpResponseBase
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from accounts.models import Account
from transactions.importing import jobs as import_jobs
from transactions.importing import readings, services
from transactions.importing.packed.unpacking import SentFile
from transactions.importing.preview import CheckedRow, Preview
from transactions.jobs import queue, turns
from transactions.jobs.views import file_of, has_file
from transactions.models import ImportBatch, Job
from transactions.models.querysets import ImportBatchQuerySet
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.problems import Problem, invalid, not_found
from wealthwise.api.schemas import Day, Money, RowPath, Sent, SmallPath

router = Router(tags=["Imports and exports"])
MOST_BYTES: Final = 1024 * 1024  # of one upload: what anybody may send to the site without a session
ROWS_SHOWN: Final = 1000


class ImportSeen(Schema):
    """A statement file. Counts are those of the commit; before it they are 0."""

    id: int
    account: int
    file_name: str
    kind: str
    state: Literal["uploaded", "committed", "reverted"]
    new: int
    duplicate: int
    left_out: int
    errors: int


class ImportsSeen(Schema):
    """The latest first."""

    imports: list[ImportSeen]


class JobSeen(Schema):
    """Long work. `file` says whether it made one, which is kept for a day."""

    id: int
    kind: str
    outcome: Literal["", "done", "failed", "cancelled"]
    done: int
    total: int
    note: str
    faults: list[str]
    file: bool


class Received(Schema):
    """`job` is there where the files are read by one; `faults` say what could not be taken, and why."""

    imports: list[ImportSeen]
    faults: list[str]
    job: JobSeen | None


class StatementRowSeen(Schema):
    """A row of the file. `status` says what a commit makes of it: new rows are booked, all others are not."""

    line: int
    day: Day
    amount: Money
    description: str
    status: str
    is_new: bool
    subcategory: int | None


class StatementErrorSeen(Schema):
    line: int
    reason: str


class CheckOfImport(Schema):
    """What a commit would do now. `doubts` are what the site is not sure of about how the file is read: read them.

    `proof` says how far the file's own balances prove the reading. At most 1,000 rows are shown.
    """

    new: int
    duplicate: int
    left_out: int
    rows: list[StatementRowSeen]
    errors: list[StatementErrorSeen]
    doubts: list[str]
    proof: str


class CommitSent(Sent):
    """`new` is how many rows you saw that a commit would book; where it is another number nothing is booked."""

    new: int = Field(ge=0)


class ExportSent(Sent):
    format: Literal["json", "csv", "xlsx"]


class JobsSeen(Schema):
    jobs: list[JobSeen]


@router.get("/imports", response=ImportsSeen, summary="List imports")
def list_imports(request: ApiRequest) -> dict[str, Any]:
    """The last 50."""
    return {"imports": [_import(batch) for batch in _mine(request).order_by("-id")[:50]]}


@router.post("/imports", response={201: Received, 202: Received}, summary="Upload a statement")
def create_import(request: ApiRequest, account: Form[int], file: File[UploadedFile]) -> Status[Any]:
    """Of 1 MB at most; longer ones are sent on the page. Nothing is booked until you commit it."""
    if not consume(request, action="uploads"):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "rate", "So many files in an hour are too many.")
    mine = Account.objects.for_user(request.user).active().filter(pk=account).first()
    if mine is None:
        raise invalid({"account": ["That is not one of yours, or it is closed."]})
    if (file.size or 0) > MOST_BYTES:
        raise invalid({"file": ["The file is larger than 1 MB. Send it on the page."]})
    sent = [SentFile(file.name or "statement", file.read())]
    if import_jobs.is_long_work(sent):
        job = import_jobs.upload(request.user, mine, sent)
        return Status(202, {"imports": [], "faults": [], "job": _job(job)})
    batches, faults = services.receive(user=request.user, account=mine, sent=sent)
    return Status(201, {"imports": [_import(batch) for batch in batches], "faults": faults, "job": None})


@router.get("/imports/{import_id}", response=ImportSeen, summary="Read an import")
def read_import(request: ApiRequest, import_id: SmallPath) -> dict[str, Any]:
    return _import(_own(request, import_id))


@router.get("/imports/{import_id}/check", response=CheckOfImport, summary="What a commit would book")
def check_import(request: ApiRequest, import_id: SmallPath) -> dict[str, Any]:
    """409 with code `working` while a long file is read; ask again."""
    found = services.preview(batch=_readable(request, import_id))
    lines = [found.rows[place] for place in range(min(len(found.rows), ROWS_SHOWN))]
    counts = found.counts
    return {
        "new": counts.new,
        "duplicate": counts.duplicate,
        "left_out": found.left_out,
        "rows": [_row(found, checked) for checked in lines],
        "errors": [{"line": error.line, "reason": error.reason} for error in found.errors[:ROWS_SHOWN]],
        "doubts": [note.text for note in found.notes],
        "proof": found.statement.proof,
    }


@router.post("/imports/{import_id}/commit", response={200: ImportSeen, 202: JobSeen}, summary="Book what was read")
def commit_import(request: ApiRequest, import_id: SmallPath, sent: CommitSent) -> Status[Any]:
    """Rows are filed as the page would propose. A long file is booked by a job."""
    batch = _readable(request, import_id)
    found = services.preview(batch=batch)
    if found.counts.new != sent.new:
        told = f"{found.counts.new} rows would be booked by now. Look at them again; nothing was booked."
        raise Problem(HTTPStatus.CONFLICT, "changed_meanwhile", told)
    if readings.is_long(batch):
        return Status(202, _job(import_jobs.begin(batch, import_jobs.COMMIT)))
    return Status(200, _import(services.commit(batch=batch, categorise=True)))


@router.post("/imports/{import_id}/revert", response=ImportSeen, summary="Take an import back")
def revert_import(request: ApiRequest, import_id: SmallPath, *, agreed: bool = False) -> dict[str, Any]:
    """Removes the rows that came of it, changed since or not."""
    services.revert(batch=_own(request, import_id), agreed=agreed)
    return _import(_own(request, import_id))


@router.delete("/imports/{import_id}", response={204: None}, summary="Forget a file that was not booked")
def delete_import(request: ApiRequest, import_id: SmallPath) -> Status[None]:
    batch = _own(request, import_id)
    import_jobs.stop(batch)
    services.discard(batch=batch)
    return Status(204, None)


@router.post("/exports", response={202: JobSeen}, summary="Begin an export of everything")
def create_export(request: ApiRequest, sent: ExportSent) -> Status[Any]:
    """Ask for the job until it is done, then for its file. One of each format is made at a time."""
    if not consume(request, action="exports"):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "rate", "So many exports in an hour are too many.")
    return Status(202, _job(queue.start(user=request.user, kind="export", target=sent.format)[0]))


@router.get("/jobs", response=JobsSeen, summary="List long work")
def list_jobs(request: ApiRequest) -> dict[str, Any]:
    """The last 50."""
    turns.close_lost()
    return {"jobs": [_job(job) for job in Job.objects.for_user(request.user).order_by("-id")[:50]]}


@router.get("/jobs/{job_id}", response=JobSeen, summary="How far long work is")
def read_job(request: ApiRequest, job_id: RowPath) -> dict[str, Any]:
    turns.close_lost()
    return _job(_own_job(request, job_id))


@router.get("/jobs/{job_id}/file", response=bytes, summary="Download what was made")
def read_file(request: ApiRequest, job_id: RowPath) -> HttpResponseBase:
    """For a day. 404 where there is none, or not yet."""
    job = _own_job(request, job_id)
    if not has_file(job):
        raise not_found()
    return file_of(job)


def _mine(request: ApiRequest) -> ImportBatchQuerySet:
    return ImportBatch.objects.for_user(request.user).defer("content", "errors")


def _own(request: ApiRequest, pk: int) -> ImportBatch:
    found = readings.with_file(ImportBatch.objects.for_user(request.user)).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return found


def _readable(request: ApiRequest, pk: int) -> ImportBatch:
    """A file whose rows can be looked at. Raises Problem while it is read, or where the page has to be asked first."""
    batch = _own(request, pk)
    if import_jobs.reading_under_way(batch):
        raise Problem(HTTPStatus.CONFLICT, "working", "The file is being read. Ask again in some seconds.")
    if batch.state == ImportBatch.State.UPLOADED and services.accounts_of(batch):
        told = "The file has several accounts. Say on its page which of yours they are."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "several_accounts", told)
    return batch


def _own_job(request: ApiRequest, pk: int) -> Job:
    found = Job.objects.for_user(request.user).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return found


def _import(batch: ImportBatch) -> dict[str, Any]:
    names = ("id", "file_name", "kind", "state")
    return {name: getattr(batch, name) for name in names} | {
        "account": batch.account_id,
        "new": batch.new_count,
        "duplicate": batch.duplicate_count,
        "left_out": batch.left_out_count,
        "errors": batch.error_count,
    }


def _row(found: Preview, checked: CheckedRow) -> dict[str, Any]:
    booking = checked.booking
    return {
        "line": checked.row.line,
        "day": booking.booked_on,
        "amount": booking.amount,
        "description": booking.description,
        "status": checked.status,
        "is_new": checked.is_new,
        "subcategory": found.filed(checked),
    }


def _job(job: Job) -> dict[str, Any]:
    names = ("id", "kind", "outcome", "note", "faults")
    told = {name: getattr(job, name) for name in names}
    return told | {"done": job.done_steps, "total": job.total_steps, "file": has_file(job)}
