"""Saved filters beside the list: their links, and the query string that is kept."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse

from transactions.models import SavedFilter
from transactions.search.filters import FilterForm
from transactions.search.services import RefusedFilter


@dataclass(frozen=True, slots=True)
class SavedLink:
    """A saved filter; ``is_current`` when the list shows just that."""

    name: str
    address: str
    edit_address: str
    is_current: bool


class NameForm(forms.Form):
    """What a saved filter is called."""

    name = forms.CharField(max_length=SavedFilter._meta.get_field("name").max_length)


def links(form: FilterForm) -> list[SavedLink]:
    """The person's saved filters by name; they came with the names that the form has."""
    home = reverse("transactions:list")
    return [
        SavedLink(
            name=saved.name,
            address=f"{home}?{saved.query}",
            edit_address=reverse("transactions:filter_edit", args=[pk]),
            is_current=saved.query == form.query,
        )
        for pk, saved in form.names.saved.items()
    ]


def context(form: FilterForm) -> dict[str, Any]:
    """For the template of the list: all links, and the one that is shown."""
    saved = links(form)
    return {"saved": saved, "current_saved": next((link for link in saved if link.is_current), None)}


def query_of(form: FilterForm) -> str:
    """The query string to keep. Raises RefusedFilter when a part of the filter would be lost."""
    if not form.is_understood:
        raise RefusedFilter("That filter has a mistake in it. Mend it first, then save it.")
    return form.query
