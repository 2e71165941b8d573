"""A budget with what was spent: exact numbers, and which transactions count."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from budgets.budget import services
from budgets.budget.summary import budget_summary
from budgets.reports.where_it_went import spending_by_part
from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user
from transactions.summaries.ranges import DateRange

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def march(owner):
    return make_period(owner)


@pytest.fixture
def food(owner):
    return make_subcategory(owner, "Groceries")


def rows_of(summary):
    return {row.name: row for group in summary.groups for row in group.lines}


def test_exact_figures(owner, march, food):
    dining = make_subcategory(owner, "Dining out")
    fuel = make_subcategory(owner, "Fuel", "Transport")
    salary = make_subcategory(owner, "Salary", "Income", "income")
    amounts = {food.pk: D("400.00"), fuel.pk: D("100.00")}
    services.set_allocations(user=owner, period_id=march.pk, amounts=amounts)
    services.add_income(user=owner, period_id=march.pk, name="Salary", amount=D("1000.00"))
    services.add_income(user=owner, period_id=march.pk, name="Side job", amount=D("250.50"))
    services.set_brought_forward(user=owner, period_id=march.pk, forwarding=services.Forwarding(amount=D("49.50")))
    make_transaction(owner, "-120.10", subcategory=food)
    make_transaction(owner, "20.05", subcategory=food, description="Refund")
    make_transaction(owner, "-112.00", subcategory=fuel)
    make_transaction(owner, "-30.00", subcategory=dining)
    make_transaction(owner, "-7.25")
    make_transaction(owner, "3.00")
    make_transaction(owner, "990.00", subcategory=salary)

    march.budget.refresh_from_db()
    summary = budget_summary(owner, march)

    assert (summary.income_total, summary.brought_forward, summary.available) == (D("1250.50"), D("49.50"), D(1300))
    assert (summary.allocated, summary.to_allocate) == (D(500), D(800))
    assert [group.name for group in summary.groups] == ["Food", "Transport"]
    shown = {name: (row.budgeted, row.spent, row.balance, row.is_overspent) for name, row in rows_of(summary).items()}
    assert shown == {
        "Dining out": (None, D(30), D(-30), True),
        "Groceries": (D(400), D("100.05"), D("299.95"), False),
        "Fuel": (D(100), D(112), D(-12), True),
    }
    food_group = summary.groups[0]
    assert (food_group.budgeted, food_group.spent, food_group.balance) == (D(400), D("130.05"), D("269.95"))
    assert (summary.uncategorised, summary.uncategorised_count) == (D("7.25"), 1)
    assert summary.received == D(993)
    assert summary.spent == D("249.30")
    assert summary.left == D("1050.70")


def test_more_allocated_than_there_is_goes_below_zero(owner, march, food):
    services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=D(10))
    assert budget_summary(owner, march).to_allocate == D(-10)


def test_a_new_budget_is_all_zeros(owner, march, food):
    summary = budget_summary(owner, march)
    assert (summary.available, summary.to_allocate, summary.spent, summary.received) == (0, 0, 0, 0)
    assert [(row.budgeted, row.spent, row.is_overspent) for row in summary.groups[0].lines] == [(None, 0, False)]


def test_spending_exactly_what_was_budgeted_is_not_overspent(owner, march, food):
    services.set_allocation(user=owner, period_id=march.pk, subcategory_id=food.pk, amount=D("12.50"))
    make_transaction(owner, "-12.50", subcategory=food)
    assert not rows_of(budget_summary(owner, march))["Groceries"].is_overspent


@pytest.mark.parametrize("zone", ["Africa/Johannesburg", "Pacific/Auckland", "America/Los_Angeles"])
def test_both_end_days_count_to_their_last_minute_in_the_persons_zone(zone):
    user = make_user("traveller", time_zone=zone)
    food, march = make_subcategory(user), make_period(user)
    first = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    beyond = datetime(2026, 4, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    second = timedelta(seconds=1)
    for amount, timestamp in (("-1", first - second), ("-2", first), ("-4", beyond - second), ("-8", beyond)):
        make_transaction(user, amount, subcategory=food, transaction_date=timestamp)
    assert rows_of(budget_summary(user, march))["Groceries"].spent == D(6)


def test_transfers_are_no_spending(owner, march, food):
    transfer, account = uuid4(), make_account(owner)
    make_transaction(owner, "-50", account=account, transfer_id=transfer)
    make_transaction(owner, "50", account=make_account(owner, "Savings"), transfer_id=transfer)
    summary = budget_summary(owner, march)
    assert (summary.spent, summary.received, summary.uncategorised_count) == (0, 0, 0)


def test_one_transaction_is_in_every_window_over_it(owner, march, food):
    quarter = make_period(owner, "2026-01-01", "2026-03-31", active=False, period_type="quarterly", name="Q1")
    make_transaction(owner, "-9", "2026-03-31", subcategory=food)
    make_transaction(owner, "-5", "2026-02-01", subcategory=food)
    assert budget_summary(owner, march).spent == D(9)
    assert budget_summary(owner, quarter).spent == D(14)


def test_other_peoples_rows_do_not_count(owner, stranger, march, food):
    theirs = make_subcategory(stranger)
    make_transaction(stranger, "-9", subcategory=theirs)
    services.set_allocation(user=stranger, period_id=make_period(stranger).pk, subcategory_id=theirs.pk, amount=D(5))
    summary = budget_summary(owner, march)
    assert (summary.spent, summary.allocated) == (0, 0)


def test_it_agrees_with_the_report(owner, march, food):
    fuel = make_subcategory(owner, "Fuel", "Transport")
    for day in (1, 15, 31):
        make_transaction(owner, "-3.33", date(2026, 3, day), subcategory=food)
    make_transaction(owner, "4.00", subcategory=fuel)
    spent = {group.name: group.spent for group in budget_summary(owner, march).groups}
    reported = spending_by_part(owner, DateRange(march.start_date, march.end_date))
    assert spent == {part.name: part.spent for part in reported} == {"Food": D("9.99"), "Transport": D(-4)}


def test_two_statements_whatever_there_is(owner, march, django_assert_num_queries):
    for number in range(5):
        make_transaction(owner, subcategory=make_subcategory(owner, f"Sub {number}", f"Category {number}"))
        services.add_income(user=owner, period_id=march.pk, name=f"Income {number}", amount=D(1))
    with django_assert_num_queries(2):
        assert len(budget_summary(owner, march).groups) == 5
