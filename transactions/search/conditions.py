"""What the terms of a search mean for the ledger of one user, and how its chips say them."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Final, NamedTuple

from django.db.models import Q

from transactions.models.cached_names import Names
from transactions.models.days import booked_from, booked_until
from transactions.models.querysets import IS_TRANSFER
from transactions.search.language import OR, RANGE, Search, Term
from wealthwise.core.days import ONE_DAY
from wealthwise.core.locales import show_day
from wealthwise.core.money import format_money, parse_amount
from wealthwise.postgres.folding import HasWord, folded

NOTHING = Q(pk__in=[])
UNCATEGORISED = Q(subcategory_id=None) & ~IS_TRANSFER
BY_DIRECTION = {
    "expense": Q(amount__lt=0) & ~IS_TRANSFER,
    "income": Q(amount__gt=0) & ~IS_TRANSFER,
    "transfer": IS_TRANSFER,
}
NONE: Final = "none"  # as a name: rows without an account, a category, a tag


def condition(search: Search, names: Names) -> Q:
    """Rows for which every term holds. None while a term is not understood: a filter never shows more than asked."""
    if search.problems:
        return NOTHING
    meaning = Q()
    for term in search.terms:
        meaning &= reduce(or_, (_meaning(one, names) for one in term.alternatives))
    return meaning


def problems(search: Search, names: Names) -> list[str]:
    """A sentence for each term that is not understood, or names what the user does not have."""
    missing = [
        f"You have no {term.operator} called “{name}”, {ending}."
        for term in search.parts
        for ending in ["so nothing is found by it" if _has_more(term, search) else "so nothing is found"]
        for name in term.names
        if _named(term.operator, name, names).is_missing
    ]
    return search.problems + list(dict.fromkeys(missing))


def _has_more(term: Term, search: Search) -> bool:
    """Whether rows are found that the term does not name."""
    return not term.is_negated and (len(term.names) > 1 or term not in search.terms)


def accounts_of(search: Search, names: Names) -> list[set[int]]:
    """What each term for an account leaves of the accounts, by id; those of rows without one are no account."""
    return [
        {pk for name in term.names for pk in _named("account", name, names).ids}
        for term in search.terms
        if term.operator == "account" and not term.is_negated and not term.others and NONE not in term.names
    ]


def in_words(term: Term, names: Names, currency: str) -> str:
    """The term as its chip says it."""
    return f" {OR.lower()} ".join(
        f"Not {said[:1].lower()}{said[1:]}" if one.is_negated and one.operator != "word" else said
        for one in term.alternatives
        for said in [_in_words(one, names, currency)]
    )


def _in_words(term: Term, names: Names, currency: str) -> str:
    value = term.value
    if term.names:
        places = PLACES[term.operator](names)
        found = [_named(term.operator, name, names) for name in term.names]
        said = [places[pk] for each in found for pk in each.ids] + [NONE for each in found if each.is_none]
        return f"{term.operator.title()}: {', '.join(dict.fromkeys(said)) or ', '.join(term.names)}"
    if isinstance(value, tuple):
        first, last = (format_money(one, currency) if isinstance(one, Decimal) else _as_day(one) for one in value)
        return f"{first} to {last}"
    if isinstance(value, Decimal):
        return f"{AMOUNTS[term.sign][1]} {format_money(value, currency)}"
    if isinstance(value, date):
        return f"{DAYS[term.operator]} {show_day(value)}"
    if term.operator == "word":
        return f"Without “{value}”" if term.is_negated else f"“{value}”"
    return CHOICES.get(value, str(term))


def _as_day(value: object) -> str:
    return show_day(value) if isinstance(value, date) else str(value)


PLACES: dict[str, Callable[[Names], dict[int, str]]] = {
    "account": lambda names: names.accounts,
    "category": lambda names: names.categories,
    "subcategory": lambda names: names.subcategories,
    "tag": lambda names: names.tags,
}
DAYS = {"after": "From", "before": "Before", "on": "On"}
CHOICES = {"expense": "Expenses", "income": "Income", "transfer": "Transfers", "uncategorised": "Uncategorised"}
# Amounts are compared by size, whatever their direction; written so that no function hides the column.
AMOUNTS: dict[str, tuple[Callable[[Any], Q], str]] = {
    ">": (lambda size: Q(amount__gt=size) | Q(amount__lt=-size), "More than"),
    ">=": (lambda size: Q(amount__gte=size) | Q(amount__lte=-size), "At least"),
    "<": (lambda size: Q(amount__gt=-size, amount__lt=size), "Less than"),
    "<=": (lambda size: Q(amount__range=(-size, size)), "At most"),
    "=": (lambda size: Q(amount=size) | Q(amount=-size), "Exactly"),  # each is a key of the index of words
    RANGE: (lambda ends: Q(amount__range=ends) | Q(amount__range=(-ends[1], -ends[0])), "Between"),
}


class _NamedPlaces(NamedTuple):
    """What a name stands for: places by id, and rows that have none."""

    ids: list[int]
    is_none: bool = False

    @property
    def is_missing(self) -> bool:
        return not self.ids and not self.is_none


def _named(operator: str, name: str, names: Names) -> _NamedPlaces:
    """The places with that name; without one, those with a word that begins so."""
    places, wanted = {pk: folded(place) for pk, place in PLACES[operator](names).items()}, folded(name)
    whole = [pk for pk, place in places.items() if place == wanted]
    if whole or wanted == NONE:
        return _NamedPlaces(whole, is_none=not whole)
    start = re.compile(rf"(?<!\w){re.escape(wanted)}")
    return _NamedPlaces([pk for pk, place in places.items() if start.search(place)])


def _meaning(term: Term, names: Names) -> Q:
    """Rows for which the term holds. One that names what is not there holds for none, negated or not."""
    if term.is_negated and any(_named(term.operator, name, names).is_missing for name in term.names):
        return NOTHING
    found = CONDITIONS[term.operator](term, names)
    return ~found if term.is_negated else found


def _has_word(term: Term, names: Names) -> Q:
    """In a text, in the name of where the row is filed, or in that of its account; a number also as an amount."""
    word, typed = folded(str(term.value)), str(term.value)
    filed = [
        pk
        for pk, name in names.subcategories.items()
        if word in folded(name) or word in folded(names.categories[names.category_of[pk]])
    ]
    accounts = [pk for pk, name in names.accounts.items() if word in folded(name)]
    tags = [pk for pk, name in names.tags.items() if word in folded(name)]
    found = Q(HasWord(typed, "description", "comment"))
    if filed:
        found |= Q(subcategory_id__in=filed)
    if accounts:
        found |= Q(account_id__in=accounts)
    if tags:
        found |= tagged(tags)
    amount = _as_amount(typed)
    return found if amount is None else found | AMOUNTS["="][0](amount)


def tagged(ids: list[int]) -> Q:
    """Rows that have one of these tags, by idx_transaction_tags; for reports too."""
    return Q(tag_ids__overlap=ids)


def _of_tags(term: Term, names: Names) -> Q:
    found = [_named("tag", name, names) for name in term.names]
    inside = [pk for each in found for pk in each.ids]
    here = tagged(inside) if inside else NOTHING
    return here | Q(tag_ids=None) if any(each.is_none for each in found) else here


def _as_amount(word: str) -> Decimal | None:
    """The size of an amount that was typed as a word; None for words and for sums."""
    if not re.fullmatch(r"[0-9][0-9.,']*", word):
        return None
    try:
        return parse_amount(word)
    except ValueError:
        return None


def _of_places(column: str) -> Callable[[Term, Names], Q]:
    def of_places(term: Term, names: Names) -> Q:
        found = [_named(term.operator, name, names) for name in term.names]
        inside = [pk for each in found for pk in each.ids]
        if term.operator == "category":  # on a column of the covering index
            inside = [pk for category in inside for pk in names.inside(category)]
        here = Q(**{f"{column}__in": inside})
        if not any(each.is_none for each in found):
            return here
        return here | (UNCATEGORISED if column == "subcategory_id" else Q(**{column: None}))

    return of_places


def _on(term: Term, _: Names) -> Q:
    first, last = term.value if isinstance(term.value, tuple) else (term.value, term.value)
    return booked_from(first) & booked_until(last)  # type: ignore[arg-type]  # days


CONDITIONS: dict[str, Callable[[Any, Names], Q]] = {
    "word": _has_word,
    "amount": lambda term, _: AMOUNTS[term.sign][0](term.value),
    "account": _of_places("account_id"),
    "category": _of_places("subcategory_id"),
    "subcategory": _of_places("subcategory_id"),
    "tag": _of_tags,
    "after": lambda term, _: booked_from(term.value),
    "before": lambda term, _: booked_until(term.value - ONE_DAY),
    "on": _on,
    "in": lambda term, _: BY_DIRECTION[term.value],
    "is": lambda term, _: UNCATEGORISED if term.value == "uncategorised" else IS_TRANSFER,
}
