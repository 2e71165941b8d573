"""Writes about accounts of money."""

from collections.abc import Collection
from decimal import Decimal

from django.db import transaction

from accounts.models import Account
from accounts.models.cached_user import SETTINGS
from wealthwise.core.days import today_of
from wealthwise.core.errors import AskFirst, DomainError, balances_fit, within_limits
from wealthwise.core.locales import show_day
from wealthwise.core.money import ZERO


class HoldsMoney(DomainError):
    """The account has another balance than the user agreed to close it with."""


@within_limits()
@transaction.atomic
def save_account(
    *, account: Account, fields: Collection[str], moves_anchor: bool = False, agreed: bool = False
) -> None:
    """Add an account, or change its ``fields``, which are what the form owns.

    The rest may have moved since it was read: the balances by the triggers, `is_active` by another page. Raises
    BalanceTooLarge, and AskFirst when it ``moves_anchor`` of an account that agrees with its bank, unless ``agreed``.
    """
    if moves_anchor and account.reconciled_to and not agreed:
        raise AskFirst(
            f"{account.name} is reconciled with your bank up to {show_day(account.reconciled_to)}, and another "
            "balance or day here may change what it had then."
        )
    with balances_fit():
        account.save(update_fields=None if account.pk is None else fields)
    SETTINGS.changed(account.user_id)


@transaction.atomic
def close_account(*, account: Account, agreed: Decimal = ZERO) -> None:
    """Hide an account from pickers, and from the net worth of today and later. Undone by reopen_account.

    ``agreed`` is the balance that the user knows goes out of the net worth; raises HoldsMoney when it is
    another one by now. One statement decides, so money that comes in at the same time is never overlooked.
    """
    mine = Account.objects.for_user(account.user).filter(pk=account.pk)
    closed = {"is_active": False, "closed_on": today_of(account.user)}
    if not mine.filter(current_balance=agreed).update(**closed) and mine.filter(is_active=True).exists():
        raise HoldsMoney(f"{account.name} is not empty, and its balance leaves your net worth when it is closed.")
    SETTINGS.changed(account.user_id)


@transaction.atomic
def reopen_account(*, account: Account) -> None:
    account.is_active, account.closed_on = True, None
    account.save(update_fields=["is_active", "closed_on"])
    SETTINGS.changed(account.user_id)
