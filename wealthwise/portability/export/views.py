"""A user's data as a whole: take it along, bring it back, or begin again."""

from typing import Any, Final

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_safe

from accounts.people.forms import PasswordForm
from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from transactions.jobs import queue
from transactions.jobs.files import pieces
from transactions.jobs.views import latest_of, type_of
from transactions.models import ImportBatch
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted
from wealthwise.portability.export import jobs, services
from wealthwise.portability.export.exported_rows import ExportRunning
from wealthwise.portability.export.forms import RestoreForm
from wealthwise.portability.export.packed import is_packed

# What is written for other applications: the last part of the address, and what it is.
OTHERS: Final = (
    ("hledger", "hledger", "A journal, also of Ledger"),
    ("beancount", "beancount", "A ledger with all its accounts opened"),
    ("qif", "QIF", "All accounts in one file: GnuCash, Money Manager Ex, Quicken"),
    ("firefly", "Firefly III", "The CSV that its importer reads"),
    ("actual", "Actual", "The CSV of all accounts"),
)


@require_safe
def overview(request: UserRequest) -> HttpResponse:
    counts = services.contents(user=request.user)
    waiting = ImportBatch.objects.for_user(request.user).filter(state=ImportBatch.State.UPLOADED).count()
    context = {
        "has_data": bool(counts),
        "contents": services.in_words(counts),
        "waiting": waiting,
        "others": OTHERS,
        "jobs": latest_of(request.user, "export"),
    }
    return render(request, "wealthwise/portability/export/overview.html", context)


@require_GET
@never_cache
@limited("exports")
def download(request: UserRequest, kind: str) -> HttpResponseBase:
    """A small one at once, a large one by a job, which this leads to. What arrives is complete."""
    if kind not in jobs.FORMATS:
        raise Http404
    if not jobs.is_small(request.user):
        job, _ = queue.start(user=request.user, kind="export", target=kind)
        return redirect("jobs:progress", job.pk)
    try:
        file, name = jobs.written(request.user, kind)
    except ExportRunning as error:
        messages.error(request, str(error))
        return redirect("data:overview")
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=type_of(name))


@page
@limited("restores", reading=False)
def restore(request: UserRequest) -> HttpResponse:
    form, faults = RestoreForm(posted(request), request.FILES or None), list[str]()

    def save() -> HttpResponse:
        file = form.cleaned_data["file"]
        if file.size > jobs.SMALL_BYTES or is_packed(file):
            job, _ = queue.start(user=request.user, kind="restore", asked={"size": file.size}, sent=pieces(file))
            return redirect("jobs:progress", job.pk)
        try:
            counts = services.restore(user=request.user, chunks=file.chunks)
        except DomainError as error:
            faults.extend(getattr(error, "faults", []))
            raise
        return done(request, f"Imported: {services.in_words(counts)}.", "dashboard")

    def context() -> dict[str, Any]:
        contents = services.contents(user=request.user)
        return {"faults": faults, "contents": services.in_words(contents) if contents else ""}

    template = "wealthwise/portability/export/restore.html"
    return form_page(request, form, save, template, context, refused="file")


@sensitive_post_parameters("password")
@page
def reset(request: UserRequest) -> HttpResponse:
    form = PasswordForm(posted(request), user=request.user)

    def save() -> HttpResponse:
        deleted = services.in_words(services.reset(user=request.user))
        return done(request, f"Deleted: {deleted}. Your sign-in and settings are kept.", "data:overview")

    def context() -> dict[str, Any]:
        counts = services.contents(user=request.user)
        return {"contents": services.in_words(counts), "is_empty": not counts}

    return form_page(request, form, save, "wealthwise/portability/export/reset.html", context)
