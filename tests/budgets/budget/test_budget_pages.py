"""The budget pages at their URLs: amounts that save on their own, suggestions, and what is said in words."""

from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse

from budgets.budget import services
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, IncomeSource, RecurringBudgetAllocation
from budgets.periods.following import suggest_period
from budgets.recurring import services as recurring_services
from tests.factories import WHO_ASKS, make_period, make_subcategory, make_transaction, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BUDGET = "/budget/"
WHOLE = {"carry_by": "period", "carry_basis": "received"}


@pytest.fixture
def march(owner):
    return make_period(owner)


@pytest.fixture
def food(owner):
    return make_subcategory(owner, "Groceries")


def text_of(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def allocate(client, period, data, **headers):
    return client.post(reverse("budgets:allocate", args=[period.pk]), data, headers=headers)


def amounts_of(period):
    rows = BudgetAllocation.objects.filter(budget=period.budget)
    return dict(rows.values_list("subcategory_id", "allocated_amount"))


# Empty states.


def test_no_period_yet_leads_to_the_first(owner_client):
    text = text_of(owner_client.get(BUDGET))
    assert "No period yet" in text
    assert reverse("budgets:period_add") in text


def test_without_an_active_period_the_last_one_is_shown(owner, owner_client, stranger):
    march, theirs = make_period(owner, active=False), make_period(stranger, name="Theirs")
    make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    response = owner_client.get(BUDGET)
    assert response.context["period"] == march
    assert "Not active" in text_of(response)
    assert theirs.name not in text_of(response)
    assert reverse("budgets:period_activate", args=[march.pk]) not in text_of(response)
    told = owner_client.post(reverse("budgets:period_activate", args=[march.pk]), follow=True)
    assert "“March 2026” ended on 31 March 2026." in text_of(told)
    assert not BudgetPeriod.objects.for_user(owner).active().exists()


def test_no_categories_yet(owner_client, march):
    assert "No categories yet" in text_of(owner_client.get(BUDGET))


# The page.


@time_machine.travel("2026-03-20 10:00:00+00:00")
def test_the_page_says_everything_in_words(owner, owner_client, march, food):
    earlier = make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    services.add_income(user=owner, period_id=march.pk, name="Salary", amount=Decimal("1000"))
    services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=Decimal("20.00"))
    make_transaction(owner, "-32.00", "2026-03-31", subcategory=food)
    text = text_of(owner_client.get(BUDGET))
    for expected in (
        "1 Mar – 31 Mar 2026 · 12 days left",
        "$12.00 over",
        "$1,000.00",
        "$980.00",
        "Waiting for a plan",
    ):
        assert expected in text
    assert reverse("budgets:budget_period", args=[earlier.pk]) in text
    query = urlencode({"subcategory": food.pk, "date_from": "2026-03-01", "date_to": "2026-03-31"}).replace(
        "&", "&amp;"
    )
    assert f"/transactions/?{query}" in text
    cover = urlencode({"target": food.pk, "amount": "12.00"}).replace("&", "&amp;")
    assert f"{reverse('budgets:move', args=[march.pk])}?{cover}" in text


@pytest.mark.parametrize(
    ("income", "words"),
    [("100", "Every amount has a place"), ("99.99", "More is budgeted than there is"), ("101", "Waiting for a plan")],
)
def test_to_allocate_is_told_in_words(owner, owner_client, march, food, income, words):
    services.add_income(user=owner, period_id=march.pk, name="Salary", amount=Decimal(income))
    services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=Decimal(100))
    assert words in text_of(owner_client.get(BUDGET))


def test_uncategorised_spending_has_its_own_line(owner, owner_client, march, food):
    make_transaction(owner, "-7.77")
    text = text_of(owner_client.get(BUDGET))
    assert "1 transaction without a category" in text
    assert "uncategorised=on" in text
    assert "$7.77" in text


def test_names_are_escaped(owner, owner_client, march):
    make_subcategory(owner, "<script>alert(1)</script>", "<b>Food</b>")
    text = text_of(owner_client.get(BUDGET))
    assert "<script>alert(1)" not in text
    assert "<b>Food" not in text


