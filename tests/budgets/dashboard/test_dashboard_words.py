"""What the dashboard says when there is little to say, and that it draws nothing of nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from budgets.models import BudgetAllocation, BudgetPeriod, IncomeSource
from tests.budgets.dashboard.page import Dashboard, Tile
from tests.factories import make_account, make_period, make_subcategory, make_transaction

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 20)


def tiles_of(user: User, today: date = TODAY) -> dict[str, Tile]:
    return Dashboard(user, today).tiles


def drawn(user: User) -> list[str]:
    """The charts that the page has."""
    context = Dashboard(user).context
    return [name for name in ("flow", "spending", "pace", "bars") if context[name]]


def plan(period: BudgetPeriod, income: str, allocated: str = "0") -> None:
    own: dict[str, Any] = {"user": period.user, "budget": period.budget}
    IncomeSource.objects.create(**own, name="Salary", amount=Decimal(income))
    if Decimal(allocated):
        filed = make_subcategory(period.user)
        BudgetAllocation.objects.create(**own, subcategory=filed, allocated_amount=Decimal(allocated))


def test_nothing_is_drawn_of_nothing(owner: User) -> None:
    assert drawn(owner) == []
    make_period(owner)
    make_account(owner)
    assert drawn(owner) == []
    html = Dashboard(owner).html
    assert 'class="chart' not in html
    assert "nothing to show yet" not in html


def test_a_transfer_alone_is_no_cash_flow(owner: User) -> None:
    make_period(owner)
    key = "6f0c7a1e-2b3c-4d5e-8f90-a1b2c3d4e5f6"
    make_transaction(owner, "-5", account=make_account(owner), transfer_id=key)
    make_transaction(owner, "5", account=make_account(owner, "Savings"), transfer_id=key)
    assert drawn(owner) == []


def test_last_month_alone_draws_the_cash_flow_and_no_donut(owner: User) -> None:
    make_period(owner)
    make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    make_transaction(owner, "-5", "2026-02-10")
    assert drawn(owner) == ["flow", "pace"]


def test_nothing_planned_is_said_and_no_figure_is_green(owner: User) -> None:
    make_period(owner)
    tiles = tiles_of(owner)
    assert tiles["Left to spend"].note == tiles["To allocate"].note == "no income planned yet"
    assert (tiles["Income"].note, tiles["Income"].classes, tiles["To allocate"].classes) == ("none planned", "", "")
    make_transaction(owner, "-30")
    assert tiles_of(owner)["Left to spend"].note == "no income planned yet"


@pytest.mark.parametrize("spent", ["-100", "-130"])
def test_all_of_it_is_spent(owner: User, spent: str) -> None:
    plan(make_period(owner), "100")
    make_transaction(owner, spent)
    assert tiles_of(owner)["Left to spend"].note == "all of it is spent"


def test_income_is_green_above_zero_only(owner: User) -> None:
    make_period(owner)
    salary = make_subcategory(owner, "Salary", "Work", "income")
    row = make_transaction(owner, "-50", subcategory=salary)
    assert (tiles_of(owner)["Income"].value, tiles_of(owner)["Income"].classes) == ("−$50.00", "")
    row.amount = Decimal(50)
    row.save()
    assert tiles_of(owner)["Income"].classes == "income"


@pytest.mark.parametrize(
    ("today", "note"),
    [
        ("2026-02-28", "$3.23 a day, starts tomorrow"),
        ("2026-02-27", "$3.23 a day, starts in 2 days"),
        ("2026-03-01", "$3.23 a day for 31 days"),
        ("2026-03-31", "for today, the last day"),
        ("2026-04-01", "the period is over"),
    ],
)
def test_a_day_of_the_period(owner: User, today: str, note: str) -> None:
    plan(make_period(owner), "100")
    assert tiles_of(owner, date.fromisoformat(today))["Left to spend"].note == note


def test_a_plan_that_adds_up_has_a_place_for_everything(owner: User) -> None:
    plan(make_period(owner), "100", "100")
    assert tiles_of(owner)["To allocate"].note == "every amount has a place"


def test_figures_lead_to_their_reports(owner: User, owner_client: Client) -> None:
    make_period(owner)
    make_account(owner, opening="10")
    make_transaction(owner, "-5", subcategory=make_subcategory(owner))
    content = owner_client.get(reverse("dashboard")).content.decode()
    for name in ("cash_flow", "where", "net_worth", "spending"):
        assert f'href="{reverse(f"reports:{name}")}' in content


def test_a_long_pace_has_no_address_for_each_day(owner: User) -> None:
    make_period(owner, "2026-01-01", "2026-12-31", period_type="yearly")
    make_transaction(owner, "-5", "2026-01-02")
    assert not Dashboard(owner).context["pace"].series[0].hrefs


def test_a_pair_that_looks_like_a_transfer_needs_attention_with_or_without_a_period(owner: User) -> None:
    make_transaction(owner, "-5", "2026-03-18", account=make_account(owner))
    into = make_transaction(owner, "5", "2026-03-19", account=make_account(owner, "Savings"))
    said = "1 pair of transactions looks like a transfer between your accounts"
    (concern,) = Dashboard(owner, TODAY).concerns
    assert (concern.text, concern.href) == (said, reverse("transactions:possible_transfers"))
    make_period(owner)
    assert said in [concern.text for concern in Dashboard(owner, TODAY).concerns]
    into.delete()
    assert said not in Dashboard(owner, TODAY).html
