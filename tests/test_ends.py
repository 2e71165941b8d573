"""What a person makes by hand has an end that is held by the database, and a page with the most of it stays cheap."""

import secrets
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, ApiToken, User
from budgets.models import (
    Budget,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
    Schedule,
)
from tests.concurrency import at_once
from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user, signed_in
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.profiles.services import MOST_KEPT, keep
from transactions.models import Category, FileCategory, ImportProfile, Subcategory
from wealthwise.core.errors import TooManyRows, within_limits

MIGRATIONS = map(
    import_module,
    (
        "transactions.migrations.0032_most_rows",
        "budgets.migrations.0013_most_schedules",
        "accounts.migrations.0021_most_api_tokens",
    ),
)
MOST = {table: most for migration in MIGRATIONS for table, (most, _, _) in migration.MOST.items()}
FIRST = date(1990, 1, 1)


def accounts(user: User, count: int) -> None:
    make = partial(Account, user=user, account_type="checking", anchored_on=FIRST)
    Account.objects.bulk_create(make(name=f"Account {n}") for n in range(count))


def categories(user: User, count: int) -> None:
    Category.objects.bulk_create(Category(user=user, name=f"Category {n}", kind="expense") for n in range(count))


def subcategories(user: User, count: int) -> None:
    mine = list(Category.objects.for_user(user).values_list("pk", flat=True))
    if not mine:
        categories(user, 1)
        mine = list(Category.objects.for_user(user).values_list("pk", flat=True))
    Subcategory.objects.bulk_create(
        Subcategory(user=user, category_id=mine[n % len(mine)], name=f"Subcategory {n}") for n in range(count)
    )


def file_categories(user: User, count: int) -> None:
    FileCategory.objects.bulk_create(FileCategory(user=user, name=f"Name {n}") for n in range(count))


def profiles(user: User, count: int) -> None:
    account = Account.objects.for_user(user).first() or make_account(user)
    ImportProfile.objects.bulk_create(
        ImportProfile(user=user, account=account, name=f"Way {n}", names=[f"Day {n}", "Amount"]) for n in range(count)
    )


def periods(user: User, count: int) -> None:
    made = BudgetPeriod.objects.bulk_create(
        BudgetPeriod(
            user=user, period_type="custom", name=f"Week {n}", start_date=FIRST + timedelta(7 * n),
            end_date=FIRST + timedelta(7 * n + 6),
        )
        for n in range(count)
    )  # fmt: skip
    Budget.objects.bulk_create(Budget(user=user, period=period) for period in made)


def incomes(user: User, count: int) -> None:
    budget = Budget.objects.for_user(user).first() or make_period(user, period_type="yearly").budget
    IncomeSource.objects.bulk_create(
        IncomeSource(user=user, budget=budget, name=f"Income {n}", amount=1) for n in range(count)
    )


def recurring_incomes(user: User, count: int) -> None:
    RecurringIncomeSource.objects.bulk_create(
        RecurringIncomeSource(user=user, name=f"Income {n}", amount=1) for n in range(count)
    )


def recurring_allocations(user: User, count: int) -> None:
    subcategory = Subcategory.objects.for_user(user).first() or make_subcategory(user)
    RecurringBudgetAllocation.objects.bulk_create(
        RecurringBudgetAllocation(user=user, subcategory=subcategory, allocated_amount=1, is_active=False)
        for _ in range(count)
    )


def schedules(user: User, count: int) -> None:
    account = Account.objects.for_user(user).first() or make_account(user)
    Schedule.objects.bulk_create(
        Schedule(
            user=user, account=account, description=f"Due {n}", amount=-5, cycle="day", months=1, anchor=FIRST,
            starts_on=FIRST,
        )
        for n in range(count)
    )  # fmt: skip


def tokens(user: User, count: int) -> None:
    until = timezone.now() + timedelta(days=30)
    ApiToken.objects.bulk_create(
        ApiToken(user=user, name=f"Token {n}", token_hash=secrets.token_hex(32), expires_at=until)
        for n in range(count)
    )


KINDS: dict[str, tuple[Any, Callable[[User, int], None]]] = {
    "account": (Account, accounts),
    "category": (Category, categories),
    "subcategory": (Subcategory, subcategories),
    "file_category": (FileCategory, file_categories),
    "import_profile": (ImportProfile, profiles),
    "budget_period": (BudgetPeriod, periods),
    "income_source": (IncomeSource, incomes),
    "recurring_income_source": (RecurringIncomeSource, recurring_incomes),
    "recurring_budget_allocation": (RecurringBudgetAllocation, recurring_allocations),
    "schedule": (Schedule, schedules),
    "api_token": (ApiToken, tokens),
}


@pytest.mark.django_db
@pytest.mark.parametrize("table", MOST)
def test_the_database_holds_the_end_of_each(table: str, owner: User, stranger: User) -> None:
    _, fill = KINDS[table]
    fill(stranger, 3)
    with pytest.raises(TooManyRows, match=f"You have {MOST[table]} .*, which is the most"), within_limits():
        fill(owner, MOST[table] + 1)


