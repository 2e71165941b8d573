"""The filter of the transaction list: read from the address, applied to the ledger, shown as chips.

Other pages link to a filtered list with these parameters: q, account, category, subcategory, direction
(expense, income, transfer), amount_from, amount_to, date_from, date_to (both days included), uncategorised=on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q
from django.http import QueryDict

from accounts.fields import AmountField
from accounts.models import User
from accounts.zones import zone_of
from transactions.forms import DayField
from transactions.moments import start_of
from transactions.querysets import IS_TRANSFER, TransactionQuerySet
from transactions.reports import Names
from wealthwise.locales import show_day
from wealthwise.money import format_money

CURSOR = "after"  # the parameter that continues a list; never part of the filter

DIRECTIONS = {"expense": "Expenses", "income": "Income", "transfer": "Transfers"}
BY_DIRECTION = {
    "expense": Q(amount__lt=0) & ~IS_TRANSFER,
    "income": Q(amount__gt=0) & ~IS_TRANSFER,
    "transfer": IS_TRANSFER,
}


class OwnChoiceField(forms.TypedChoiceField):
    """One of the person's own rows by id, or all of them; the form gives the choices."""

    default_error_messages: ClassVar = {"invalid_choice": "That is not one of yours."}

    def __init__(self) -> None:
        super().__init__(coerce=int, empty_value=None, required=False)


class FilterForm(forms.Form):
    """Everything is optional. Choices are the person's own, so another's id is no valid choice."""

    use_required_attribute = False

    q = forms.CharField(
        label="Search",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Description or comment"}),
    )
    account = OwnChoiceField()
    category = OwnChoiceField()
    subcategory = OwnChoiceField()
    direction = forms.ChoiceField(choices=[("", "All"), *DIRECTIONS.items()], required=False)
    amount_from = AmountField(label="Amount from", validators=[MinValueValidator(Decimal(0))], required=False)
    amount_to = AmountField(label="Amount to", validators=[MinValueValidator(Decimal(0))], required=False)
    date_from = DayField(label="From", required=False)
    date_to = DayField(label="To", required=False)
    uncategorised = forms.BooleanField(label="Uncategorised only", required=False)

    def __init__(self, data: QueryDict, *, user: User, names: Names) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.user, self.names = user, names
        choices: dict[str, list[Any]] = {
            "account": list(names.accounts.items()),
            "category": list(names.categories.items()),
            "subcategory": names.grouped(),
        }
        for name, values in choices.items():
            self.fields[name].choices = [("", "All"), *values]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, Any]:
        """The valid parts of the filter that say something, by field name."""
        self.errors  # noqa: B018 - cleans
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}

    def apply(self, queryset: TransactionQuerySet) -> TransactionQuerySet:
        """``queryset`` narrowed by every valid part of the filter."""
        scope = Scope(self.names, zone_of(self.user))
        for name, value in self.chosen.items():
            queryset = queryset.filter(CONDITIONS[name](value, scope))
        return queryset

    def chips(self) -> "list[Chip]":
        """One per part of the filter, in the order of the fields, each with the address without it."""
        return [Chip(self._in_words(name, value), self._address_without(name)) for name, value in self.chosen.items()]

    def address(self) -> str:
        """Query string of the first page."""
        return self._address_without(CURSOR)

    def address_after(self, cursor: str) -> str:
        """Query string of the page that starts behind ``cursor``."""
        return self._address_without(CURSOR, **{CURSOR: cursor})

    def _address_without(self, name: str, **extra: str) -> str:
        kept = QueryDict(mutable=True)
        for field in self.chosen.keys() - {name}:
            kept[field] = self.data[field]
        kept.update(extra)
        return f"?{kept.urlencode()}"

    def _in_words(self, name: str, value: Any) -> str:
        names: dict[str, dict[Any, str]] = {
            "account": self.names.accounts,
            "category": self.names.categories,
            "subcategory": self.names.subcategories,
            "direction": DIRECTIONS,
        }
        if name in names:
            return names[name][value]
        return SENTENCES[name](value, self.user.currency)


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the filter in words, and the query string of the list without it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What the meaning of a filter depends on besides its value."""

    names: Names
    zone: ZoneInfo


# Amounts are compared by size, whatever their direction. A category is its subcategories, so that the
# condition stays on columns of the covering index.
CONDITIONS: dict[str, Callable[[Any, Scope], Q]] = {
    "q": lambda text, _: Q(description__icontains=text) | Q(comment__icontains=text),
    "account": lambda pk, _: Q(account_id=pk),
    "category": lambda pk, scope: Q(subcategory_id__in=scope.names.inside(pk)),
    "subcategory": lambda pk, _: Q(subcategory_id=pk),
    "direction": lambda name, _: BY_DIRECTION[name],
    "amount_from": lambda least, _: Q(amount__gte=least) | Q(amount__lte=-least),
    "amount_to": lambda most, _: Q(amount__range=(-most, most)),
    "date_from": lambda day, scope: Q(transaction_date__gte=start_of(day, scope.zone)),
    "date_to": lambda day, scope: Q(transaction_date__lt=start_of(day + timedelta(days=1), scope.zone)),
    "uncategorised": lambda *_: Q(subcategory_id=None) & ~IS_TRANSFER,
}
SENTENCES: dict[str, Callable[[Any, str], str]] = {
    "q": lambda text, _: f"“{text}”",
    "amount_from": lambda least, currency: f"At least {format_money(least, currency)}",
    "amount_to": lambda most, currency: f"At most {format_money(most, currency)}",
    "date_from": lambda day, _: f"From {show_day(day)}",
    "date_to": lambda day, _: f"To {show_day(day)}",
    "uncategorised": lambda *_: "Uncategorised",
}
