"""Saved filters go with what they point at: merged, or deleted with another place for what was filed there."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from accounts.models import User
from transactions.models import SavedFilter

_MOST = SavedFilter._meta.get_field("query").max_length or 0


def follow(
    user: User,
    *,
    subcategories: Mapping[int, int],
    categories: Mapping[int, int | None],
    instead: int | None = None,
) -> None:
    """Rewrite the ids in saved query strings, from what goes to what it goes into.

    A category that goes without another one becomes the subcategory ``instead``; without that either, the filter
    keeps pointing at what is gone, finds nothing and says so. At most thirty of a user.
    """
    for saved in SavedFilter.objects.for_user(user).order_by("pk").select_for_update():
        before = dict(parse_qsl(saved.query))
        after = _followed(before, subcategories, categories, instead)
        if after != before and len(query := urlencode(after)) <= _MOST:
            SavedFilter.objects.for_user(user).filter(pk=saved.pk).update(query=query)


def _followed(
    query: dict[str, str], subcategories: Mapping[int, int], categories: Mapping[int, int | None], instead: int | None
) -> dict[str, str]:
    found, filed, category = dict(query), _number(query, "subcategory"), _number(query, "category")
    if filed in subcategories:
        found["subcategory"] = str(subcategories[filed])
        if category not in categories:
            found.pop("category", None)  # the other subcategory may stand in another one
    if category in categories:
        target = categories[category]
        if target is not None:
            found["category"] = str(target)
        elif instead is not None:
            names = {"subcategory": str(instead)} if not filed else {}
            found = {name: value for name, value in found.items() if name != "category"} | names
    return found


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
