"""Writes to tags. Locks: the user's bulk changes, which an undo holds, tags by id, then transactions; whoever gives a
tag to a row holds it, by the trigger too.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from transactions.categories.saved_filters import follow
from transactions.categories.services import NameTaken
from transactions.models import Tag
from transactions.models.cached_names import NAMES
from wealthwise.core.errors import DomainError, NotFound
from wealthwise.core.locales import show_count
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import rows_of, run

MOST: Final = 300  # of a person: all of them stand in the names that every page has
MOST_OF_A_ROW: Final = 20
LONGEST: Final = Tag._meta.get_field("name").max_length or 0

# By uq_tag_user_name. The database alone makes small letters: Python has other ones for some of Turkish and Greek.
_THERE: Final = """
    SELECT n.name, g.id FROM unnest(%(names)s::text[]) n (name)
    JOIN tag g ON g.user_id = %(user)s AND lower(g.name) = lower(n.name)
    ORDER BY g.id FOR KEY SHARE OF g
"""
_ADD: Final = """
    INSERT INTO tag (user_id, name) SELECT %(user)s, name FROM unnest(%(names)s::text[]) name ORDER BY lower(name)
    ON CONFLICT DO NOTHING
"""
# By idx_transaction_tags; in ascending order and each once.
_INTO: Final = """
    UPDATE transaction t SET tag_ids = (
        SELECT array_agg(DISTINCT x ORDER BY x)
        FROM unnest(array_replace(t.tag_ids, %(source)s::integer, %(target)s::integer)) x)
    WHERE t.user_id = %(user)s AND t.tag_ids @> ARRAY[%(source)s::integer]
"""


class TooManyTags(DomainError):
    """More than a person, or a row, can have."""


class RefusedTag(DomainError):
    """A text that is no name of a tag."""


def names_in(text: str) -> tuple[str, ...]:
    """The tags in ``text``, told apart by commas, each once. Raises RefusedTag, or TooManyTags for a row."""
    names = dict[str, str]()
    for name in filter(None, map(cleaned, text.split(","))):
        names.setdefault(name.lower(), name)
    if long := next((name for name in names.values() if len(name) > LONGEST), None):
        raise RefusedTag(f"A tag has at most {LONGEST} letters: “{long[:LONGEST]}…” has more.")
    if len(names) > MOST_OF_A_ROW:
        raise TooManyTags(f"A transaction has at most {MOST_OF_A_ROW} tags.")
    return tuple(names.values())


def cleaned(text: str) -> str:
    """One name without the number sign that people write before it; empty where nothing is left."""
    return " ".join(text.replace("\0", "").split()).lstrip("# ")


def ids_of(*, user: User, names: Collection[str]) -> list[int]:
    """The tags of these names in ascending order; those that are not there yet are added. Raises TooManyTags."""
    return sorted(set(by_name(user=user, names=names).values()))


@transaction.atomic
def by_name(*, user: User, names: Collection[str]) -> dict[str, int]:
    """The ids of tags by these names, whose case does not count. Raises TooManyTags."""
    if not names:
        return {}
    found = dict(rows_of(_THERE, user=user.pk, names=list(names)))
    if missing := [name for name in names if name not in found]:
        _check_room(user, len({name.lower() for name in missing}))
        NAMES.changed(user.pk)
        run(_ADD, user=user.pk, names=missing)
        found = dict(rows_of(_THERE, user=user.pk, names=list(names)))
    return found


@transaction.atomic
def add_tag(*, user: User, name: str) -> Tag:
    """Raises NameTaken, RefusedTag or TooManyTags."""
    NAMES.changed(user.pk)
    (wanted,) = _one(name)
    _check_room(user, 1)
    return _named(lambda: Tag.objects.create(user=user, name=wanted), wanted)


@transaction.atomic
def rename_tag(*, user: User, tag_id: int, name: str) -> None:
    """Raises NameTaken, RefusedTag or NotFound."""
    NAMES.changed(user.pk)
    (wanted,) = _one(name)
    mine = Tag.objects.for_user(user).filter(pk=tag_id)
    if not _named(lambda: mine.update(name=wanted), wanted):
        raise NotFound("That tag is no longer there.")


@transaction.atomic
def merge_tag(*, user: User, source_id: int, target_id: int) -> None:
    """Rows that have the one have the other instead, once. Raises NotFound."""
    NAMES.changed(user.pk)
    if source_id == target_id:
        raise NotFound("Choose another tag.")
    _hold(user, {source_id, target_id})
    run(_INTO, user=user.pk, source=source_id, target=target_id)
    follow(user, subcategories={}, categories={}, tags={source_id: target_id})
    Tag.objects.for_user(user).filter(pk=source_id).delete()


@transaction.atomic
def delete_tag(*, user: User, tag_id: int) -> None:
    """Take it off every row, by trigger, and delete it. Raises NotFound."""
    NAMES.changed(user.pk)
    _hold(user, {tag_id})
    Tag.objects.for_user(user).filter(pk=tag_id).delete()


def _hold(user: User, ids: set[int]) -> None:
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    mine = Tag.objects.for_user(user).filter(pk__in=ids).order_by("pk")
    if len(mine.select_for_update().values_list("pk", flat=True)) != len(ids):
        raise NotFound("That tag is no longer there.")


def _check_room(user: User, more: int) -> None:
    """The user's row is held, so that two at once are counted one after the other."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)
    if Tag.objects.for_user(user).count() + more > MOST:
        raise TooManyTags(f"You can have {show_count(MOST)} tags. Merge or delete some first.")


def _one(text: str) -> Iterable[str]:
    names = names_in(text)
    if len(names) != 1:
        raise RefusedTag("Write one name, without commas.")
    return names


def _named[Result](write: Callable[[], Result], name: str) -> Result:
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        raise NameTaken(f"You already have a tag “{name}”.") from error
