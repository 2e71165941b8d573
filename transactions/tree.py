"""The category tree of a person, cached: names by id, as forms, filters and lists need them on every page."""

from typing import NamedTuple

from transactions.models import Category
from wealthwise.caching import PersonalFact


class Branch(NamedTuple):
    """A category with its subcategories, ids and names, in the order of their names whatever the case."""

    id: int
    name: str
    kind: str
    subcategories: tuple[tuple[int, str], ...]


def _load(user_id: int) -> tuple[Branch, ...]:
    """One statement, by idx_category_user_template and idx_subcategory_category_id."""
    branches: dict[int, tuple[str, str, list[tuple[int, str]]]] = {}
    rows = Category.objects.filter(user_id=user_id).order_by()
    for pk, name, kind, inner, inner_name in rows.values_list(
        "pk", "name", "kind", "subcategories__pk", "subcategories__name"
    ):
        inside = branches.setdefault(pk, (name, kind, []))[2]
        if inner is not None:
            inside.append((inner, inner_name))
    return tuple(
        Branch(pk, name, kind, tuple(sorted(inside, key=lambda inner: inner[1].casefold())))
        for pk, (name, kind, inside) in sorted(branches.items(), key=lambda item: item[1][0].casefold())
    )


TREE = PersonalFact("category tree", _load)
