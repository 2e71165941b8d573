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
    tags: Mapping[int, int] | None = None,
) -> None:
    """Rewrite the ids in saved query strings, from what goes to what it goes into.

    A category that goes without another one becomes the subcategory ``instead``; without that either, or beside other
    categories, the filter keeps pointing at what is gone, finds nothing and says so. At most thirty of a user.
    """
    for saved in SavedFilter.objects.for_user(user).order_by("pk").select_for_update():
        before = parse_qsl(saved.query)
        after = _followed(before, subcategories, categories, instead, tags or {})
        if after != before and len(query := urlencode(after)) <= _MOST:
            SavedFilter.objects.for_user(user).filter(pk=saved.pk).update(query=query)


type _Query = list[tuple[str, str]]


def _followed(
    query: _Query,
    subcategories: Mapping[int, int],
    categories: Mapping[int, int | None],
    instead: int | None,
    tags: Mapping[int, int],
) -> _Query:
    """Each part anew, in its place and once."""
    filed = [_number(text) for name, text in query if name == "subcategory"]
    inside = [_number(text) for name, text in query if name == "category"]
    if any(pk in subcategories for pk in filed) and not any(pk in categories for pk in inside):
        query = [part for part in query if part[0] != "category"]  # the other subcategory may stand in another one
    becomes_narrower = instead is None or len(inside) > 1

    def followed(name: str, text: str) -> tuple[str, str] | None:
        pk = _number(text)
        if name == "subcategory" and pk in subcategories:
            return name, str(subcategories[pk])
        if name == "tag" and pk in tags:
            return name, str(tags[pk])
        if name == "category" and pk in categories:
            target = categories[pk]
            if target is not None:
                return name, str(target)
            if not becomes_narrower:
                return None if filed else ("subcategory", str(instead))
        return name, text

    return list(dict.fromkeys(part for name, text in query if (part := followed(name, text))))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
