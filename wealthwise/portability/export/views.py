"""A user's data as a whole: take it along, bring it back, or begin again."""

import tempfile
from collections.abc import Callable
from typing import IO, Any, Final

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_safe

from accounts.models import User
from accounts.people.forms import PasswordForm
from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from transactions.models import ImportBatch
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted
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
def overview(request: UserRequest) -> HttpResponse:
    counts = services.contents(user=request.user)
    waiting = ImportBatch.objects.for_user(request.user).filter(state=ImportBatch.State.UPLOADED).count()
    context = {"has_data": bool(counts), "contents": services.in_words(counts), "waiting": waiting}
    return render(request, "wealthwise/portability/export/overview.html", context)


@require_GET
@never_cache
@limited("exports")
def download(request: UserRequest, kind: str) -> HttpResponseBase:
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


@page
def restore(request: UserRequest) -> HttpResponse:
    form, faults = RestoreForm(posted(request), request.FILES or None), list[str]()

    def save() -> HttpResponse:
        try:
            counts = services.restore(user=request.user, chunks=form.cleaned_data["file"].chunks)
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
