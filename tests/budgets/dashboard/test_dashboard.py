"""The dashboard: its figures, its words, its URLs, and who may see them."""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from budgets.budget.summary import budget_summary
from budgets.dashboard.snapshot import Pace, PeriodFigures, SubcategorySums, period_figures, spending_pace
from budgets.models import BudgetAllocation, BudgetPeriod, IncomeSource
from budgets.periods.active import current_period
from tests.budgets.dashboard.page import Dashboard
from tests.factories import make_account, make_period, make_subcategory, make_transaction
from transactions.models import Subcategory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 20)


def allocate(period: BudgetPeriod, subcategory: Subcategory, amount: str) -> None:
    BudgetAllocation.objects.create(
        user=period.user, budget=period.budget, subcategory=subcategory, allocated_amount=Decimal(amount)
    )


def expect_income(period: BudgetPeriod, amount: str) -> None:
    IncomeSource.objects.create(user=period.user, budget=period.budget, name="Salary", amount=Decimal(amount))


@pytest.fixture
def march(owner: User) -> BudgetPeriod:
    """Groceries 300 of 200, fuel 40 of 100, a salary of 900 of 1,000, and an unfiled 15; a transfer besides."""
    period = make_period(owner)
    food, fuel = make_subcategory(owner, "Groceries"), make_subcategory(owner, "Fuel", "Car")
    salary = make_subcategory(owner, "Salary", "Income", "income")
    current, savings = make_account(owner, "Current", "500"), make_account(owner, "Savings")
    allocate(period, food, "200")
    allocate(period, fuel, "100")
    expect_income(period, "1000")
    for amount, day, filed in [
        ("-320", "2026-03-02", food),
        ("20", "2026-03-04", food),
        ("-40", "2026-03-05", fuel),
        ("900", "2026-03-01", salary),
        ("-15", "2026-03-31", None),
        ("-70", "2026-02-10", food),
    ]:
        make_transaction(owner, amount, day, account=current, subcategory=filed)
    transfer = "6f0c7a1e-2b3c-4d5e-8f90-a1b2c3d4e5f6"
    make_transaction(owner, "-200", "2026-03-06", "To savings", account=current, transfer_id=transfer)
    make_transaction(owner, "200", "2026-03-06", "To savings", account=savings, transfer_id=transfer)
    return period


def figures_of(user: User, today: date = TODAY) -> PeriodFigures:
    period = current_period(user)
    assert period
    return period_figures(user, period, today)


def filters_of(href: str) -> dict[str, str]:
    assert urlsplit(href).path == reverse("transactions:list")
    return {name: values[0] for name, values in parse_qs(urlsplit(href).query).items()}


def line(allocated: str, net: str, *, kind: str = "expense") -> SubcategorySums:
    return SubcategorySums(1, "Food", kind, 1, "Groceries", Decimal(allocated), Decimal(net), Decimal(0), 1)


def test_the_figures_of_a_period(march: BudgetPeriod, owner: User) -> None:
    figures = figures_of(owner)
    assert (figures.income, figures.spent, figures.allocated) == (900, 355, 300)
    assert (figures.available, figures.to_allocate, figures.left_to_spend) == (1000, 700, 645)
    assert (figures.days_left, figures.per_day, figures.uncategorised) == (12, Decimal("53.75"), 1)
    assert [(row.subcategory, row.over) for row in figures.overspent] == [("Groceries", 100)]
    assert [(name, spent) for _, name, spent in figures.spent_by_category()] == [
        ("Food", 300), ("Car", 40), ("Uncategorised", 15),
    ]  # fmt: skip


def test_the_budget_page_says_the_same(march: BudgetPeriod, owner: User) -> None:
    figures, budget = figures_of(owner), budget_summary(owner, march)
    assert figures.income == budget.received
    assert figures.spent == budget.spent
    assert figures.allocated == budget.allocated
    assert figures.available == budget.available
    assert figures.to_allocate == budget.to_allocate
    assert figures.uncategorised == budget.uncategorised_count
    over = {line.id for line in budget.overspent}
    assert {row.subcategory_id for row in figures.overspent} == over


def test_left_to_spend_is_of_what_is_available_whether_it_has_a_place_or_not() -> None:
    spent = line("0", "-30")
    unplanned = PeriodFigures([spent], planned=Decimal(100), brought_forward=Decimal(20), days_left=4)
    assert (unplanned.left_to_spend, unplanned.per_day, unplanned.overspent) == (90, Decimal("22.50"), [spent])
    planned = PeriodFigures([spent, line("50", "0")], planned=Decimal(100), days_left=3)
    assert (planned.left_to_spend, planned.per_day) == (70, Decimal("23.33"))
    assert planned.overspent == [spent]


def test_nothing_is_left_a_day_when_the_period_is_over() -> None:
    assert PeriodFigures([line("50", "0")], days_left=0).per_day == 0


def test_refunds_reduce_and_income_is_no_spending() -> None:
    assert line("50", "12").spent == -12
    assert line("50", "12").over == 0
    assert line("0", "800", kind="income").spent == 0
    assert line("0", "800", kind="income").earned == 800


