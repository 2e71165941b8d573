"""Writes to a user's saved filters."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from transactions.categories.services import NameTaken
from transactions.models import SavedFilter
from transactions.models.cached_names import NAMES
from wealthwise.core.errors import DomainError, NotFound

MAX_SAVED = 30
MAX_QUERY = SavedFilter._meta.get_field("query").max_length or 0


class RefusedFilter(DomainError):
    """Nothing to save, too long, or one more than a user can have."""


@transaction.atomic
def save_filter(*, user: User, name: str, query: str, report: str = "") -> SavedFilter:
    """Keep the query string of a filter, or of a ``report``, under ``name``. Raises RefusedFilter or NameTaken.

    The user's row is held, so that two at once are counted one after the other.
    """
    NAMES.changed(user.pk)
    if not query:
        raise RefusedFilter("There is no filter to save: search for something first.")
    if len(query) > MAX_QUERY:
        raise RefusedFilter("That is too long to be saved. Leave something out.")
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)
    if SavedFilter.objects.for_user(user).count() >= MAX_SAVED:
        raise RefusedFilter(f"You have {MAX_SAVED} saved filters and reports, which is the most. Delete one first.")
    saved: SavedFilter = _named(
        lambda: SavedFilter.objects.create(user=user, name=name, query=query, report=report), name
    )
    return saved


@transaction.atomic
def rename_filter(*, user: User, filter_id: int, name: str) -> None:
    """Raises NameTaken or NotFound."""
    NAMES.changed(user.pk)
    mine = SavedFilter.objects.for_user(user).filter(pk=filter_id)
    if not _named(lambda: mine.update(name=name), name):
        raise NotFound("That saved filter is no longer there.")


@transaction.atomic
def delete_filter(*, user: User, filter_id: int) -> None:
    """Delete it; nothing happens when it is gone already."""
    NAMES.changed(user.pk)
    SavedFilter.objects.for_user(user).filter(pk=filter_id).delete()


def _named(write: Any, name: str) -> Any:
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        raise NameTaken(f"You already have a saved filter or report “{name}”.") from error
