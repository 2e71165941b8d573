"""What the page of categories shows: also with hundreds of subcategories something to look around in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse

from transactions.models import Category
from transactions.summaries.totals import CategoryUse

# Up to here everything is unfolded; beyond, a user opens what they look for, or searches.
MOST_OPEN = 60
_KINDS = {Category.Kind.EXPENSE: "Expenses", Category.Kind.INCOME: "Income"}


def context(tree: Sequence[CategoryUse], *, wanted: str, opened: str) -> dict[str, Any]:
    """``wanted`` is a part of a name; ``opened`` the id of a category to unfold, or "all"."""
    text = wanted.strip().casefold()
    found = [narrowed for category in tree if (narrowed := _narrowed(category, text))]
    groups = [(label, [category for category in found if category.kind == kind]) for kind, label in _KINDS.items()]
    inside = sum(len(category.subcategories) for category in tree)
    is_small = inside <= MOST_OPEN
    return {
        "tree": tree,
        "groups": groups,
        "wanted": wanted.strip(),
        "opened": opened,
        "inside": inside,
        "is_found": bool(found),
        "is_small": is_small,
        "is_open": bool(text) or is_small or opened == "all",
    }


def address_of(category_id: int) -> str:
    """The page at a category, unfolded."""
    return f"{reverse('transactions:categories')}?open={category_id}#category-{category_id}"


def _narrowed(category: CategoryUse, text: str) -> CategoryUse | None:
    """The category with all of it when its name has the text, else with the subcategories that have."""
    if text in category.name.casefold():
        return category
    inside = [subcategory for subcategory in category.subcategories if text in subcategory.name.casefold()]
    return replace(category, subcategories=inside) if inside else None
