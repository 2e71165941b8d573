"""Writes to the categories that the ledger is filed under."""

from collections.abc import Callable, Collection
from typing import Protocol

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import NullIf

from accounts.models import User
from transactions.categories.defaults import DEFAULT_CATEGORIES
from transactions.categories.kinds import ask_first
from transactions.categories.saved_filters import follow
from transactions.models import Category, Subcategory, Transaction
from transactions.models.cached_names import NAMES
from wealthwise.core.errors import DomainError, NotFound, within_limits
from wealthwise.core.locales import counted


class NameTaken(DomainError):
    """Another category, or another subcategory of the same category, has that name."""


class RefusedMerge(DomainError):
    """The two categories do not go together."""


class StillInUse(DomainError):
    """Something is filed under what was to be deleted, and no other place was named for it."""


class SubcategoryReference(Protocol):
    """Rows of another app that point at subcategories, such as allocations."""

    def in_words(self, *, user: User, subcategory_ids: list[int]) -> str:
        """What points at them, such as "2 allocations"; empty when nothing does."""

    def move(self, *, user: User, source_ids: list[int], target_id: int) -> None:
        """Make everything that pointed at ``source_ids`` point at ``target_id``, in the open transaction."""


references: list[SubcategoryReference] = []


"""Apps built on this one append to this in their ``ready()``. One that forgets cannot lose rows: the
foreign key then refuses the deletion."""


def _hold_subcategories(user: User, ids: Collection[int], *, for_deletion: bool = False) -> None:
    """Lock subcategories by id until the transaction ends. Raises NotFound when one is missing."""
    mine = Subcategory.objects.for_user(user).filter(pk__in=ids).order_by("pk")
    found = mine.select_for_update(no_key=not for_deletion).values_list("pk", flat=True)
    if len(found) != len(set(ids)):
        raise NotFound("That subcategory is no longer there.")


@within_limits()
@transaction.atomic
def add_category(*, user: User, name: str, kind: str) -> Category:
    """Raises NameTaken; the database decides, so two at once cannot both succeed."""
    NAMES.changed(user.pk)
    return _named(lambda: Category.objects.create(user=user, name=name, kind=kind), name)


@transaction.atomic
def update_category(*, user: User, category_id: int, name: str, kind: str, agreed: bool = False) -> None:
    """Raises NameTaken or NotFound; TurnsKind unless it is ``agreed``."""
    NAMES.changed(user.pk)
    if not agreed:
        _hold_category(user, category_id)
        ask_first(user=user, sources=_inside(user, category_id), kind=kind)
    mine = Category.objects.for_user(user).filter(pk=category_id)
    if not _named(lambda: mine.update(name=name, kind=kind), name):
        raise NotFound("That category is no longer there.")


@transaction.atomic
def archive_category(*, user: User, category_id: int, is_archived: bool = True) -> None:
    """Take a category with its subcategories out of every box, or back in; nothing else changes. Raises NotFound."""
    NAMES.changed(user.pk)
    if not Category.objects.for_user(user).filter(pk=category_id).update(is_archived=is_archived):
        raise NotFound("That category is no longer there.")


@transaction.atomic
def archive_subcategory(*, user: User, subcategory_id: int, is_archived: bool = True) -> None:
    """As `archive_category`, of one subcategory. Raises NotFound."""
    NAMES.changed(user.pk)
    if not Subcategory.objects.for_user(user).filter(pk=subcategory_id).update(is_archived=is_archived):
        raise NotFound("That subcategory is no longer there.")


@within_limits()
@transaction.atomic
def add_subcategory(*, user: User, category_id: int, name: str) -> Subcategory:
    """Raises NameTaken, or NotFound when the category is not there or somebody else's."""
    NAMES.changed(user.pk)
    _hold_category(user, category_id)
    return _named(lambda: Subcategory.objects.create(user=user, category_id=category_id, name=name), name)


