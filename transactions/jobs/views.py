"""Pages of a job: how far it is, what came of it, and the way to stop it."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.models import User
from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from transactions.jobs import files, queue, turns
from transactions.jobs.kinds import KINDS
from transactions.models import Job

TYPES: Final = {
    "json": "application/json",
    "zip": "application/zip",
    "gz": "application/gzip",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
@never_cache
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """How far it is. Asked by a page that waits, the end of a job leads to where it was done for."""
    turns.close_lost()
    job = get_object_or_404(Job.objects.for_user(request.user), pk=pk)
    kind = KINDS[job.kind]
    onward = kind.onward_of(job)
    if asks_again(request) and onward and job.outcome == Job.Outcome.DONE and not job.faults:
        if job.note:
            messages.success(request, job.note)
        return HttpResponse(headers={"HX-Redirect": onward})
    template = "transactions/jobs/progress.html" if asks_again(request) else "transactions/jobs/job.html"
    shown = {"title": kind.title_of(job), "onward": onward, "back": reverse(kind.back), "has_file": has_file(job)}
    return render(request, template, {"job": job, **shown})


@require_POST
def cancel(request: UserRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(Job.objects.for_user(request.user), pk=pk)
    if not queue.cancel(job=job):
        messages.info(request, "It had ended already.")
        return redirect("jobs:progress", pk)
    messages.success(request, "Stopped. Nothing was changed.")
    return redirect(KINDS[job.kind].back)


@require_GET
@never_cache
@limited("results")
def result(request: UserRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The file that a job made, for a day, and for its owner alone."""
    job = get_object_or_404(Job.objects.for_user(request.user), pk=pk)
    if not has_file(job):
        messages.error(request, "That file is no longer kept. Ask for it again.")
        return redirect("jobs:progress", pk)
    return file_of(job)


def file_of(job: Job) -> StreamingHttpResponse:
    """What a job made, in the pieces in which it is kept."""
    response = StreamingHttpResponse(files.stored(job, is_result=True), content_type=type_of(job.file_name))
    response.headers["Content-Length"] = str(job.file_size)
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=job.file_name) or ""
    )
    return response


def latest_of(user: User, kind: str) -> list[dict[str, Any]]:
    """The newest jobs of a kind, of each target the last, while they are open or have a file; for the page that has
    the button for them."""
    found = Job.objects.for_user(user).filter(kind=kind).order_by("target", "-id").distinct("target")
    return [
        {"job": job, "title": KINDS[kind].title_of(job), "has_file": has_file(job)}
        for job in found
        if job.is_open or has_file(job)
    ]


def type_of(file_name: str) -> str:
    return TYPES.get(file_name.rpartition(".")[2], "application/octet-stream")


def has_file(job: Job) -> bool:
    return bool(job.file_size and job.finished_at and job.finished_at > timezone.now() - turns.KEPT)


def asks_again(request: HttpRequest) -> bool:
    """Whether the page of a job asks for what became of it meanwhile."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
