"""Writes to recurring income and recurring allocations.

They fill budgets when a period is opened and never reach into a budget that exists: there, the database
clears the link when the recurring item is deleted.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from budgets.budget.services import check_amount, hold_subcategories
from budgets.models import PeriodType, RecurringBudgetAllocation, RecurringIncomeSource
from transactions.models import Subcategory
from wealthwise.core.errors import DomainError, NotFound, within_limits


class AlreadyRecurring(DomainError):
    """The subcategory has another active recurring allocation of the same period type."""


@within_limits()
@transaction.atomic
def add_recurring_income(*, user: User, name: str, amount: Decimal, period_type: str) -> RecurringIncomeSource:
    """Raises RefusedAmount."""
    check_amount(amount)
    return RecurringIncomeSource.objects.create(user=user, name=name, amount=amount, period_type=period_type)


@transaction.atomic
def update_recurring_income(*, user: User, income_id: int, name: str, amount: Decimal, period_type: str) -> None:
    """Raises RefusedAmount or NotFound."""
    check_amount(amount)
    mine = RecurringIncomeSource.objects.for_user(user).filter(pk=income_id)
    _found(mine.update(name=name, amount=amount, period_type=period_type))


@within_limits()
@transaction.atomic
def add_recurring_allocation(
    *, user: User, subcategory_id: int, amount: Decimal, period_type: str
) -> RecurringBudgetAllocation:
    """Raises AlreadyRecurring, RefusedAmount or NotFound."""
    check_amount(amount)
    hold_subcategories(user, {subcategory_id})
    return _only_active(
        lambda: RecurringBudgetAllocation.objects.create(
            user=user, subcategory_id=subcategory_id, allocated_amount=amount, period_type=period_type
        ),
        user=user,
        subcategory_id=subcategory_id,
        period_type=period_type,
    )


@transaction.atomic
def update_recurring_allocation(
    *, user: User, allocation_id: int, subcategory_id: int, amount: Decimal, period_type: str
) -> None:
    """Raises AlreadyRecurring, RefusedAmount or NotFound."""
    check_amount(amount)
    hold_subcategories(user, {subcategory_id})
    mine = RecurringBudgetAllocation.objects.for_user(user).filter(pk=allocation_id)
    changed = _only_active(
        lambda: mine.update(subcategory_id=subcategory_id, allocated_amount=amount, period_type=period_type),
        user=user,
        subcategory_id=subcategory_id,
        period_type=period_type,
    )
    _found(changed)


@transaction.atomic
def set_recurring_income_active(*, user: User, income_id: int, is_active: bool) -> None:
    """Pause or resume. Raises NotFound."""
    _found(RecurringIncomeSource.objects.for_user(user).filter(pk=income_id).update(is_active=is_active))


@transaction.atomic
def set_recurring_allocation_active(*, user: User, allocation_id: int, is_active: bool) -> None:
    """Pause or resume. Raises AlreadyRecurring when another took its place meanwhile, or NotFound."""
    mine = RecurringBudgetAllocation.objects.for_user(user).filter(pk=allocation_id)
    row = mine.values("subcategory_id", "period_type").first()
    if row is None:
        raise NotFound("That recurring item is no longer there.")
    _found(_only_active(lambda: mine.update(is_active=is_active), user=user, **row))


def _only_active[Result](write: Callable[[], Result], *, user: User, subcategory_id: int, period_type: str) -> Result:
    """Run a write whose only possible conflict is uq_recurring_allocation_active."""
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        name = Subcategory.objects.for_user(user).values_list("name", flat=True).get(pk=subcategory_id)
        label = PeriodType(period_type).label.lower()
        raise AlreadyRecurring(
            f"{name} already has an active {label} allocation. Change or pause that one."
        ) from error


def _found(changed: Any) -> None:
    if not changed:
        raise NotFound("That recurring item is no longer there.")