def test_the_pace_counts_up_to_today_and_all_of_last_period(march: BudgetPeriod, owner: User) -> None:
    before = make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    pace = spending_pace(owner, march, before, date(2026, 3, 5))
    assert pace.current == [0, 320, 320, 300, 340]
    assert (len(pace.previous), pace.previous[8], pace.previous[9], pace.previous[-1]) == (28, 0, 70, 70)


def test_there_is_no_pace_before_the_first_day_nor_over_centuries(owner: User) -> None:
    assert spending_pace(owner, make_period(owner), None, date(2026, 2, 1)) == Pace()
    endless = make_period(owner, "1900-01-01", "2200-12-31", active=False, period_type="custom")
    assert spending_pace(owner, endless, None, TODAY) == Pace()


def test_the_four_figures_are_said_and_linked(march: BudgetPeriod, owner: User) -> None:
    tiles = Dashboard(owner).tiles
    assert [(tile.label, tile.value, tile.note) for tile in tiles.values()] == [
        ("Left to spend", "$645.00", "$53.75 a day for 12 days"),
        ("Income", "$900.00", "of $1,000.00 planned"),
        ("Spent", "$355.00", "of $300.00 budgeted"),
        ("To allocate", "$700.00", "waiting for a plan"),
    ]
    assert tiles["Left to spend"].href == tiles["To allocate"].href == reverse("budgets:budget")
    dates = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    assert filters_of(tiles["Income"].href) == {"direction": "earnings", **dates}
    assert filters_of(tiles["Spent"].href) == {"direction": "spending", **dates}


def test_a_long_figure_is_set_smaller(owner: User) -> None:
    expect_income(make_period(owner), "1000000")
    tiles = Dashboard(owner).tiles
    assert (tiles["Left to spend"].value, tiles["Left to spend"].classes) == ("$1,000,000.00", "")
    IncomeSource.objects.for_user(owner).update(amount=Decimal(10_000_000))
    assert Dashboard(owner).tiles["Left to spend"].classes == "is-long"


def test_what_needs_attention_leads_to_its_rows(march: BudgetPeriod, owner: User) -> None:
    allocate(march, make_subcategory(owner, "Rent", "Home"), "900")
    over, short, unfiled = Dashboard(owner).concerns
    dates = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    groceries = str(Subcategory.objects.for_user(owner).get(name="Groceries").pk)
    assert (over.text, filters_of(over.href)) == ("Groceries: $100.00 over", {"subcategory": groceries, **dates})
    assert (short.text, short.href) == ("$200.00 more is budgeted than available", reverse("budgets:budget"))
    assert (unfiled.text, filters_of(unfiled.href)) == (
        "1 transaction needs a category", {"uncategorised": "on", **dates},
    )  # fmt: skip


def test_the_list_behind_a_link_has_the_rows_that_were_counted(
    march: BudgetPeriod, owner: User, owner_client: Client
) -> None:
    page = Dashboard(owner)
    answer = owner_client.get(page.concerns[-1].href)
    assert answer.status_code == 200
    assert "Uncategorised" in answer.content.decode()
    for part in page.context["spending"].slices:
        assert owner_client.get(part.href).status_code == 200


def test_many_overspent_budgets_are_summed_up(owner: User) -> None:
    period = make_period(owner)
    for number in range(5):
        subcategory = make_subcategory(owner, f"Sub {number}")
        allocate(period, subcategory, "10")
        make_transaction(owner, str(-20 - number), "2026-03-02", subcategory=subcategory)
    expect_income(period, "100")
    assert [concern.text for concern in Dashboard(owner).concerns] == [
        "Sub 4: $14.00 over", "Sub 3: $13.00 over", "Sub 2: $12.00 over", "2 more budgets are over",
    ]  # fmt: skip


def test_bars_begin_with_what_is_over_and_end_with_paid_bills(march: BudgetPeriod, owner: User) -> None:
    rent = make_subcategory(owner, "Rent", "Home")
    allocate(march, rent, "500")
    make_transaction(owner, "-500", "2026-03-01", subcategory=rent)
    bars = Dashboard(owner).bars
    assert [(bar.name, bar.note, bar.classes) for bar in bars] == [
        ("Groceries", "$100.00 over", "over"), ("Fuel", "$60.00 left", ""), ("Rent", "used up", ""),
    ]  # fmt: skip
    assert (bars[0].label, bars[0].figures) == (
        "Groceries: $300.00 of $200.00, $100.00 over", "$300.00 of $200.00",
    )  # fmt: skip


def test_spending_without_an_allocation_is_over_in_words(march: BudgetPeriod, owner: User) -> None:
    make_transaction(owner, "-30", "2026-03-02", subcategory=make_subcategory(owner, "Gifts"))
    assert "Gifts: $30.00 spent, nothing budgeted" in [concern.text for concern in Dashboard(owner).concerns]


