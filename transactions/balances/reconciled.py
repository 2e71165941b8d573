"""Rows that agree with the bank: what changes one asks first.

An account is reconciled up to the day of its latest agreed balance check. What a row says in words, and what it is
filed under, is the user's own; its account, day and amount are what the bank said. Accounts come with the user from
the cache, so that nothing is read for whoever never checked a balance.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from accounts.models import User
from accounts.models.cached_user import AccountName, account_names
from transactions.models import Transaction
from transactions.models.querysets import TransactionQuerySet
from wealthwise.core.errors import AskFirst
from wealthwise.core.locales import show_count, show_day


class Reconciled(AskFirst):
    """A row would change that agrees with the bank, or one come among them."""


class BankRow(NamedTuple):
    """What a bank knows of a row."""

    account_id: int | None
    day: date
    amount: Decimal


def reconciled_accounts(user: User) -> dict[int, AccountName]:
    """The accounts that agree with their bank up to a day, by id."""
    return {account.id: account for account in account_names(user) if account.reconciled_to}


def question_of(user: User, row: Transaction) -> str:
    """What is asked before ``row`` goes; empty unless it is of a reconciled day. No statement."""
    account = reconciled_accounts(user).get(row.account_id or 0)
    day = account.reconciled_to if account else None
    return _question(day) if day and row.booked_on <= day else ""


def _question(day: date) -> str:
    return f"This row is reconciled with your bank up to {show_day(day)}."


def ask_for_new(user: User, *places: BankRow, agreed: bool) -> None:
    """Before rows are added. Raises Reconciled; rows up to an anchor explain the past, and no balance moves."""
    known = reconciled_accounts(user)
    for place in places:
        account = known.get(place.account_id or 0)
        if (
            not agreed
            and account
            and account.reconciled_to
            and account.anchored_on < place.day <= account.reconciled_to
        ):
            raise Reconciled(
                f"{account.name} agrees with your bank up to {show_day(account.reconciled_to)}, and another row "
                "would make it differ."
            )


def ask_for_change(user: User, rows: TransactionQuerySet, after: Iterable[BankRow] = (), *, agreed: bool) -> None:
    """Before ``rows``, a few, become what ``after`` says, nothing of them being left by default. Raises Reconciled."""
    if agreed or not reconciled_accounts(user):
        return
    was = [BankRow(*values) for values in rows.values_list("account_id", "booked_on", "amount")]
    ask_for_places(user, was, after, agreed=agreed)


def ask_for_places(user: User, before: Iterable[BankRow], after: Iterable[BankRow], *, agreed: bool) -> None:
    """Before what a bank knows becomes something else. Raises Reconciled."""
    if agreed:
        return
    was, becomes = Counter(before), Counter(after)
    for place in was - becomes:
        account = reconciled_accounts(user).get(place.account_id or 0)
        if account and account.reconciled_to and place.day <= account.reconciled_to:
            raise Reconciled(_question(account.reconciled_to))
    ask_for_new(user, *(becomes - was), agreed=False)


def in_words(user: User, rows: TransactionQuerySet, *, target_id: int | None = None) -> str:
    """The question before all of ``rows`` go, or go to the account ``target_id``; empty where there is none.

    Nothing is read for whoever never checked a balance.
    """
    known = reconciled_accounts(user)
    if not known:
        return ""
    touched = Q(pk__in=[])
    for account in known.values():
        touched |= Q(account_id=account.id, booked_on__lte=account.reconciled_to)
    if target_id is None:
        count = rows.order_by().filter(touched).count() + _other_sides(user, rows).filter(touched).count()
    else:
        if target := known.get(target_id):
            touched |= Q(booked_on__gt=target.anchored_on, booked_on__lte=target.reconciled_to)
        count = rows.order_by().without_transfers().exclude(account_id=target_id).filter(touched).count()
    which = "One of them is of a day that is" if count == 1 else f"{show_count(count)} of them are of days that are"
    return f"{which} reconciled with your bank. The balance there may no longer agree." if count else ""


def _other_sides(user: User, rows: TransactionQuerySet) -> TransactionQuerySet:
    """Sides of transfers that are deleted along, without being among ``rows``."""
    chosen = rows.order_by()
    transfers = chosen.filter(transfer_id__isnull=False).values("transfer_id")
    mine = Transaction.objects.for_user(user).filter(transfer_id__in=transfers)
    return mine.exclude(pk__in=chosen.values("pk"))


def ask_for_all(user: User, rows: TransactionQuerySet, *, target_id: int | None = None, agreed: bool) -> None:
    """Before all of ``rows`` go, or go to another account. Raises Reconciled."""
    if not agreed and (question := in_words(user, rows, target_id=target_id)):
        raise Reconciled(question)
