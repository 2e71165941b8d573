"""Pages of a move: send what the other application wrote, look at both sides, move in, take back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from transactions.balances.notices import say_what_differs
from transactions.models import ImportBatch, Job
from transactions.models.querysets import ImportBatchQuerySet
from wealthwise.core.errors import AskFirst, DomainError
from wealthwise.core.forms import form_page, has_agreed, page, posted
from wealthwise.core.locales import counted
from wealthwise.portability.moving import jobs, services
from wealthwise.portability.moving.forms import MoveInForm


@page
@limited("uploads", reading=False)
def start(request: UserRequest) -> HttpResponse:
    """Send files, and what was moved in before."""
    form = MoveInForm(posted(request), request.FILES or None)

    def begin() -> HttpResponse:
        return redirect("jobs:progress", jobs.look(request.user, form.cleaned_data["file"]).pk)

    def context() -> dict[str, Any]:
        return {"moves": list(_mine(request)), "jobs": jobs.under_way(request.user)}

    return form_page(request, form, begin, "wealthwise/portability/moving/start.html", context)


@page
def look(request: UserRequest, pk: int) -> HttpResponse:
    """Both sides as they would be; sent, it begins to move in."""
    looks = Job.objects.for_user(request.user).filter(kind=jobs.LOOK, outcome=Job.Outcome.DONE)
    looked = get_object_or_404(looks.select_related("user"), pk=pk)
    is_kept = jobs.has_files(looked)
    if request.method == "POST" and is_kept:
        return redirect("jobs:progress", jobs.move(looked).pk)
    if request.method == "POST":
        messages.error(request, "The file is no longer kept. Send it again.")
        return redirect("moving:start")
    context = {"report": jobs.report_in(looked), "job": looked, "is_kept": is_kept}
    return render(request, "wealthwise/portability/moving/look.html", context)


@require_safe
def moved(request: UserRequest, pk: int) -> HttpResponse:
    """Both sides as they were when it was moved in."""
    batch = get_object_or_404(_mine(request), pk=pk)
    context = {"report": services.moved(batch), "batch": batch}
    return render(request, "wealthwise/portability/moving/moved.html", context)


@page
def take_back(request: UserRequest, pk: int) -> HttpResponse:
    """Ask on GET; take back on POST."""
    batch = get_object_or_404(_mine(request).select_related("user"), pk=pk)
    context = {"report": services.moved(batch), "batch": batch, "question": "", "refusal": ""}
    template = "wealthwise/portability/moving/take_back.html"
    if request.method != "POST":
        return render(request, template, context)
    try:
        gone = services.take_back(batch=batch, agreed=has_agreed(request))
    except AskFirst as question:
        return render(request, template, context | {"question": str(question)}, status=409)
    except DomainError as refusal:
        return render(request, template, context | {"refusal": str(refusal)}, status=422)
    say_what_differs(request)
    messages.success(request, f"Taken back: {counted(gone, 'row')}, and what came with them and nothing else uses.")
    return redirect("moving:start")


def _mine(request: UserRequest) -> ImportBatchQuerySet:
    return ImportBatch.objects.for_user(request.user).filter(kind="moving").defer("content", "errors")
