"""The demo household: plausible, repeatable, never in the future; and sample data that goes as it came."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, User
from budgets.dashboard.snapshot import period_figures
from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
)
from budgets.periods.active import current_period
from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user
from transactions.models import BalanceCheck, Category, ImportBatch, SpendingSummary, Subcategory, Transaction
from transactions.reconciling.services import check_balance
from transactions.summaries.upkeep import drift_of
from wealthwise.demo import habits, sample_data
from wealthwise.demo.household import Posting, bookings, pay_windows

DAYS = [date(2026, 3, 1), date(2026, 3, 24), date(2026, 3, 25), date(2026, 12, 31), date(2028, 2, 29)]
DOMAIN = [
    Account, Category, Subcategory, ImportBatch, Transaction, SpendingSummary, BudgetPeriod, Budget,
    BudgetAllocation, IncomeSource, RecurringBudgetAllocation, RecurringIncomeSource,
]  # fmt: skip


def balances(rows: list[Posting], until: date) -> dict[str, Decimal]:
    sums = {key: seed.opening for key, seed in habits.ACCOUNTS.items()}
    for row in rows:
        if row.day <= until:
            sums[row.account] += row.amount
    return sums


def counts(user: User) -> dict[str, int]:
    return {model.__name__: model._default_manager.filter(user_id=user.pk).count() for model in DOMAIN}


# The year.


@pytest.mark.parametrize("today", DAYS)
def test_a_year_that_ends_today(today: date) -> None:
    rows = bookings(today)
    assert 700 <= len(rows) <= 1200
    assert rows == sorted(rows, key=lambda row: (row.day, row.minute))
    assert rows[-1].day <= today
    assert rows[-1].day >= today - timedelta(days=3)
    assert rows[0].day.day == 1
    assert len({(row.day.year, row.day.month) for row in rows}) == 12
    assert all(row.amount and row.amount == row.amount.quantize(Decimal("0.01")) for row in rows)


def test_the_same_day_gives_the_same_year() -> None:
    assert bookings(DAYS[0]) == bookings(DAYS[0])
    assert bookings(DAYS[0]) != bookings(DAYS[0], seed=2)


@pytest.mark.parametrize("today", DAYS)
def test_nobody_goes_broke_and_net_worth_grows(today: date) -> None:
    rows = bookings(today)
    worth = [sum(balances(rows, today - timedelta(days=back)).values()) for back in (365, 180, 0)]
    assert 0 < worth[0] < worth[1] < worth[2]
    lowest = {key: min(balances(rows, row.day)[key] for row in rows[::5]) for key in habits.ACCOUNTS}
    assert all(low >= 0 for key, low in lowest.items() if key != "card"), lowest
    assert balances(rows, today)["card"] < 0


@pytest.mark.parametrize("today", DAYS)
def test_transfers_have_two_legs_that_cancel(today: date) -> None:
    legs: defaultdict[Any, list[Posting]] = defaultdict(list)
    for row in bookings(today):
        if row.transfer:
            legs[row.transfer].append(row)
    assert len(legs) > 50
    for pair in legs.values():
        assert [pair[0].amount, pair[0].account] != [pair[1].amount, pair[1].account]
        assert sum(row.amount for row in pair) == 0
        assert not any(row.filed for row in pair)


@pytest.mark.parametrize("today", DAYS)
def test_each_kind_of_life_is_there(today: date) -> None:
    rows = bookings(today)
    filed = Counter(row.filed for row in rows)
    assert filed[habits.FOOD] > 100
    assert all(filed[bill.filed] >= 11 for bill in habits.BILLS)
    assert any(row.amount > 0 and row.filed == ("Personal Care", "Clothing") for row in rows)
    unfiled = [row for row in rows if row.filed is None and row.transfer is None]
    assert 4 <= len(unfiled) <= 8
    window = pay_windows(today)[-1]
    home = sum(row.amount for row in rows if row.filed == ("Housing", "Home maintenance") and row.day >= window.start)
    assert -home > habits.PLAN[("Housing", "Home maintenance")]


def test_pay_cycles_follow_each_other() -> None:
    for today in DAYS:
        windows = pay_windows(today)
        assert windows[-1].start <= today <= windows[-1].end
        for earlier, later in pairwise(windows):
            assert later.start == earlier.end + timedelta(days=1)
    assert [window.name for window in pay_windows(date(2026, 1, 25))] == [
        "December 2025", "January 2026", "February 2026",
    ]  # fmt: skip


# Loaded.


@pytest.fixture
def newcomer(db: None) -> User:
    """In the middle of onboarding, in another currency and zone."""
    return make_user("newcomer", onboarding_step=3, currency="EUR", time_zone="Pacific/Auckland")


@pytest.mark.django_db
def test_the_command_builds_once() -> None:
    out = StringIO()
    call_command("demo_data", stdout=out)
    user = User.objects.get(email=settings.DEMO_EMAIL)
    before = counts(user), user.pk
    call_command("demo_data", stdout=out)
    assert (counts(user), User.objects.get(email=settings.DEMO_EMAIL).pk) == before
    assert out.getvalue().count("exists") == 1
    call_command("demo_data", "--reset", stdout=out)
    again = User.objects.get(email=settings.DEMO_EMAIL)
    assert again.pk != user.pk
    assert counts(again) == before[0]
    assert not Transaction.objects.for_user(user).exists()


@pytest.mark.django_db
def test_the_demo_household_can_sign_in(client: Client) -> None:
    make_user("demo")
    call_command("demo_data", stdout=StringIO())
    data = {"login": settings.DEMO_EMAIL, "password": sample_data.DEMO_PASSWORD}
    answer = client.post(reverse("account_login"), data, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("dashboard")
    content = answer.content.decode()
    assert "Home maintenance" in content
    assert "Clear sample data" not in content


@pytest.mark.django_db
def test_what_is_loaded_is_what_was_told(newcomer: User) -> None:
    today = date(2026, 3, 24)
    with CaptureQueriesContext(connection) as captured:
        count = sample_data.build(newcomer, today)
    assert len(captured) < 40
    rows = Transaction.objects.for_user(newcomer)
    assert rows.count() == count == len(bookings(today))
    assert rows.filter(import_batch=sample_data.sample_of(newcomer)).count() == count
    last = rows.order_by("-transaction_date").first()
    assert last
    assert last.transaction_date.astimezone(ZoneInfo("Pacific/Auckland")).date() <= today
    assert drift_of([newcomer.pk]) == []
    assert Account.objects.for_user(newcomer).get(name="Unit trust").anchor_balance == Decimal("9640.00")
    pairs = rows.filter(transfer_id__isnull=False).values("transfer_id").annotate(n=Count("id"), total=Sum("amount"))
    assert {(pair["n"], pair["total"]) for pair in pairs} == {(2, Decimal(0))}
    newcomer.refresh_from_db()
    assert newcomer.onboarding_step == User.OnboardingStep.DONE


@pytest.mark.django_db
@pytest.mark.parametrize("currency", ["ZAR", "EUR", "JPY", "UGX", "BWP"])
def test_amounts_fit_the_currency(currency: str) -> None:
    user = make_user(currency.lower(), currency=currency)
    sample_data.build(user, date(2026, 3, 24))
    amounts = list(Transaction.objects.for_user(user).values_list("amount", flat=True))
    assert all(amounts)
    if currency == "JPY":
        assert all(amount == int(amount) for amount in amounts)


@pytest.mark.django_db
@pytest.mark.parametrize("today", DAYS)
def test_three_filled_periods_the_last_one_active_and_overspent(newcomer: User, today: date) -> None:
    sample_data.build(newcomer, today)
    periods = list(BudgetPeriod.objects.for_user(newcomer).with_budget().order_by("start_date"))
    assert [period.is_active for period in periods] == [False, False, True]
    assert {(period.cycle, period.cycle_anchor and period.cycle_anchor.day) for period in periods} == {("day", 25)}
    for period in periods:
        assert BudgetAllocation.objects.filter(budget=period.budget, recurring__isnull=False).count() == len(
            habits.PLAN
        )
        assert IncomeSource.objects.filter(budget=period.budget, recurring__isnull=False).count() == 2
    with time_machine.travel(f"{today}T10:00:00Z"):
        active = current_period(newcomer)
    assert active
    figures = period_figures(newcomer, active, today)
    assert "Home maintenance" in [line.subcategory for line in figures.overspent]
    assert 0 < figures.to_allocate < figures.available / 5


@pytest.mark.django_db
def test_nothing_lies_in_the_future(newcomer: User) -> None:
    with time_machine.travel("2026-03-20 18:30 +0000", tick=False):  # 07:30 on the 21st in Auckland
        sample_data.build(newcomer, date(2026, 3, 21))
        assert not Transaction.objects.for_user(newcomer).filter(transaction_date__gt=timezone.now()).exists()


# Explored and cleared.


@pytest.mark.django_db
def test_clearing_leaves_nothing_and_leads_back(newcomer: User) -> None:
    count = sample_data.build(newcomer, date(2026, 3, 24))
    assert sample_data.build(newcomer, date(2026, 3, 24)) == 0
    assert sample_data.clear(newcomer) == sample_data.Cleared(count, 0)
    connection.check_constraints()
    assert not any(counts(newcomer).values()), counts(newcomer)
    newcomer.refresh_from_db()
    assert newcomer.onboarding_step == 3
    assert sample_data.clear(newcomer) == sample_data.Cleared(0, 0)


@pytest.mark.django_db
def test_what_a_bank_is_said_to_have_of_the_sample_goes_with_it(newcomer: User) -> None:
    sample_data.build(newcomer, date(2026, 3, 24))
    for account in Account.objects.for_user(newcomer):
        check_balance(account=account, day=date(2026, 3, 1), stated=Decimal(1))
    assert sample_data.clear(newcomer).accounts_kept == 0
    connection.check_constraints()
    assert not BalanceCheck.objects.for_user(newcomer).exists()


@pytest.mark.django_db
def test_clearing_keeps_what_the_person_added_or_used(newcomer: User) -> None:
    mine = make_account(newcomer, "Mine", "10")
    own = make_subcategory(newcomer, "Food & Home Essentials", "Groceries")
    sample_data.build(newcomer, date(2026, 3, 24))
    card = Account.objects.for_user(newcomer).get(name="Credit card")
    dentist = Subcategory.objects.for_user(newcomer).get(category__name="Health", name="Doctor")
    rent = Subcategory.objects.for_user(newcomer).get(name="Mortgage/Rent")
    filed = make_transaction(newcomer, "-12", "2026-03-20", account=card, subcategory=dentist)
    period = make_period(newcomer, "2026-04-01", "2026-06-30", active=False, period_type="quarterly")
    BudgetAllocation.objects.create(user=newcomer, budget=period.budget, subcategory=rent, allocated_amount=5)
    make_subcategory(newcomer, "Own", "Giving")

    assert sample_data.clear(newcomer).accounts_kept == 1
    connection.check_constraints()
    assert Transaction.objects.for_user(newcomer).get().pk == filed.pk
    assert {account.pk for account in Account.objects.for_user(newcomer)} == {mine.pk, card.pk}
    card.refresh_from_db()
    assert card.current_balance == card.anchor_balance - 12
    assert set(Subcategory.objects.for_user(newcomer).values_list("pk", flat=True)) == {
        own.pk, dentist.pk, rent.pk, Subcategory.objects.for_user(newcomer).get(name="Own").pk,
    }  # fmt: skip
    names = Category.objects.for_user(newcomer).values_list("name", flat=True)
    assert set(names) == {"Groceries", "Health", "Housing", "Giving"}
    assert BudgetPeriod.objects.for_user(newcomer).get().pk == period.pk
    assert drift_of([newcomer.pk]) == []


@pytest.mark.django_db
@pytest.mark.parametrize("own", ["transaction", "period"])
def test_sample_data_never_mixes_with_ones_own(owner: User, owner_client: Client, own: str) -> None:
    if own == "transaction":
        make_transaction(owner)
    else:
        make_period(owner)
    before = counts(owner)
    with pytest.raises(sample_data.SampleRefused):
        sample_data.build(owner, date(2026, 3, 24))
    answer = owner_client.post(reverse("sample_explore"), follow=True)
    assert "only for an account without" in answer.content.decode()
    assert counts(owner) == before
    assert reverse("sample_explore") not in owner_client.get(reverse("sample_data")).content.decode()


@pytest.mark.django_db
def test_one_click_fills_and_one_click_clears(owner: User, stranger: User, owner_client: Client) -> None:
    sample_data.build(stranger, date(2026, 3, 24))
    strangers = counts(stranger)
    assert "Explore with sample data" in owner_client.get(reverse("sample_data")).content.decode()
    filled = owner_client.post(reverse("sample_explore"), follow=True).content.decode()
    assert "This is sample data." in filled
    assert f"{Transaction.objects.for_user(owner).count():,} transactions" in filled
    assert "Clear sample data" in owner_client.get(reverse("sample_data")).content.decode()
    cleared = owner_client.post(reverse("sample_clear"), follow=True).content.decode()
    assert "The sample data is gone" in cleared
    assert "This is sample data." not in cleared
    assert not any(counts(owner).values())
    assert counts(stranger) == strangers


@pytest.mark.django_db
def test_clearing_without_sample_data_changes_nothing(owner: User, owner_client: Client) -> None:
    make_transaction(owner, account=make_account(owner))
    before = counts(owner)
    owner_client.post(reverse("sample_clear"))
    assert counts(owner) == before
