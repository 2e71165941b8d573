"""Writes to the ledger and to the categories it is filed under.

Balances and ``spending_summary`` follow by trigger, so each service writes each table in one statement.
Locks are taken in one order everywhere: subcategories by id, then transactions, then what the triggers
lock (the person, their accounts by id, their summary rows). Whoever files under a subcategory holds its
row, so that it cannot be deleted between the check and the write.
"""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, Value, When

from accounts.models import Account, User
from transactions.defaults import DEFAULT_CATEGORIES
from transactions.models import Category, Subcategory, Transaction
from transactions.names import NAMES
from wealthwise.errors import DomainError
from wealthwise.locales import counted
from wealthwise.money import MAX_AMOUNT, format_digits


class RefusedAmount(DomainError):
    """Not above zero, or more than a booking can hold."""


class RefusedTransfer(DomainError):
    """The two sides of a transfer do not fit."""


class NotFound(DomainError):
    """What was pointed at is not there, no longer there, or somebody else's."""


class NameTaken(DomainError):
    """Another category, or another subcategory of the same category, has that name."""


class RefusedMerge(DomainError):
    """The two categories do not go together."""


class StillInUse(DomainError):
    """Something is filed under what was to be deleted, and no other place was named for it."""


class Reference(Protocol):
    """Rows of another app that point at subcategories, such as allocations."""

    def in_words(self, *, user: User, subcategory_ids: list[int]) -> str:
        """What points at them, such as "2 allocations"; empty when nothing does."""

    def move(self, *, user: User, source_ids: list[int], target_id: int) -> None:
        """Make everything that pointed at ``source_ids`` point at ``target_id``, in the open transaction."""


references: list[Reference] = []
"""Apps built on this one append to this in their ``ready()``. One that forgets cannot lose rows: the
foreign key then refuses the deletion."""


