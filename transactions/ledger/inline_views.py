"""Editing a row of the list where it stands, asked for by htmx. Without it these lead to the edit page."""

from typing import Any
from urllib.parse import quote, urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from accounts.people.requests import PersonRequest
from transactions.ledger import listing, services
from transactions.ledger.forms import BookingForm, EntryForm, TransferForm
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm
from transactions.search.links import edit_url
from wealthwise.core.forms import attempt, posted, way_back
from wealthwise.core.money import format_money


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """The editor in place of the row; once saved, the row again with the figures that it is part of."""
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    back = way_back(request)
    if not request.htmx:
        return redirect(f"{edit_url(pk)}?next={quote(back)}")
    form = _form(request, row)
    if request.method == "POST" and attempt(form, lambda: _save(request, row, form)):
        return _saved(request, row, form)
    form.fields["amount"].widget.attrs["autofocus"] = True
    context = {"form": form, "row": row, "back": back, "query": f"?next={quote(back)}"}
    return render(request, "transactions/inline.html", context, status=422 if form.errors else 200)


@require_safe
def row(request: PersonRequest, pk: int) -> HttpResponse:
    """The row as it is, when editing is given up."""
    if not request.htmx:
        return redirect(way_back(request))
    return HttpResponse(_again(request, pk).html())


def _form(request: PersonRequest, row: Transaction) -> Any:
    options: dict[str, Any] = {"user": request.user, "row": row, "auto_id": f"row-{row.pk}-%s"}
    if not row.transfer_id:
        return EntryForm(posted(request), **options)
    legs = Transaction.objects.for_user(request.user).transfer_legs(row.transfer_id)
    return TransferForm(posted(request), other=legs.exclude(pk=row.pk).first(), **options)


def _save(request: PersonRequest, row: Transaction, form: Any) -> None:
    if row.transfer_id:
        services.update_transfer(user=request.user, transfer_id=row.transfer_id, booking=form.booking())
    else:
        services.update_transaction(user=request.user, transaction_id=row.pk, booking=form.booking())


def _saved(request: PersonRequest, row: Transaction, form: BookingForm) -> HttpResponse:
    """The new row, and out of band its day and the totals. What moves or changes two rows loads the list anew."""
    amount = format_money(form.cleaned_data["amount"], request.user.currency)
    said = f"Saved “{form.cleaned_data['description']}”, {amount}."
    if row.transfer_id or form.moment() != row.transaction_date:
        messages.success(request, said)
        return HttpResponseClientRefresh()
    response = render(request, "transactions/saved.html", {"changed": _again(request, row.pk)})
    return trigger_client_event(response, "toast", {"text": said, "level": "good"})


def _again(request: PersonRequest, pk: int) -> listing.Changed:
    here = way_back(request)
    form = FilterForm(QueryDict(urlsplit(here).query), user=request.user, names=names_of(request.user))
    found = listing.again(Transaction.objects.for_user(request.user), form, pk, here)
    if found is None:
        raise Http404
    return found
