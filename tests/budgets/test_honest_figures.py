"""Figures that say what they are: without steps, not rounded away, the same on every page, the sum of their rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, User
from budgets.budget import services
from budgets.budget.summary import budget_summary
from budgets.dashboard.snapshot import PeriodFigures, SubcategorySums, period_figures
from budgets.models import BudgetPeriod
from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user, signed_in
from transactions.models import Transaction
from wealthwise.demo import sample_data

D = Decimal
MONEY = st.integers(-500_000, 500_000).map(lambda cents: D(cents) / 100)
FROM_ZERO = st.integers(0, 500_000).map(lambda cents: D(cents) / 100)


def figures(planned: Decimal, brought: Decimal, allocated: Decimal, spent: Decimal, rolled: Decimal) -> PeriodFigures:
    line = SubcategorySums(1, "Food", "expense", 1, "Groceries", allocated, -spent, D(0), 1, rolled)
    return PeriodFigures([line], planned=planned, brought_forward=brought)


# Left to spend.


def test_allocating_the_first_hundred_takes_nothing_away() -> None:
    before = figures(D(3000), D(0), D(0), D(600), D(0))
    after = figures(D(3000), D(0), D(100), D(600), D(0))
    assert (before.left_to_spend, after.left_to_spend) == (2400, 2400)


@given(FROM_ZERO, MONEY, FROM_ZERO, FROM_ZERO, st.just(D(0)) | MONEY, FROM_ZERO)
def test_left_to_spend_has_no_step(
    planned: Decimal, brought: Decimal, allocated: Decimal, spent: Decimal, rolled: Decimal, more: Decimal
) -> None:
    now = figures(planned, brought, allocated, spent, rolled).left_to_spend
    for then in (
        figures(planned + more, brought, allocated, spent, rolled),
        figures(planned, brought + more, allocated, spent, rolled),
        figures(planned, brought, allocated + more, spent, rolled),
    ):
        assert 0 <= then.left_to_spend - now <= more
    assert figures(planned, brought, allocated, spent + more, rolled).left_to_spend == now - more
    # What there is counts in full, whether it has a place or not.
    assert now >= planned + brought - spent


# Overspent, on the dashboard and on the budget page.


@pytest.mark.django_db
@pytest.mark.parametrize("allocated", ["0", "50", "100"])
@time_machine.travel("2026-03-20 10:00:00+00:00")
def test_two_pages_count_the_same_as_overspent(owner: User, owner_client: Client, allocated: str) -> None:
    march, food = make_period(owner), make_subcategory(owner)
    if D(allocated):
        services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=D(allocated))
    make_transaction(owner, "-80", subcategory=food)
    make_transaction(owner, "-9", subcategory=make_subcategory(owner, "Fuel", "Transport"))
    make_transaction(owner, "-7")
    dashboard = period_figures(owner, march, date(2026, 3, 20)).overspent
    budget = budget_summary(owner, march).overspent
    assert {line.subcategory_id for line in dashboard} == {line.id for line in budget}
    assert len(budget) == (1 if allocated == "100" else 2)
    page = owner_client.get(reverse("dashboard")).content.decode()
    assert ("2 subcategories have spending and no budget" in page) == (allocated == "0")
    assert f"{len(budget)} overspent" in owner_client.get(reverse("budgets:budget")).content.decode()


# Uncategorised.


@pytest.mark.django_db
@time_machine.travel("2026-03-20 10:00:00+00:00")
def test_the_uncategorised_figure_leads_to_rows_that_add_up_to_it(owner: User, owner_client: Client) -> None:
    make_period(owner)
    make_subcategory(owner)
    for amount, day in [("-30", "2026-03-01"), ("-12.50", "2026-03-31"), ("100", "2026-03-02"), ("-5", "2026-04-01")]:
        make_transaction(owner, amount, day)
    page = owner_client.get(reverse("budgets:budget")).content.decode()
    assert "2 transactions without a category" in page
    link = page.split('aria-label="$42.50 spent uncategorised')[0].rpartition('href="')[2].split('"')[0]
    rows = owner_client.get(link.replace("&amp;", "&")).content.decode()
    assert '<dt>Out</dt><dd class="amount expense">$42.50</dd>' in rows
    assert '<dt>In</dt><dd class="amount income">$0.00</dd>' in rows


# Averages.


@pytest.mark.django_db
@time_machine.travel("2026-06-20 10:00:00+00:00")
def test_an_average_names_its_months_and_counts_the_empty_ones(owner: User, owner_client: Client) -> None:
    food = make_subcategory(owner)
    for day in ("2026-01-05", "2026-06-02"):
        make_transaction(owner, "-300", day, subcategory=food)
    page = owner_client.get(reverse("reports:spending") + "?range=last-6")
    assert "the average of 6 months, Jan 2026 to Jun 2026, 4 empty" in page.content.decode()
    assert "$100.00" in page.content.decode()
    report = page.context["report"]
    assert len(report.columns.labels) == len(report.table.rows) == 6


@pytest.mark.django_db
def test_a_fill_names_its_periods_and_counts_the_empty_ones(owner: User, owner_client: Client) -> None:
    food = make_subcategory(owner)
    for month in ("January", "February", "March", "April"):
        number = ["January", "February", "March", "April"].index(month) + 1
        make_period(owner, f"2026-{number:02}-01", f"2026-{number:02}-28", active=False, name=f"{month} 2026")
    make_transaction(owner, "-300", "2026-01-05", subcategory=food)
    april = BudgetPeriod.objects.for_user(owner).get(name="April 2026")
    address = reverse("budgets:fill", args=[april.pk])
    page = owner_client.get(address).content.decode()
    label = "Average of January 2026 to March 2026, 3 periods, 2 of them without spending (1 amount, $100.00)"
    assert label in page
    done = owner_client.post(address, {"source": "3", "where": "all"}, follow=True).content.decode()
    assert "Filled in 1 amount from January 2026 to March 2026." in done


# A currency without decimals.


@pytest.fixture
def in_yen(db: None) -> User:
    """Somebody whose amounts were in dollars."""
    user = make_user("mover", currency="USD", country="JP")
    account = make_account(user, "Wallet", "100.40")
    make_transaction(user, "-0.40", account=account, subcategory=make_subcategory(user))
    User.objects.filter(pk=user.pk).update(currency="JPY")
    user.refresh_from_db()
    return user


def test_what_is_not_nothing_is_not_shown_as_nothing(in_yen: User) -> None:
    client = signed_in(in_yen)
    text = client.get(reverse("transactions:list")).content.decode()
    assert "¥0.40" in text
    assert "−¥0.40" in text


def test_a_row_from_before_the_change_can_still_be_edited(in_yen: User) -> None:
    client, row = signed_in(in_yen), Transaction.objects.get()
    address = reverse("transactions:edit", args=[row.pk])
    form = client.get(address).context["form"]
    shown = {bound.name: bound.value() for bound in form if bound.value() not in (None, False)}
    assert shown["amount"] == "0.40"
    assert client.post(address, {**shown, "description": "Renamed"}).status_code == 302
    row.refresh_from_db()
    assert (row.description, row.amount) == ("Renamed", D("-0.40"))
    refused = client.post(address, {**shown, "amount": "0.50"})
    assert "Amounts in JPY have no decimals." in refused.content.decode()
    account = Account.objects.get()
    edit = reverse("accounts:edit", args=[account.pk])
    known = {bound.name: bound.value() for bound in client.get(edit).context["form"] if bound.value() is not None}
    assert client.post(edit, {**known, "name": "Purse"}).status_code == 302


def test_a_change_of_currency_says_that_it_converts_nothing(owner: User, owner_client: Client) -> None:
    address = reverse("accounts:settings")
    page = owner_client.get(address)
    assert "converts nothing" in page.content.decode()
    shown = {bound.name: value for bound in page.context["form"] if (value := bound.value()) is not None}
    told = owner_client.post(address, {**shown, "currency": "JPY"}, follow=True).content.decode()
    assert "Amounts are in JPY now; nothing was converted." in told
    assert (
        "nothing was converted"
        not in owner_client.post(address, {**shown, "currency": "JPY"}, follow=True).content.decode()
    )


# Sample data.


@pytest.mark.django_db
def test_clearing_the_sample_leaves_no_balance_that_was_invented(owner: User, stranger: User) -> None:
    for user in (owner, stranger):
        sample_data.build(user, date(2026, 3, 20))
    used, told = Account.objects.for_user(owner).order_by("pk")[:2]
    make_transaction(owner, "-25", "2026-03-19", account=used)
    make_transaction(owner, "10", "2024-01-01", account=used)
    told.anchored_on, told.anchor_balance = date(2026, 3, 20), D("77")
    told.save()
    make_transaction(owner, "-3", "2026-03-21", account=told)
    others: Any = Account.objects.for_user(stranger).order_by("pk").values_list("current_balance", "anchored_on")
    before = list(others)
    assert sample_data.clear(owner).accounts_kept == 2
    kept = {account.pk: account for account in Account.objects.for_user(owner)}
    assert {pk: account.current_balance for pk, account in kept.items()} == {used.pk: D(-15), told.pk: D(74)}
    assert kept[used.pk].opening_balance == 0
    assert list(others.all()) == before