class Sides(NamedTuple):
    """Both rows of a transfer."""

    out: Transaction
    into: Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a person says about one transaction. ``amount`` is above zero; the direction gives the sign."""

    amount: Decimal
    is_income: bool
    description: str
    moment: datetime
    account: Account | None = None
    subcategory: Subcategory | None = None
    comment: str = ""

    def columns(self) -> dict[str, Any]:
        return {
            "amount": self.amount if self.is_income else -self.amount,
            "description": self.description,
            "transaction_date": self.moment,
            "account": self.account,
            "subcategory": self.subcategory,
            "comment": self.comment,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBooking:
    """What a person says about a transfer of ``amount``, above zero, between two of their accounts."""

    amount: Decimal
    source: Account
    target: Account
    description: str
    moment: datetime
    comment: str = ""

    def shared(self) -> dict[str, Any]:
        return {"description": self.description, "transaction_date": self.moment, "comment": self.comment}


@transaction.atomic
def record_transaction(*, user: User, booking: Booking) -> Transaction:
    """Book an expense or income. Raises RefusedAmount or NotFound."""
    _check_booking(user, booking)
    return Transaction.objects.create(user=user, **booking.columns())


@transaction.atomic
def update_transaction(*, user: User, transaction_id: int, booking: Booking) -> None:
    """Replace what a transaction says. Raises RefusedAmount or NotFound, also for a leg of a transfer.

    An imported row keeps its fingerprint, so that importing its file again does not bring it back.
    """
    _check_booking(user, booking)
    mine = Transaction.objects.for_user(user).without_transfers()
    if not mine.filter(pk=transaction_id).update(**booking.columns()):
        raise NotFound("That transaction is no longer there.")


@transaction.atomic
def delete_transaction(*, user: User, transaction_id: int) -> int:
    """Delete a transaction, and with one leg of a transfer the other. Returns the rows deleted; raises NotFound.

    A row that becomes a leg, or is one no longer, between the look and the deletion is looked at again.
    """
    mine = Transaction.objects.for_user(user)
    while row := mine.filter(pk=transaction_id).values_list("transfer_id").first():
        chosen = mine.transfer_legs(row[0]) if row[0] else mine.without_transfers().filter(pk=transaction_id)
        deleted, _ = chosen.delete()
        if deleted:
            return deleted
    raise NotFound("That transaction is no longer there.")


@transaction.atomic
def record_transfer(*, user: User, booking: TransferBooking) -> Sides:
    """Move money between two accounts: two rows in one statement. Raises RefusedAmount, RefusedTransfer, NotFound."""
    _check_transfer(user, booking)
    shared = {"user": user, "transfer_id": uuid.uuid4(), **booking.shared()}
    out = Transaction(account=booking.source, amount=-booking.amount, **shared)
    into = Transaction(account=booking.target, amount=booking.amount, **shared)
    Transaction.objects.bulk_create([out, into])
    return Sides(out, into)


@transaction.atomic
def update_transfer(*, user: User, transfer_id: uuid.UUID, booking: TransferBooking) -> None:
    """Replace what both rows of a transfer say, in one statement. Raises as record_transfer does."""
    _check_transfer(user, booking)
    is_out = When(amount__lt=0, then=Value(booking.source.pk))
    changed = (
        Transaction.objects.for_user(user)
        .transfer_legs(transfer_id)
        .update(
            amount=Case(When(amount__lt=0, then=Value(-booking.amount)), default=Value(booking.amount)),
            account_id=Case(is_out, default=Value(booking.target.pk)),
            **booking.shared(),
        )
    )
    if not changed:
        raise NotFound("That transfer is no longer there.")


def _check_booking(user: User, booking: Booking) -> None:
    _check_amount(booking.amount)
    _check_account(user, booking.account)
    if booking.subcategory is not None:
        _hold_subcategories(user, [booking.subcategory.pk])


def _check_transfer(user: User, booking: TransferBooking) -> None:
    _check_amount(booking.amount)
    if booking.source.pk == booking.target.pk:
        raise RefusedTransfer("Choose two different accounts.")
    _check_account(user, booking.source)
    _check_account(user, booking.target)


def _check_amount(amount: Decimal) -> None:
    if amount <= 0:
        raise RefusedAmount("The amount must be above zero. Choose expense or income to give it a direction.")
    if amount > MAX_AMOUNT:
        raise RefusedAmount(f"The amount can be at most {format_digits(MAX_AMOUNT)}.")


def _check_account(user: User, account: Account | None) -> None:
    """Without a lock: an account never changes hands and is never deleted, only closed."""
    if account is not None and account.user_id != user.pk:
        raise NotFound("That account is not one of yours.")


def _hold_subcategories(user: User, ids: Collection[int], *, for_deletion: bool = False) -> None:
    """Lock subcategories by id until the transaction ends. Raises NotFound when one is missing."""
    mine = Subcategory.objects.for_user(user).filter(pk__in=ids).order_by("pk")
    found = mine.select_for_update(no_key=not for_deletion).values_list("pk", flat=True)
    if len(found) != len(set(ids)):
        raise NotFound("That subcategory is no longer there.")


# Categories.


@transaction.atomic
def add_category(*, user: User, name: str, kind: str) -> Category:
    """Raises NameTaken; the database decides, so two at once cannot both succeed."""
    NAMES.changed(user.pk)
    return _named(lambda: Category.objects.create(user=user, name=name, kind=kind), name)


@transaction.atomic
def update_category(*, user: User, category_id: int, name: str, kind: str) -> None:
    """Raises NameTaken or NotFound."""
    NAMES.changed(user.pk)
    mine = Category.objects.for_user(user).filter(pk=category_id)
    if not _named(lambda: mine.update(name=name, kind=kind), name):
        raise NotFound("That category is no longer there.")


@transaction.atomic
def add_subcategory(*, user: User, category_id: int, name: str) -> Subcategory:
    """Raises NameTaken, or NotFound when the category is not there or somebody else's."""
    NAMES.changed(user.pk)
    _hold_category(user, category_id)
    return _named(lambda: Subcategory.objects.create(user=user, category_id=category_id, name=name), name)


