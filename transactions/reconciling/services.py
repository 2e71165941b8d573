"""Writes about balance checks. Whoever writes one holds its account, so that checks of an account take turns.

Locks: subcategories first where a correction is filed under one, then the account, as an import does.
"""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Account, User
from accounts.models.cached_user import SETTINGS
from accounts.money.services import save_account
from transactions.balances.balance_at import balance_at
from transactions.categories.services import _hold_subcategories
from transactions.ledger.services import Booking, record_transaction
from transactions.models import BalanceCheck, ImportBatch, Subcategory
from wealthwise.core.days import ONE_DAY
from wealthwise.core.errors import BalanceTooLarge, DomainError, NotFound, within_limits
from wealthwise.core.money import MAX_AMOUNT

Outcome = BalanceCheck.Outcome
CORRECTION = "Balance correction"


class StillDiffers(DomainError):
    """The ledger has something else than the bank, or than the user saw."""


@within_limits()
@transaction.atomic
def check_balance(*, account: Account, day: date, stated: Decimal, batch: ImportBatch | None = None) -> BalanceCheck:
    """Keep that the bank said ``stated`` at the end of ``day``; agreed when the ledger has the same. Safe to repeat.

    ``batch`` is the file that said it. Raises BalanceTooLarge.
    """
    held = _hold(account.user, account.pk)
    now = balance_at(held, day)
    if abs(now) > MAX_AMOUNT:
        raise BalanceTooLarge("The balance of that day is beyond 9,999,999,999.99 here.")
    mine = BalanceCheck.objects.for_user(account.user).filter(account=held, day=day, import_batch=batch)
    check = mine.first() or BalanceCheck(user=account.user, account=held, day=day, import_batch=batch)
    check.stated, check.ledger, check.checked_at = stated, now, timezone.now()
    check.outcome = Outcome.EQUAL if now == stated else Outcome.OPEN
    check.save()
    _keep(held)
    return check


@transaction.atomic
def agree(*, user: User, check_id: int) -> None:
    """Mark a check as agreed once the difference was found. Raises NotFound, StillDiffers."""
    account, check = _held_check(user, check_id)
    if balance_at(account, check.day) != check.stated:
        raise StillDiffers("It still differs. Nothing was changed.")
    if not check.is_agreed:
        _agreed(account, check, Outcome.EQUAL)


@transaction.atomic
def move_anchor(*, user: User, check_id: int) -> None:
    """Anchor the account at what the bank said. Raises NotFound, BalanceTooLarge."""
    account, check = _held_check(user, check_id)
    account.anchored_on, account.anchor_balance = check.day, check.stated
    save_account(account=account, fields=["anchored_on", "anchor_balance"])
    _agreed(account, check, Outcome.ANCHOR)


@transaction.atomic
def book_correction(*, user: User, check_id: int, seen: Decimal, subcategory: Subcategory | None = None) -> None:
    """Book the difference, which must be as ``seen``, so that the ledger has what the bank said.

    Raises NotFound, StillDiffers, RefusedAmount, BalanceTooLarge.
    """
    if subcategory is not None:
        _hold_subcategories(user, [subcategory.pk])
    account, check = _held_check(user, check_id)
    difference = check.stated - balance_at(account, check.day)
    if not difference or difference != seen:
        raise StillDiffers("The difference is another one by now. Look at it again; nothing was booked.")
    correction = correction_of(account, check, difference)
    if correction is None:
        raise StillDiffers("On that day the account is anchored, so only its anchor can be corrected.")
    amount, day = correction
    booking = Booking(
        amount=abs(amount),
        is_income=amount > 0,
        description=CORRECTION,
        day=day,
        account=account,
        subcategory=subcategory,
    )
    record_transaction(user=user, booking=booking, agreed=True)
    _agreed(account, check, Outcome.CORRECTION)


def correction_of(account: Account, check: BalanceCheck, difference: Decimal) -> tuple[Decimal, date] | None:
    """The amount that makes the ledger agree, and its day; None on the day of the anchor, which alone decides there.

    After the anchor it is booked on the check's day. Before it, what lies between explains too much or too little,
    so it is booked on the day behind.
    """
    if check.day == account.anchored_on:
        return None
    return (difference, check.day) if check.day > account.anchored_on else (-difference, check.day + ONE_DAY)


@transaction.atomic
def forget_check(*, user: User, check_id: int) -> Account:
    """Drop a check; returns its account, which may be reconciled up to an earlier day then. Raises NotFound."""
    account, check = _held_check(user, check_id)
    check.delete()
    _keep(account)
    return account


def forget_checks_of(*, batch: ImportBatch) -> None:
    """Drop what a file said, in the open transaction: it was taken back."""
    account = _hold(batch.user, batch.account_id)
    if BalanceCheck.objects.for_user(batch.user).filter(account=account, import_batch=batch).delete()[0]:
        _keep(account)


def _hold(user: User, account_id: int) -> Account:
    held = Account.objects.for_user(user).select_for_update(no_key=True).filter(pk=account_id).first()
    if held is None:
        raise NotFound("That account is not one of yours.")
    return held


def _held_check(user: User, check_id: int) -> tuple[Account, BalanceCheck]:
    """The account, locked, then the check as it is now."""
    mine = BalanceCheck.objects.for_user(user).filter(pk=check_id)
    account_id = mine.values_list("account_id", flat=True).first()
    account = _hold(user, account_id) if account_id else None
    check = mine.first()
    if account is None or check is None:
        raise NotFound("That balance check is no longer there.")
    return account, check


def _agreed(account: Account, check: BalanceCheck, outcome: BalanceCheck.Outcome) -> None:
    check.outcome = outcome
    check.save(update_fields=["outcome"])
    _keep(account)


def _keep(account: Account) -> None:
    """Write the day up to which the account is reconciled: that of its latest agreed check."""
    mine = BalanceCheck.objects.for_user(account.user).filter(account=account).agreed()
    latest = mine.aggregate(day=Max("day"))["day"]
    Account.objects.for_user(account.user).filter(pk=account.pk).update(reconciled_to=latest)
    SETTINGS.changed(account.user_id)
