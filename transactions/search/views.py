"""Pages of saved filters: name one, rename it, forget it."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.people.requests import PersonRequest
from transactions.models import SavedFilter
from transactions.models.cached_names import names_of
from transactions.search import saved, services
from transactions.search.filters import FilterForm
from wealthwise.core.forms import attempt, page, posted


@page
def filter_save(request: PersonRequest) -> HttpResponse:
    """Name the filter that is in the address, or in ``query`` when the name was sent."""
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    chosen = _filter(request, query)
    form = saved.NameForm(posted(request))
    if request.method == "POST" and attempt(
        form,
        lambda: services.save_filter(user=request.user, query=saved.query_of(chosen), **form.cleaned_data),
    ):
        messages.success(request, f"Saved the filter “{form.cleaned_data['name']}”.")
        return redirect(f"{reverse('transactions:list')}{chosen.address()}")
    return _form_page(request, form, chosen, title="Save filter")


@page
def filter_edit(request: PersonRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(SavedFilter.objects.for_user(request.user), pk=pk)
    form = saved.NameForm(posted(request), initial={"name": mine.name})
    if request.method == "POST" and attempt(
        form, lambda: services.rename_filter(user=request.user, filter_id=pk, **form.cleaned_data)
    ):
        messages.success(request, f"Saved the filter “{form.cleaned_data['name']}”.")
        return redirect(mine)
    return _form_page(request, form, _filter(request, QueryDict(mine.query)), title="Rename filter", mine=mine)


@require_POST
def filter_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Forget the name; the list goes on showing what it found, so that nothing is lost by mistake."""
    mine = get_object_or_404(SavedFilter.objects.for_user(request.user), pk=pk)
    services.delete_filter(user=request.user, filter_id=pk)
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
