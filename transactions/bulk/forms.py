"""What the bulk bar and its confirmation send."""

from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import User
from transactions.categories.targets import ACCOUNT, TAG, UNTAG, targets
from transactions.models import Transaction
from transactions.models.cached_names import Names
from transactions.models.querysets import TransactionQuerySet
from transactions.search.filters import FilterForm

LONGEST_LIST = 200_000  # characters of ids picked by hand, some 20,000 of them


class BulkForm(forms.Form):
    """A selection and what becomes of it.

    The selection is ``ids``, or with ``all`` everything that matches ``filter``, a query string of the list.
    ``seen`` is how many rows the user was told. Rows by id are sent as ``row`` (a checkbox each) or
    together in ``ids``; the line of a split sends those of its parts. ``agreed`` is that spending may turn into
    income, or back.
    """

    action = forms.ChoiceField(choices=[("move", "Move"), ("delete", "Delete")])
    target = forms.ChoiceField(required=False)
    filter = forms.CharField(max_length=2000, required=False)
    seen = forms.IntegerField(min_value=0, required=False)
    ids = forms.CharField(max_length=LONGEST_LIST, required=False)
    confirmed = forms.BooleanField(required=False)
    agreed = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict, *, user: User, names: Names) -> None:
        super().__init__(data, auto_id="bulk_%s")
        self.user, self.names, self.picked = user, names, data.getlist("row")
        chosen: Any = self.fields["target"]
        chosen.choices = [("", "Choose"), *targets(names)]
        self.is_all = "all" in data

    def clean_ids(self) -> list[int]:
        """Both ways of sending ids in one list."""
        texts = ",".join([*self.picked, self.cleaned_data["ids"]])[:LONGEST_LIST].split(",")
        try:
            return sorted({int(text[:18]) for text in texts if text})
        except ValueError as error:
            raise forms.ValidationError("That selection cannot be read.") from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_all:
            self.listed = FilterForm(QueryDict(data.get("filter", "").lstrip("?")), user=self.user, names=self.names)
            if self.listed.errors:  # a part that is ignored would widen the selection
                raise forms.ValidationError("The filter has changed. Look at the list again and select anew.")
            if data.get("seen") is None:
                raise forms.ValidationError("Look at the list again and select anew.")
        elif not self.errors and not data.get("ids"):
            raise forms.ValidationError("Select at least one transaction first.")
        return data

    def rows(self) -> TransactionQuerySet:
        """The selection as it is now, the user's own rows only."""
        mine = Transaction.objects.for_user(self.user)
        return self.listed.apply(mine) if self.is_all else mine.filter(pk__in=self.cleaned_data["ids"])

    @property
    def size_sent(self) -> int:
        """How many rows the user believes to have selected."""
        told, picked = self.cleaned_data["seen"], len(self.cleaned_data["ids"])
        return told if told is not None and (self.is_all or self.cleaned_data["confirmed"]) else picked

    @property
    def target_name(self) -> str:
        kind, number = self.destination
        if kind in (TAG, UNTAG):
            return self.names.tags[number]
        return (self.names.accounts if kind == ACCOUNT else self.names.subcategories)[number]

    @property
    def tagging(self) -> str:
        """Whether it is no move: "on" where a tag is given, "off" where it is taken off."""
        target = self.cleaned_data.get("target") or ""
        return {TAG: "on", UNTAG: "off"}.get(target[:1], "")

    @property
    def destination(self) -> tuple[str, int]:
        """What the target is of, and its id."""
        target = self.cleaned_data["target"]
        return target[:1], int(target[1:] or 0)
