"""The filter of the transaction list: read from the URL, applied to the ledger, shown as chips.

Other pages link to a filtered list with these parameters: q (words and operators, see `transactions.search.language`),
account, category, subcategory, tag (each as often as there are several), direction (expense, income, transfer;
spending, earnings), amount_from, amount_to, date_from, date_to (both days included), period (of a budget),
uncategorised=on, imported=on, batch (an import), description (all of it, whatever its case).

Expenses and income are what went out and what came in; spending and earnings are what reports call so: the rows
of expense categories with their refunds, the rows of income categories, and of the uncategorised those that
went out or came in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q
from django.http import QueryDict

from accounts.models import User
from transactions.models import ImportBatch
from transactions.models.cached_names import Names
from transactions.models.days import booked_from, booked_until
from transactions.models.querysets import IS_TRANSFER, TransactionQuerySet
from transactions.search.conditions import (
    AMOUNTS,
    BY_DIRECTION,
    UNCATEGORISED,
    accounts_of,
    condition,
    in_words,
    problems,
    tagged,
)
from transactions.search.language import Search, parse, render
from transactions.search.nearest import nearest
from wealthwise.core.fields import AmountField, DayField
from wealthwise.core.locales import show_day
from wealthwise.core.money import ZERO, format_money

CURSOR = "after"  # the parameter that continues a list; never part of the filter
PAGE_SIZE: Final = 50  # rows of the list

DIRECTIONS = {
    "expense": "Expenses",
    "income": "Income",
    "transfer": "Transfers",
    "spending": "Spending less refunds",
    "earnings": "Income by category",
}


class OwnChoiceField(forms.TypedChoiceField):
    """One of the user's own rows by id, or all of them; the form gives the choices."""

    default_error_messages: ClassVar = {"invalid_choice": "That is not one of yours."}

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=int, empty_value=None, required=False, **options)


class OwnChoicesField(forms.TypedMultipleChoiceField):
    """Some of the user's own rows by id, each once; the form gives the choices."""

    default_error_messages: ClassVar = {"invalid_choice": "That is not one of yours."}
    widget = forms.SelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=int, empty_value=None, required=False, **options)

    def clean(self, value: Any) -> Any:
        return super().clean([one for one in dict.fromkeys(value or ()) if one])


# What the parts of a split have in common.
OF_WHOLE_ROWS: Final = frozenset({"account", "period", "date_from", "date_to", "imported", "batch"})


