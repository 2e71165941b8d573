"""Writes to the ledger and to the categories it is filed under.

Balances and ``spending_summary`` follow by trigger, so each service writes each table in one statement.
Locks are taken in one order everywhere: subcategories by id, then transactions, then what the triggers
lock (the user, their accounts by id, their summary rows). Whoever files under a subcategory holds its
row, so that it cannot be deleted between the check and the write. Each raises BalanceTooLarge where a
balance would not fit.
"""

import uuid
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from accounts.models import Account, User
from transactions.categories.services import _hold_subcategories
from transactions.models import Subcategory, Transaction
from wealthwise.core.days import timestamp_of, zone_of
from wealthwise.core.errors import DomainError, NotFound, RefusedAmount, balances_fit
from wealthwise.core.money import MAX_AMOUNT, format_digits


class RefusedTransfer(DomainError):
    """The two sides of a transfer do not fit."""


class Sides(NamedTuple):
    """Both rows of a transfer."""

    out: Transaction
    into: Transaction


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
    """What a user says about one transaction. ``amount`` is above zero; the direction gives the sign."""

    amount: Decimal
    is_income: bool
    description: str
    account: Account | None = None
    subcategory: Subcategory | None = None
    comment: str = ""

    def columns(self) -> dict[str, Any]:
        return {
            "amount": self.amount if self.is_income else -self.amount,
            "description": self.description,
            "account": self.account,
            "subcategory": self.subcategory,
            "comment": self.comment,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBooking(_Dated):
    """What a user says about a transfer of ``amount``, above zero, between two of their accounts."""

    amount: Decimal
    source: Account
    target: Account
    description: str
    comment: str = ""

    def columns(self) -> dict[str, Any]:
        return {"description": self.description, "comment": self.comment}


@transaction.atomic
@balances_fit()
def record_transaction(*, user: User, booking: Booking) -> Transaction:
    """Book an expense or income. Raises RefusedAmount or NotFound."""
    _check_booking(user, booking)
    return Transaction.objects.create(user=user, **booking.columns(), **booking.written(user))


@transaction.atomic
@balances_fit()
def update_transaction(*, user: User, transaction_id: int, booking: Booking) -> None:
    """Replace what a transaction says. Raises RefusedAmount or NotFound, also for a leg of a transfer.

    An imported row keeps its fingerprint, so that importing its file again does not bring it back.
    """
    _check_booking(user, booking)
    mine = Transaction.objects.for_user(user).without_transfers()
    if not mine.filter(pk=transaction_id).update(**booking.columns(), **booking.rewritten(user)):
        raise NotFound("That transaction is no longer there.")


@transaction.atomic
@balances_fit()
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
@balances_fit()
def record_transfer(*, user: User, booking: TransferBooking) -> Sides:
    """Move money between two accounts: two rows in one statement. Raises RefusedAmount, RefusedTransfer, NotFound."""
    _check_transfer(user, booking)
    shared = {"user": user, "transfer_id": uuid.uuid4(), **booking.columns(), **booking.written(user)}
    out = Transaction(account=booking.source, amount=-booking.amount, **shared)
    into = Transaction(account=booking.target, amount=booking.amount, **shared)
    Transaction.objects.bulk_create([out, into])
    return Sides(out, into)


@transaction.atomic
@balances_fit()
def update_transfer(*, user: User, transfer_id: uuid.UUID, leg_id: int, booking: TransferBooking) -> None:
    """Replace the amount and the accounts of both rows of a transfer, and what one of them says, in one statement.

    Text, comment and day of the other row are its own: the bank may have its words for it. Raises as
    record_transfer does.
    """
    _check_transfer(user, booking)
    is_out, is_leg = Q(amount__lt=0), Q(pk=leg_id)
    said = booking.columns() | booking.rewritten(user)
    changed = (
        Transaction.objects.for_user(user)
        .transfer_legs(transfer_id)
        .update(
            amount=Case(When(is_out, then=Value(-booking.amount)), default=Value(booking.amount)),
            account_id=Case(When(is_out, then=Value(booking.source.pk)), default=Value(booking.target.pk)),
            **{name: Case(When(is_leg, then=_as_value(value)), default=F(name)) for name, value in said.items()},
        )
    )
    if not changed:
        raise NotFound("That transfer is no longer there.")


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
