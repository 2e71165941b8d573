"""Filling a budget from the period before and by averages: which amounts, how many, and which stay."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from budgets.budget import services
from budgets.budget.fill_services import Filled, averages, copy_allocations, fill_by_average
from budgets.budget.spans import SPANS, since_first_booking, spans_before
from budgets.models import BudgetAllocation, BudgetPeriod, IncomeSource
from budgets.recurring.services import add_recurring_allocation
from tests.examples import COSTLY
from tests.factories import (
    at,
    booked_at,
    make_account,
    make_category,
    make_period,
    make_subcategory,
    make_transaction,
    make_user,
)
from transactions.models import Subcategory, Transaction
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
    make_transaction(stranger, "-9", "2026-01-03", subcategory=make_subcategory(stranger))
    with pytest.raises(NotFound, match="no earlier period"):
        copy_allocations(user=owner, period_id=february.pk, everywhere=True)
    with pytest.raises(NotFound, match="Nothing was booked before"):
        fill_by_average(user=owner, period_id=february.pk, spans=3, everywhere=True)


def test_other_people_are_out_of_reach(owner, stranger, february, march, food):
    give(owner, february, groceries="400")
    make_transaction(owner, "-9", "2026-02-03", subcategory=food)
    for act in (copy_allocations, lambda **rest: fill_by_average(spans=3, **rest)):
        with pytest.raises(NotFound):
            act(user=stranger, period_id=march.pk, everywhere=True)
    assert budgeted(march) == {}


@pytest.mark.parametrize("count", [1, 15])
def test_one_statement_whatever_there_is(owner, february, march, count):
    for number in range(count):
        subcategory = make_subcategory(owner, f"Sub {number}")
        give(owner, february, **{f"sub {number}": "5"})
        make_transaction(owner, "-8", "2026-02-10", subcategory=subcategory)
    for act in (copy_allocations, lambda **rest: fill_by_average(spans=12, **rest)):
        with CaptureQueriesContext(connection) as captured:
            assert act(user=owner, period_id=march.pk, everywhere=True).count == count
        written = [query["sql"] for query in captured if "INSERT" in query["sql"]]
        assert len(written) == 1
        assert len(captured) == (7 if act is copy_allocations else 8)  # two of them savepoints


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
    IncomeSource.objects.create(user=owner, budget=march.budget, name="Planned", amount=5)
    assert fill_by_average(user=owner, period_id=march.pk, spans=3, everywhere=False) == Filled(1, "February 2026")
    assert budgeted(march) == {"groceries": D("130.05")}
    assert list(IncomeSource.objects.values_list("name", flat=True)) == ["Planned"]


@pytest.mark.parametrize("refund", ["10", "9.99", "9.98"])
def test_an_average_of_zero_fills_nothing(owner, food, refund):
    """Nothing at all, a cent in three periods, and two, which are the first to be a cent each."""
    march, before = make_period(owner), months_before(owner, 3)
    make_transaction(owner, "-10", before[2].start_date, subcategory=food)
    make_transaction(owner, refund, before[1].start_date, subcategory=food)
    expected = {} if D(refund) > D("9.98") else {"groceries": D("0.01")}
    shown = averages(owner, led_up_to(march, before))
    assert {span: found.amounts.get(food.pk) for span, found in shown.items()} == {3: expected.get("groceries")}
    filled = fill_by_average(user=owner, period_id=march.pk, spans=3, everywhere=True)
    assert (filled.count, budgeted(march)) == (len(expected), expected)


def led_up_to(period, others=()):
    return spans_before(period, others, date(2026, 11, 1))


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
    fill_by_average(user=owner, period_id=march.pk, spans=periods, everywhere=True)
    assert budgeted(march) == {"groceries": D(expected)}


@pytest.mark.parametrize("periods", [0, 1, -3, 4, 13])
def test_other_spans_are_refused(owner, march, periods):
    with pytest.raises(RefusedAmount, match="3, 6 or 12"):
        fill_by_average(user=owner, period_id=march.pk, spans=periods, everywhere=True)


def test_averages_fill_where_nothing_is_budgeted_or_everywhere(owner, february, march, food, fuel):
    for subcategory in (food, fuel):
        make_transaction(owner, "-60", "2026-02-10", subcategory=subcategory)
    give(owner, march, groceries="5", fuel="0")
    assert fill_by_average(user=owner, period_id=march.pk, spans=3, everywhere=False).count == 1
    assert budgeted(march) == {"groceries": D(5), "fuel": D(60)}
    only = fill_by_average(user=owner, period_id=march.pk, spans=3, everywhere=True, only=food.pk)
    assert (only.count, budgeted(march)) == (1, {"groceries": D(60), "fuel": D(60)})


def test_the_last_minute_of_a_period_counts_in_the_persons_zone(food, owner):
    user = make_user("east", time_zone="Pacific/Auckland")
    make_period(user, "2026-02-01", "2026-02-28", active=False, name="Feb")
    march, sub = make_period(user), make_subcategory(user, "Groceries")
    for day, amount in (("2026-02-28", "-10"), ("2026-03-01", "-1")):
        make_transaction(user, amount, day, subcategory=sub)
    fill_by_average(user=user, period_id=march.pk, spans=3, everywhere=True)
    assert budgeted(march) == {"groceries": D(10)}


# Whether a period was opened or not.

# fmt: off
CYCLES = {
    "monthly from the 25th": ("monthly", "2026-02-25", "2026-03-24", {"cycle": "day", "cycle_anchor": "2026-01-25"}),
    "last working day": (
        "monthly",
        "2026-02-27",
        "2026-03-30",
        {"cycle": "working_day", "cycle_anchor": "2026-02-27"},
    ),
    "of weeks": ("custom", "2026-03-02", "2026-03-15", {"cycle": "two_weeks", "cycle_anchor": "2026-03-02"}),
    "of days": ("custom", "2026-03-02", "2026-03-06", {}),
    "quarters": ("quarterly", "2026-01-01", "2026-03-31", {}),
    "years": ("yearly", "2026-01-01", "2026-12-31", {}),
    "a part of a month": ("monthly", "2026-03-10", "2026-03-31", {}),
}
EXPECTED = {
    "monthly from the 25th": [
        ("2026-01-25", "2026-02-24"),
        ("2025-12-25", "2026-01-24"),
        ("2025-11-25", "2025-12-24"),
    ],
    "last working day": [("2026-01-30", "2026-02-26"), ("2025-12-31", "2026-01-29"), ("2025-11-28", "2025-12-30")],
    "of weeks": [("2026-02-16", "2026-03-01"), ("2026-02-02", "2026-02-15"), ("2026-01-19", "2026-02-01")],
    "of days": [("2026-02-25", "2026-03-01"), ("2026-02-20", "2026-02-24"), ("2026-02-15", "2026-02-19")],
    "quarters": [("2025-10-01", "2025-12-31"), ("2025-07-01", "2025-09-30"), ("2025-04-01", "2025-06-30")],
    "years": [("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31"), ("2023-01-01", "2023-12-31")],
    "a part of a month": [("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31"), ("2025-12-01", "2025-12-31")],
}
# fmt: on


@pytest.mark.parametrize("name", CYCLES)
def test_spans_go_back_as_the_period_goes_on(owner, name):
    kind, start, end, cycle = CYCLES[name]
    period = make_period(owner, start, end, period_type=kind, **cycle)
    period.refresh_from_db()
    found = spans_before(period, [], date(2027, 1, 1), 3)
    assert [(f"{span.start}", f"{span.end}") for span in found] == EXPECTED[name]


def test_an_opened_period_has_its_own_days_and_what_is_not_over_is_left_out(owner):
    odd = make_period(owner, "2026-02-03", "2026-02-28", active=False, name="Odd")
    march = make_period(owner, "2026-03-01", "2026-03-31")
    names = [span.name for span in spans_before(march, [odd, march], date(2026, 3, 5), 3)]
    assert names == ["Odd", "January 2026", "December 2025"]
    assert [span.name for span in spans_before(march, [odd], date(2026, 2, 28), 2)] == [
        "January 2026",
        "December 2025",
    ]


def test_the_ledger_begins_with_the_month_that_it_has_most_of(owner):
    spans = led_up_to(make_period(owner))
    assert [span.name for span in since_first_booking(spans, date(2026, 1, 7))] == ["February 2026", "January 2026"]
    assert [span.name for span in since_first_booking(spans, date(2026, 1, 10))] == ["February 2026"]
    assert [span.name for span in since_first_booking(spans, date(2026, 2, 20))] == [
        "February 2026, booked since 20 February 2026"
    ]
    assert since_first_booking(spans, date(2026, 3, 1)) == since_first_booking(spans, None) == []


def test_more_incomes_than_a_period_can_have_are_told_and_nothing_is_filled(owner, owner_client, march, food):
    kinds = Subcategory.objects.bulk_create(
        Subcategory(user=owner, category=make_category(owner, "Pay", "income"), name=f"Pay {n}") for n in range(201)
    )
    dated = booked_at(owner, at(owner, "2026-02-05"))
    rows = [Transaction(user=owner, amount=30, description="Pay", subcategory=kind, **dated) for kind in kinds]
    Transaction.objects.bulk_create(rows)
    make_transaction(owner, "-30", "2026-02-05", subcategory=food)
    answer = owner_client.post(f"/budget/{march.pk}/fill/", {"source": "3", "where": "empty"})
    assert answer.status_code == 422
    assert "You have 200 incomes in that period, which is the most. Nothing was added." in answer.content.decode()
    assert not IncomeSource.objects.exists()
    assert budgeted(march) == {}


def test_the_first_budget_is_filled_from_the_ledger_with_income(owner, stranger):
    """Nobody opened a period before; a look-alike of another person counts for nothing."""
    march = make_period(owner)
    for user, factor in ((owner, 1), (stranger, 7)):
        food, pay = make_subcategory(user), make_subcategory(user, "Salary", "Income", "income")
        for month, spent in (("01", -100), ("02", -50)):
            make_transaction(user, str(spent * factor), f"2026-{month}-02", subcategory=food)
            make_transaction(user, str(1000 * factor), f"2026-{month}-01", subcategory=pay)
    wanted = {"user": owner, "period_id": march.pk, "spans": 12, "everywhere": False}
    assert fill_by_average(**wanted) == Filled(1, "January 2026 to February 2026", 1)
    assert budgeted(march) == {"groceries": D(75)}
    assert list(IncomeSource.objects.values_list("budget", "name", "amount")) == [(march.budget.pk, "Salary", D(1000))]
    assert fill_by_average(**wanted) == Filled(0, "January 2026 to February 2026", 0)
    only = {**wanted, "only": make_subcategory(owner).pk, "everywhere": True}
    IncomeSource.objects.all().delete()
    assert fill_by_average(**only).incomes == 0


@COSTLY
@given(
    st.sampled_from(list(CYCLES)),
    st.lists(st.tuples(st.integers(0, 400), st.integers(-30_000, 90_000).filter(bool)), max_size=10),
    st.sets(st.integers(0, 5)),
)
def test_the_preview_the_statement_and_a_sum_in_python_agree(db, name, bookings, opened):
    """Whatever the cycle, and whichever of the periods before were opened."""
    with transaction.atomic():
        user = make_user("average")
        food = make_subcategory(user)
        kind, start, end, cycle = CYCLES[name]
        period = make_period(user, start, end, period_type=kind, **cycle)
        period.refresh_from_db()
        plain = led_up_to(period)
        for index in opened:
            make_period(user, f"{plain[index].start}", f"{plain[index].end}", active=False, period_type=kind)
        spans = spans_before(period, BudgetPeriod.objects.for_user(user), date(2026, 11, 1))
        assert [span[1:] for span in spans] == [span[1:] for span in plain]
        booked = [(period.start_date - timedelta(days=back), D(-cents) / 100) for back, cents in bookings]
        for day, amount in booked:
            make_transaction(user, str(amount), day, subcategory=food)
        shown = averages(user, spans)
        first = min((day for day, _ in booked), default=None)
        covered = since_first_booking(spans, first)
        assert list(shown) == [span for before, span in zip((0, *SPANS), SPANS, strict=False) if len(covered) > before]
        for span, found in shown.items():
            parts = covered[:span]
            sums = [sum((-a for day, a in booked if part.start <= day <= part.end), D(0)) for part in parts]
            rule = (sum(sums, D(0)) / len(parts)).quantize(D("0.01"), ROUND_HALF_UP)
            used = [any(part.start <= day <= part.end for day, _ in booked) for part in parts]
            assert found.amounts == ({food.pk: rule} if rule > 0 else {})
            assert found.empty == used.count(False)
            fill_by_average(user=user, period_id=period.pk, spans=span, everywhere=True)
            assert budgeted(period) == ({"groceries": rule} if rule > 0 else {})
            BudgetAllocation.objects.filter(budget=period.budget).delete()
        transaction.set_rollback(True)
