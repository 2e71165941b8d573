"""What the terms of a search mean for the ledger of one user, and how its chips say them."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from transactions.models.cached_names import Names
from transactions.models.days import booked_from, booked_until
from transactions.models.querysets import IS_TRANSFER
from transactions.search.language import Search, Term
from wealthwise.core.days import ONE_DAY
from wealthwise.core.locales import show_day
from wealthwise.core.money import format_money

NOTHING = Q(pk__in=[])
UNCATEGORISED = Q(subcategory_id=None) & ~IS_TRANSFER
BY_DIRECTION = {
    "expense": Q(amount__lt=0) & ~IS_TRANSFER,
    "income": Q(amount__gt=0) & ~IS_TRANSFER,
    "transfer": IS_TRANSFER,
}


def condition(search: Search, names: Names) -> Q:
    """Rows for which every term holds. None while a term is not understood: a filter never shows more than asked."""
    if search.problems:
        return NOTHING
    meaning = Q()
    for term in search.terms:
        meaning &= CONDITIONS[term.operator](term, names)
    return meaning


def problems(search: Search, names: Names) -> list[str]:
    """A sentence for each term that is not understood, or names what the user does not have."""
    missing = [
        f"You have no {term.operator} called “{term.value}”, so nothing is found."
        for term in search.terms
        if term.operator in PLACES and not _named(term, names)
    ]
    return search.problems + missing


def accounts_of(search: Search, names: Names) -> list[set[int]]:
    """What each term for an account leaves of the accounts, by id."""
    return [set(_named(term, names)) for term in search.terms if term.operator == "account"]


def in_words(term: Term, names: Names, currency: str) -> str:
    """The term as its chip says it."""
    if isinstance(term.value, Decimal):
        return f"{AMOUNTS[term.sign][1]} {format_money(term.value, currency)}"
    if isinstance(term.value, date):
        return f"{DAYS[term.operator]} {show_day(term.value)}"
    if term.operator == "word":
        return f"Without “{term.value}”" if term.is_negated else f"“{term.value}”"
    if term.operator in PLACES:
        found = [PLACES[term.operator](names)[pk] for pk in _named(term, names)]
        return f"{term.operator.title()}: {', '.join(dict.fromkeys(found)) or term.value}"
    return CHOICES.get(str(term.value), str(term))


PLACES: dict[str, Callable[[Names], dict[int, str]]] = {
    "account": lambda names: names.accounts,
    "category": lambda names: names.categories,
    "subcategory": lambda names: names.subcategories,
}
DAYS = {"after": "From", "before": "Before", "on": "On"}
CHOICES = {"expense": "Expenses", "income": "Income", "transfer": "Transfers", "uncategorised": "Uncategorised"}
# Amounts are compared by size, whatever their direction; written so that no function hides the column.
AMOUNTS: dict[str, tuple[Callable[[Decimal], Q], str]] = {
    ">": (lambda size: Q(amount__gt=size) | Q(amount__lt=-size), "More than"),
    ">=": (lambda size: Q(amount__gte=size) | Q(amount__lte=-size), "At least"),
    "<": (lambda size: Q(amount__gt=-size, amount__lt=size), "Less than"),
    "<=": (lambda size: Q(amount__range=(-size, size)), "At most"),
    "=": (lambda size: Q(amount__in=[size, -size]), "Exactly"),
}


def _named(term: Term, names: Names) -> list[int]:
    """Ids of the places with that name; of those with a word that begins so when none has it whole."""
    places = PLACES[term.operator](names)
    wanted = str(term.value).casefold()
    start = re.compile(rf"(?<!\w){re.escape(wanted)}")
    whole = [pk for pk, name in places.items() if name.casefold() == wanted]
    return whole or [pk for pk, name in places.items() if start.search(name.casefold())]


def _contains(term: Term, _: Names) -> Q:
    found = Q(description__icontains=term.value) | Q(comment__icontains=term.value)
    return ~found if term.is_negated else found


def _of_category(term: Term, names: Names) -> Q:
    inside = [pk for category in _named(term, names) for pk in names.inside(category)]
    return Q(subcategory_id__in=inside)


CONDITIONS: dict[str, Callable[[Any, Names], Q]] = {
    "word": _contains,
    "amount": lambda term, _: AMOUNTS[term.sign][0](term.value),
    "account": lambda term, names: Q(account_id__in=_named(term, names)),
    "category": _of_category,
    "subcategory": lambda term, names: Q(subcategory_id__in=_named(term, names)),
    "after": lambda term, _: booked_from(term.value),
    "before": lambda term, _: booked_until(term.value - ONE_DAY),
    "on": lambda term, _: booked_from(term.value) & booked_until(term.value),
    "in": lambda term, _: BY_DIRECTION[term.value],
    "is": lambda term, _: UNCATEGORISED if term.value == "uncategorised" else IS_TRANSFER,
}