@within_limits()
@transaction.atomic
def find_or_add(*, user: User, category: str, name: str, kind: str = Category.Kind.EXPENSE) -> Subcategory:
    """The subcategory of that name, whatever the capitals; it is made where it is missing, and so is its category,
    as one of ``kind``. What is archived is taken out again: it is asked for. Raises NotFound where somebody deletes
    the category meanwhile.
    """
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)  # two at once in turn
    outer = Category.objects.for_user(user).filter(name__iexact=category).first()
    outer = outer or add_category(user=user, name=category, kind=kind)
    if outer.is_archived:
        archive_category(user=user, category_id=outer.pk, is_archived=False)
    inner = Subcategory.objects.for_user(user).filter(category_id=outer.pk, name__iexact=name).first()
    inner = inner or add_subcategory(user=user, category_id=outer.pk, name=name)
    if inner.is_archived:
        archive_subcategory(user=user, subcategory_id=inner.pk, is_archived=False)
    return inner


@transaction.atomic
def update_subcategory(*, user: User, subcategory_id: int, category_id: int, name: str, agreed: bool = False) -> None:
    """Rename, or move under another category. Raises NameTaken or NotFound; TurnsKind unless it is ``agreed``."""
    NAMES.changed(user.pk)
    _hold_category(user, category_id)
    if not agreed:
        ask_first(user=user, sources=[subcategory_id], kind=_kind_of(user, id=category_id))
    mine = Subcategory.objects.for_user(user).filter(pk=subcategory_id)
    if not _named(lambda: mine.update(name=name, category_id=category_id), name):
        raise NotFound("That subcategory is no longer there.")


@transaction.atomic
def delete_subcategory(*, user: User, subcategory_id: int, target_id: int | None = None, agreed: bool = False) -> None:
    """Delete a subcategory; what is filed under it moves to ``target_id``.

    Raises StillInUse, saying what is in the way, when there is something and no target; NotFound; TurnsKind
    unless it is ``agreed``.
    """
    _delete_subcategories(user, [subcategory_id], target_id, agreed=agreed)


@transaction.atomic
def merge_subcategory(*, user: User, source: Subcategory, target: Subcategory, agreed: bool = False) -> None:
    """Move everything from ``source`` to ``target`` and delete ``source``. Raises NotFound, or TurnsKind."""
    _delete_subcategories(user, [source.pk], target.pk, agreed=agreed)


@transaction.atomic
def delete_category(*, user: User, category_id: int, target_id: int | None = None, agreed: bool = False) -> None:
    """Delete a category with its subcategories; what is filed under them moves to ``target_id``, outside of it.

    Raises StillInUse, NotFound or TurnsKind. Holds the category, so that no subcategory joins it meanwhile.
    """
    _hold_category(user, category_id, for_deletion=True)
    # Locked as they are read: one that another tab moves out of the category just now is not deleted with it.
    inside = Subcategory.objects.for_user(user).filter(category_id=category_id).order_by("pk").select_for_update()
    _delete_subcategories(user, list(inside.values_list("pk", flat=True)), target_id, agreed=agreed)
    follow(user, subcategories={}, categories={category_id: None}, instead=target_id)
    Category.objects.for_user(user).filter(pk=category_id).delete()


@transaction.atomic
def merge_category(*, user: User, category_id: int, target_id: int) -> None:
    """Move the subcategories of a category to another one of its kind, and delete it.

    Two of the same name become one, with everything that is filed under either. Raises NotFound, or RefusedMerge
    for another kind: spending would turn into income. Both categories and all they hold are locked by id, so of
    two merges that cross, the second finds its category gone.
    """
    NAMES.changed(user.pk)
    if category_id == target_id:
        raise NotFound("Choose another category.")
    mine = Category.objects.for_user(user).filter(pk__in=[category_id, target_id])
    kinds = dict(mine.order_by("pk").select_for_update().values_list("pk", "kind"))
    if len(kinds) != 2:
        raise NotFound("That category is no longer there.")
    if len(set(kinds.values())) > 1:
        raise RefusedMerge("Choose a category of the same kind, or change the kind first.")
    leaving = _merge_same_names(user, category_id, target_id)
    follow(user, subcategories=leaving, categories={category_id: target_id})
    Subcategory.objects.for_user(user).filter(category_id=category_id).update(category_id=target_id)
    mine.filter(pk=category_id).delete()
    _nothing_points_there()


def _merge_same_names(user: User, category_id: int, target_id: int) -> dict[int, int]:
    """Each subcategory whose name the target has goes into that one. They are few: one round of writes each.

    Returns which went into which.
    """
    both = Subcategory.objects.for_user(user).filter(category_id__in=[category_id, target_id])
    held = list(both.order_by("pk").select_for_update().values_list("pk", "category_id", "name"))
    there = {name: pk for pk, parent, name in held if parent == target_id}
    leaving = {pk: there[name] for pk, parent, name in held if parent == category_id and name in there}
    for source, target in leaving.items():
        _move(user, [source], target)
    Subcategory.objects.for_user(user).filter(pk__in=leaving).delete()
    return leaving


