"""Bulk changes of the ledger and the undo of the last one.

Locks: first the user's bulk changes (advisory), then imports, subcategories, transactions and what the
triggers lock, in the order of transactions.services. A transfer's legs have no subcategory of their own and
their accounts are a pair, so moves leave them alone; deleting one side deletes the other. The parts of a split are of
one account: they move and are deleted together.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q, Sum

from accounts.models import Account, User
from transactions.balances.reconciled import ask_for_all, ask_for_change
from transactions.bulk import edits, filing, sentences, splitting, statements
from transactions.bulk.statements import ChangeCounts
from transactions.models import Subcategory, Tag, Transaction
from transactions.models.bulk_actions import BulkAction
from transactions.models.querysets import IS_TRANSFER, TransactionQuerySet
from wealthwise.core.errors import DomainError, NotFound, balances_fit
from wealthwise.core.locales import show_count
from wealthwise.core.money import ZERO
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock

MOST = 100_000  # rows of one change: undoing it takes some seconds

Kind = BulkAction.Kind
COLUMN = {Kind.RECATEGORISE: "subcategory_id", Kind.MOVE: "account_id"}


class Stale(DomainError):
    """Another number of rows matches than the user saw; nothing was changed."""


class TooMany(DomainError):
    """More rows than one change may hold."""


class NothingToDo(DomainError):
    """No row was changed, so the undo of the change before stays."""


class NoLongerLast(DomainError):
    """It was undone already, or another change came after it."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection holds now. ``lone_legs`` are sides of transfers whose other side is not in it."""

    matched: int
    transfers: int
    lone_legs: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """``action_id`` is what `undo` takes."""

    action_id: int
    sentence: str


class Filed(NamedTuple):
    """How many rows, and what they add up to."""

    number: int
    total: Decimal


def filed_under(rows: TransactionQuerySet, subcategory_ids: list[int]) -> Filed:
    """Of a selection, what is filed under any of these, without transfers. One statement."""
    filed = Q(subcategory_id__in=subcategory_ids)  # no condition of the selection: its rows are found by their ids
    chosen = rows.order_by().without_transfers()
    sums = chosen.aggregate(number=Count("pk", filter=filed), total=Sum("amount", filter=filed, default=ZERO))
    return Filed(**sums)


def size_of(rows: TransactionQuerySet) -> Size:
    """One statement over the selection."""
    counts = rows.order_by().aggregate(
        matched=Count("pk"),
        transfers=Count("pk", filter=IS_TRANSFER),
        pairs=Count("transfer_id", distinct=True, filter=Q(transfer_id__isnull=False)),
    )
    return Size(counts["matched"], counts["transfers"], 2 * counts["pairs"] - counts["transfers"])


@transaction.atomic
def recategorise(*, user: User, rows: TransactionQuerySet, subcategory_id: int, seen: int) -> Outcome:
    """File ``rows`` under a subcategory. Raises NotFound, Stale, TooMany, NothingToDo."""
    _begin(user, seen)
    mine = Subcategory.objects.for_user(user).filter(pk=subcategory_id)
    target = mine.select_for_update(no_key=True).first()
    if target is None:
        raise NotFound("That subcategory is no longer there.")
    return _move(user, rows, Kind.RECATEGORISE, target, seen)


@transaction.atomic
def move_account(
    *, user: User, rows: TransactionQuerySet, account_id: int, seen: int, agreed: bool = False
) -> Outcome:
    """Move ``rows`` to an open account.

    Raises NotFound, Stale, TooMany, NothingToDo, BalanceTooLarge, and Reconciled unless the user ``agreed``.
    """
    _begin(user, seen)
    ask_for_all(user, rows, target_id=account_id, agreed=agreed)
    target = Account.objects.for_user(user).active().filter(pk=account_id).first()
    if target is None:
        raise NotFound("That account is not open.")
    return _move(user, rows, Kind.MOVE, target, seen)


@transaction.atomic
def tag(*, user: User, rows: TransactionQuerySet, tag_id: int, seen: int, is_on: bool = True) -> Outcome:
    """Give ``rows`` a tag, or take it off. Raises NotFound, Stale, TooMany, NothingToDo."""
    _begin(user, seen)
    target = Tag.objects.for_user(user).filter(pk=tag_id).select_for_update(no_key=True).first()
    if target is None:
        raise NotFound("That tag is no longer there.")
    chosen = rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk")
    kind = Kind.TAG if is_on else Kind.UNTAG
    values = {"user": user.pk, "kind": kind.value, "target": target.pk, "seen": seen}
    found = statements.tag(chosen, values, is_on=is_on)
    return _finish(user, found, seen, sentences.tagged(found, target.name, is_on=is_on))


