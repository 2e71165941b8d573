"""The four steps after the first sign-in. Each can be submitted twice, or by two tabs, without doing it twice.

All writes hold the user's row first, so that a second submit waits and then finds the work done.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from accounts.models.cached_user import SETTINGS
from budgets.budget.services import add_income
from budgets.models import BudgetPeriod
from budgets.periods.services import open_period
from budgets.recurring.services import add_recurring_income
from transactions.categories.services import add_default_categories
from transactions.models import Category, Subcategory, Transaction
from wealthwise.core.caching import forget
from wealthwise.core.days import today_of
from wealthwise.core.periods import Cycle

STEPS: Final = User.OnboardingStep


@dataclass(frozen=True, slots=True)
class NewAccount:
    name: str
    account_type: str
    balance: Decimal


@dataclass(frozen=True, slots=True)
class NewCategory:
    """An expense category of one's own; without subcategories it gets one of the same name."""

    name: str
    subcategories: list[str]


@dataclass(frozen=True, slots=True)
class FirstPeriod:
    """The period to open and how it goes on, and the income expected in it; ``amount`` 0 for none."""

    period_type: str
    name: str
    start: date
    end: date
    cycle: Cycle | None
    income_name: str
    amount: Decimal
    is_recurring: bool


def is_untouched(user: User) -> bool:
    """Whether a user has neither transactions nor periods: sample data is for them alone."""
    return not (Transaction.objects.for_user(user).exists() or BudgetPeriod.objects.for_user(user).exists())


def _hold(user: User) -> User:
    """The user, locked; whatever a step adds, nothing older than it stays cached."""
    forget(user.pk)
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


@transaction.atomic
def advance(*, user: User, step: int) -> None:
    """Leave ``step`` for the next one, unless the user is already further."""
    if step < STEPS.FIRST_PERIOD:
        User.objects.filter(pk=user.pk, onboarding_step=step).update(onboarding_step=step + 1)
        SETTINGS.changed(user.pk)


@transaction.atomic
def save_about_you(*, user: User, **settings: str) -> None:
    """The answers of the first step, by the names of the user's columns."""
    person = _hold(user)
    for name, value in settings.items():
        setattr(person, name, value)
    person.save(update_fields=settings.keys())
    advance(user=user, step=STEPS.ABOUT_YOU)


@transaction.atomic
def add_accounts(*, user: User, accounts: Iterable[NewAccount]) -> int:
    """Add those whose name the user does not have yet, whatever its case, anchored today; returns how many are new."""
    person = _hold(user)
    taken = {name.casefold() for name in Account.objects.for_user(person).values_list("name", flat=True)}
    rows, today = [], today_of(person)
    for account in accounts:
        if account.name.casefold() not in taken:
            taken.add(account.name.casefold())
            rows.append(
                Account(
                    user=person,
                    name=account.name,
                    account_type=account.account_type,
                    anchored_on=today,
                    anchor_balance=account.balance,
                )
            )
    Account.objects.bulk_create(rows)
    return len(rows)


@transaction.atomic
def add_categories(*, user: User, chosen: Collection[str], own: Iterable[NewCategory]) -> None:
    """Add the chosen defaults and the user's own; what exists already stays as it is."""
    person = _hold(user)
    add_default_categories(user=person, chosen=chosen)
    own = list(own)
    Category.objects.bulk_create(
        [Category(user=person, name=category.name) for category in own], ignore_conflicts=True
    )
    ids = dict(Category.objects.for_user(person).values_list("name", "pk"))
    Subcategory.objects.bulk_create(
        [
            Subcategory(user=person, category_id=ids[category.name], name=name)
            for category in own
            for name in category.subcategories or [category.name]
        ],
        ignore_conflicts=True,
    )
    advance(user=user, step=STEPS.CATEGORIES)


@transaction.atomic
def finish(*, user: User, first: FirstPeriod) -> bool:
    """Open the first period with its income, and end onboarding; False when it had ended already.

    Recurring income is added before the period, whose budget is then filled from it. Raises what
    ``open_period`` raises, and then nothing is written.
    """
    person = _hold(user)
    if person.onboarding_step >= STEPS.DONE:
        return False
    if first.amount and first.is_recurring:
        add_recurring_income(user=person, period_type=first.period_type, name=first.income_name, amount=first.amount)
    period = open_period(
        user=person,
        period_type=first.period_type,
        name=first.name,
        start=first.start,
        end=first.end,
        cycle=first.cycle,
    )
    if first.amount and not first.is_recurring:
        add_income(user=person, period_id=period.pk, name=first.income_name, amount=first.amount)
    person.onboarding_step, person.onboarded_at = STEPS.DONE, timezone.now()
    person.save(update_fields=["onboarding_step", "onboarded_at"])
    return True