def sent_to_add(user: User) -> dict[str, tuple[str, dict[str, Any], Any]]:
    """The address that adds one more, what is sent there, and the rows that would grow."""
    category, period = Category.objects.for_user(user).first(), BudgetPeriod.objects.for_user(user).first()
    subcategory = Subcategory.objects.for_user(user).first()
    account, day = Account.objects.for_user(user).first(), date(2040, 1, 1)
    return {
        "account": (
            reverse("accounts:add"),
            {"name": "One more", "account_type": "checking", "anchor_balance": "0", "anchored_on": "2026-01-01"},
        ),
        "category": (reverse("transactions:category_add"), {"name": "One more", "kind": "expense"}),
        "subcategory": (
            reverse("transactions:subcategory_add", args=[category.pk if category else 0]),
            {"name": "One more", "category": category.pk if category else 0},
        ),
        "budget_period": (
            reverse("budgets:period_add"),
            {"name": "One more", "period_type": "custom", "start": str(day), "end": str(day + timedelta(6))},
        ),
        "income_source": (
            reverse("budgets:income_add", args=[period.pk if period else 0]), {"name": "One more", "amount": "5"},
        ),
        "recurring_income_source": (
            reverse("budgets:recurring_income_add"), {"name": "One more", "amount": "5", "period_type": "monthly"},
        ),
        "schedule": (
            reverse("budgets:schedule_add"),
            {
                "direction": "expense", "description": "One more", "amount": "5", "is_exact": "1",
                "account": account.pk if account else 0, "repeats": "monthly", "on": "day", "starts_on": "2026-01-01",
            },
        ),
        "recurring_budget_allocation": (
            reverse("budgets:recurring_allocation_add"),
            {"subcategory": subcategory.pk if subcategory else 0, "amount": "5", "period_type": "monthly"},
        ),
    }  # type: ignore[return-value]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table", [name for name in MOST if name not in ("file_category", "import_profile", "api_token")]
)
def test_one_more_is_refused_with_a_sentence(
    table: str, owner: User, stranger: User, owner_client: Client, stranger_client: Client
) -> None:
    model, fill = KINDS[table]
    fill(owner, MOST[table] - model.objects.for_user(owner).count())
    fill(stranger, 2)
    assert model.objects.for_user(owner).count() == MOST[table]
    address, sent = sent_to_add(owner)[table]
    refused = owner_client.post(address, sent)
    assert (refused.status_code, f"You have {MOST[table]} " in refused.content.decode()) == (422, True)
    assert model.objects.for_user(owner).count() == MOST[table]
    address, sent = sent_to_add(stranger)[table]
    assert stranger_client.post(address, sent).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_not_both_the_last() -> None:
    person = make_user("full")
    accounts(person, MOST["account"] - 1)
    clients = [signed_in(person) for _ in range(3)]
    address, sent = sent_to_add(person)["account"]
    answers = at_once(*(partial(client.post, address, sent | {"name": f"N{n}"}) for n, client in enumerate(clients)))
    assert sorted(answer.status_code for answer in answers) == [302, 422, 422]
    assert Account.objects.for_user(person).count() == MOST["account"]


@pytest.mark.django_db
def test_ways_to_read_files_make_room_for_each_other(owner: User) -> None:
    profiles(owner, MOST_KEPT)
    keep(account=Account.objects.for_user(owner).get(), layout=CsvLayout(), names=["New", "Amount"])
    assert ImportProfile.objects.for_user(owner).count() == MOST_KEPT
    assert ImportProfile.objects.for_user(owner).filter(names=["New", "Amount"]).exists()


# Pages with the most of everything

PAGES = [
    "dashboard", "accounts:list", "accounts:add", "transactions:list", "transactions:add", "transactions:transfer",
    "transactions:categories", "transactions:category_add", "transactions:import", "transactions:rules",
    "transactions:rule_add", "budgets:periods", "budgets:budget", "budgets:recurring",
    "budgets:recurring_allocation_add", "budgets:schedules", "reports:spending", "accounts:settings", "tokens:list",
]  # fmt: skip
MOST_TIMES = 60  # what a page with 5,000 rows of eight kinds may cost, in pages of a person who has few


@pytest.fixture
def many(db: None) -> User:
    person = make_user("many")
    for table, (model, fill) in KINDS.items():
        fill(person, MOST[table] - model.objects.for_user(person).count())
    make_transaction(person)
    return person


@pytest.fixture
def few(db: None) -> User:
    person = make_user("few")
    for _, fill in KINDS.values():
        fill(person, 3)
    make_transaction(person)
    return person


def cost_of(client: Client, address: str) -> tuple[float, int, int]:
    """Seconds of the processor, the better of two, statements, and bytes."""
    best = 60.0
    for _ in range(2):
        begun = time.process_time()
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address, follow=True)
        best = min(best, time.process_time() - begun)
    assert response.status_code == 200
    return best, len(captured), len(response.content)


def test_a_page_with_the_most_of_everything_stays_a_page(many: User, few: User) -> None:
    rich, poor = signed_in(many), signed_in(few)
    told = []
    for name in PAGES:
        seconds, statements, size = cost_of(rich, reverse(name))
        usual, usual_statements, _ = cost_of(poor, reverse(name))
        told.append((name, round(seconds / usual, 1), round(seconds, 2), statements, usual_statements, size))
    assert [line for line in told if line[3] > line[4] + 1] == []
    assert [line for line in told if line[1] > MOST_TIMES or line[5] > 2_500_000] == []
