"""Editing a row of the list where it stands, asked for by htmx. Without it these lead to the edit page."""

from urllib.parse import quote, urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from accounts.people.requests import UserRequest
from transactions.balances.notices import say_what_differs
from transactions.ledger import listing
from transactions.ledger.views import form_of, saved_in_words, update
from transactions.models import Transaction
from transactions.rules.pages import filing_of
from transactions.search.links import edit_url
from transactions.search.views import filter_of
from wealthwise.core.forms import form_page, has_agreed, page, way_back


@page
def edit(request: UserRequest, pk: int) -> HttpResponse:
    """The editor in place of the row; once saved, the row again with the figures that it is part of.

    What moves, or changes two rows, loads the list anew.
    """
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    back = way_back(request)
    if not request.htmx:
        return redirect(f"{edit_url(pk)}?next={quote(back)}")
    form = form_of(request, row, auto_id=f"row-{row.pk}-%s")
    form.fields["amount"].widget.attrs["autofocus"] = True

    def save() -> HttpResponse:
        updated = update(request, row, form)
        said = saved_in_words(request, form, updated.theirs)
        say_what_differs(request)
        if row.transfer_id or form.moves or "day" in updated.theirs or has_agreed(request):
            messages.success(request, said, extra_tags=f"undo {updated.action_id}" if updated.action_id else "")
            return HttpResponseClientRefresh()
        toast = {"text": said, "level": "good"} | ({"undo": updated.action_id} if updated.action_id else {})
        return trigger_client_event(_again(request, pk, is_saved=True), "toast", toast)

    context = {"row": row, "back": back, "filing": filing_of(request.user, row)}
    return form_page(request, form, save, "transactions/ledger/inline.html", context)


@require_safe
def row(request: UserRequest, pk: int) -> HttpResponse:
    """The row as it is, when editing is given up."""
    return _again(request, pk) if request.htmx else redirect(way_back(request))


def _again(request: UserRequest, pk: int, *, is_saved: bool = False) -> HttpResponse:
    """The row; once saved, out of band its day and the totals too."""
    back = way_back(request)
    form = filter_of(request, QueryDict(urlsplit(back).query))
    changed = listing.again(Transaction.objects.for_user(request.user), form, pk)
    if changed is None:
        raise Http404
    context = {"changed": changed, "names": form.names, "back": back, "is_saved": is_saved}
    return render(request, "transactions/ledger/row.html", context)