def test_at_most_eight_statements_of_its_own(owner, owner_client, march, food, django_assert_max_num_queries):
    for number in range(8):
        make_transaction(owner, subcategory=make_subcategory(owner, f"Sub {number}", f"Category {number}"))
        services.add_income(user=owner, period_id=march.pk, name=f"Income {number}", amount=Decimal(1))
    with django_assert_max_num_queries(WHO_ASKS + 8):
        owner_client.get(BUDGET)


# Amounts.


def test_htmx_gets_the_line_and_every_sum(owner_client, march, food):
    text = text_of(allocate(owner_client, march, {f"amount-{food.pk}": "12.50+3"}, **HTMX))
    assert amounts_of(march) == {food.pk: Decimal("15.50")}
    assert text.count("<tr") == 1
    assert 'value="15.50"' in text
    for part in (f"group-{food.category_id}", "budget-figures", "budget-total"):
        assert f'id="{part}" hx-swap-oob="true"' in text
    assert "<html" not in text


def test_htmx_gets_the_line_back_with_what_is_wrong(owner_client, march, food):
    for typed, sentence in (("12.5x", "Enter an amount"), ("-5", "cannot be below zero")):
        text = text_of(allocate(owner_client, march, {f"amount-{food.pk}": typed}, **HTMX))
        assert f'value="{typed}"' in text
        assert sentence in text
        assert 'aria-invalid="true"' in text
    assert amounts_of(march) == {}


def test_an_emptied_amount_is_zero(owner, owner_client, march, food):
    services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=Decimal(5))
    allocate(owner_client, march, {f"amount-{food.pk}": " "}, **HTMX)
    assert amounts_of(march) == {food.pk: Decimal(0)}


def test_the_whole_table_saves_only_what_was_changed(owner, owner_client, march, food):
    fuel = make_subcategory(owner, "Fuel", "Transport")
    services.set_allocations(user=owner, period_id=march.pk, amounts={food.pk: Decimal(7), fuel.pk: Decimal(9)})
    typed = {
        f"amount-{food.pk}": "8",
        f"was-{food.pk}": "7.00",
        f"amount-{fuel.pk}": "1.00",  # changed elsewhere after this page was shown
        f"was-{fuel.pk}": "1.00",
    }
    response = allocate(owner_client, march, typed)
    assert response["Location"] == reverse("budgets:budget_period", args=[march.pk])
    assert amounts_of(march) == {food.pk: Decimal(8), fuel.pk: Decimal(9)}


def test_a_table_with_one_bad_amount_saves_none_and_keeps_what_was_typed(owner, owner_client, march, food):
    fuel = make_subcategory(owner, "Fuel", "Transport")
    text = text_of(allocate(owner_client, march, {f"amount-{food.pk}": "8", f"amount-{fuel.pk}": "lots"}), 422)
    assert amounts_of(march) == {}
    assert 'value="8"' in text
    assert 'value="lots"' in text
    assert "Nothing was saved" in text


def test_another_persons_subcategory_is_refused_in_words(stranger, owner_client, march):
    theirs = make_subcategory(stranger)
    response = allocate(owner_client, march, {f"amount-{theirs.pk}": "5"}, **HTMX)
    assert response.status_code == 204
    assert "no longer there" in response["HX-Trigger"]
    assert allocate(owner_client, march, {f"amount-{theirs.pk}": "5"}).status_code == 302
    assert not BudgetAllocation.objects.exists()


@pytest.mark.parametrize("name", ["amount-", "amount-x", "amount--1", "amount-99999999999999", "amount-²", "was-1"])
def test_nonsense_in_the_table_is_left_alone(owner_client, march, name):
    assert allocate(owner_client, march, {name: "5"}).status_code == 302
    assert not BudgetAllocation.objects.exists()


# Move, bring forward, income.


def test_moving_money(owner, owner_client, march, food):
    fuel = make_subcategory(owner, "Fuel", "Transport")
    services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=Decimal(50))
    url = reverse("budgets:move", args=[march.pk])
    assert "Groceries ($50.00 left)" in text_of(owner_client.get(f"{url}?target={fuel.pk}&amount=12.00"))
    text = text_of(owner_client.post(url, {"source": food.pk, "target": fuel.pk, "amount": "60"}), 422)
    assert "Only $50.00 is budgeted for Groceries." in text
    assert owner_client.post(url, {"source": food.pk, "target": fuel.pk, "amount": "12"}).status_code == 302
    assert amounts_of(march) == {food.pk: Decimal(38), fuel.pk: Decimal(12)}