@transaction.atomic
def update_subcategory(*, user: User, subcategory_id: int, category_id: int, name: str) -> None:
    """Rename, or move under another category. Raises NameTaken or NotFound."""
    NAMES.changed(user.pk)
    _hold_category(user, category_id)
    mine = Subcategory.objects.for_user(user).filter(pk=subcategory_id)
    if not _named(lambda: mine.update(name=name, category_id=category_id), name):
        raise NotFound("That subcategory is no longer there.")


@transaction.atomic
def delete_subcategory(*, user: User, subcategory_id: int, target_id: int | None = None) -> None:
    """Delete a subcategory; what is filed under it moves to ``target_id``.

    Raises StillInUse, saying what is in the way, when there is something and no target; NotFound.
    """
    _delete_subcategories(user, [subcategory_id], target_id)


@transaction.atomic
def merge_subcategory(*, user: User, source: Subcategory, target: Subcategory) -> None:
    """Move everything from ``source`` to ``target`` and delete ``source``. Raises NotFound."""
    _delete_subcategories(user, [source.pk], target.pk)


@transaction.atomic
def delete_category(*, user: User, category_id: int, target_id: int | None = None) -> None:
    """Delete a category with its subcategories; what is filed under them moves to ``target_id``, outside of it.

    Raises StillInUse or NotFound. Holds the category, so that no subcategory joins it meanwhile.
    """
    _hold_category(user, category_id, for_deletion=True)
    # Locked as they are read: one that another tab moves out of the category just now is not deleted with it.
    inside = Subcategory.objects.for_user(user).filter(category_id=category_id).order_by("pk").select_for_update()
    _delete_subcategories(user, list(inside.values_list("pk", flat=True)), target_id)
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
    _merge_same_names(user, category_id, target_id)
    Subcategory.objects.for_user(user).filter(category_id=category_id).update(category_id=target_id)
    mine.filter(pk=category_id).delete()
    _nothing_points_there()


def _merge_same_names(user: User, category_id: int, target_id: int) -> None:
    """Each subcategory whose name the target has goes into that one. They are few: one round of writes each."""
    both = Subcategory.objects.for_user(user).filter(category_id__in=[category_id, target_id])
    held = list(both.order_by("pk").select_for_update().values_list("pk", "category_id", "name"))
    there = {name: pk for pk, parent, name in held if parent == target_id}
    leaving = {pk: there[name] for pk, parent, name in held if parent == category_id and name in there}
    for source, target in leaving.items():
        _move(user, [source], target)
    Subcategory.objects.for_user(user).filter(pk__in=leaving).delete()


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


@transaction.atomic
def add_default_categories(*, user: User, chosen: Collection[str] | None = None) -> int:
    """Add the default categories named in ``chosen``, all by default, with their subcategories.

    Returns how many subcategories are new. What the person has already stays as it is; safe to repeat.
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


def _delete_subcategories(user: User, sources: list[int], target_id: int | None) -> None:
    NAMES.changed(user.pk)
    if target_id in sources:
        raise NotFound("Choose a subcategory that is not being deleted.")
    targets = [target_id] if target_id is not None else []
    _hold_subcategories(user, [*sources, *targets], for_deletion=True)
    if target_id is not None:
        _move(user, sources, target_id)
    elif what := in_use(user=user, subcategory_ids=sources):
        raise StillInUse(f"Filed here: {what}. Choose where that goes.")
    Subcategory.objects.for_user(user).filter(pk__in=sources).delete()
    _nothing_points_there()


def _move(user: User, sources: list[int], target_id: int) -> None:
    Transaction.objects.for_user(user).filter(subcategory_id__in=sources).update(subcategory_id=target_id)
    for reference in references:
        reference.move(user=user, source_ids=sources, target_id=target_id)


def _nothing_points_there() -> None:
    """Check the deferred foreign keys now, where the refusal can be told in words."""
    try:
        with transaction.atomic():
            connection.check_constraints()
    except IntegrityError as error:
        raise StillInUse("Something else is still filed here. Choose where it goes.") from error
