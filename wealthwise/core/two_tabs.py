"""Two tabs on one row: what only one of them changed is kept, what both changed is asked.

A form carries what it was shown with, as its fields would send it back untouched. When it comes, each field is
compared with that and with what the row says now. Saves of one person take turns meanwhile, see `edit_page`.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django import forms
from django.db import transaction
from django.http import HttpResponse, QueryDict

from wealthwise.core.fields import AmountField
from wealthwise.core.forms import page
from wealthwise.postgres.locks import Lock, wait_for

FIELD = "shown"
ASKED = "This was changed elsewhere meanwhile. Look at what is marked, then save again: your entries are kept."


class TwoTabsForm(forms.BaseForm):
    """A form that is told ``of_row`` has the values of a row that is there as its initial ones.

    What is sent without what it was shown with counts as it is typed.
    """

    def __init__(self, *args: Any, of_row: bool = False, **options: Any) -> None:
        self.of_row = of_row
        self.theirs: list[str] = []  # labels of what only somebody else changed, and stays
        self.shown_again = ""  # for a form that stays as it was typed when it is refused
        super().__init__(*args, **options)

    def full_clean(self) -> None:
        both = self._merge() if self.is_bound and self.of_row else {}
        super().full_clean()
        for name, words in both.items():
            self.add_error(name, f"Meanwhile it became {words}. Save again to keep your entry.")
        if both:
            self.add_error(None, ASKED)

    @property
    def shown_with(self) -> str:
        """What the row says now, for the hidden field that the macro of errors writes; empty without a row."""
        return json.dumps({name: self._now(name) for name in self.fields}) if self.of_row else ""

    def _merge(self) -> dict[str, str]:
        """Take what only others changed into the data; what both changed by its field, in words."""
        shown, both = _loaded(self.data.get(self.add_prefix(FIELD), "")), dict[str, str]()
        data = self.data.copy() if isinstance(self.data, QueryDict) else dict(self.data)
        for name in self.fields.keys() & shown.keys():
            before, now, typed = self._plain(name, shown[name]), self._now(name), self._plain(name, self._typed(name))
            if now in (before, typed):
                continue
            if typed != before:
                both[name] = self._in_words(name, now)
                continue
            self.theirs.append(str(self[name].label).lower())
            data[self[name].html_name] = now
            if isinstance(self.fields[name], forms.BooleanField) and not now:
                del data[self[name].html_name]
        self.data = data
        self.shown_again = json.dumps(shown | {name: self._now(name) for name in both})
        return both

    def _now(self, name: str) -> str:
        bound = self[name]
        value = bound.field.prepare_value(bound.initial)
        if isinstance(bound.field, forms.BooleanField):
            return "on" if value else ""
        return _text(bound.field.widget.format_value(value))

    def _typed(self, name: str) -> str:
        value = self[name].data
        return ("on" if value else "") if isinstance(value, bool) else _text(value)

    def _plain(self, name: str, text: str) -> str:
        """An amount in one way, however its digits were grouped."""
        field = self.fields[name]
        return field.plain(text) if isinstance(field, AmountField) else text

    def _in_words(self, name: str, now: str) -> str:
        choices = getattr(self.fields[name], "choices", ())
        groups = [label if isinstance(label, list | tuple) else [(key, label)] for key, label in choices]
        known = {str(key): str(label) for group in groups for key, label in group}
        words = known.get(now, now)
        return f"“{words}”" if words else "empty"


def edit_page[**P](
    view: Callable[Concatenate[Any, P], HttpResponse],
) -> Callable[Concatenate[Any, P], HttpResponse]:
    """`page` for a row that is there: saves of one person take turns, from the reading of the row to its writing.

    The row must be read by the view. It says afterwards which fields somebody else changed meanwhile.
    """

    @page
    @wraps(view)
    def taking_turns(request: Any, /, *args: P.args, **options: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **options)
        with transaction.atomic():
            wait_for(Lock.EDIT, request.user.pk)
            return view(request, *args, **options)

    return taking_turns


def kept_of(form: TwoTabsForm) -> str:
    """A sentence on what somebody else changed meanwhile, to end what is said after saving; empty without any."""
    return f" Changed elsewhere meanwhile, and kept: {', '.join(form.theirs)}." if form.theirs else ""


def _loaded(text: str) -> dict[str, str]:
    """What a form was shown with; nothing when it does not say so in a way of ours."""
    try:
        found = json.loads(text) if len(text) < 20_000 else None
    except ValueError:
        return {}
    return {name: _text(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    """As a browser sends it: lines end in one way, and a list of one value is that value."""
    if isinstance(value, list | tuple):
        return ",".join(_text(each) for each in value)
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