def test_another_persons_subcategory_is_no_choice(owner, stranger, owner_client, march, food):
    theirs = make_subcategory(stranger)
    url = reverse("budgets:move", args=[march.pk])
    text_of(owner_client.post(url, {"source": food.pk, "target": theirs.pk, "amount": "1"}), 422)
    assert not BudgetAllocation.objects.exists()


def test_bringing_forward(owner, owner_client, stranger_client, march):
    february = make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    services.add_income(user=owner, period_id=february.pk, name="Salary", amount=Decimal("300.50"))
    url = reverse("budgets:brought_forward", args=[march.pk])
    take = reverse("budgets:take_brought_forward", args=[march.pk])
    assert "$300.50" in text_of(owner_client.get(url))  # by what was planned
    assert stranger_client.post(take).status_code == stranger_client.post(url, {"amount": "1"}).status_code == 404
    assert owner_client.post(take).status_code == 302
    budget = Budget.objects.get(period=march)
    assert (budget.brought_forward, budget.carry_over) == (0, "both")
    owner_client.post(url, {**WHOLE, "carry_over": "none", "amount": "-20", "seen": "1"})
    budget.refresh_from_db()
    assert (budget.brought_forward, budget.carry_over) == (Decimal(-20), "none")


def test_income_is_added_changed_and_deleted(owner_client, march):
    owner_client.post(reverse("budgets:income_add", args=[march.pk]), {"name": "Salary", "amount": "1000"})
    income = IncomeSource.objects.get(budget__period=march)
    edit = reverse("budgets:income_edit", args=[income.pk])
    assert 'value="1000.00"' in text_of(owner_client.get(edit))
    text_of(owner_client.post(edit, {"name": "Salary", "amount": "-1"}), 422)
    owner_client.post(edit, {"name": "Pay", "amount": "1100"})
    income.refresh_from_db()
    assert (income.name, income.amount) == ("Pay", Decimal(1100))
    delete = reverse("budgets:income_delete", args=[income.pk])
    assert "Pay" in text_of(owner_client.get(delete))
    owner_client.post(delete)
    assert not IncomeSource.objects.exists()


# Periods.


@time_machine.travel("2026-03-31 22:30:00+00:00")
@pytest.mark.parametrize(
    ("zone", "query", "expected"),
    [
        ("UTC", "", ("March 2026", "2026-03-01", "2026-03-31")),
        ("Africa/Johannesburg", "", ("April 2026", "2026-04-01", "2026-04-30")),
        ("UTC", "?type=quarterly", ("Q1 2026", "2026-01-01", "2026-03-31")),
        ("UTC", "?type=yearly", ("2026", "2026-01-01", "2026-12-31")),
        ("UTC", "?first_day=25", ("April 2026", "2026-03-25", "2026-04-24")),
        ("UTC", "?type=nonsense&first_day=99", ("March 2026", "2026-03-01", "2026-03-31")),
    ],
)
def test_a_new_period_is_filled_in_for_the_persons_day(client, zone, query, expected):
    user = make_user("traveller", time_zone=zone)
    client.force_login(user)
    text = text_of(client.get(reverse("budgets:period_add") + query))
    for value in expected:
        assert f'value="{value}"' in text


@time_machine.travel("2026-03-10 10:00:00+00:00")
@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([("2026-03-01", "2026-03-31")], ("April 2026", "2026-04-01", "2026-04-30")),
        ([("2026-02-25", "2026-03-24")], ("April 2026", "2026-03-25", "2026-04-24")),
        ([("2026-02-28", "2026-03-30"), ("2026-01-31", "2026-02-27")], ("April 2026", "2026-03-31", "2026-04-29")),
        ([("2026-03-01", "2026-03-12")], ("13 Mar – 30 Apr 2026", "2026-03-13", "2026-04-30")),
        ([("2025-01-01", "2025-01-31")], ("March 2026", "2026-03-01", "2026-03-31")),
    ],
)
def test_a_new_period_follows_those_there_are(owner, taken, expected):
    for start, end in taken:
        make_period(owner, start, end, active=False)
    mine = list(BudgetPeriod.objects.for_user(owner).timeline())
    name, start, end = suggest_period("monthly", mine, date(2026, 3, 10)).period
    assert (name, start.isoformat(), end.isoformat()) == expected


