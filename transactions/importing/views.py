"""Pages of the import: one URL per step, so that each can be left and found again."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account
from accounts.people.once import once
from accounts.people.requests import UserRequest
from accounts.signin.limits import limited
from transactions.balances.notices import say_what_differs
from transactions.importing import jobs, pages, readings, services
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.filing import categories
from transactions.importing.filing.forms import NamesForm
from transactions.importing.forms import EncodingForm, LayoutForm, ReadingForm, UploadForm
from transactions.importing.packed.unpacking import SentFile
from transactions.importing.preview import read
from transactions.importing.several.accounts import part
from transactions.importing.several.forms import AccountsForm
from transactions.models import ImportBatch
from transactions.models.querysets import ImportBatchQuerySet
from wealthwise.core.errors import AskFirst, DomainError
from wealthwise.core.forms import form_page, has_agreed, page, posted
from wealthwise.core.locales import show_count


@page
@limited("uploads", reading=False)
def start(request: UserRequest) -> HttpResponse:
    """Upload files, and what was imported before."""
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user, initial=request.GET.dict())

    def stage() -> HttpResponse:
        account = form.cleaned_data["account"]
        sent = [SentFile(upload.name, upload.read()) for upload in form.cleaned_data["file"]]
        if jobs.is_long_work(sent):
            return redirect("jobs:progress", jobs.upload(request.user, account, sent).pk)
        batches, refusals = services.receive(user=request.user, account=account, sent=sent)
        for refusal in refusals:
            messages.error(request, refusal)
        if told := jobs.received(batches):
            messages.success(request, told)
        return redirect(jobs.page_of(batches))

    def context() -> dict[str, Any]:
        batches = list(_mine(request).defer("content", "errors")[: pages.BATCHES_SHOWN])
        return {"batches": batches, "jobs": jobs.all_under_way(request.user)}

    once_staged = once(request, stage, "transactions:import")
    return form_page(request, form, once_staged, "transactions/importing/start.html", context)


@page
def configure(request: UserRequest, pk: int) -> HttpResponse:
    """What the columns of a CSV mean. Asked by GET with another reading, it shows that without keeping it."""
    batch = get_object_or_404(_with_file(request), pk=pk)
    if readings.size_of(batch) is None or batch.kind != "csv":
        return redirect("transactions:import_check", pk=pk)
    if job := jobs.under_way(batch):
        return redirect("jobs:progress", job.pk)
    is_sent = request.method == "POST"
    stored = CsvLayout.from_dict(batch.layout)
    asked = (request.POST if is_sent else request.GET) or None
    reading = ReadingForm(asked, initial=ReadingForm.initial_of(stored))
    columns = pages.columns_of(batch, stored, reading, guess=not is_sent)
    initial = LayoutForm.initial_of(columns.layout)
    form = LayoutForm(posted(request), reading=columns.layout, sheet=columns.sheet, initial=initial)

    def keep() -> HttpResponse:
        kept = services.configure(batch=batch, layout=form.layout)
        if services.accounts_of(kept):
            return redirect("transactions:import_accounts", pk=pk)
        return redirect(f"transactions:import_{'categories' if services.has_new_names(kept) else 'check'}", pk=pk)

    context = pages.configure_context(batch, columns, reading)
    return form_page(request, form, keep, "transactions/importing/configure.html", context)


@page
def accounts(request: UserRequest, pk: int) -> HttpResponse:
    """Which of the person's accounts those of a file are, where it has several."""
    batch = get_object_or_404(_with_file(request).defer("errors"), pk=pk)
    try:
        found = services.accounts_of(batch) if batch.state == ImportBatch.State.UPLOADED else []
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("transactions:import_configure", pk=pk)
    if not found:
        return redirect("transactions:import_check", pk=pk)
    mine = list(Account.objects.for_user(request.user).active().order_by("name"))
    form = AccountsForm(posted(request), user=request.user, accounts=mine, found=found)

    def keep() -> HttpResponse:
        made = part(batch=batch, found=found, chosen=form.chosen())
        if len(made) == 1:
            return redirect("transactions:import_check", pk=made[0])
        messages.success(request, f"{show_count(len(made))} files wait for you: look at each of them.")
        return redirect("transactions:import")

    return form_page(request, form, keep, "transactions/importing/accounts.html", {"batch": batch})


