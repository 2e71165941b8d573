"""Which of the person's accounts those of a file are: a choice for each."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from accounts.models import Account, User
from transactions.importing.several.accounts import NEW, NONE, FoundAccount, proposed


class AccountsForm(forms.Form):
    """A field for each account of a file, called after it."""

    def __init__(
        self, *args: Any, user: User, accounts: Sequence[Account], found: Sequence[FoundAccount], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        known = proposed(user, accounts, found)
        mine = [(str(account.pk), account.name) for account in accounts]
        others = [(NEW, "Add an account for it"), (NONE, "Leave its rows out")]
        self.found = {f"of_{hashlib.sha256(each.name.encode()).hexdigest()[:16]}": each for each in found}
        for field, each in self.found.items():
            self.fields[field] = forms.ChoiceField(
                label=each.shown, choices=[("", "Choose"), *mine, *others], initial=known.get(each.name, "")
            )

    def rows(self) -> Iterator[tuple[FoundAccount, BoundField]]:
        return ((each, self[field]) for field, each in self.found.items())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and set(data.values()) == {NONE}:
            raise forms.ValidationError("Choose an account for one of them at least, or discard the file.")
        return data

    def chosen(self) -> dict[str, str]:
        """What each is, once the form is valid."""
        return {each.name: self.cleaned_data[field] for field, each in self.found.items()}
