"""The categories that a file has, and which of the person's they are: asked once, remembered for every file."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from accounts.models import User
from transactions.categories.services import NameTaken, _hold_subcategories, add_subcategory, find_or_add
from transactions.importing.formats.rows import StatementRow
from transactions.models import Category, FileCategory, Subcategory
from transactions.models.cached_names import names_of
from wealthwise.core.errors import DomainError, NotFound
from wealthwise.core.locales import show_count

MOST_ASKED: Final = 100  # on one page, which has all categories of the person beside each
MOST_NAMES: Final = 1000
_LONGEST: Final = Subcategory._meta.get_field("name").max_length or 0
NEW, UNDER, IS = "new", "c", "s"  # what a choice begins with: a new category, one below a category, a subcategory


class TooManyNames(DomainError):
    """More names of categories than are kept."""


@dataclass(frozen=True, slots=True)
class NamedInFile:
    """A category of a file: on how many rows, what they add up to, and what it is, if it ``is_known``."""

    name: str
    count: int
    total: Decimal
    is_known: bool
    subcategory_id: int | None


def known(user: User) -> dict[str, int | None]:
    """Subcategories by the names that files have for them; one statement. A name of what is archived is asked anew."""
    archived = names_of(user).archived
    found = FileCategory.objects.for_user(user).values_list("name", "subcategory_id")
    return {name: subcategory_id for name, subcategory_id in found if subcategory_id not in archived}


def named_in(user: User, rows: Iterable[StatementRow]) -> list[NamedInFile]:
    """The categories of a file: those that nobody was asked about first, then by how often they stand there."""
    counts, totals = Counter[str](), defaultdict[str, Decimal](Decimal)
    for row in rows:
        if row.category:
            counts[row.category] += 1
            totals[row.category] += row.amount
    there = known(user) if counts else {}
    found = [
        NamedInFile(name, count, totals[name], name in there, there.get(name)) for name, count in counts.most_common()
    ]
    return sorted(found, key=lambda each: each.is_known)


def levels(name: str) -> tuple[str, str]:
    """The category and the subcategory that a name makes: "Food: Bread", "Food:Bread:White", or "Food" for both."""
    parts = [part for level in name.split(":") if (part := level.strip()[:_LONGEST].rstrip())] or [name[:_LONGEST]]
    return parts[0], parts[-1]


@transaction.atomic
def remember(*, user: User, chosen: Mapping[str, str], totals: Mapping[str, Decimal]) -> None:
    """Keep what names mean: a subcategory ("s1"), a new one ("new", or "c1" below a category), or none ("").

    Categories and subcategories that are there by that name are taken and not made again. A new category is one of
    income where its rows, by ``totals``, are mostly that. Raises NotFound, or TooManyNames.
    """
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)  # two at once in turn
    there = known(user)
    if len(there.keys() | chosen.keys()) > MOST_NAMES:
        raise TooManyNames(f"At most {show_count(MOST_NAMES)} categories of files are kept. Choose another column.")
    means = {name: _meant(user, name, choice, totals.get(name, Decimal(0))) for name, choice in chosen.items()}
    _hold_subcategories(user, {pk for pk in means.values() if pk is not None})
    FileCategory.objects.bulk_create(
        [FileCategory(user=user, name=name, subcategory_id=pk) for name, pk in means.items()],
        update_conflicts=True,
        unique_fields=["user", "name"],
        update_fields=["subcategory"],
    )


def _meant(user: User, name: str, choice: str, total: Decimal) -> int | None:
    if not choice:
        return None
    if choice.startswith(IS):
        return int(choice[1:])
    outer, inner = levels(name)
    if choice == NEW:
        kind = Category.Kind.INCOME if total > 0 else Category.Kind.EXPENSE
        return find_or_add(user=user, category=outer, name=inner, kind=kind.value).pk
    category_id = int(choice[1:])
    inside = Subcategory.objects.for_user(user).filter(category_id=category_id, name__iexact=inner)
    return inside.values_list("pk", flat=True).first() or _made(user, category_id, inner)


def _made(user: User, category_id: int, name: str) -> int:
    try:
        return add_subcategory(user=user, category_id=category_id, name=name).pk
    except NameTaken:  # made just now
        found = Subcategory.objects.for_user(user).filter(category_id=category_id, name=name).first()
        if found is None:
            raise NotFound("That category is no longer there.") from None
        return found.pk
