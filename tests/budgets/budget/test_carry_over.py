"""Brought forward over chains of periods: the database's answer against the rule, told once more in Python."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets.budget import services
from budgets.budget.summary import budget_summary
from budgets.dashboard.snapshot import period_figures
from budgets.models import Budget, BudgetPeriod, CarryOver
from budgets.models.carry_over import carried_into
from budgets.periods.active import current_period
from budgets.periods.services import delete_period, open_period
from tests.factories import at, make_category, make_period, make_subcategory, make_transaction, make_user
from wealthwise.core.errors import NotFound, RefusedAmount

pytestmark = pytest.mark.django_db
D = Decimal
ZERO = D(0)
CENTS = st.integers(-500_000, 500_000).map(lambda cents: D(cents) / 100)
NONE, SURPLUS, BOTH = CarryOver.NONE.value, CarryOver.SURPLUS.value, CarryOver.BOTH.value
NOT_NEGATIVE = st.integers(0, 500_000).map(lambda cents: D(cents) / 100)


# The rule.


def carried_by(policy, balance):
    """What a policy takes over from a period that ended with ``balance``."""
    return {NONE: ZERO, SURPLUS: max(balance, ZERO), BOTH: balance}[policy]


# Chains.


@dataclass(frozen=True)
class Link:
    """One period of a chain: ``days`` long, ``gap`` days after the one before; ``spent`` below zero is a refund."""

    days: int
    gap: int
    policy: str
    typed: Decimal
    income: Decimal
    spent: Decimal
    loose: Decimal


LINKS = st.builds(
    Link,
    days=st.integers(1, 40),
    gap=st.sampled_from([0, 0, 0, 5]),
    policy=st.sampled_from([NONE, SURPLUS, BOTH, BOTH]),
    typed=CENTS,
    income=NOT_NEGATIVE,
    spent=CENTS,
    loose=NOT_NEGATIVE,
)


def build(user, links, begins=date(2026, 1, 1)):
    """The periods of a chain with their bookings on the last day of each, one minute before it ends."""
    food, periods = make_subcategory(user), []
    for number, link in enumerate(links):
        start = begins + timedelta(days=link.gap)
        end = start + timedelta(days=link.days - 1)
        period = make_period(user, f"{start}", f"{end}", active=False, name=f"P{number}", period_type="custom")
        services.set_brought_forward(user=user, period_id=period.pk, amount=link.typed, carry_over=link.policy)
        services.add_income(user=user, period_id=period.pk, name="Pay", amount=link.income)
        last_minute = at(user, end, 23) + timedelta(minutes=59)
        if link.spent:
            make_transaction(user, str(-link.spent), transaction_date=last_minute, subcategory=food)
        if link.loose:
            make_transaction(user, str(-link.loose), transaction_date=last_minute)
        periods.append(period)
        begins = end + timedelta(days=1)
    return periods


def expected(links):
    """What each link brings forward, by walking forward once."""
    balance, found = ZERO, []
    for link in links:
        brought = link.typed + carried_by(link.policy, balance)
        found.append(brought)
        balance = brought + link.income - link.spent - link.loose
    return found


def asked(user, periods):
    rows = BudgetPeriod.objects.for_user(user).with_budget().in_bulk([period.pk for period in periods])
    return [row.budget.brought_forward + carried_into(user, row.pk) for row in (rows[period.pk] for period in periods)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINKS, min_size=1, max_size=6), st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]))
def test_chains(db, links, zone):
    with transaction.atomic():
        user = make_user("chain", time_zone=zone)
        periods = build(user, links)
        assert asked(user, periods) == expected(links)
        for earlier, later in pairwise(BudgetPeriod.objects.for_user(user).with_budget().order_by("start_date")):
            left = budget_summary(user, earlier).left
            assert budget_summary(user, later).carried == carried_by(later.budget.carry_over, left)
        transaction.set_rollback(True)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINKS, min_size=2, max_size=5))
def test_carrying_both_ways_loses_and_invents_nothing(db, links):
    links = [Link(link.days, link.gap, BOTH, link.typed, link.income, link.spent, link.loose) for link in links]
    with transaction.atomic():
        user = make_user("chain")
        last = BudgetPeriod.objects.for_user(user).with_budget().get(pk=build(user, links)[-1].pk)
        everything = sum((link.typed + link.income - link.spent - link.loose for link in links), ZERO)
        assert budget_summary(user, last).left == everything
        transaction.set_rollback(True)


def months(user, policy=BOTH):
    """January to March, each with 100 of income and the policy."""
    made = []
    for name, start, end in (
        ("January", "2026-01-01", "2026-01-31"),
        ("February", "2026-02-01", "2026-02-28"),
        ("March", "2026-03-01", "2026-03-31"),
    ):
        period = make_period(user, start, end, active=name == "March", name=name)
        services.set_brought_forward(user=user, period_id=period.pk, amount=ZERO, carry_over=policy)
        services.add_income(user=user, period_id=period.pk, name="Pay", amount=D(100))
        made.append(period)
    return made


@pytest.mark.parametrize("zone", ["UTC", "America/Havana", "Asia/Beirut", "Pacific/Kiritimati"])
def test_whole_months_come_from_the_summary_and_agree_with_the_ledger(zone):
    """The clocks of Havana and Beirut change at midnight."""
    user = make_user("months", time_zone=zone)
    january, _, _ = periods = months(user)
    food, salary = make_subcategory(user), make_subcategory(user, "Salary", "Income", "income")
    make_transaction(user, "-30.10", transaction_date=at(user, "2026-01-01", 0), subcategory=food)
    make_transaction(user, "5.05", transaction_date=at(user, "2026-01-31", 23), subcategory=food)
    make_transaction(user, "-7", transaction_date=at(user, "2026-02-28", 23))
    make_transaction(user, "9", transaction_date=at(user, "2026-02-28", 23))
    make_transaction(user, "500", "2026-02-02", subcategory=salary)
    assert asked(user, periods) == [ZERO, D("74.95"), D("167.95")]
    # A day shorter, January is no whole month any more and is read from the ledger.
    BudgetPeriod.objects.filter(pk=january.pk).update(start_date=date(2026, 1, 2))
    assert asked(user, periods) == [ZERO, D("105.05"), D("198.05")]


def test_a_late_booking_reaches_every_later_period(owner):
    periods = months(owner)
    make_transaction(owner, "-250", "2026-01-15", subcategory=make_subcategory(owner))
    assert asked(owner, periods) == [ZERO, D(-150), D(-50)]
    Budget.objects.for_user(owner).update(carry_over=SURPLUS)
    assert asked(owner, periods) == [ZERO, ZERO, D(100)]
    Budget.objects.for_user(owner).update(carry_over=NONE)
    assert asked(owner, periods) == [ZERO, ZERO, ZERO]


def test_transfers_other_types_and_other_people_carry_nothing(owner, stranger):
    _, february, march = months(owner)
    months(stranger)
    make_period(owner, "2026-01-01", "2026-03-31", active=False, name="Q1", period_type="quarterly")
    make_transaction(stranger, "-1000", "2026-02-15")
    assert asked(owner, [february, march]) == [D(100), D(200)]


def test_deleting_a_period_takes_its_link_out_of_the_chain(owner):
    _, february, march = months(owner)
    delete_period(user=owner, period_id=february.pk)
    assert asked(owner, [march]) == [D(100)]


def test_a_new_period_carries_over_as_the_one_before(owner):
    months(owner, SURPLUS)
    april = open_period(user=owner, period_type="monthly", name="April", start=date(2026, 4, 1), end=date(2026, 4, 30))
    week = open_period(user=owner, period_type="custom", name="Week", start=date(2026, 4, 1), end=date(2026, 4, 7))
    assert [april.budget.carry_over, week.budget.carry_over] == [SURPLUS, NONE]
    assert asked(owner, [april]) == [D(300)]


def test_the_dashboard_brings_forward_the_same_with_no_statement_more(owner, owner_client):
    months(owner)
    for policy, expected in ((NONE, ZERO), (BOTH, D(200))):
        Budget.objects.for_user(owner).update(carry_over=policy)
        owner_client.get(reverse("dashboard"))
        with CaptureQueriesContext(connection) as captured:
            owner_client.get(reverse("dashboard"))
        assert len(captured) <= 8
        period = current_period(owner)
        assert period_figures(owner, period, date(2026, 3, 20)).brought_forward == expected


def test_a_category_of_income_that_is_budgeted_counts_no_spending(owner):
    *_, march = months(owner)
    odd = make_subcategory(owner, "Interest", "Income", "income")
    make_transaction(owner, "-40", "2026-02-10", subcategory=odd)
    assert asked(owner, [march]) == [D(200)]
    assert make_category(owner, "Income", "income").kind == "income"


# The database on its own, and the service.


def test_the_database_knows_the_policies(owner):
    budget = make_period(owner).budget
    with pytest.raises(IntegrityError, match="budget_carry_over_known"), transaction.atomic():
        Budget.objects.filter(pk=budget.pk).update(carry_over="half")
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_default FROM information_schema.columns WHERE column_name = 'carry_over'")
        assert cursor.fetchone()[0].startswith("'none'")


def test_an_unknown_policy_is_refused(owner, stranger):
    march = make_period(owner)
    with pytest.raises(RefusedAmount):
        services.set_brought_forward(user=owner, period_id=march.pk, amount=D(1), carry_over="half")
    with pytest.raises(NotFound):
        services.set_brought_forward(user=stranger, period_id=march.pk, amount=D(1), carry_over=BOTH)
    budget = Budget.objects.get(period=march)
    assert (budget.brought_forward, budget.carry_over) == (0, NONE)
