"""Writes to the ledger and to the categories it is filed under.

Balances and ``spending_summary`` follow by trigger, so each service writes each table in one statement.
Locks are taken in one order everywhere: subcategories by id, then transactions, then what the triggers
lock (the user, their accounts by id, their summary rows). Whoever files under a subcategory holds its
row, so that it cannot be deleted between the check and the write. Each raises BalanceTooLarge where a
balance would not fit.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from accounts.models import Account, User
from transactions.balances.reconciled import BankRow, ask_for_change, ask_for_new
from transactions.bulk.edits import undoable
from transactions.categories.services import _hold_subcategories
from transactions.ledger.merging import RowState, Shown, merge
from transactions.models import Subcategory, Transaction
from transactions.models.querysets import TransactionQuerySet
from transactions.tags.services import by_name, ids_of
from wealthwise.core.days import timestamp_of, zone_of
from wealthwise.core.errors import DomainError, NotFound, RefusedAmount, balances_fit
from wealthwise.core.money import MAX_AMOUNT, format_digits
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock


class AccountClosed(DomainError):
    """Somebody closed the account between the form and the booking."""


class RefusedTransfer(DomainError):
    """The two sides of a transfer do not fit."""


class Sides(NamedTuple):
    """Both rows of a transfer."""

    out: Transaction
    into: Transaction


@dataclass(frozen=True, slots=True)
class Updated:
    """``action_id`` takes it back, None where nothing changed; ``theirs`` is what others changed and stays."""

    action_id: int | None
    theirs: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """The day that a user says, and the time on their clock, None where only the day is known."""

    day: date
    clock: time | None = None

    def written(self, user: User) -> dict[str, Any]:
        timestamp = timestamp_of(self.day, self.clock, zone_of(user))
        return {"booked_on": self.day, "booked_time": self.clock, "transaction_date": timestamp}

    def rewritten(self, user: User) -> dict[str, Any]:
        """As ``written``; the timestamp of a row whose day and time stay is kept, whatever zone it was made in."""
        columns = self.written(user)
        stays = Q(booked_on=self.day) & (Q(booked_time=self.clock) if self.clock else Q(booked_time__isnull=True))
        kept = Case(When(stays, then=F("transaction_date")), default=Value(columns["transaction_date"]))
        return columns | {"transaction_date": kept}


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking(_Dated):
    """What a user says about one transaction. ``amount`` is above zero; the direction gives the sign.

    ``tags`` are names; None says nothing of them.
    """

    amount: Decimal
    is_income: bool
    description: str
    account: Account | None = None
    subcategory: Subcategory | None = None
    comment: str = ""
    tags: tuple[str, ...] | None = None

    def place(self) -> BankRow:
        said = self.state()
        return BankRow(said.account, said.day, said.amount)

    def state(self) -> RowState:
        return RowState(
            amount=self.amount if self.is_income else -self.amount,
            description=self.description,
            day=self.day,
            clock=self.clock,
            account=self.account.pk if self.account else None,
            into=None,
            subcategory=self.subcategory.pk if self.subcategory else None,
            comment=self.comment,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBooking(_Dated):
    """What a user says about a transfer of ``amount``, above zero, between two of their accounts."""

    amount: Decimal
    source: Account
    target: Account
    description: str
    comment: str = ""
    tags: tuple[str, ...] | None = None

    def state(self) -> RowState:
        return RowState(
            amount=self.amount,
            description=self.description,
            day=self.day,
            clock=self.clock,
            account=self.source.pk,
            into=self.target.pk,
            subcategory=None,
            comment=self.comment,
        )


def record_transaction(*, user: User, booking: Booking, agreed: bool = False) -> Transaction:
    """Book an expense or income. Raises as `record_transactions` does, and is atomic by it."""
    return record_transactions(user=user, bookings=[booking], agreed=agreed)[0]


@transaction.atomic
@balances_fit()
def record_transactions(*, user: User, bookings: Sequence[Booking], agreed: bool = False) -> list[Transaction]:
    """Book expenses and incomes, all or none, in one statement whatever their number.

    Raises RefusedAmount, NotFound, AccountClosed, and Reconciled unless the user ``agreed``.
    """
    for booking in bookings:
        _check_amount(booking.amount)
        _check_account(user, booking.account)
    if filed := {booking.subcategory.pk for booking in bookings if booking.subcategory is not None}:
        _hold_subcategories(user, filed)
    ask_for_new(user, *(booking.place() for booking in bookings), agreed=agreed)
    names = list(dict.fromkeys(name for booking in bookings for name in booking.tags or ()))
    known = by_name(user=user, names=names) if names else {}
    rows = [
        Transaction(user=user, **_columns(_with_tags(booking, known)), **booking.written(user)) for booking in bookings
    ]
    Transaction.objects.bulk_create(rows)
    if accounts := {booking.account.pk: booking.account for booking in bookings if booking.account is not None}:
        _check_still_open(user, *accounts.values())
    return rows


@transaction.atomic
@balances_fit()
def update_transaction(
    *, user: User, transaction_id: int, booking: Booking, shown: Shown | None = None, agreed: bool = False
) -> Updated:
    """Replace what a transaction says, but for what only others changed since it was ``shown``.

    Raises RefusedAmount, ChangedMeanwhile, or NotFound, also for a leg of a transfer. An imported row keeps its
    fingerprint, so that importing its file again does not bring it back. The parts of a split share day, account and
    description, so a change of one changes these of all.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    _check_booking(user, booking)
    mine = Transaction.objects.for_user(user).without_transfers().filter(pk=transaction_id)
    with undoable(user, row_id=transaction_id) as kept:
        row = mine.first()
        if row is None:
            raise NotFound("That transaction is no longer there.")
        merged = merge(shown=shown, typed=_tagged(user, booking, row), now=state_of(row))
        said = merged.state
        dated = _Dated(day=said.day, clock=said.clock).rewritten(user)
        own = _columns(said) | _chosen_by_hand(said.subcategory)
        if row.split_id:
            _rewrite_parts(user, row, said, dated, agreed=agreed)
        else:
            ask_for_change(user, mine, [BankRow(said.account, said.day, said.amount)], agreed=agreed)
            own |= dated
        mine.update(**own)
    return Updated(kept.action_id, merged.theirs)