def in_use(*, user: User, subcategory_ids: list[int]) -> str:
    """What is filed under these subcategories, such as "12 transactions and 2 allocations"; empty for nothing.

    A reference that says more than one thing joins its parts by commas.
    """
    filed = Transaction.objects.for_user(user).filter(subcategory_id__in=subcategory_ids).count()
    parts = [counted(filed, "transaction")] if filed else []
    for reference in references:
        parts += reference.in_words(user=user, subcategory_ids=subcategory_ids).split(", ")
    *most, last = [part for part in parts if part] or [""]
    return f"{', '.join(most)} and {last}" if most else last


@within_limits()
@transaction.atomic
def add_default_categories(*, user: User, chosen: Collection[str] | None = None) -> int:
    """Add the default categories named in ``chosen``, all by default, with their subcategories.

    Returns how many subcategories are new. What the user has already stays as it is; safe to repeat.
    """
    NAMES.changed(user.pk)
    wanted = [default for default in DEFAULT_CATEGORIES if chosen is None or default.name in chosen]
    Category.objects.bulk_create(
        [Category(user=user, name=default.name, kind=default.kind, is_template=True) for default in wanted],
        ignore_conflicts=True,
    )
    ids = dict(Category.objects.for_user(user).values_list("name", "pk"))
    before = Subcategory.objects.for_user(user).count()
    Subcategory.objects.bulk_create(
        [
            Subcategory(user=user, category_id=ids[default.name], name=name)
            for default in wanted
            for name in default.subcategories
        ],
        ignore_conflicts=True,
    )
    return Subcategory.objects.for_user(user).count() - before


def _named[Result](write: Callable[[], Result], name: str) -> Result:
    """Run a write whose only possible conflict is the name."""
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        raise NameTaken(f"You already have “{name}” there.") from error


def _hold_category(user: User, category_id: int, *, for_deletion: bool = False) -> None:
    mine = Category.objects.for_user(user).filter(pk=category_id)
    if not mine.select_for_update(no_key=not for_deletion).values_list("pk", flat=True):
        raise NotFound("That category is no longer there.")


def _delete_subcategories(user: User, sources: list[int], target_id: int | None, *, agreed: bool) -> None:
    NAMES.changed(user.pk)
    if target_id in sources:
        raise NotFound("Choose a subcategory that is not being deleted.")
    targets = [target_id] if target_id is not None else []
    _hold_subcategories(user, [*sources, *targets], for_deletion=True)
    if target_id is not None:
        if not agreed:
            ask_first(user=user, sources=sources, kind=_kind_of(user, subcategories=target_id))
        _move(user, sources, target_id)
        follow(user, subcategories=dict.fromkeys(sources, target_id), categories={})
    elif what := in_use(user=user, subcategory_ids=sources):
        raise StillInUse(f"Filed here: {what}. Choose where that goes.")
    Subcategory.objects.for_user(user).filter(pk__in=sources).delete()
    _nothing_points_there()


def _inside(user: User, category_id: int) -> list[int]:
    return list(Subcategory.objects.for_user(user).filter(category_id=category_id).values_list("pk", flat=True))


def _kind_of(user: User, **category: int) -> str:
    return Category.objects.for_user(user).values_list("kind", flat=True).get(**category)


def _move(user: User, sources: list[int], target_id: int) -> None:
    # What a rule filed stays so; where a person chose otherwise it stays theirs.
    by_rule = When(filed_as_id=F("subcategory_id"), then=Value(target_id))
    kept = Case(by_rule, default=NullIf(F("filed_as_id"), Value(target_id)))
    mine = Transaction.objects.for_user(user).filter(subcategory_id__in=sources)
    mine.update(subcategory_id=target_id, filed_as_id=kept)
    for reference in references:
        reference.move(user=user, source_ids=sources, target_id=target_id)


def _nothing_points_there() -> None:
    """Check the deferred foreign keys now, where the refusal can be told in words."""
    try:
        with transaction.atomic():
            connection.check_constraints()
    except IntegrityError as error:
        raise StillInUse("Something else is still filed here. Choose where it goes.") from error
