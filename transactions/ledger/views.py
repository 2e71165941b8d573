"""Pages of the ledger: the list, and entering, changing and deleting transactions and transfers."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from accounts.people.requests import PersonRequest
from transactions.categories.targets import target_options
from transactions.ledger import listing, services, suggestions
from transactions.ledger.forms import BookingForm, EntryForm, TransferForm
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.search import filter_html, saved
from transactions.search.filters import CURSOR, FilterForm
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import attempt, page, posted, way_back
from wealthwise.core.money import format_money

LAST_DAY, LAST_ACCOUNT = "entry_date", "entry_account"  # what the next entry of this session begins with


@require_safe
def transaction_list(request: PersonRequest) -> HttpResponse:
    """The list; asked by htmx for more, only the next rows."""
    form = FilterForm(request.GET, user=request.user, names=names_of(request.user))
    only_rows = bool(request.htmx)
    shown = listing.build(
        Transaction.objects.for_user(request.user),
        form,
        cursor=request.GET.get(CURSOR, ""),
        here=request.get_full_path(),
        only_rows=only_rows,
    )
    template = "transactions/list.html#days" if only_rows else "transactions/list.html"
    context = {
        "form": form,
        "listing": shown,
        "is_first": CURSOR not in request.GET,
    } | ({} if only_rows else _around(form))
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _around(form: FilterForm) -> dict[str, Any]:
    """What stands around the rows."""
    return {
        "targets": target_options(form.names),
        "search_box": filter_html.search_box(form),
        "search_help": filter_html.search_help(),
        "panel": filter_html.panel(form),
        **saved.context(form),
    }


@page
def add(request: PersonRequest) -> HttpResponse:
    form = EntryForm(posted(request), user=request.user, initial=beginning_of(request))
    if request.method == "POST" and attempt(
        form, lambda: services.record_transaction(user=request.user, booking=form.booking())
    ):
        remember(request, form)
        say_saved(request, form)
        return redirect("transactions:add" if "another" in request.POST else way_back(request))
    return _entry_page(request, form, title="Add transaction")


@page
def transfer(request: PersonRequest) -> HttpResponse:
    form = TransferForm(posted(request), user=request.user, initial=beginning_of(request))
    if request.method == "POST" and attempt(
        form, lambda: services.record_transfer(user=request.user, booking=form.booking())
    ):
        remember(request, form)
        say_saved(request, form)
        return redirect("transactions:transfer" if "another" in request.POST else way_back(request))
    return _entry_page(request, form, title="Add transfer")


@page
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    if row.transfer_id:
        return _edit_transfer(request, row, row.transfer_id)
    form = EntryForm(posted(request), user=request.user, row=row)
    if request.method == "POST" and attempt(
        form,
        lambda: services.update_transaction(user=request.user, transaction_id=row.pk, booking=form.booking()),
    ):
        say_saved(request, form)
        return redirect(way_back(request))
    return _entry_page(request, form, title="Edit transaction", row=row)


def _edit_transfer(request: PersonRequest, row: Transaction, transfer_id: UUID) -> HttpResponse:
    legs = Transaction.objects.for_user(request.user).transfer_legs(transfer_id)
    form = TransferForm(posted(request), user=request.user, row=row, other=legs.exclude(pk=row.pk).first())
    if request.method == "POST" and attempt(
        form,
        lambda: services.update_transfer(user=request.user, transfer_id=transfer_id, booking=form.booking()),
    ):
        say_saved(request, form)
        return redirect(way_back(request))
    return _entry_page(request, form, title="Edit transfer", row=row)


@page
def delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask on GET, delete on POST."""
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    back = way_back(request)
    if request.method != "POST":
        amount = format_money(row.amount, request.user.currency)
        return render(request, "transactions/delete.html", {"row": row, "amount": amount, "back": back})
    try:
        services.delete_transaction(user=request.user, transaction_id=row.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Deleted “{row.description}”.")
    return redirect(back)


@require_safe
def suggest(request: PersonRequest) -> JsonResponse:
    """The subcategory that a description had mostly, and why, for the entry form's script; null without one."""
    mine = Transaction.objects.for_user(request.user)
    return JsonResponse(asdict(suggestions.suggest(mine, request.GET.get("description", ""))))


def _entry_page(
    request: PersonRequest, form: BookingForm, *, title: str, row: Transaction | None = None
) -> HttpResponse:
    context = {"form": form, "title": title, "row": row, "back": way_back(request)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "transactions/entry.html", context, status=status)


def beginning_of(request: PersonRequest) -> dict[str, Any]:
    """What a new entry starts with: the address first, then what this session used last."""
    wanted = {name: request.GET[name] for name in ("direction", "account", "subcategory") if request.GET.get(name)}
    day = _day_or_none(request.GET.get("date") or request.session.get(LAST_DAY) or "")
    account = request.session.get(LAST_ACCOUNT)
    return ({"account": account, "source": account} if account else {}) | ({"date": day} if day else {}) | wanted


def _day_or_none(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def remember(request: PersonRequest, form: BookingForm) -> None:
    account = form.cleaned_data.get("account") or form.cleaned_data.get("source")
    request.session[LAST_DAY] = form.cleaned_data["date"].isoformat()
    request.session[LAST_ACCOUNT] = account.pk if account else None


def say_saved(request: PersonRequest, form: BookingForm) -> None:
    amount = format_money(form.cleaned_data["amount"], request.user.currency)
    messages.success(request, f"Saved “{form.cleaned_data['description']}”, {amount}.")
