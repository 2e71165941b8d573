"""The forms of the check page: for each row that can be booked, for which rows are shown, and for all of these."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import QueryDict

from accounts.models import User
from accounts.models.cached_user import account_names
from transactions.importing.draft.edits import MOST_EQUAL_ROWS, Edit, Identity, Listed
from transactions.importing.draft.merging import RowShown, RowTyped, decided_otherwise, load_shown
from transactions.importing.formats.rows import DESCRIPTION_LENGTH, MAX_ROWS
from transactions.importing.formats.text import clean_text
from transactions.models.cached_names import Names, names_of
from wealthwise.core.fields import DayField, field_of
from wealthwise.core.locales import show_day

ROWS_SHOWN: Final = 50
UNCATEGORISED: Final = "Uncategorised"
_PREFIX: Final = re.compile(r"r([0-9a-f]{32})_([1-9][0-9]{0,4})-shown")


class Choices:
    """What the rows of a user can be filed under and moved to, by name: of the cache, made once for all rows.

    ``account`` is that of the file.
    """

    def __init__(self, user: User, account: int) -> None:
        names = names_of(user)
        self.account = account
        self.labels = _labels(names)
        self.offered = [label for pk, label in self.labels.items() if pk not in names.archived]
        self.accounts = {each.id: each.name for each in account_names(user)}
        self.closed = names.closed
        self._exact = {label: pk for pk, label in self.labels.items()}
        self._ids = {label.casefold(): pk for pk, label in self.labels.items()}
        for pk, name in names.subcategories.items():
            # A bare name counts where it is the only one.
            key = name.casefold()
            self._ids[key] = 0 if key in self._ids and self._ids[key] != pk else pk

    def accounts_for(self, kept: int) -> list[tuple[int, str]]:
        """Open accounts, and the one that a row is for already."""
        return [(pk, name) for pk, name in self.accounts.items() if pk == kept or pk not in self.closed]

    def subcategory(self, text: str) -> int | None:
        """The one that a text names, None for none. Raises ValidationError for one that is not there."""
        key = " ".join(text.split()).casefold()
        if key in ("", UNCATEGORISED.casefold()):
            return None
        if found := self._exact.get(text.strip()) or self._ids.get(key):
            return found
        raise forms.ValidationError(f"You have no category “{text[:60]}”. Choose one of the list.", code="category")


def _labels(names: Names) -> dict[int, str]:
    """“Food: Groceries” by id, in the order of the names."""
    return {
        pk: " ".join(f"{category}: {name}".split())
        for category, members in names.grouped(with_archived=True)
        for pk, name in members
    }


class CategoryNameField(forms.CharField):
    """A subcategory by its name: a text with a list that can be searched, which every row of a page shares."""

    def __init__(self) -> None:
        attrs = {"list": "categories", "data-combo": "list", "placeholder": UNCATEGORISED, "autocomplete": "off"}
        super().__init__(required=False, max_length=250, widget=forms.TextInput(attrs=attrs))
        self.known: Choices | None = None

    def prepare_value(self, value: Any) -> Any:
        return self.known.labels.get(value, "") if self.known and not isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return self.known.subcategory(text or "") if self.known else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        if data == self.prepare_value(initial):
            return False  # whatever else has that name
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class RowForm(forms.Form):
    """One row: whether it will be booked, and as what. A row that nobody touched is not looked at."""

    is_taken = forms.BooleanField(required=False)
    booked_on = DayField()
    description = forms.CharField(max_length=DESCRIPTION_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    subcategory = CategoryNameField()
    account = forms.TypedChoiceField(coerce=int)

    def __init__(
        self, identity: Identity, shown: RowShown, *, choices: Choices, data: QueryDict | None = None
    ) -> None:
        initial = {
            "is_taken": shown.is_taken,
            "booked_on": shown.booked_on,
            "description": shown.description,
            "subcategory": shown.subcategory,
            "account": shown.account,
        }
        options: dict[str, Any] = {"empty_permitted": True, "use_required_attribute": False}
        super().__init__(data, prefix=prefix_of(identity), initial=initial, **options)
        self.identity, self.shown = identity, shown
        field_of(self, "subcategory", CategoryNameField).known = choices
        field_of(self, "account", forms.ChoiceField).choices = choices.accounts_for(shown.account)

    @property
    def shown_name(self) -> str:
        return self.add_prefix("shown")

    def clean_description(self) -> str:
        text = clean_text(self.cleaned_data["description"], DESCRIPTION_LENGTH)
        if not text:
            raise forms.ValidationError("Say what it is.")
        return text

    def row(self) -> RowTyped:
        """What was shown and typed, once the form is valid."""
        typed = self.shown
        for name in self.changed_data:
            typed = replace(typed, **{name: self.cleaned_data[name]})
        return RowTyped(self.shown, typed)

    def ask_again(self, now: Edit, choices: Choices) -> None:
        """Say beside what was typed what another tab made of it, and take that as shown."""
        row = self.row()
        for name in decided_otherwise(row, now):
            self.shown = replace(self.shown, **{name: getattr(now, name)})
            words = _in_words(name, now, choices)
            self.add_error(name, f"Meanwhile it became {words}. Save again to keep your entry.")


def _in_words(name: str, now: Edit, choices: Choices) -> str:
    if name == "booked_on" and now.booked_on:
        return show_day(now.booked_on)
    if name == "subcategory":
        return f"“{choices.labels.get(now.subcategory or 0, UNCATEGORISED)}”"
    if name == "account":
        return f"“{choices.accounts.get(now.account or 0, '')}”"
    return f"“{now.description}”"


def prefix_of(identity: Identity) -> str:
    return f"r{identity[0].hex}_{identity[1]}"


def posted_rows(data: QueryDict, choices: Choices) -> dict[Identity, RowForm]:
    """A form for each row that came back, as many as a page has."""
    found = dict[Identity, RowForm]()
    for name in data:
        match, shown = _PREFIX.fullmatch(name), load_shown(data.get(name, ""))
        if match and shown and int(match[2]) <= MOST_EQUAL_ROWS and len(found) < ROWS_SHOWN:
            identity = (UUID(match[1]), int(match[2]))
            found[identity] = RowForm(identity, shown, choices=choices, data=data)
    return found


class RowsForm(forms.Form):
    """Which rows of a file the check page shows; what is none of these shows them all, from the first."""

    SHOWN = (
        ("", "All"), ("new", "New"), ("known", "Already there"), ("similar", "The same as yours"),
        ("deleted", "Deleted by you"), ("pending", "Not booked yet"), ("error", "Errors"),
    )  # fmt: skip

    show = forms.ChoiceField(choices=SHOWN, required=False)
    text = forms.CharField(max_length=100, required=False)
    page = forms.IntegerField(min_value=1, max_value=MAX_ROWS, required=False)

    @property
    def listed(self) -> Listed:
        return Listed(self._said("show") or "", self._said("text") or "")

    @property
    def number(self) -> int:
        return int(self._said("page") or 1)

    def _said(self, name: str) -> Any:
        """What was asked, of a part that could be read."""
        self.is_valid()
        return self.cleaned_data.get(name)


class AllRowsForm(forms.Form):
    """What becomes of all rows that are listed: ticked or not, filed, or with other words."""

    act = forms.ChoiceField(choices=[("tick", ""), ("untick", ""), ("file", ""), ("replace", "")])
    only_ticked = forms.BooleanField(required=False, label="Only the ticked ones")
    find = forms.CharField(max_length=DESCRIPTION_LENGTH, required=False, strip=False, label="Find in descriptions")
    put = forms.CharField(max_length=DESCRIPTION_LENGTH, required=False, strip=False, label="Replace by")
    into = CategoryNameField()

    def __init__(self, data: Mapping[str, Any] | None = None, *, choices: Choices) -> None:
        super().__init__(data, auto_id="all_%s")
        field_of(self, "into", CategoryNameField).known = choices
        self.fields["into"].label = "Category"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("act") == "replace" and not data.get("find", "").strip():
            self.add_error("find", "Write what is to be replaced.")
        return data