@time_machine.travel("2026-03-20 10:00:00+00:00")
def test_opening_a_period(owner, owner_client, march):
    typed = {"period_type": "monthly", "name": "April 2026", "start": "2026-03-31", "end": "2026-04-30"}
    url = reverse("budgets:period_add")
    assert "“March 2026” is in the way" in text_of(owner_client.post(url, typed), 422)
    assert "before the start date" in text_of(owner_client.post(url, {**typed, "end": "2026-03-01"}), 422)
    told = owner_client.post(url, {**typed, "start": "2026-04-01"}, follow=True)
    assert "Opened “April 2026”. It begins on 1 April 2026." in text_of(told)
    assert BudgetPeriod.objects.for_user(owner).active().get().name == "March 2026"


def test_editing_a_period(owner_client, march):
    url = reverse("budgets:period_edit", args=[march.pk])
    typed = {"period_type": "monthly", "name": "Mar", "start": "2026-02-25", "end": "2026-03-24"}
    assert 'value="2026-03-31"' in text_of(owner_client.get(url))
    assert owner_client.post(url, typed).status_code == 302
    march.refresh_from_db()
    assert (march.name, march.start_date.isoformat()) == ("Mar", "2026-02-25")


@time_machine.travel("2026-03-20 10:00:00+00:00")
def test_deleting_the_active_period_says_which_one_is_active_then(owner, owner_client, march):
    quarter = make_period(owner, "2026-01-01", "2026-03-31", active=False, name="Q1", period_type="quarterly")
    url = reverse("budgets:period_delete", args=[march.pk])
    assert "“Q1” becomes the active period then." in text_of(owner_client.get(url))
    owner_client.post(url)
    assert list(BudgetPeriod.objects.for_user(owner).active()) == [quarter]


# Recurring.


def test_recurring_allocations(owner, owner_client, food):
    add = reverse("budgets:recurring_allocation_add")
    typed = {"subcategory": food.pk, "amount": "40*2", "period_type": "monthly"}
    assert owner_client.post(add, typed).status_code == 302
    row = RecurringBudgetAllocation.objects.for_user(owner).get()
    assert row.allocated_amount == Decimal(80)
    assert "already has an active monthly allocation" in text_of(owner_client.post(add, typed), 422)
    pause = reverse("budgets:recurring_allocation_pause", args=[row.pk])
    owner_client.post(pause)
    assert "Paused" in text_of(owner_client.get(reverse("budgets:recurring")))
    owner_client.post(add, typed)
    assert "already has an active" in text_of(owner_client.post(pause, {"active": ""}, follow=True))
    row.refresh_from_db()
    assert not row.is_active


def test_recurring_income(owner, owner_client):
    owner_client.post(
        reverse("budgets:recurring_income_add"), {"name": "Salary", "amount": "5", "period_type": "monthly"}
    )
    (row,) = owner.recurring_income.all()
    edit = reverse("budgets:recurring_income_edit", args=[row.pk])
    owner_client.post(edit, {"name": "Pay", "amount": "6", "period_type": "yearly"})
    row.refresh_from_db()
    assert (row.name, row.amount, row.period_type) == ("Pay", Decimal(6), "yearly")
    owner_client.post(reverse("budgets:recurring_income_delete", args=[row.pk]))
    assert not owner.recurring_income.exists()


def test_another_persons_subcategory_cannot_recur(stranger, owner_client):
    theirs = make_subcategory(stranger)
    typed = {"subcategory": theirs.pk, "amount": "1", "period_type": "monthly"}
    text_of(owner_client.post(reverse("budgets:recurring_allocation_add"), typed), 422)
    assert not RecurringBudgetAllocation.objects.exists()


def test_the_console_shows_every_table(staff_client, owner, food, march):
    services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=Decimal(5))
    recurring_services.add_recurring_allocation(
        user=owner, subcategory_id=food.pk, amount=Decimal(5), period_type="monthly"
    )
    for model in ("budgetperiod", "budget", "budgetallocation", "incomesource", "recurringincomesource"):
        text_of(staff_client.get(f"/console/budgets/{model}/"))
    text_of(staff_client.get("/console/budgets/recurringbudgetallocation/"))
    assert staff_client.get("/console/budgets/budgetperiod/add/").status_code == 403