def _rewrite_parts(user: User, row: Transaction, said: RowState, dated: dict[str, Any], *, agreed: bool) -> None:
    """What the parts of a split have in common becomes what one of them says. Raises RefusedAmount, Reconciled."""
    if said.amount != row.amount:
        raise RefusedAmount("This is one part of a split. Change its amount where you see all its parts.")
    parts = Transaction.objects.for_user(user).parts(row.split_id)
    amounts = parts.values_list("amount", flat=True)
    ask_for_change(user, parts, [BankRow(said.account, said.day, amount) for amount in amounts], agreed=agreed)
    parts.order_by().update(description=said.description, account_id=said.account, **dated)


@transaction.atomic
@balances_fit()
def record_transfer(*, user: User, booking: TransferBooking, agreed: bool = False) -> Sides:
    """Move money between two accounts: two rows in one statement.

    Raises RefusedAmount, RefusedTransfer, NotFound, AccountClosed, and Reconciled unless the user ``agreed``.
    """
    _check_transfer(user, booking)
    ask_for_new(user, *_places(booking.state(), booking.day, booking.day), agreed=agreed)
    tags = list(_tagged(user, booking).tags) or None
    texts = {"description": booking.description, "comment": booking.comment, "tag_ids": tags}
    shared = {"user": user, "transfer_id": uuid.uuid4(), **texts, **booking.written(user)}
    out = Transaction(account=booking.source, amount=-booking.amount, **shared)
    into = Transaction(account=booking.target, amount=booking.amount, **shared)
    Transaction.objects.bulk_create([out, into])
    _check_still_open(user, booking.source, booking.target)
    return Sides(out, into)


