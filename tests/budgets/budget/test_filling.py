"""Filling a budget from the period before and by averages: which amounts, how many, and which stay."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets.budget import services
from budgets.budget.fill_services import SPANS, Filled, averages, copy_allocations, fill_by_average
from budgets.models import BudgetAllocation
from budgets.recurring.services import add_recurring_allocation
from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user
from wealthwise.core.errors import NotFound, RefusedAmount

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def february(owner):
    return make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")


@pytest.fixture
def march(owner, february):
    return make_period(owner)


@pytest.fixture
def food(owner):
    return make_subcategory(owner, "Groceries")


@pytest.fixture
def fuel(owner):
    return make_subcategory(owner, "Fuel", "Transport")


@pytest.fixture
def rent(owner):
    return make_subcategory(owner, "Rent", "Housing")


def give(user, period, **amounts):
    ids = {name.lower(): pk for name, pk in user_subcategories(user)}
    services.set_allocations(
        user=user, period_id=period.pk, amounts={ids[name]: D(amount) for name, amount in amounts.items()}
    )


def user_subcategories(user):
    from transactions.models import Subcategory

    return Subcategory.objects.for_user(user).values_list("name", "pk")


def budgeted(period):
    rows = BudgetAllocation.objects.filter(budget=period.budget)
    return {name.lower(): amount for name, amount in rows.values_list("subcategory__name", "allocated_amount")}


# A copy of the period before.


def test_only_where_nothing_is_budgeted(owner, february, march, food, fuel, rent):
    give(owner, february, groceries="400", fuel="90.50", rent="0")
    give(owner, march, groceries="350", fuel="0")
    assert copy_allocations(user=owner, period_id=march.pk, everywhere=False) == Filled(1, "February 2026")
    assert budgeted(march) == {"groceries": D(350), "fuel": D("90.50")}


def test_everywhere(owner, february, march, food, fuel, rent):
    give(owner, february, groceries="400", fuel="90.50")
    give(owner, march, groceries="350", fuel="90.50", rent="9000")
    assert copy_allocations(user=owner, period_id=march.pk, everywhere=True) == Filled(1, "February 2026")
    assert budgeted(march) == {"groceries": D(400), "fuel": D("90.50"), "rent": D(9000)}
    assert copy_allocations(user=owner, period_id=march.pk, everywhere=True).count == 0


def test_only_one_subcategory(owner, february, march, food, fuel):
    give(owner, february, groceries="400", fuel="90.50")
    assert copy_allocations(user=owner, period_id=march.pk, everywhere=True, only=fuel.pk).count == 1
    assert budgeted(march) == {"fuel": D("90.50")}


def test_the_period_before_is_the_latest_of_the_type(owner, february, march, food):
    january = make_period(owner, "2026-01-01", "2026-01-31", active=False, name="January 2026")
    make_period(owner, "2026-02-01", "2026-02-27", active=False, name="Custom", period_type="custom")
    give(owner, january, groceries="1")
    give(owner, february, groceries="2")
    assert copy_allocations(user=owner, period_id=march.pk, everywhere=False).source == "February 2026"
    assert budgeted(march) == {"groceries": D(2)}


def test_copying_keeps_the_recurring_link(owner, february, march, food):
    origin = add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(5), period_type="monthly")
    BudgetAllocation.objects.create(
        user=owner,
        budget=march.budget,
        subcategory=food,
        allocated_amount=5,
        recurring=origin,
        is_recurring_allocation=True,
    )
    give(owner, february, groceries="400")
    copy_allocations(user=owner, period_id=march.pk, everywhere=True)
    row = BudgetAllocation.objects.get(budget=march.budget)
    assert (row.allocated_amount, row.recurring_id, row.is_recurring_allocation) == (D(400), origin.pk, True)


def test_without_a_period_before_there_is_nothing_to_copy(owner, stranger, february):
    make_period(stranger, "2026-01-01", "2026-01-31")
    for act in (copy_allocations, lambda **rest: fill_by_average(periods=3, **rest)):
        with pytest.raises(NotFound, match="no earlier period"):
            act(user=owner, period_id=february.pk, everywhere=True)


def test_other_people_are_out_of_reach(owner, stranger, february, march, food):
    give(owner, february, groceries="400")
    make_transaction(owner, "-9", "2026-02-03", subcategory=food)
    for act in (copy_allocations, lambda **rest: fill_by_average(periods=3, **rest)):
        with pytest.raises(NotFound):
            act(user=stranger, period_id=march.pk, everywhere=True)
    assert budgeted(march) == {}


@pytest.mark.parametrize("count", [1, 15])
def test_one_statement_whatever_there_is(owner, february, march, count):
    for number in range(count):
        subcategory = make_subcategory(owner, f"Sub {number}")
        give(owner, february, **{f"sub {number}": "5"})
        make_transaction(owner, "-8", "2026-02-10", subcategory=subcategory)
    for act in (copy_allocations, lambda **rest: fill_by_average(periods=12, **rest)):
        with CaptureQueriesContext(connection) as captured:
            assert act(user=owner, period_id=march.pk, everywhere=True).count == count
        written = [query["sql"] for query in captured if "INSERT" in query["sql"]]
        assert len(written) == 1
        assert len(captured) == 7  # two of them savepoints


# Averages.


def test_an_average_takes_refunds_off_and_leaves_the_rest_out(owner, stranger, march, food, fuel, rent):
    """(120.10 - 20.05 + 30.00) / 1 = 130.05; more came back for fuel than went out."""
    salary = make_subcategory(owner, "Salary", "Income", "income")
    for amount, day, subcategory in (
        ("-120.10", "2026-02-01", food),
        ("20.05", "2026-02-28", food),
        ("-30.00", "2026-02-14", food),
        ("-5", "2026-01-31", food),
        ("-5", "2026-03-01", food),
        ("-10", "2026-02-02", fuel),
        ("12", "2026-02-03", fuel),
        ("990", "2026-02-03", salary),
        ("-50", "2026-02-04", None),
    ):
        make_transaction(owner, amount, day, subcategory=subcategory)
    make_transaction(owner, "-70", "2026-02-04", subcategory=rent, transfer_id=uuid4(), account=make_account(owner))
    make_transaction(stranger, "-99", "2026-02-04", subcategory=make_subcategory(stranger))
    assert fill_by_average(user=owner, period_id=march.pk, periods=3, everywhere=False) == Filled(1, "February 2026")
    assert budgeted(march) == {"groceries": D("130.05")}


@pytest.mark.parametrize("refund", ["10", "9.99", "9.98"])
def test_an_average_of_zero_fills_nothing(owner, food, refund):
    """Nothing at all, a cent in three periods, and two, which are the first to be a cent each."""
    march, before = make_period(owner), months_before(owner, 3)
    make_transaction(owner, "-10", before[0].start_date, subcategory=food)
    make_transaction(owner, refund, before[1].start_date, subcategory=food)
    expected = {} if D(refund) > D("9.98") else {"groceries": D("0.01")}
    assert {span: found.amounts.get(food.pk) for span, found in averages(owner, before).items()} == dict.fromkeys(
        SPANS, expected.get("groceries")
    )
    filled = fill_by_average(user=owner, period_id=march.pk, periods=3, everywhere=True)
    assert (filled.count, budgeted(march)) == (len(expected), expected)


def months_before(user, count):
    """``count`` monthly periods that end the day before 1 March 2026, the latest first."""
    made, end = [], date(2026, 2, 28)
    for number in range(count):
        start = end.replace(day=1)
        made.append(make_period(user, f"{start}", f"{end}", active=False, name=f"M{number}"))
        end = start - timedelta(days=1)
    return made


@pytest.mark.parametrize(("periods", "expected"), [(3, "70.00"), (6, "37.50"), (12, "31.25")])
def test_the_last_3_6_and_12(owner, food, periods, expected):
    """210 in the last three, 15 in the three before them, 25 more in the eighth; a month of nothing counts."""
    march, before = make_period(owner), months_before(owner, 8)
    for index, amount in ((0, "-200"), (2, "-10"), (3, "-15"), (7, "-25")):
        make_transaction(owner, amount, before[index].start_date, subcategory=food)
    fill_by_average(user=owner, period_id=march.pk, periods=periods, everywhere=True)
    assert budgeted(march) == {"groceries": D(expected)}


@pytest.mark.parametrize("periods", [0, 1, -3, 4, 13])
def test_other_spans_are_refused(owner, march, periods):
    with pytest.raises(RefusedAmount, match="3, 6 or 12"):
        fill_by_average(user=owner, period_id=march.pk, periods=periods, everywhere=True)


def test_averages_fill_where_nothing_is_budgeted_or_everywhere(owner, february, march, food, fuel):
    for subcategory in (food, fuel):
        make_transaction(owner, "-60", "2026-02-10", subcategory=subcategory)
    give(owner, march, groceries="5", fuel="0")
    assert fill_by_average(user=owner, period_id=march.pk, periods=3, everywhere=False).count == 1
    assert budgeted(march) == {"groceries": D(5), "fuel": D(60)}
    only = fill_by_average(user=owner, period_id=march.pk, periods=3, everywhere=True, only=food.pk)
    assert (only.count, budgeted(march)) == (1, {"groceries": D(60), "fuel": D(60)})


def test_the_last_minute_of_a_period_counts_in_the_persons_zone(food, owner):
    user = make_user("east", time_zone="Pacific/Auckland")
    make_period(user, "2026-02-01", "2026-02-28", active=False, name="Feb")
    march, sub = make_period(user), make_subcategory(user, "Groceries")
    for day, amount in (("2026-02-28", "-10"), ("2026-03-01", "-1")):
        make_transaction(user, amount, day, subcategory=sub)
    fill_by_average(user=user, period_id=march.pk, periods=3, everywhere=True)
    assert budgeted(march) == {"groceries": D(10)}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 7),
    st.lists(st.tuples(st.integers(0, 6), st.integers(-30_000, 90_000).filter(bool)), max_size=10),
)
def test_the_preview_the_statement_and_the_rule_agree(db, count, bookings):
    with transaction.atomic():
        user = make_user("average")
        march, before, food = make_period(user), months_before(user, count), make_subcategory(user)
        for index, cents in bookings:
            if index < count:
                make_transaction(user, str(D(-cents) / 100), before[index].start_date, subcategory=food)
        shown = averages(user, before)
        for span in SPANS:
            parts = [D(cents) / 100 for index, cents in bookings if index < min(count, span)]
            rule = (sum(parts, D(0)) / min(count, span)).quantize(D("0.01"), ROUND_HALF_UP)
            fill_by_average(user=user, period_id=march.pk, periods=span, everywhere=True)
            expected = {food.pk: rule} if rule > 0 else {}
            assert shown[span].amounts == expected
            used = {index for index, _ in bookings if index < min(count, span)}
            assert shown[span].empty == min(count, span) - len(used)
            assert budgeted(march) == ({"groceries": rule} if expected else {})
            BudgetAllocation.objects.filter(budget=march.budget).delete()
        transaction.set_rollback(True)