@page
def name_categories(request: UserRequest, pk: int) -> HttpResponse:
    """Ask for the categories of a staged CSV that nobody was asked about yet, and show those that are known."""
    batch = get_object_or_404(_with_file(request), pk=pk)
    if readings.size_of(batch) is None or batch.kind != "csv":
        return redirect("transactions:import_check", pk=pk)
    try:
        found = categories.named_in(request.user, read(batch).rows)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("transactions:import_configure", pk=pk)
    asked = found[: categories.MOST_ASKED]
    form = NamesForm(posted(request), user=request.user, asked=asked)

    def keep() -> HttpResponse:
        totals: dict[str, Decimal] = {each.name: each.total for each in asked}
        categories.remember(user=request.user, chosen=form.chosen(), totals=totals)
        is_more = any(not each.is_known for each in found[categories.MOST_ASKED :])
        return redirect(f"transactions:import_{'categories' if is_more else 'check'}", pk=pk)

    context: dict[str, Any] = {"batch": batch, "asked": asked, "more": len(found) - len(asked)}
    return form_page(request, form, keep, "transactions/importing/categories.html", context)


@require_POST
def read_as(request: UserRequest, pk: int, profile_id: int) -> HttpResponse:
    """The columns of a CSV as those of another file that looks like it."""
    batch = get_object_or_404(_with_file(request).defer("errors"), pk=pk)
    try:
        services.read_as(batch=batch, profile_id=profile_id)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("transactions:import_configure", pk=pk)


@require_POST
def order_days(request: UserRequest, pk: int) -> HttpResponse:
    """The days of a QIF that could be read both ways: the other way round."""
    batch = get_object_or_404(_mine(request).defer("content", "errors"), pk=pk)
    try:
        services.order_days(batch=batch, day_first=request.POST.get("day_first") == "1")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("transactions:import_check", pk=pk)


@require_POST
def encoding(request: UserRequest, pk: int) -> HttpResponse:
    """The letters of a file that is no CSV, read in another encoding."""
    batch = get_object_or_404(_with_file(request).defer("errors"), pk=pk)
    form = EncodingForm(request.POST)
    if form.is_valid() and readings.is_long(batch):
        return redirect("jobs:progress", jobs.begin(batch, jobs.READ, **form.cleaned_data).pk)
    try:
        services.choose_encoding(batch=batch, encoding=form.cleaned_data["encoding"] if form.is_valid() else "?")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("transactions:import_check", pk=pk)


@require_safe
def result(request: UserRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(_mine(request).defer("content"), pk=pk)
    if batch.kind == "moving":
        return redirect("moving:moved", pk=pk)
    if batch.state == ImportBatch.State.UPLOADED:
        return redirect("transactions:import_check", pk=pk)
    return render(request, "transactions/importing/result.html", pages.result_context(batch))


@page
def revert(request: UserRequest, pk: int) -> HttpResponse:
    """Ask on GET, saying what would go; revert on POST."""
    batch = get_object_or_404(_mine(request).defer("content", "errors"), pk=pk)
    if batch.kind == "moving":
        return redirect("moving:take_back", pk=pk)
    if request.method != "POST":
        if batch.state != ImportBatch.State.COMMITTED:
            return redirect("transactions:import_result", pk=pk)
        return render(request, "transactions/importing/revert.html", pages.revert_context(batch))
    try:
        gone = services.revert(batch=batch, agreed=has_agreed(request))
    except AskFirst:
        return render(request, "transactions/importing/revert.html", pages.revert_context(batch), status=409)
    except services.AlreadyDone as news:
        messages.info(request, str(news))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        changed = f" Changed by hand among them: {show_count(gone.changed)}." if gone.changed else ""
        say_what_differs(request)
        messages.success(request, f"Reverted “{batch.file_name}”: {show_count(gone.rows)} removed.{changed}")
    return redirect("transactions:import_result", pk=pk)


@page
def discard(request: UserRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(_mine(request).defer("content", "errors"), pk=pk)
    if request.method != "POST":
        return redirect("transactions:import_check", pk=pk)
    jobs.stop(batch)
    try:
        services.discard(batch=batch)
    except DomainError as news:
        messages.info(request, str(news))
    else:
        messages.success(request, f"“{batch.file_name}” was discarded. Nothing was imported.")
    return redirect("transactions:import")


def _mine(request: UserRequest) -> ImportBatchQuerySet:
    return ImportBatch.objects.for_user(request.user).select_related("account", "user")


def _with_file(request: UserRequest) -> ImportBatchQuerySet:
    return readings.with_file(ImportBatch.objects.for_user(request.user))
