"""Which of the person's categories those of a file are: a choice for each."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from accounts.models import User
from transactions.importing.filing.categories import IS, NEW, UNDER, NamedInFile, levels
from transactions.models.cached_names import Names, names_of


class NamesForm(forms.Form):
    """A field for each name, called after the name and not after its place, which another tab may change."""

    create_missing = forms.BooleanField(label="Create what is left without a category", required=False)

    def __init__(self, *args: Any, user: User, asked: Sequence[NamedInFile], **options: Any) -> None:
        super().__init__(*args, **options)
        names = names_of(user)
        self.asked = {_field_of(each.name): each for each in asked}
        choices = _choices(names)
        known = {f"{names.categories[outer]}: {names.subcategories[pk]}".casefold(): pk
                 for pk, outer in names.category_of.items() if pk not in names.archived}  # fmt: skip
        for pk, name in names.subcategories.items():
            if pk not in names.archived:
                known.setdefault(name.casefold(), pk)
        for field, each in self.asked.items():
            self.fields[field] = forms.ChoiceField(
                label=each.name,
                choices=choices,
                required=False,
                initial=_initial(each, known),
                widget=forms.Select(attrs={"data-combo": "choose"}),
            )

    def rows(self) -> Iterator[tuple[NamedInFile, BoundField]]:
        return ((each, self[field]) for field, each in self.asked.items())

    def chosen(self) -> dict[str, str]:
        """What each name is to mean, once the form is valid."""
        missing = NEW if self.cleaned_data["create_missing"] else ""
        return {each.name: self.cleaned_data[field] or missing for field, each in self.asked.items()}


def _field_of(name: str) -> str:
    return f"name_{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _choices(names: Names) -> list[tuple[str, Any]]:
    under = [(f"{UNDER}{pk}", f"Create it under {name}") for pk, name in names.open_categories.items()]
    own = [(outer, [(f"{IS}{pk}", name) for pk, name in members]) for outer, members in names.grouped() if members]
    return [("", "No category"), *own, ("New", [(NEW, "Create it as the file has it"), *under])]


def _initial(each: NamedInFile, known: dict[str, int]) -> str:
    if each.is_known:
        return f"{IS}{each.subcategory_id}" if each.subcategory_id else ""
    outer, inner = levels(each.name)
    found = known.get(f"{outer}: {inner}".casefold()) or known.get(inner.casefold())
    return f"{IS}{found}" if found else ""
