"""The demo household and "Explore with sample data": fill a user's account with a year, and clear it again.

The marker is one ImportBatch of the kind ``sample``: all sample transactions point to it, and its ``layout``
lists the ids of everything else that was made. So clearing removes that and nothing a user added.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import models, transaction
from django.db.models import Exists, Min, OuterRef
from django.utils import timezone

from accounts.models import Account, User
from accounts.people.services import free_usernames
from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
)
from budgets.onboarding.services import is_untouched
from budgets.periods.following import settled
from transactions.categories.services import add_default_categories
from transactions.models import Category, ImportBatch, Rule, Subcategory, Transaction
from wealthwise.core.caching import forget
from wealthwise.core.days import timestamp_of, zone_of
from wealthwise.core.errors import DomainError
from wealthwise.core.money import currency_style
from wealthwise.demo import habits
from wealthwise.demo.household import Window, bookings, pay_windows
from wealthwise.postgres.copy import copy_rows

DEMO_PASSWORD: Final = "Demo-Household-2026!"  # noqa: S105 - published, for a household that does not exist
SAMPLE: Final = "sample"
BROUGHT_FORWARD: Final = (0, 640, 1180)
EXTRA_CATEGORIES: Final = {
    "Health": ("Medical aid", "Pharmacy", "Doctor"),
    "Leisure/Entertainment": ("Streaming",),
    "Savings Goals": ("Retirement annuity",),
}
# The household's amounts are in rand: what one rand of them becomes where money has another size.
SCALES: Final = {
    **dict.fromkeys(["USD", "EUR", "GBP", "CAD", "AUD"], Decimal("0.1")),
    **dict.fromkeys(["KES", "PHP", "INR", "ETB"], Decimal(5)),
    **dict.fromkeys(["JPY", "NGN", "RWF", "MWK"], Decimal(20)),
    **dict.fromkeys(["UGX", "TZS"], Decimal(100)),
}
COLUMNS: Final = (
    "user", "account", "subcategory", "amount", "description", "comment", "booked_on", "booked_time",
    "transaction_date", "transfer_id", "import_batch",
)  # fmt: skip
# What a sample's layout lists, in an order in which it can be deleted.
MADE: Final[dict[str, type[models.Model]]] = {
    "periods": BudgetPeriod,
    "recurring_allocations": RecurringBudgetAllocation,
    "recurring_income": RecurringIncomeSource,
}


class SampleRefused(DomainError):
    """Sample data never mixes with what a user has already entered."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What clearing removed, and how many of the sample's accounts stay because they are in use."""

    transactions: int
    accounts_kept: int


def sample_of(user: User) -> ImportBatch | None:
    """The marker of a user's sample data, if there is any."""
    return ImportBatch.objects.for_user(user).filter(kind=SAMPLE).defer("content").first()


@transaction.atomic
def build(user: User, today: date) -> int:
    """Fill ``user`` with a household's year that ends on ``today``; returns the number of transactions.

    Onboarding is then over. Holds the user's row, so a double submit builds once: the second finds the sample
    and returns 0. Raises SampleRefused when the user has transactions or periods of their own.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    forget(user.pk)
    if sample_of(person):
        return 0
    if not is_untouched(person):
        raise SampleRefused("Sample data is only for an account without transactions and budget periods.")
    categories, subcategories = _categories(person)
    accounts = _accounts(person, before=min(row.day for row in bookings(today)) - timedelta(days=1))
    batch = ImportBatch.objects.create(
        user=person, account=accounts["everyday"], file_name="Sample data", kind=SAMPLE, state="committed",
        committed_at=timezone.now(),
    )  # fmt: skip
    filed = _filed(person)
    count = copy_rows(Transaction, COLUMNS, _ledger(person, today, accounts, filed, batch))
    batch.new_count = count
    batch.layout = {
        "accounts": [account.pk for account in accounts.values()],
        "categories": categories,
        "subcategories": subcategories,
        "onboarding_step": person.onboarding_step,
        **_plan(person, pay_windows(today), filed),
    }
    batch.save(update_fields=["new_count", "layout"])
    _finish_onboarding(user)
    return count


def _finish_onboarding(user: User) -> None:
    user.onboarding_step = User.OnboardingStep.DONE
    user.onboarded_at = user.onboarded_at or timezone.now()
    user.save(update_fields=["onboarding_step", "onboarded_at"])


def _categories(user: User) -> tuple[list[int], list[int]]:
    """Add the defaults and the household's own; returns the ids of the categories and subcategories that are new."""
    had = _ids(Category, user), _ids(Subcategory, user)
    add_default_categories(user=user)
    Category.objects.bulk_create([Category(user=user, name=name) for name in EXTRA_CATEGORIES], ignore_conflicts=True)
    ids = dict(Category.objects.for_user(user).values_list("name", "pk"))
    Subcategory.objects.bulk_create(
        [
            Subcategory(user=user, category_id=ids[category], name=name)
            for category, names in EXTRA_CATEGORIES.items()
            for name in names
        ],
        ignore_conflicts=True,
    )
    return sorted(_ids(Category, user) - had[0]), sorted(_ids(Subcategory, user) - had[1])


