"""Filling a budget: upserts, moving money, bringing forward, income; and what merging subcategories does to it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from budgets.budget import services
from budgets.budget.references import AllocationReference
from budgets.models import BudgetAllocation, IncomeSource, RecurringBudgetAllocation
from budgets.periods.services import open_period
from budgets.recurring import services as recurring
from tests.factories import make_period, make_subcategory, make_transaction
from transactions.categories.services import StillInUse, delete_subcategory, merge_subcategory
from transactions.models import Subcategory
from wealthwise.core.errors import NotFound, RefusedAmount
from wealthwise.core.money import MAX_AMOUNT

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def march(owner):
    return make_period(owner)


@pytest.fixture
def food(owner):
    return make_subcategory(owner, "Groceries")


@pytest.fixture
def fuel(owner):
    return make_subcategory(owner, "Fuel", "Transport")


def budgeted(period):
    rows = BudgetAllocation.objects.filter(budget=period.budget)
    return dict(rows.values_list("subcategory__name", "allocated_amount"))


def give(user, period, subcategory, amount):
    services.set_allocation(user=user, period_id=period.pk, subcategory_id=subcategory.pk, amount=D(amount))


def test_an_amount_is_set_and_replaced(owner, march, food, fuel):
    give(owner, march, fuel, "70")
    give(owner, march, food, "100.50")
    give(owner, march, food, "80.25")
    assert budgeted(march) == {"Groceries": D("80.25"), "Fuel": D("70.00")}


def test_many_are_one_statement(owner, march, food, fuel, django_assert_num_queries):
    amounts = {food.pk: D(1), fuel.pk: D(2)}
    with django_assert_num_queries(5):  # two of them savepoints
        services.set_allocations(user=owner, period_id=march.pk, amounts=amounts)
    assert budgeted(march) == {"Groceries": D(1), "Fuel": D(2)}


def test_a_change_keeps_the_recurring_link(owner, food):
    origin = recurring.add_recurring_allocation(
        user=owner, subcategory_id=food.pk, amount=D(100), period_type="monthly"
    )
    period = open_period(
        user=owner, period_type="monthly", name="March", start=date(2026, 3, 1), end=date(2026, 3, 31)
    )
    give(owner, period, food, "120")
    row = BudgetAllocation.objects.get(budget=period.budget)
    assert (row.allocated_amount, row.recurring_id, row.is_recurring_allocation) == (D(120), origin.pk, True)


@pytest.mark.parametrize("amount", [D("-0.01"), MAX_AMOUNT + D("0.01")])
def test_amounts_out_of_range_are_refused(owner, march, food, amount):
    with pytest.raises(RefusedAmount):
        give(owner, march, food, amount)
    assert budgeted(march) == {}


@pytest.mark.parametrize("amount", [D(0), D("0.01"), MAX_AMOUNT])
def test_amounts_at_the_ends_of_the_range_are_taken(owner, march, food, amount):
    give(owner, march, food, amount)
    assert budgeted(march) == {"Groceries": amount}


def test_other_peoples_rows_are_out_of_reach(owner, stranger, march, food):
    theirs, their_period = make_subcategory(stranger), make_period(stranger)
    for period, subcategory in ((march, theirs), (their_period, food), (their_period, theirs)):
        with pytest.raises(NotFound):
            give(owner, period, subcategory, "1")
    assert not BudgetAllocation.objects.exists()


def test_moving_money(owner, march, food, fuel):
    give(owner, march, food, "100")
    services.move_money(user=owner, period_id=march.pk, source_id=food.pk, target_id=fuel.pk, amount=D("30.10"))
    services.move_money(user=owner, period_id=march.pk, source_id=food.pk, target_id=fuel.pk, amount=D("69.90"))
    assert budgeted(march) == {"Groceries": D(0), "Fuel": D(100)}


def test_moving_never_goes_below_zero(owner, march, food, fuel):
    give(owner, march, food, "100")
    with pytest.raises(services.NotEnough, match=r"Only \$100.00 is budgeted for Groceries."):
        services.move_money(user=owner, period_id=march.pk, source_id=food.pk, target_id=fuel.pk, amount=D("100.01"))
    assert budgeted(march) == {"Groceries": D(100)}


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_moving_nothing_is_refused(owner, march, food, fuel, amount):
    with pytest.raises(RefusedAmount, match="above zero"):
        services.move_money(user=owner, period_id=march.pk, source_id=food.pk, target_id=fuel.pk, amount=D(amount))


def test_moving_to_itself_is_refused(owner, march, food):
    give(owner, march, food, "10")
    with pytest.raises(RefusedAmount, match="two different"):
        services.move_money(user=owner, period_id=march.pk, source_id=food.pk, target_id=food.pk, amount=D(1))


def test_the_balance_of_the_period_before_is_brought_forward(owner, food):
    january = make_period(owner, "2026-01-01", "2026-01-31", active=False, name="January")
    february = make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February")
    make_period(owner, "2026-01-01", "2026-03-31", active=False, name="Q1", period_type="quarterly")
    march = make_period(owner)
    services.add_income(user=owner, period_id=january.pk, name="Salary", amount=D(9999))
    services.add_income(user=owner, period_id=february.pk, name="Salary", amount=D(1000))
    services.set_brought_forward(user=owner, period_id=february.pk, forwarding=services.Forwarding(amount=D("-50")))
    make_transaction(owner, "-300.25", "2026-02-28", subcategory=food)
    make_transaction(owner, "20.00", "2026-02-10", subcategory=food)
    make_transaction(owner, "-10.00", "2026-02-10")
    salary = make_subcategory(owner, "Salary", "Income", "income")
    make_transaction(owner, "990", "2026-02-25", subcategory=salary)  # of the 1,000 that were planned
    assert services.take_brought_forward(user=owner, period_id=march.pk) == D("649.75")
    march.budget.refresh_from_db()
    assert (march.budget.brought_forward, march.budget.carry_over) == (0, "both")


def test_without_a_period_before_there_is_nothing_to_bring(owner, stranger, march):
    make_period(stranger, "2026-02-01", "2026-02-28")
    make_period(owner, "2025-10-01", "2025-12-31", active=False, period_type="quarterly", name="Q4 2025")
    with pytest.raises(NotFound, match="no earlier period"):
        services.take_brought_forward(user=owner, period_id=march.pk)


def test_income(owner, stranger, march):
    income = services.add_income(user=owner, period_id=march.pk, name="Salary", amount=D("30000"))
    services.update_income(user=owner, income_id=income.pk, name="Pay", amount=D("31000.50"))
    income.refresh_from_db()
    assert (income.name, income.amount) == ("Pay", D("31000.50"))
    with pytest.raises(NotFound):
        services.update_income(user=stranger, income_id=income.pk, name="Mine", amount=D(1))
    with pytest.raises(NotFound):
        services.add_income(user=stranger, period_id=march.pk, name="Mine", amount=D(1))
    with pytest.raises(RefusedAmount):
        services.add_income(user=owner, period_id=march.pk, name="Debt", amount=D("-1"))
    assert IncomeSource.objects.count() == 1


# Recurring items.


def test_one_active_per_subcategory_and_type(owner, food):
    first = recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(1), period_type="monthly")
    recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(1), period_type="yearly")
    with pytest.raises(recurring.AlreadyRecurring, match="Groceries already has an active monthly allocation"):
        recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(2), period_type="monthly")
    recurring.set_recurring_allocation_active(user=owner, allocation_id=first.pk, is_active=False)
    recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(2), period_type="monthly")
    with pytest.raises(recurring.AlreadyRecurring):
        recurring.set_recurring_allocation_active(user=owner, allocation_id=first.pk, is_active=True)


def test_changing_one_onto_another_is_refused(owner, food, fuel):
    recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(1), period_type="monthly")
    other = recurring.add_recurring_allocation(user=owner, subcategory_id=fuel.pk, amount=D(2), period_type="monthly")
    change = {"amount": D(3), "period_type": "monthly"}
    with pytest.raises(recurring.AlreadyRecurring):
        recurring.update_recurring_allocation(user=owner, allocation_id=other.pk, subcategory_id=food.pk, **change)
    recurring.update_recurring_allocation(user=owner, allocation_id=other.pk, subcategory_id=fuel.pk, **change)
    other.refresh_from_db()
    assert other.allocated_amount == D(3)


def test_deleting_recurring_items_leaves_budgets_as_they_are(owner, food):
    allocation = recurring.add_recurring_allocation(
        user=owner, subcategory_id=food.pk, amount=D(100), period_type="monthly"
    )
    income = recurring.add_recurring_income(user=owner, name="Salary", amount=D(500), period_type="monthly")
    period = open_period(
        user=owner, period_type="monthly", name="March", start=date(2026, 3, 1), end=date(2026, 3, 31)
    )
    allocation.delete()
    income.delete()
    assert budgeted(period) == {"Groceries": D(100)}
    assert BudgetAllocation.objects.get(budget=period.budget).recurring_id is None
    source = IncomeSource.objects.get(budget=period.budget)
    assert (source.name, source.amount, source.recurring_id) == ("Salary", D(500), None)


def test_strangers_cannot_change_recurring_items(owner, stranger, food):
    income = recurring.add_recurring_income(user=owner, name="Salary", amount=D(5), period_type="monthly")
    row = recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(5), period_type="monthly")
    theirs = make_subcategory(stranger)
    for act in (
        lambda: recurring.update_recurring_income(
            user=stranger, income_id=income.pk, name="x", amount=D(1), period_type="monthly"
        ),
        lambda: recurring.set_recurring_income_active(user=stranger, income_id=income.pk, is_active=False),
        lambda: recurring.set_recurring_allocation_active(user=stranger, allocation_id=row.pk, is_active=False),
        lambda: recurring.update_recurring_allocation(
            user=stranger, allocation_id=row.pk, subcategory_id=theirs.pk, amount=D(1), period_type="monthly"
        ),
        lambda: recurring.add_recurring_allocation(
            user=stranger, subcategory_id=food.pk, amount=D(1), period_type="monthly"
        ),
    ):
        with pytest.raises(NotFound):
            act()
    assert list(RecurringBudgetAllocation.objects.values_list("subcategory_id", "is_active")) == [(food.pk, True)]


# Merging subcategories.


def test_merging_sums_what_is_budgeted(owner, march, food, fuel):
    april = make_period(owner, "2026-04-01", "2026-04-30", active=False, name="April")
    give(owner, march, food, "100.10")
    give(owner, march, fuel, "50.05")
    give(owner, april, fuel, "7")
    merge_subcategory(user=owner, source=fuel, target=food)
    assert budgeted(march) == {"Groceries": D("150.15")}
    assert budgeted(april) == {"Groceries": D(7)}


def test_merging_joins_recurring_allocations_of_one_type(owner, food, fuel):
    def add(subcategory, amount, period_type="monthly"):
        return recurring.add_recurring_allocation(
            user=owner, subcategory_id=subcategory.pk, amount=D(amount), period_type=period_type
        )

    paused = add(fuel, 9)
    recurring.set_recurring_allocation_active(user=owner, allocation_id=paused.pk, is_active=False)
    kept, _, moved = add(food, 100), add(fuel, 40), add(fuel, 3, "yearly")
    merge_subcategory(user=owner, source=fuel, target=food)
    rows = RecurringBudgetAllocation.objects.order_by("pk").values_list(
        "pk", "subcategory_id", "allocated_amount", "is_active"
    )
    assert list(rows) == [
        (paused.pk, food.pk, D(9), False),
        (kept.pk, food.pk, D(140), True),
        (moved.pk, food.pk, D(3), True),
    ]


def test_merging_leaves_other_people_alone(owner, stranger, food, fuel):
    theirs, period = make_subcategory(stranger, "Fuel", "Transport"), make_period(stranger)
    give(stranger, period, theirs, "11")
    merge_subcategory(user=owner, source=fuel, target=food)
    assert budgeted(period) == {"Fuel": D(11)}


def test_what_is_budgeted_is_not_deleted_silently(owner, march, food):
    give(owner, march, food, "5")
    recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(5), period_type="monthly")
    with pytest.raises(StillInUse, match="1 allocation and 1 recurring allocation"):
        delete_subcategory(user=owner, subcategory_id=food.pk)
    assert Subcategory.objects.filter(pk=food.pk).exists()
    assert AllocationReference().in_words(user=owner, subcategory_ids=[0]) == ""


# The database on its own.


def refused(sql, *parameters):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return str(refusal.value)


ALLOCATION = """INSERT INTO budget_allocation (user_id, budget_id, subcategory_id, allocated_amount,
                is_recurring_allocation) VALUES (%s, %s, %s, %s, false)"""


def test_the_database_refuses_a_strangers_subcategory(owner, stranger, march):
    answer = refused(ALLOCATION, owner.pk, march.budget.pk, make_subcategory(stranger).pk, 1)
    assert "budget_allocation_subcategory_owner_fk" in answer


def test_the_database_refuses_amounts_below_zero(owner, march, food):
    assert "budget_allocation_not_negative" in refused(ALLOCATION, owner.pk, march.budget.pk, food.pk, "-0.01")
    income = "INSERT INTO income_source (user_id, budget_id, name, amount) VALUES (%s, %s, 'x', -1)"
    assert "income_source_not_negative" in refused(income, owner.pk, march.budget.pk)
    income = """INSERT INTO recurring_income_source (user_id, name, amount, period_type, is_active)
                VALUES (%s, 'x', -1, 'monthly', true)"""
    assert "recurring_income_not_negative" in refused(income, owner.pk)
    allocation = """INSERT INTO recurring_budget_allocation (user_id, subcategory_id, allocated_amount, period_type,
                    is_active) VALUES (%s, %s, -1, 'monthly', true)"""
    assert "recurring_allocation_not_negative" in refused(allocation, owner.pk, food.pk)
