"""The figures that pages show, against rows whose sums are easy to do by hand."""

from datetime import UTC, date, datetime

import pytest

from budgets.reports.where_it_went import spending_by_part
from tests.factories import at, make_account, make_category, make_subcategory, make_transaction, make_user
from transactions.models.cached_names import names_of
from transactions.summaries import totals
from transactions.summaries.ranges import DateRange

MARCH = DateRange(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def household(owner):
    food, salary = make_subcategory(owner), make_subcategory(owner, "Salary", "Work", "income")
    fuel = make_subcategory(owner, "Fuel", "Car")
    first, second = make_account(owner), make_account(owner, "Savings")
    key = "8b5f1d9e-3f0c-4b8e-9a61-333333333333"
    make_transaction(owner, "-100", "2026-03-02", subcategory=food)
    make_transaction(owner, "25", "2026-03-03", "Returned", subcategory=food)
    make_transaction(owner, "-40", "2026-03-31", subcategory=fuel)
    make_transaction(owner, "3000", "2026-03-25", "Pay", subcategory=salary)
    make_transaction(owner, "-50", "2026-03-26", "Pay corrected", subcategory=salary)
    make_transaction(owner, "-8", "2026-03-04", "Unknown")
    make_transaction(owner, "3", "2026-03-05", "Unknown in")
    make_transaction(owner, "-500", "2026-03-06", account=first, transfer_id=key)
    make_transaction(owner, "500", "2026-03-06", account=second, transfer_id=key)
    make_transaction(owner, "-60", "2026-02-28", subcategory=food)
    return {"food": food, "fuel": fuel, "salary": salary}


@pytest.fixture(autouse=True)
def _somebody_else(stranger):
    make_transaction(stranger, "-999", "2026-03-10", subcategory=make_subcategory(stranger))


def test_refunds_reduce_spending(owner, household):
    assert [(row.name, row.spent) for row in spending_by_part(owner, MARCH)] == [
        ("Food", 75),
        ("Car", 40),
        ("Uncategorised", 8),
    ]
    only_refund = spending_by_part(owner, DateRange(date(2026, 3, 3), date(2026, 3, 3)))
    assert [(row.name, row.spent) for row in only_refund] == [("Food", -25)]


def test_cash_flow_has_every_month_and_agrees_with_the_ledger(owner, household):
    flow = totals.monthly_cash_flow(owner, 3, date(2026, 3, 15))
    assert [(row.month, row.income, row.spent) for row in flow] == [
        (date(2026, 1, 1), 0, 0),
        (date(2026, 2, 1), 0, 60),
        (date(2026, 3, 1), 2953, 123),
    ]
    assert len(totals.monthly_cash_flow(owner)) == 12


@pytest.mark.parametrize("today", [date(2026, 3, 1), date(2026, 3, 31)])
def test_cash_flow_holds_its_first_month_and_its_last_on_each_of_their_days(owner, household, today):
    flow = totals.monthly_cash_flow(owner, 2, today)
    assert [(row.month, row.spent) for row in flow] == [(date(2026, 2, 1), 60), (date(2026, 3, 1), 123)]


def test_the_last_day_of_a_range_is_whole_in_the_persons_zone(db):
    """Was wrong: rows of a period's last day were lost."""
    person = make_user("far", time_zone="Pacific/Auckland")
    food = make_subcategory(person)
    make_transaction(person, "-1", subcategory=food, transaction_date=at(person, "2026-03-01", 0))
    make_transaction(person, "-2", subcategory=food, transaction_date=at(person, "2026-03-31", 23))
    make_transaction(person, "-4", subcategory=food, transaction_date=at(person, "2026-04-01", 0))
    make_transaction(person, "-8", subcategory=food, transaction_date=datetime(2026, 2, 28, 10, 59, tzinfo=UTC))
    assert [row.spent for row in spending_by_part(person, MARCH)] == [3]
    assert totals.monthly_cash_flow(person, 1, date(2026, 3, 31))[0].spent == 3


def test_the_tree_counts_in_one_statement(owner, household, django_assert_num_queries):
    make_category(owner, "Empty")
    with django_assert_num_queries(1):
        tree = totals.category_tree(owner)
    assert [(category.name, category.uses) for category in tree] == [
        ("Car", 1),
        ("Empty", 0),
        ("Food", 3),
        ("Work", 2),
    ]


def test_each_report_is_one_statement(owner, household, django_assert_num_queries):
    names_of(owner)  # cached by any page before
    calls = [
        lambda: totals.monthly_cash_flow(owner),
        lambda: spending_by_part(owner, MARCH),
    ]
    for call in calls:
        with django_assert_num_queries(1):
            call()


def test_names_are_the_persons_own_in_order(owner, stranger, household):
    make_account(owner, "closed", is_active=False)
    make_account(stranger, "Theirs")
    names = names_of(owner)
    assert list(names.accounts.values()) == ["closed", "Current", "Savings"]
    assert list(names.categories.values()) == ["Car", "Food", "Work"]
    assert names.grouped() == [
        ("Car", [(household["fuel"].pk, "Fuel")]),
        ("Food", [(household["food"].pk, "Groceries")]),
        ("Work", [(household["salary"].pk, "Salary")]),
    ]