class FilterForm(forms.Form):
    """Everything is optional. Choices are the user's own, so another's id is no valid choice."""

    use_required_attribute = False

    q = forms.CharField(
        label="Search",
        max_length=300,
        required=False,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": "Words, 12.50, category:food",
                "autocapitalize": "off",
                "aria-describedby": "search-problems",
            }
        ),
    )
    account = OwnChoicesField()
    category = OwnChoicesField()
    subcategory = OwnChoicesField()
    tag = OwnChoicesField()
    period = OwnChoiceField()
    direction = forms.ChoiceField(choices=[("", "All"), *DIRECTIONS.items()], required=False)
    amount_from = AmountField(label="Amount from", validators=[MinValueValidator(ZERO)], required=False)
    amount_to = AmountField(label="Amount to", validators=[MinValueValidator(ZERO)], required=False)
    date_from = DayField(label="From", required=False)
    date_to = DayField(label="To", required=False)
    uncategorised = forms.BooleanField(label="Uncategorised only", required=False)
    description = forms.CharField(max_length=200, strip=False, required=False, widget=forms.HiddenInput)
    imported = forms.BooleanField(label="Imported only", required=False)
    batch = OwnChoiceField(widget=forms.HiddenInput())

    def __init__(self, data: QueryDict, *, user: User, names: Names) -> None:
        # Making and cleaning a field costs 20 microseconds; none of those that were not asked for can be wrong.
        self.base_fields = {name: field for name, field in self.base_fields.items() if data.get(name)}  # type: ignore[misc]  # of the class
        super().__init__(data, auto_id="filter_%s")
        self.user, self.names = user, names
        choices: dict[str, Callable[[], Iterable[Any]]] = {
            "account": names.accounts.items,
            "category": names.categories.items,
            "subcategory": lambda: names.grouped(with_archived=True),
            "tag": names.tags.items,
            "period": lambda: [(pk, period.name) for pk, period in names.periods.items()],
            "batch": lambda: list(self.batches.items()),
        }
        for name in choices.keys() & self.fields.keys():
            field: Any = self.fields[name]
            field.choices = choices[name]

    @cached_property
    def batches(self) -> dict[int, str]:
        """File name of the import that is asked for, by id; only then a statement is made."""
        wanted = self.data.get("batch", "")
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 10):
            return {}
        return dict(ImportBatch.objects.for_user(self.user).filter(pk=wanted).values_list("pk", "file_name"))

    def clean_q(self) -> str:
        return render(parse(self.cleaned_data["q"]))

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The valid parts of the filter that say something, by field name."""
        self.errors  # noqa: B018 - cleans
        return {  # an amount of 0 says something, although it equals False
            name: value
            for name, value in self.cleaned_data.items()
            if value is not None and value is not False and value != ""
        }

    @cached_property
    def points_at_nothing(self) -> bool:
        """Whether it asks for an account, a category, a period or an import that the user does not have (any more)."""
        return any(isinstance(self.fields[name], OwnChoiceField | OwnChoicesField) for name in self.errors)

    @cached_property
    def search(self) -> Search:
        return parse(self.chosen.get("q", ""))

    @cached_property
    def problems(self) -> list[str]:
        """Why the search finds nothing: operators that are not understood, names that the user does not have."""
        return problems(self.search, self.names)

    @property
    def is_understood(self) -> bool:
        """Whether all that was asked for is applied. What acts on all that match asks this first."""
        return self.is_valid() and not self.search.problems

    @property
    def is_of_one_account(self) -> bool:
        """Whether all rows are in the same account: a transfer is money in or out there."""
        narrowed = accounts_of(self.search, self.names)
        if accounts := self.chosen.get("account"):
            narrowed.append(set(accounts))
        return bool(narrowed) and len(set.intersection(*narrowed)) == 1

    @property
    def folds_splits(self) -> bool:
        """Whether a split is one line: where the filter asks for nothing in which its parts can differ."""
        return self.chosen.keys() <= OF_WHOLE_ROWS

    def apply(self, queryset: TransactionQuerySet) -> TransactionQuerySet:
        """``queryset`` narrowed by every valid part of the filter; to nothing by a search with a mistake in it, and
        by a filter that points at what is gone.
        """
        if self.points_at_nothing:
            return queryset.none()
        for name, value in self.chosen.items():
            queryset = queryset.filter(CONDITIONS[name](value, self.names))
        return queryset

    @cached_property
    def chips(self) -> "list[Chip]":
        """One per part of the filter, in the order of the fields, each with the URL without it."""
        currency = self.user.currency
        terms = [
            Chip(in_words(term, self.names, currency), self._address_with(q=render(self.search.without(term))))
            for term in self.search.terms
        ]
        return terms + [
            Chip(self._in_words(name, one), self._address_with(**{name: _without(value, one)}))
            for name, value in self.chosen.items()
            if name != "q"
            for one in (value if isinstance(value, list) else [value])
        ]

    def address(self) -> str:
        """Query string of the first page."""
        return self._address_with()

    @property
    def query(self) -> str:
        """The same as it is saved, without the question mark; empty for the whole list."""
        return self.address().removeprefix("?")

    @property
    def saved_id(self) -> int | None:
        """Id of the saved filter that this is."""
        query = self.query
        return next((pk for pk, saved in self.names.saved.items() if saved.query == query), None)

    def address_after(self, cursor: str) -> str:
        """Query string of the page that starts behind ``cursor``."""
        return self._address_with(**{CURSOR: cursor})

    def _address_with(self, **changes: Any) -> str:
        """The filter in one way of writing, so that the same filter has the same URL."""
        values = {name: _in_address(value) for name, value in self.chosen.items()} | changes
        return f"?{urlencode({name: value for name, value in values.items() if value}, doseq=True)}"

    def asked(self, name: str) -> list[str]:
        """What the URL asks for in a field of several choices, for its boxes."""
        return self.data.getlist(name) if isinstance(self.data, QueryDict) else []

    @cached_property
    def suggestion(self) -> "Chip | None":
        """The search with one word written otherwise, for a list in which nothing was found. One statement."""
        found = nearest(self.user, self.search, self.names)
        return Chip(str(found.word), self._address_with(q=render(found.search))) if found else None

    def _in_words(self, name: str, value: Any) -> str:
        names: dict[str, dict[Any, str]] = {
            "account": self.names.accounts,
            "category": self.names.categories,
            "subcategory": self.names.subcategories,
            "tag": {pk: f"#{name}" for pk, name in self.names.tags.items()},
            "direction": DIRECTIONS,
            "batch": self.batches,
        }
        if name == "period":
            return self.names.periods[value].name
        if name in names:
            return names[name][value]
        return SENTENCES[name](value, self.user.currency)


def _without(value: Any, one: Any) -> Any:
    return [other for other in value if other != one] if isinstance(value, list) else ""


def _in_address(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return "on" if value is True else str(value)


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the filter in words, and the query string of the list without it."""

    label: str
    address: str


def _by_direction(name: str, names: Names) -> Q:
    if name in BY_DIRECTION:
        return BY_DIRECTION[name]
    sign = "expense" if name == "spending" else "income"
    loose = Q(subcategory_id=None) & BY_DIRECTION[sign]
    return loose | (Q(subcategory_id__in=names.of_kind(sign)) & ~IS_TRANSFER)


# A category is its subcategories, so that the condition stays on columns of the covering index.
CONDITIONS: dict[str, Callable[[Any, Names], Q]] = {
    "q": lambda text, names: condition(parse(text), names),
    "account": lambda pks, _: Q(account_id__in=pks),
    "category": lambda pks, names: Q(subcategory_id__in=[inner for pk in pks for inner in names.inside(pk)]),
    "subcategory": lambda pks, _: Q(subcategory_id__in=pks),
    "tag": lambda pks, _: tagged(pks),
    "period": lambda pk, names: booked_from(names.periods[pk].start) & booked_until(names.periods[pk].end),
    "direction": _by_direction,
    "amount_from": lambda least, _: AMOUNTS[">="][0](least),
    "amount_to": lambda most, _: AMOUNTS["<="][0](most),
    "date_from": lambda day, _: booked_from(day),
    "date_to": lambda day, _: booked_until(day),
    "uncategorised": lambda *_: UNCATEGORISED,
    "imported": lambda *_: Q(import_batch_id__isnull=False),
    "batch": lambda pk, _: Q(import_batch_id=pk),
    "description": lambda text, _: Q(description__iexact=text),
}


SENTENCES: dict[str, Callable[[Any, str], str]] = {
    "amount_from": lambda least, currency: f"At least {format_money(least, currency)}",
    "amount_to": lambda most, currency: f"At most {format_money(most, currency)}",
    "date_from": lambda day, _: f"From {show_day(day)}",
    "date_to": lambda day, _: f"To {show_day(day)}",
    "uncategorised": lambda *_: "Uncategorised",
    "description": lambda text, _: f"Exactly “{text}”",
    "imported": lambda *_: "Imported",
}