def test_where_it_went_is_linked_by_category(march: BudgetPeriod, owner: User) -> None:
    spending = Dashboard(owner).context["spending"]
    food = str(Subcategory.objects.for_user(owner).get(name="Groceries").category_id)
    assert [(part.label, part.value) for part in spending.slices] == [
        ("Food", 300),
        ("Car", 40),
        ("Uncategorised", 15),
    ]
    assert spending.slices[0].href == f"{reverse('reports:where')}?range=period&category={food}"
    assert filters_of(spending.slices[0].rows)["category"] == food
    loose = filters_of(spending.slices[2].rows)
    assert (loose["uncategorised"], loose["direction"], spending.slices[2].href) == (
        "on", "expense", spending.slices[2].rows,
    )  # fmt: skip


def test_the_cash_flow_has_twelve_linked_months(march: BudgetPeriod, owner: User) -> None:
    flow = Dashboard(owner).context["flow"]
    assert (flow.labels[0], flow.labels[-1], len(flow.labels)) == ("Apr", "Mar", 12)
    assert [series.values[-1] for series in flow.series] == [900, 355]
    assert filters_of(flow.hrefs[-2]) == {"date_from": "2026-02-01", "date_to": "2026-02-28"}


def test_net_worth_is_the_sum_of_open_accounts(march: BudgetPeriod, owner: User) -> None:
    make_account(owner, "Card", "-80", account_type="credit", bank_name="Bank")
    make_account(owner, "Old", "1000", is_active=False)
    page = Dashboard(owner)
    assert "$910.00 $990.00 owned, $80.00 owed" in page.text
    assert [(row.name, row.detail, row.amount) for row in page.rows[-3:]] == [
        ("Current", "Checking · −$15.00 upcoming", "$790.00"),
        ("Savings", "Checking", "$200.00"),
        ("Card", "Credit card · Bank", "−$80.00"),
    ]


def test_recent_rows_say_day_place_and_sign(march: BudgetPeriod, owner: User) -> None:
    recent = Dashboard(owner, date(2026, 3, 6)).rows[:-2]
    assert [(row.detail, row.amount, row.classes) for row in recent[1:4]] == [
        ("Today · Transfer · Savings", "+$200.00", "expense"),
        ("Today · Transfer · Current", "−$200.00", "expense"),
        ("Yesterday · Fuel · Current", "−$40.00", "expense"),
    ]
    assert len(recent) == 8


@pytest.mark.parametrize(
    ("today", "when"),
    [
        ("2026-02-27", "1 Mar – 31 Mar · starts in 2 days"),
        ("2026-02-28", "1 Mar – 31 Mar · starts tomorrow"),
        ("2026-03-01", "1 Mar – 31 Mar · 31 days left"),
        ("2026-03-31", "1 Mar – 31 Mar · last day"),
        ("2026-04-01", "1 Mar – 31 Mar · over"),
    ],
)
def test_how_long_the_period_lasts(owner: User, today: str, when: str) -> None:
    make_period(owner)
    assert when in Dashboard(owner, date.fromisoformat(today)).text


# The page.


@pytest.fixture
def at_noon() -> Any:
    with time_machine.travel("2026-03-20 12:00 +0000", tick=False):
        yield


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_owner_sees_exact_figures(at_noon: None, march: BudgetPeriod, owner_client: Client) -> None:
    text = text_of(owner_client.get(reverse("dashboard")))
    for words in ["$355.00", "March 2026", "12 days left", "Groceries: $100.00 over", "$790.00", "To savings"]:
        assert words in text


def test_a_stranger_sees_nothing_of_it(at_noon: None, march: BudgetPeriod, stranger_client: Client) -> None:
    text = text_of(stranger_client.get(reverse("dashboard")))
    assert "No budget period yet" in text
    assert "Groceries" not in text
    assert "$" not in text


def test_nobody_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get(reverse("dashboard"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_no_period_yet_offers_one_and_sample_data(owner_client: Client) -> None:
    answer = owner_client.get(reverse("dashboard"))
    assert "No budget period yet" in text_of(answer)
    assert reverse("budgets:period_add") in answer.content.decode()
    assert reverse("sample_explore") in answer.content.decode()


def test_somebody_in_the_middle_of_onboarding_is_sent_back(owner: User, owner_client: Client) -> None:
    User.objects.filter(pk=owner.pk).update(onboarding_step=3)
    answer = owner_client.get(reverse("dashboard"))
    assert answer["Location"] == reverse("onboarding_step", args=[3])
    assert owner_client.get(reverse("accounts:list")).status_code == 200


def test_the_page_is_safe_with_odd_names(owner: User, owner_client: Client) -> None:
    make_account(owner, "<b>&amp;</b>")
    make_transaction(owner, description="<script>alert(1)</script>")
    content = owner_client.get(reverse("dashboard")).content.decode()
    assert "<script>alert" not in content
    assert "&lt;b&gt;&amp;amp;" in content


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_dashboard_is_only_read(owner_client: Client, method: str) -> None:
    assert getattr(owner_client, method)(reverse("dashboard")).status_code == 405
