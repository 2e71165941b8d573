"""The tags that a file gives its rows, made where they are not there yet."""

from collections.abc import Collection, Mapping

from accounts.models import User
from transactions.tags.services import by_name


def tags_of(user: User, told: Collection[str]) -> Mapping[str, list[int] | None]:
    """The ids of the tags in each text that a row has, None for no tags. Raises TooManyTags."""
    names = {name for text in told for name in text.split(",") if name}
    ids = by_name(user=user, names=names)
    return {text: sorted({ids[name] for name in text.split(",") if name}) or None for text in told}
