"""What a user's transactions can be filed under or filtered by: names by id, cached.

Every form, filter and list needs them on every page, and they change a few times a month. Accounts come with
the user (`accounts.models.cached_user`); the rest is one statement and one cached fact, ended by the services
that write categories, periods or saved filters.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from accounts.models import User
from accounts.models.cached_user import account_names
from wealthwise.core.caching import CachedFact
from wealthwise.core.periods import PeriodRange
from wealthwise.postgres.sql import rows_of


class SavedQuery(NamedTuple):
    """A filter of the list that the user named."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class SavedReport:
    """A report with what it asks for that the user named; ``report`` is which."""

    name: str
    query: str
    report: str


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, in the order of names whatever the case; closed accounts included.

    ``periods`` are ranges of days, both included, newest first; ``saved`` are query strings of the list,
    ``reports`` those of reports.
    """

    accounts: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)  # ids of accounts
    categories: dict[int, str] = field(default_factory=dict)
    income: set[int] = field(default_factory=set)  # ids of the categories of income
    subcategories: dict[int, str] = field(default_factory=dict)
    archived: set[int] = field(default_factory=set)  # ids of subcategories that nobody files under any more
    archived_categories: set[int] = field(default_factory=set)
    category_of: dict[int, int] = field(default_factory=dict)
    periods: dict[int, PeriodRange] = field(default_factory=dict)
    saved: dict[int, SavedQuery] = field(default_factory=dict)
    reports: dict[int, SavedReport] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)

    def inside(self, category_id: int) -> list[int]:
        """Ids of the subcategories of a category."""
        return [pk for pk, parent in self.category_of.items() if parent == category_id]

    def of_kind(self, kind: str) -> list[int]:
        """Ids of the subcategories of all categories of that kind."""
        return [pk for pk, parent in self.category_of.items() if (parent in self.income) == (kind == "income")]

    def grouped(self, *, with_archived: bool = False) -> list[tuple[str, list[tuple[int, str]]]]:
        """Subcategories as choices of a form, under the names of their categories; what looks back asks for those that
        are archived too.
        """
        members: dict[int, list[tuple[int, str]]] = {category_id: [] for category_id in self.categories}
        for pk, category_id in self.category_of.items():
            if with_archived or pk not in self.archived:
                members[category_id].append((pk, self.subcategories[pk]))
        return list(zip(self.categories.values(), members.values(), strict=True))

    @property
    def open_categories(self) -> dict[int, str]:
        """Categories that are not archived."""
        return {pk: name for pk, name in self.categories.items() if pk not in self.archived_categories}


period_sources: list[str] = []
"""SELECTs of id, name, start and end as ISO dates, of the ranges of days that a user (%(user)s) named.
Apps built on this one append to this in their ``ready()``."""

# By idx_category_user_template, idx_subcategory_category_id, uq_saved_filter_user_name, uq_tag_user_name.
_NAMES = """
    SELECT 'category' AS what, c.id, c.name, sc.id AS inner_id, sc.name AS text, c.kind AS more,
           ARRAY[c.is_archived, c.is_archived OR coalesce(sc.is_archived, false)] AS archived
    FROM category c LEFT JOIN subcategory sc ON sc.user_id = c.user_id AND sc.category_id = c.id
    WHERE c.user_id = %(user)s
    UNION ALL
    SELECT 'saved', id, name, NULL, query, report, NULL FROM saved_filter WHERE user_id = %(user)s
    UNION ALL
    SELECT 'tag', id, name, NULL, NULL, NULL, NULL FROM tag WHERE user_id = %(user)s
"""
_PERIODS = "SELECT 'period', p.id, p.name, NULL, p.start, p.until, NULL FROM ({}) p"


def _load(user_id: int) -> Names:
    """Everything but the accounts, in one statement."""
    names = Names()
    rows = rows_of(" UNION ALL ".join([_NAMES, *map(_PERIODS.format, period_sources)]), user=user_id)
    for what, *row in sorted(rows, key=_by_name):
        _NAMED_BY[what](names, *row)
    newest = sorted(names.periods.items(), key=lambda item: item[1][1:], reverse=True)
    names.periods.clear()
    names.periods.update(newest)
    return names


def _by_name(row: tuple[Any, ...]) -> tuple[str, str]:
    return row[2].casefold(), (row[4] or "").casefold()


def _name_category(names: Names, pk: int, name: str, *more: Any) -> None:
    inner, inner_name, kind, (is_archived, is_inner_archived) = more
    names.categories[pk] = name
    if kind == "income":
        names.income.add(pk)
    if is_archived:
        names.archived_categories.add(pk)
    if inner is not None:
        names.subcategories[inner] = inner_name
        names.category_of[inner] = pk
        if is_inner_archived:
            names.archived.add(inner)


def _name_period(names: Names, pk: int, name: str, _: Any, start: str, end: str, *__: Any) -> None:
    names.periods[pk] = PeriodRange(name, date.fromisoformat(start), date.fromisoformat(end))


def _name_saved(names: Names, pk: int, name: str, _: Any, query: str, report: str, *__: Any) -> None:
    if report:
        names.reports[pk] = SavedReport(name, query, report)
    else:
        names.saved[pk] = SavedQuery(name, query)


def _name_tag(names: Names, pk: int, name: str, *_: Any) -> None:
    names.tags[pk] = name


_NAMED_BY = {"category": _name_category, "period": _name_period, "saved": _name_saved, "tag": _name_tag}

NAMES = CachedFact("category tree", _load, kind=lambda: Names, version=5)


def names_of(user: User) -> Names:
    """All names of a user; no statement while they are cached."""
    names = NAMES.get(user.pk)
    for account in account_names(user):
        names.accounts[account.id] = account.name
        if not account.is_active:
            names.closed.add(account.id)
    return names
