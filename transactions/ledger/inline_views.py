"""Editing a row of the list where it stands, asked for by htmx. Without it these lead to the edit page."""

from urllib.parse import quote, urlsplit

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from accounts.people.requests import UserRequest
from transactions.balances.notices import say_what_differs
from transactions.ledger import listing
from transactions.ledger.views import form_of, saved_in_words, update
from transactions.models import Transaction
from transactions.search.filters import FilterForm
from transactions.search.links import edit_url
from transactions.search.views import filter_of
from wealthwise.core.forms import form_page, has_agreed, page, way_back


@page
def edit(request: UserRequest, pk: int) -> HttpResponse:
    """The editor in place of the row; once saved, the row again with the figures that it is part of.

    Where a row moves, or two are changed, the page is told to bring its list up to date.
    """
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    back = way_back(request)
    if not request.htmx:
        return redirect(f"{edit_url(pk)}?next={quote(back)}")
    form = form_of(request, row, auto_id=f"row-{row.pk}-%s")
    if "direction" in form.fields:  # as narrow as a sign
        form.fields["direction"].widget = forms.Select(choices=[("expense", "Out"), ("income", "In")])

    def save() -> HttpResponse:
        updated = update(request, row, form)
        said = saved_in_words(request, form, updated.theirs)
        say_what_differs(request)
        is_elsewhere = row.transfer_id or row.split_id or form.moves or "day" in updated.theirs or has_agreed(request)
        is_elsewhere = is_elsewhere or bool(listing.account_of(_filter_of(request)))  # with balances in its rows
        answer = HttpResponse(status=204) if is_elsewhere else _again(request, pk, is_saved=True)
        toast = {"text": said, "level": "good"} | ({"undo": updated.action_id} if updated.action_id else {})
        trigger_client_event(answer, "toast", toast)
        return trigger_client_event(answer, "page-changed") if is_elsewhere else answer

    return form_page(request, form, save, "transactions/ledger/inline.html", {"row": row, "back": back})


@require_safe
def row(request: UserRequest, pk: int) -> HttpResponse:
    """The row as it is: when editing is given up, and once it was ``saved`` elsewhere on the page, which has the
    focus then.
    """
    is_saved = "saved" in request.GET
    return (
        _again(request, pk, is_saved=is_saved, has_focus=not is_saved) if request.htmx else redirect(way_back(request))
    )


def _again(request: UserRequest, pk: int, *, is_saved: bool = False, has_focus: bool = True) -> HttpResponse:
    """The row; once saved, out of band its day and the totals too."""
    back, form = way_back(request), _filter_of(request)
    changed = listing.again(Transaction.objects.for_user(request.user), form, pk)
    if changed is None:
        raise Http404
    context = {"changed": changed, "names": form.names, "back": back, "is_saved": is_saved, "has_focus": has_focus}
    return render(request, "transactions/ledger/row.html", context)


def _filter_of(request: UserRequest) -> FilterForm:
    """That of the list which the row stands in."""
    return filter_of(request, QueryDict(urlsplit(way_back(request)).query))
