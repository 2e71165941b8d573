"""Pages of saved filters: name one, rename it, forget it."""

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.people.once import once
from accounts.people.requests import UserRequest
from transactions.models import SavedFilter
from transactions.models.cached_names import names_of
from transactions.search import services
from transactions.search.filters import FilterForm
from wealthwise.core.forms import done, form_page, page, posted

TEMPLATE = "transactions/search/saved_filter.html"


class NameForm(forms.Form):
    """What a saved filter is called."""

    name = forms.CharField(max_length=SavedFilter._meta.get_field("name").max_length)


@page
def filter_save(request: UserRequest) -> HttpResponse:
    """Name the filter that is in the URL, or in ``query`` when the name was sent."""
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    chosen = filter_of(request, query)
    form = NameForm(posted(request))

    def save() -> HttpResponse:
        if not chosen.is_understood:  # a part of it would be lost
            raise services.RefusedFilter("That filter has a mistake in it. Mend it first, then save it.")
        services.save_filter(user=request.user, query=chosen.query, **form.cleaned_data)
        return _saved(request, form, f"{reverse('transactions:list')}{chosen.address()}")

    once_saved = once(request, save, f"{reverse('transactions:list')}{chosen.address()}")
    return form_page(request, form, once_saved, TEMPLATE, {"chosen": chosen, "title": "Save filter", "mine": None})


@page
def filter_edit(request: UserRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(SavedFilter.objects.for_user(request.user), pk=pk, report="")
    form = NameForm(posted(request), initial={"name": mine.name})

    def save() -> HttpResponse:
        services.rename_filter(user=request.user, filter_id=pk, **form.cleaned_data)
        return _saved(request, form, mine.address())

    chosen = filter_of(request, QueryDict(mine.query))
    return form_page(request, form, save, TEMPLATE, {"chosen": chosen, "title": "Rename filter", "mine": mine})


@require_POST
def filter_delete(request: UserRequest, pk: int) -> HttpResponse:
    """Forget the name; the list goes on showing what it found, so that nothing is lost by mistake."""
    mine = get_object_or_404(SavedFilter.objects.for_user(request.user), pk=pk, report="")
    services.delete_filter(user=request.user, filter_id=pk)
    return done(request, f"Deleted the saved filter “{mine.name}”. Its transactions are untouched.", mine.address())


def filter_of(request: UserRequest, data: QueryDict) -> FilterForm:
    """The filter that ``data`` asks for, with the user's own names to choose from."""
    return FilterForm(data, user=request.user, names=names_of(request.user))


def _saved(request: UserRequest, form: NameForm, to: str) -> HttpResponse:
    return done(request, f"Saved the filter “{form.cleaned_data['name']}”.", to)
