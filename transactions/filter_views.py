"""What can be done with a filtered list: save the filter under a name, and download what it finds."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest
from transactions import list_csv, saved, saved_services
from transactions.filters import FilterForm
from transactions.models import SavedFilter, Transaction
from transactions.names import names_of
from transactions.views import page
from transactions.web import attempt, posted
from wealthwise.downloads import csv_response
from wealthwise.limits import an_hour


@require_safe
@an_hour(60, "lists")
def download(request: PersonRequest) -> HttpResponseBase:
    """What the filter finds as CSV. A filter with a mistake in it goes back to the list, which says it."""
    form = _filter(request, request.GET)
    if not form.is_understood:
        return redirect(f"{reverse('transactions:list')}?{request.GET.urlencode()}")
    mine = Transaction.objects.for_user(request.user)
    return csv_response(list_csv.filename(form), list_csv.HEADER, list_csv.lines(mine, form))


@page
def filter_save(request: PersonRequest) -> HttpResponse:
    """Name the filter that is in the address, or in ``query`` when the name was sent."""
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    chosen = _filter(request, query)
    form = saved.NameForm(posted(request))
    if request.method == "POST" and attempt(
        form,
        lambda: saved_services.save_filter(user=request.user, query=saved.query_of(chosen), **form.cleaned_data),
    ):
        messages.success(request, f"Saved the filter “{form.cleaned_data['name']}”.")
        return redirect(f"{reverse('transactions:list')}{chosen.address()}")
    return _form_page(request, form, chosen, title="Save filter")


@page
def filter_edit(request: PersonRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(SavedFilter.objects.for_user(request.user), pk=pk)
    form = saved.NameForm(posted(request), initial={"name": mine.name})
    if request.method == "POST" and attempt(
        form, lambda: saved_services.rename_filter(user=request.user, filter_id=pk, **form.cleaned_data)
    ):
        messages.success(request, f"Saved the filter “{form.cleaned_data['name']}”.")
        return redirect(mine)
    return _form_page(request, form, _filter(request, QueryDict(mine.query)), title="Rename filter", mine=mine)


@require_POST
def filter_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Forget the name; the list goes on showing what it found, so that nothing is lost by mistake."""
    mine = get_object_or_404(SavedFilter.objects.for_user(request.user), pk=pk)
    saved_services.delete_filter(user=request.user, filter_id=pk)
    messages.success(request, f"Deleted the saved filter “{mine.name}”. Its transactions are untouched.")
    return redirect(mine)


def _filter(request: PersonRequest, data: QueryDict) -> FilterForm:
    return FilterForm(data, user=request.user, names=names_of(request.user))


def _form_page(
    request: PersonRequest, form: saved.NameForm, chosen: FilterForm, *, title: str, mine: SavedFilter | None = None
) -> HttpResponse:
    context = {"form": form, "chosen": chosen, "title": title, "mine": mine}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "transactions/saved_filter.html", context, status=status)