def _ids(model: type[Category | Subcategory], user: User) -> set[int]:
    return set(model.objects.for_user(user).values_list("pk", flat=True))


def _accounts(user: User, *, before: date) -> dict[str, Account]:
    """Anchored on the day before the first booking."""
    rows = {
        key: Account(
            user=user,
            name=seed.name,
            account_type=seed.account_type,
            bank_name=seed.bank_name,
            number_last4=seed.number_last4,
            anchored_on=before,
            anchor_balance=_scaled(seed.opening, user),
        )
        for key, seed in habits.ACCOUNTS.items()
    }
    Account.objects.bulk_create(rows.values())
    return rows


def _scaled(amount: Decimal, user: User) -> Decimal:
    """An amount of the household in the size and the decimals of the user's currency."""
    scaled = amount * SCALES.get(user.currency, Decimal(1))
    return scaled.quantize(min(currency_style(user.currency).quantum, Decimal(1)))


def _filed(user: User) -> dict[habits.Filed, int]:
    rows = Subcategory.objects.for_user(user).values_list("category__name", "name", "pk")
    return {(category, name): pk for category, name, pk in rows}


def _ledger(
    user: User, today: date, accounts: dict[str, Account], filed: dict[habits.Filed, int], batch: ImportBatch
) -> Iterator[tuple[Any, ...]]:
    zone = zone_of(user)
    end = _end_of(today, zone)
    for row in bookings(today):
        clock = time(row.minute // 60, row.minute % 60)
        timestamp = timestamp_of(row.day, clock, zone)
        if timestamp > end:
            continue
        subcategory = filed[row.filed] if row.filed else None
        yield (
            user.pk, accounts[row.account].pk, subcategory, _scaled(row.amount, user), row.description,
            row.comment, row.day, clock, timestamp, row.transfer, batch.pk,
        )  # fmt: skip


def _end_of(today: date, zone: ZoneInfo) -> datetime:
    """The last timestamp of ``today``; now, while it is today: nothing lies in the future."""
    last = datetime.combine(today + timedelta(days=1), time.min, tzinfo=zone) - timedelta(seconds=1)
    now = timezone.now()
    return now if now.astimezone(zone).date() == today else last


def _plan(user: User, windows: list[Window], filed: dict[habits.Filed, int]) -> dict[str, list[int]]:
    """Recurring income and allocations, and three periods filled from them, the last one active."""
    income = RecurringIncomeSource.objects.bulk_create(
        RecurringIncomeSource(user=user, name=name, amount=_scaled(Decimal(amount), user))
        for name, amount in habits.SALARIES.items()
    )
    allocations = RecurringBudgetAllocation.objects.bulk_create(
        RecurringBudgetAllocation(
            user=user, subcategory_id=filed[key], allocated_amount=_scaled(Decimal(amount), user)
        )
        for key, amount in habits.PLAN.items()
    )
    periods = BudgetPeriod.objects.bulk_create(
        BudgetPeriod(
            user=user,
            name=w.name,
            start_date=w.start,
            end_date=w.end,
            is_active=w is windows[-1],
            **settled("monthly", w.start, w.end, None),
        )
        for w in windows
    )
    budgets = Budget.objects.bulk_create(
        Budget(user=user, period=period, brought_forward=_scaled(Decimal(amount), user))
        for period, amount in zip(periods, BROUGHT_FORWARD, strict=True)
    )
    _fill(user, budgets, income, allocations)
    made: dict[str, Iterable[models.Model]] = {
        "periods": periods, "recurring_allocations": allocations, "recurring_income": income
    }  # fmt: skip
    return {name: [row.pk for row in rows] for name, rows in made.items()}


def _fill(
    user: User,
    budgets: list[Budget],
    income: list[RecurringIncomeSource],
    allocations: list[RecurringBudgetAllocation],
) -> None:
    IncomeSource.objects.bulk_create(
        IncomeSource(user=user, budget=budget, name=source.name, amount=source.amount, recurring=source)
        for budget in budgets
        for source in income
    )
    BudgetAllocation.objects.bulk_create(
        BudgetAllocation(
            user=user,
            budget=budget,
            subcategory_id=origin.subcategory_id,
            allocated_amount=origin.allocated_amount,
            is_recurring_allocation=True,
            recurring=origin,
        )
        for budget in budgets
        for origin in allocations
    )


@transaction.atomic
def clear(user: User) -> Cleared:
    """Remove the sample data and nothing else; without any, do nothing.

    Sample accounts and categories that the user has used for rows of their own stay. A user who was in the
    middle of onboarding is back there. Deferred keys let accounts go after the batch that names them.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    forget(user.pk)
    batch = sample_of(person)
    if batch is None:
        return Cleared(0, 0)
    made = batch.layout
    invented = Transaction.objects.for_user(person).filter(import_batch_id=batch.pk)
    first = invented.aggregate(day=Min("booked_on"))["day"]
    count, _ = invented.delete()
    for name, model in MADE.items():
        model._default_manager.filter(user_id=person.pk, pk__in=made[name]).delete()
    batch.delete()
    _delete_unused_categories(person, made)
    kept = _delete_unused_accounts(person, made["accounts"], first)
    user.onboarding_step = made["onboarding_step"]
    user.save(update_fields=["onboarding_step"])
    return Cleared(count, kept)


def _delete_unused_categories(user: User, made: dict[str, list[int]]) -> None:
    uses = [Transaction, Rule, BudgetAllocation, RecurringBudgetAllocation]
    spare = Subcategory.objects.for_user(user).filter(pk__in=made["subcategories"])
    for model in uses:
        mine = model._default_manager.filter(user_id=user.pk, subcategory_id=OuterRef("pk"))
        spare = spare.exclude(Exists(mine))
    Subcategory.objects.for_user(user).filter(pk__in=list(spare.values_list("pk", flat=True))).delete()
    empty = Category.objects.for_user(user).filter(pk__in=made["categories"], subcategories=None)
    Category.objects.for_user(user).filter(pk__in=list(empty.values_list("pk", flat=True))).delete()


def _delete_unused_accounts(user: User, ids: list[int], first: date | None) -> int:
    """Returns how many stay, because transactions, imports or rules of the user's own name them.

    A balance from before the sample's ``first`` row was invented: what the user's own rows make of it remains.
    """
    mine = Account.objects.for_user(user).filter(pk__in=ids)
    in_ledger = Transaction.objects.for_user(user).filter(account_id=OuterRef("pk"))
    imported = ImportBatch.objects.for_user(user).filter(account_id=OuterRef("pk"))
    ruled = Rule.objects.for_user(user).filter(account_id=OuterRef("pk"))
    used = set(mine.filter(Exists(in_ledger) | Exists(imported) | Exists(ruled)).values_list("pk", flat=True))
    mine.exclude(pk__in=used).delete()
    for account in mine.filter(anchored_on__lt=first) if first else ():
        begun = Transaction.objects.for_user(user).filter(account_id=account.pk).aggregate(day=Min("booked_on"))["day"]
        account.anchored_on = min(account.anchored_on, begun - timedelta(days=1)) if begun else account.anchored_on
        account.anchor_balance = Decimal(0)
        account.save(update_fields=["anchored_on", "anchor_balance"])
    return len(used)


@transaction.atomic
def create_demo_user() -> User:
    """The household's sign-in, verified, before onboarding."""
    from allauth.account.models import EmailAddress

    user = User.objects.create(
        username=next(free_usernames("demo")),
        email=settings.DEMO_EMAIL,
        password=make_password(DEMO_PASSWORD),
        first_name="Naledi",
        last_name="Khumalo",
        preferred_name="Naledi & Tom",
        country="ZA",
        currency="ZAR",
        time_zone="Africa/Johannesburg",
    )
    EmailAddress.objects.create(user=user, email=settings.DEMO_EMAIL, verified=True, primary=True)
    return user