@transaction.atomic
@balances_fit()
def update_transfer(
    *,
    user: User,
    transfer_id: uuid.UUID,
    leg_id: int,
    booking: TransferBooking,
    shown: Shown | None = None,
    agreed: bool = False,
) -> Updated:
    """Replace the amount and the accounts of both rows of a transfer, and what one of them says, in one statement.

    Text, comment and day of the other row are its own: the bank may have its words for it. Raises as
    record_transfer does, and ChangedMeanwhile.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    _check_transfer(user, booking)
    legs = Transaction.objects.for_user(user).transfer_legs(transfer_id)
    with undoable(user, row_id=leg_id, transfer_id=transfer_id) as kept:
        both = {leg.pk: leg for leg in legs}
        row = both.pop(leg_id, None)
        if row is None:
            raise NotFound("That transfer is no longer there.")
        merged = merge(shown=shown, typed=_tagged(user, booking, row), now=state_of(row, *both.values()))
        said = merged.state
        if said.account == said.into:  # one of them chosen here, the other one elsewhere
            raise RefusedTransfer("Choose two different accounts.")
        days = {leg.amount < 0: leg.booked_on for leg in both.values()} | {row.amount < 0: said.day}
        if len(days) == 2:
            ask_for_change(user, legs, _places(said, days[True], days[False]), agreed=agreed)
        _rewrite_legs(user, legs, leg_id, said)
    return Updated(kept.action_id, merged.theirs)


def _places(said: RowState, out: date, into: date) -> tuple[BankRow, BankRow]:
    """Both sides of a transfer as their banks know them, on the day of each."""
    return BankRow(said.account, out, -said.amount), BankRow(said.into, into, said.amount)


def _rewrite_legs(user: User, legs: TransactionQuerySet, leg_id: int, said: RowState) -> None:
    is_out, is_leg = Q(amount__lt=0), Q(pk=leg_id)
    tags = Value(list(said.tags) or None, output_field=Transaction._meta.get_field("tag_ids"))
    own = {"description": said.description, "comment": said.comment, "tag_ids": tags}
    own |= _Dated(day=said.day, clock=said.clock).rewritten(user)
    legs.update(
        amount=Case(When(is_out, then=Value(-said.amount)), default=Value(said.amount)),
        account_id=Case(When(is_out, then=Value(said.account)), default=Value(said.into)),
        **{name: Case(When(is_leg, then=_as_value(value)), default=F(name)) for name, value in own.items()},
    )


def state_of(row: Transaction, other: Transaction | None = None) -> RowState:
    """What the row says now; with the ``other`` side of its transfer, what the transfer does."""
    is_transfer = row.transfer_id is not None
    ids = (row.account_id, other.account_id if other else None)
    account, into = ids[:: 1 if row.amount < 0 else -1] if is_transfer else (row.account_id, None)
    return RowState(
        amount=abs(row.amount) if is_transfer else row.amount,
        description=row.description,
        day=row.booked_on,
        clock=row.booked_time,
        account=account,
        into=into,
        subcategory=None if is_transfer else row.subcategory_id,
        comment=row.comment,
        tags=tuple(row.tag_ids or ()),
    )


def _tagged(user: User, booking: Booking | TransferBooking, row: Transaction | None = None) -> RowState:
    """What is said with the ids of its tags; where nothing is said of tags, those that the row has."""
    if booking.tags is None:
        return replace(booking.state(), tags=tuple((row.tag_ids if row else None) or ()))
    return replace(booking.state(), tags=tuple(ids_of(user=user, names=booking.tags)))


def _with_tags(booking: Booking, known: dict[str, int]) -> RowState:
    """What is said with the ids of its tags, of which ``known`` has all by these names."""
    return replace(booking.state(), tags=tuple(sorted({known[name] for name in booking.tags or ()})))


def _columns(said: RowState) -> dict[str, Any]:
    return {
        "amount": said.amount,
        "description": said.description,
        "account_id": said.account,
        "subcategory_id": said.subcategory,
        "comment": said.comment,
        "tag_ids": list(said.tags) or None,
    }


def _chosen_by_hand(subcategory: int | None) -> dict[str, Any]:
    """Where a person moves a row to what a rule once filed it as, it is their own choice from now on."""
    if subcategory is None:
        return {}
    again = When(~Q(subcategory_id=subcategory), filed_as_id=subcategory, then=None)
    return {"filed_as_id": Case(again, default=F("filed_as_id"))}


def _as_value(value: Any) -> Any:
    return value if hasattr(value, "resolve_expression") else Value(value)


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


def _check_still_open(user: User, *accounts: Account) -> None:
    """After the write, whose triggers hold the accounts by now: one that is being closed was waited for."""
    closed = Account.objects.for_user(user).filter(pk__in=[account.pk for account in accounts], is_active=False)
    if names := list(closed.values_list("name", flat=True)):
        raise AccountClosed(f"{names[0]} was closed meanwhile. Choose another account, or open it again.")
