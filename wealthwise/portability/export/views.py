"""A person's data as a whole: take it along, bring it back, or begin again."""

import tempfile
from collections.abc import Callable
from typing import IO, Final

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.models import User
from accounts.people.forms import PasswordForm
from accounts.people.requests import PersonRequest
from transactions.models import ImportBatch
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.limits import an_hour
from wealthwise.portability.export import services
from wealthwise.portability.export.csv_writer import write_csv
from wealthwise.portability.export.exported_rows import ExportRunning, snapshot
from wealthwise.portability.export.forms import RestoreForm
from wealthwise.portability.export.json_writer import write_json
from wealthwise.portability.export.xlsx_writer import write_xlsx

_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# By the last part of the address: who writes it, the ending of the file, its type.
KINDS: Final[dict[str, tuple[Callable[[User, IO[bytes]], None], str, str]]] = {
    "json": (write_json, "json", "application/json"),
    "csv": (write_csv, "zip", "application/zip"),
    "xlsx": (write_xlsx, "xlsx", _WORKBOOK),
}


@require_safe
def overview(request: PersonRequest) -> HttpResponse:
    counts = services.contents(user=request.user)
    waiting = ImportBatch.objects.for_user(request.user).filter(state=ImportBatch.State.UPLOADED).count()
    context = {"has_data": bool(counts), "contents": services.in_words(counts), "waiting": waiting}
    return render(request, "export/overview.html", context)


@require_GET
@never_cache
@an_hour(20, "exports")
def download(request: PersonRequest, kind: str) -> HttpResponseBase:
    """Written to a temporary file first: what arrives is complete, and no slow reader holds the snapshot."""
    if kind not in KINDS:
        raise Http404
    write, ending, content_type = KINDS[kind]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response
    try:
        with snapshot(request.user):
            write(request.user, file)
    except ExportRunning as error:
        file.close()
        messages.error(request, str(error))
        return redirect("data:overview")
    file.seek(0)
    name = f"wealthwise-{today_of(request.user):%Y-%m-%d}.{ending}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: PersonRequest) -> HttpResponse:
    sent = request.method == "POST"
    form, faults = RestoreForm(request.POST if sent else None, request.FILES if sent else None), list[str]()
    if sent and form.is_valid():
        try:
            counts = services.restore(user=request.user, chunks=form.cleaned_data["file"].chunks)
        except DomainError as error:
            form.add_error("file", str(error))
            faults = getattr(error, "faults", [])
        else:
            messages.success(request, f"Imported: {services.in_words(counts)}.")
            return redirect("dashboard")
    contents = services.contents(user=request.user)
    context = {"form": form, "faults": faults, "contents": services.in_words(contents) if contents else ""}
    return render(request, "export/restore.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: PersonRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            deleted = services.reset(user=request.user)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Deleted: {services.in_words(deleted)}. Your sign-in and settings are kept.")
            return redirect("data:overview")
    counts = services.contents(user=request.user)
    context = {"form": form, "contents": services.in_words(counts), "is_empty": not counts}
    return render(request, "export/reset.html", context)
