"""The check page: look at the rows, decide about them, and book what was decided.

The rows of a page are one form, whichever of its buttons is pressed: it keeps what was changed on the page first.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.people.requests import UserRequest
from transactions.balances.notices import say_what_differs
from transactions.importing import jobs, readings, services
from transactions.importing.changes import FileUnder, Replace, Tick
from transactions.importing.check_page import check_context
from transactions.importing.draft.edits import Identity
from transactions.importing.draft.forms import AllRowsForm, Choices, RowForm, RowsForm, posted_rows
from transactions.importing.draft.mending import MendForm
from transactions.importing.draft.merging import RowsChangedMeanwhile
from transactions.importing.forms import ConfirmForm
from transactions.importing.pages import line_name
from transactions.importing.services import Change
from transactions.models import ImportBatch
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import form_page, page, posted
from wealthwise.core.locales import counted, show_count

WRONG = "Nothing was saved yet: look at what is marked."


@require_safe
def check(request: UserRequest, pk: int) -> HttpResponse:
    """What would be booked, before it is."""
    batch = _batch(request, pk)
    if "parts" in batch.layout:
        return redirect("transactions:import_accounts", pk)
    if job := jobs.reading_under_way(batch):
        return redirect("jobs:progress", job.pk)
    return _page(request, batch, RowsForm(request.GET))


@page
def mend(request: UserRequest, pk: int) -> HttpResponse:
    """A row that cannot be read, typed by hand: that of a line, else the first one."""
    batch = _batch(request, pk)
    if job := jobs.reading_under_way(batch):
        return redirect("jobs:progress", job.pk)
    asked, typed = request.POST.get("line") or request.GET.get("line", ""), batch.layout.get("mended", {})
    try:
        errors = services.preview(batch=batch).errors
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("transactions:import_check", pk=pk)
    error = next((each for each in errors if asked in ("", str(each.line))), None)
    if error is None and asked not in typed:
        return redirect("transactions:import_check", pk=pk)
    line = error.line if error else int(asked)
    initial = MendForm.initial_of(line, error.text if error else "", typed.get(str(line)))
    form = MendForm(posted(request), initial=initial)

    def keep() -> HttpResponse:
        services.mend(batch=batch, line=line, typed=form.typed())
        more = "?show=error" if len(errors) > bool(error) else ""
        return redirect(f"{reverse('transactions:import_check', args=[pk])}{more}#rows")

    context = {"batch": batch, "error": error, "line": line, "line_name": line_name(batch)}
    return form_page(request, form, keep, "transactions/importing/mend.html", context)


@require_POST
def rows(request: UserRequest, pk: int) -> HttpResponse:
    """Keep what was changed on the page, decide about all rows that are listed where that was asked, and go on."""
    batch = _batch(request, pk)
    sent, choices = _sent(request, batch)
    all_rows = AllRowsForm(request.POST, choices=choices) if "act" in request.POST else None
    try:
        if not _are_saved(request, batch, sent, choices):
            return _page(request, batch, RowsForm(request.POST), sent=sent)
        if all_rows and not all_rows.is_valid():
            return _page(request, batch, RowsForm(request.POST), all_rows=all_rows)
        if all_rows:
            _decide_about_all(request, batch, all_rows)
    except services.AlreadyDone as news:
        messages.info(request, str(news))
        return redirect("transactions:import_result", pk=pk)
    return redirect(f"{reverse('transactions:import_check', args=[pk])}{_query(request)}#rows")


@page
def commit(request: UserRequest, pk: int) -> HttpResponse:
    """Keep what was changed on the page, and book what is ticked."""
    if request.method != "POST":
        return redirect("transactions:import_check", pk=_batch(request, pk).pk)
    batch = _batch(request, pk)
    sent, choices = _sent(request, batch)
    try:
        if not _are_saved(request, batch, sent, choices):
            return _page(request, batch, RowsForm(request.POST), sent=sent)
        if readings.is_long(batch):
            return redirect("jobs:progress", jobs.begin(batch, jobs.COMMIT).pk)
        done = services.commit(batch=batch, categorise=True)
    except services.AlreadyDone as news:
        messages.info(request, str(news))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("transactions:import_check", pk=pk)
    else:
        ticked = [form.row() for form in sent.values()]
        _tell(request, done, sum(row.typed.is_taken - row.shown.is_taken for row in ticked))
        say_what_differs(request, unasked=True)
    return redirect("transactions:import_result", pk=pk)


def _tell(request: UserRequest, done: ImportBatch, more: int) -> None:
    """What was added; and where it is not what the user saw, and ``more`` of them ticked since, that too."""
    form = ConfirmForm(request.POST)
    seen = form.cleaned_data if form.is_valid() else {}
    now = (done.new_count, done.error_count)
    if None in (seen.get("new"), seen.get("error")) or (seen["new"] + more, seen["error"]) == now:
        messages.success(request, f"Imported “{done.file_name}”: {show_count(done.new_count)} added.")
        return
    messages.warning(
        request,
        f"Something changed after you checked the rows: {show_count(done.new_count)} were added "
        f"instead of {show_count(seen['new'] + more)}, "
        f"{show_count(done.duplicate_count)} were there already.",
    )


def _page(
    request: UserRequest,
    batch: ImportBatch,
    asked: RowsForm,
    *,
    sent: dict[Identity, RowForm] | None = None,
    all_rows: AllRowsForm | None = None,
) -> HttpResponse:
    """The page; with the forms that came back where something in them is wrong."""
    try:
        found = services.preview(batch=batch)
    except services.AlreadyDone:
        return redirect("transactions:import_result", pk=batch.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        is_csv = batch.kind == "csv"
        return redirect("transactions:import_configure", pk=batch.pk) if is_csv else redirect("transactions:import")
    choices = Choices(request.user, batch.account_id)
    context = check_context(batch, found, asked, choices=choices, sent=sent, all_rows=all_rows)
    status = 422 if request.method == "POST" else 200
    return render(request, "transactions/importing/check.html", context, status=status)


def _sent(request: UserRequest, batch: ImportBatch) -> tuple[dict[Identity, RowForm], Choices]:
    choices = Choices(request.user, batch.account_id)
    return posted_rows(request.POST, choices), choices


def _are_saved(request: UserRequest, batch: ImportBatch, sent: dict[Identity, RowForm], choices: Choices) -> bool:
    """Keep what was changed in the rows of the page; whether nothing of it was refused."""
    wrong = [form for form in sent.values() if not form.is_valid()]
    if not sent:
        return True
    if wrong:
        messages.error(request, WRONG)
        return False
    try:
        services.change_rows(batch=batch, rows={identity: form.row() for identity, form in sent.items()})
    except RowsChangedMeanwhile as refusal:
        for identity, now in refusal.rows.items():
            sent[identity].ask_again(now, choices)
        messages.error(request, str(refusal))
        return False
    except services.AlreadyDone:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return False
    return True


def _decide_about_all(request: UserRequest, batch: ImportBatch, form: AllRowsForm) -> None:
    data, listed = form.cleaned_data, RowsForm(request.POST).listed
    changes: dict[str, Change] = {
        "tick": Tick(is_taken=True),
        "untick": Tick(is_taken=False),
        "file": FileUnder(data["into"], data["only_ticked"]),
        "replace": Replace(data["find"], data["put"], data["only_ticked"]),
    }
    try:
        number = services.change_all(batch=batch, listed=listed, change=changes[data["act"]])
    except services.AlreadyDone:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{counted(number, 'row')} changed. Nothing is booked yet.")


def _query(request: UserRequest) -> str:
    """Which rows come next: those of the button that was pressed, else those that were looked at."""
    go = request.POST.get("go", "")
    form = RowsForm(QueryDict(go[1:]) if go.startswith("?") else request.POST)
    asked: dict[str, Any] = {"show": form.listed.show, "text": form.listed.text, "page": form.number}
    search = request.POST.get("search", form.listed.text)
    # Enter in the field presses the button that saves, and means the search.
    if go == "search" or (not go and "act" not in request.POST and search != form.listed.text):
        asked |= {"text": RowsForm({"text": search}).listed.text, "page": 1}
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value not in ("", 1)})
    return f"?{query.urlencode()}" if query else ""


def _batch(request: UserRequest, pk: int) -> ImportBatch:
    return get_object_or_404(readings.with_file(ImportBatch.objects.for_user(request.user)), pk=pk)