@transaction.atomic
def delete(*, user: User, rows: TransactionQuerySet, seen: int, agreed: bool = False) -> Outcome:
    """Delete ``rows``, with the other sides of transfers and the other parts of splits among them.

    Raises Stale, TooMany, NothingToDo, BalanceTooLarge, and Reconciled unless the user ``agreed``.
    """
    _begin(user, seen)
    ask_for_all(user, rows, agreed=agreed)
    chosen = rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", "transfer_id", "split_id")
    with balances_fit():
        found = statements.delete(chosen, {"user": user.pk, "kind": Kind.DELETE.value, "seen": seen})
    return _finish(user, found, seen, sentences.deleted(found))


@transaction.atomic
def delete_one(*, user: User, row: Transaction, agreed: bool = False) -> Outcome:
    """Delete ``row``, and with one side of a transfer the other, with a part of a split all of it.

    Raises NotFound, BalanceTooLarge, and Reconciled unless the user ``agreed``.
    """
    _begin(user, 1)
    mine = Transaction.objects.for_user(user).filter(pk=row.pk)
    sides = Transaction.objects.for_user(user).transfer_legs(row.transfer_id) if row.transfer_id else mine
    if row.split_id:
        sides = Transaction.objects.for_user(user).parts(row.split_id)
    ask_for_change(user, sides, agreed=agreed)
    chosen = mine.select_for_update(of=("self",)).values_list("pk", "transfer_id", "split_id")
    with balances_fit():
        found = statements.delete(chosen, {"user": user.pk, "kind": Kind.DELETE.value, "seen": 1})
    if not found.changed:
        raise NotFound("That transaction is no longer there.")
    return _finish(user, found, 1, sentences.deleted_one(row.description, found))


@transaction.atomic
def undo(*, user: User, action_id: int) -> str:
    """Take the last change back and say what came of it. Raises NoLongerLast, BalanceTooLarge.

    A row that was changed since is left: one that is not where the change put it, or whose import was
    reverted or repeated. A deleted row comes back under its own id.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    mine = BulkAction.objects.for_user(user).open().filter(pk=action_id)
    last = mine.exclude(kind=Kind.DELETE).first() or mine.defer("rows").first()
    if last is None:
        raise NoLongerLast("That can no longer be undone: it was undone already, or another change followed.")
    with balances_fit():
        if last.kind == Kind.EDIT:
            return sentences.put_back(edits.put_back(user.pk, last))
        if last.kind == Kind.SPLIT:
            return sentences.put_back(splitting.take_back(user.pk, last))
        if last.kind == Kind.DELETE:
            return sentences.brought_back(statements.bring_back(user.pk, last))
        if last.kind in (Kind.TAG, Kind.UNTAG):
            return sentences.moved_back(statements.tag_back(user.pk, last, is_on=last.kind == Kind.UNTAG))
        if last.kind == Kind.FILE:
            return sentences.moved_back(filing.take_back(user.pk, last))
        return sentences.moved_back(statements.move_back(user.pk, last, COLUMN[Kind(last.kind)]))


def _begin(user: User, seen: int) -> None:
    if seen > MOST:
        most = show_count(MOST)
        raise TooMany(f"At most {most} transactions can be changed at once. Narrow the filter, to a year for example.")
    locks.wait_for(Lock.BULK_CHANGE, user.pk)


def _move(
    user: User, rows: TransactionQuerySet, kind: BulkAction.Kind, target: Subcategory | Account, seen: int
) -> Outcome:
    column = COLUMN[kind]
    chosen = rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", "transfer_id", column)
    values = {"user": user.pk, "kind": kind.value, "target": target.pk, "seen": seen}
    with balances_fit():
        found = statements.move(chosen, column, values)
    return _finish(user, found, seen, sentences.moved(found, kind, target.name))


def _finish(user: User, found: ChangeCounts, seen: int, sentence: str) -> Outcome:
    if found.matched != seen:
        raise Stale(sentences.stale(seen, found.matched))
    if found.action_id is None:
        raise NothingToDo(sentence)
    BulkAction.objects.for_user(user).filter(pk=found.action_id).update(sentence=sentence[:400])
    return Outcome(found.action_id, sentence)
