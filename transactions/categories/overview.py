"""The page of categories as prepared text: also with hundreds of subcategories something to look around in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from transactions.models import Category
from transactions.summaries.totals import CategoryUse
from wealthwise.core.locales import counted

# Up to here everything is unfolded; beyond, a person opens what they look for, or searches.
MOST_OPEN = 60


@dataclass(frozen=True, slots=True)
class Branch:
    """One category of the page with what its head says."""

    category: CategoryUse
    summary: str
    is_open: bool


def context(tree: Sequence[CategoryUse], *, wanted: str, opened: str) -> dict[str, Any]:
    """``wanted`` is a part of a name; ``opened`` the id of a category to unfold, or "all"."""
    text = wanted.strip().casefold()
    found = [narrowed for category in tree if (narrowed := _narrowed(category, text))]
    is_small = sum(len(category.subcategories) for category in tree) <= MOST_OPEN
    branches = [
        Branch(category, _summary(category), bool(text) or is_small or opened in {"all", str(category.id)})
        for category in found
    ]
    return {
        "tree": tree,
        "groups": [
            (label, [branch for branch in branches if branch.category.kind == kind]) for kind, label in _KINDS.items()
        ],
        "wanted": wanted.strip(),
        "is_found": bool(found),
        "is_large": not is_small,
        "is_all_open": opened == "all",
        "counts": _counts(tree),
    }


_KINDS = {Category.Kind.EXPENSE: "Expenses", Category.Kind.INCOME: "Income"}


def address_of(category_id: int) -> str:
    """The page at a category, unfolded."""
    return f"{reverse('transactions:categories')}?open={category_id}#category-{category_id}"


def _narrowed(category: CategoryUse, text: str) -> CategoryUse | None:
    """The category with all of it when its name has the text, else with the subcategories that have."""
    if text in category.name.casefold():
        return category
    inside = [subcategory for subcategory in category.subcategories if text in subcategory.name.casefold()]
    return replace(category, subcategories=inside) if inside else None


def _summary(category: CategoryUse) -> str:
    return f"{counted(len(category.subcategories), 'subcategory', 'subcategories')} · {_uses(category.uses)}"


def _uses(count: int) -> str:
    return counted(count, "transaction")


def _counts(tree: Sequence[CategoryUse]) -> str:
    inside = sum(len(category.subcategories) for category in tree)
    categories = counted(len(tree), "category", "categories")
    return f"{categories}, {counted(inside, 'subcategory', 'subcategories')}"
