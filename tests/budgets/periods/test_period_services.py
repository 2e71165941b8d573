"""Opening, changing, switching and deleting periods: what is filled, what is refused, and in which words."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from budgets.budget import services
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, IncomeSource
from budgets.periods.services import (
    PeriodInTheWay,
    RefusedPeriod,
    activate_period,
    delete_period,
    open_period,
    update_period,
)
from budgets.recurring.services import add_recurring_allocation, add_recurring_income, set_recurring_income_active
from tests.concurrency import at_once
from tests.factories import make_period, make_subcategory, make_transaction, make_user
from transactions.models import Transaction
from wealthwise.core.errors import DomainError, NotFound

pytestmark = pytest.mark.django_db
MARCH = {"period_type": "monthly", "name": "March 2026", "start": date(2026, 3, 1), "end": date(2026, 3, 31)}
APRIL = {"period_type": "monthly", "name": "April 2026", "start": date(2026, 4, 1), "end": date(2026, 4, 30)}


def active_names(user):
    return list(BudgetPeriod.objects.for_user(user).active().values_list("name", flat=True))


def test_a_new_period_has_one_budget_and_is_active(owner):
    period = open_period(user=owner, **MARCH)
    assert period.budget.brought_forward == 0
    assert Budget.objects.for_user(owner).count() == 1
    assert active_names(owner) == ["March 2026"]


def test_the_active_one_gives_way(owner):
    open_period(user=owner, **MARCH)
    open_period(user=owner, **APRIL)
    assert active_names(owner) == ["April 2026"]


def test_a_period_can_be_opened_without_becoming_active(owner):
    open_period(user=owner, **MARCH)
    open_period(user=owner, activate=False, **APRIL)
    assert active_names(owner) == ["March 2026"]


def test_it_is_filled_from_active_recurring_items_of_its_type(owner, stranger):
    rent = make_subcategory(owner, "Rent", "Housing")
    salary = add_recurring_income(user=owner, name="Salary", amount=Decimal("30000.00"), period_type="monthly")
    add_recurring_income(user=owner, name="Bonus", amount=Decimal("9000.00"), period_type="yearly")
    paused = add_recurring_income(user=owner, name="Old job", amount=Decimal("1.00"), period_type="monthly")
    set_recurring_income_active(user=owner, income_id=paused.pk, is_active=False)
    origin = add_recurring_allocation(
        user=owner, subcategory_id=rent.pk, amount=Decimal("9500.00"), period_type="monthly"
    )
    add_recurring_allocation(user=owner, subcategory_id=rent.pk, amount=Decimal("5.00"), period_type="quarterly")
    add_recurring_income(user=stranger, name="Salary", amount=Decimal("7.00"), period_type="monthly")

    period = open_period(user=owner, **MARCH)

    income = IncomeSource.objects.get(budget=period.budget)
    assert (income.name, income.amount, income.recurring_id) == ("Salary", Decimal("30000.00"), salary.pk)
    copy = BudgetAllocation.objects.get(budget=period.budget)
    assert (copy.subcategory_id, copy.allocated_amount) == (rent.pk, Decimal("9500.00"))
    assert (copy.recurring_id, copy.is_recurring_allocation) == (origin.pk, True)


def test_filling_takes_the_same_number_of_statements_however_much_there_is(owner, django_assert_num_queries):
    for number in range(12):
        subcategory = make_subcategory(owner, f"Sub {number}")
        add_recurring_allocation(user=owner, subcategory_id=subcategory.pk, amount=Decimal(1), period_type="monthly")
    with django_assert_num_queries(11):  # four of them savepoints
        open_period(user=owner, **MARCH)
    assert BudgetAllocation.objects.for_user(owner).count() == 12


def test_an_overlap_names_the_period_in_the_way(owner):
    open_period(user=owner, **MARCH)
    with pytest.raises(PeriodInTheWay) as refusal:
        open_period(user=owner, **{**APRIL, "start": date(2026, 3, 31)})
    assert str(refusal.value) == (
        "“March 2026” is in the way: it runs from 1 March 2026 to 31 March 2026, and monthly periods cannot overlap."
    )
    assert active_names(owner) == ["March 2026"]


def test_other_types_and_other_people_may_share_days(owner, stranger):
    open_period(user=owner, **MARCH)
    open_period(user=owner, period_type="quarterly", name="Q1 2026", start=date(2026, 1, 1), end=date(2026, 3, 31))
    open_period(user=stranger, **MARCH)
    assert BudgetPeriod.objects.count() == 3
    assert active_names(owner) == ["Q1 2026"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"end": date(2026, 2, 28)}, "The end date is before the start date."),
        ({"name": " "}, "Give the period a name."),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(owner, change, sentence):
    with pytest.raises(RefusedPeriod, match=sentence):
        open_period(user=owner, **{**MARCH, **change})
    assert not BudgetPeriod.objects.exists()


def test_a_day_long_period_is_one(owner):
    period = open_period(user=owner, **{**MARCH, "end": date(2026, 3, 1)})
    assert period.start_date == period.end_date


def test_moving_a_period_leaves_its_budget(owner):
    period = open_period(user=owner, **MARCH)
    update_period(user=owner, period_id=period.pk, **{**MARCH, "name": "Mar", "end": date(2026, 4, 2)})
    period.refresh_from_db()
    assert (period.name, period.end_date, period.is_active) == ("Mar", date(2026, 4, 2), True)
    assert Budget.objects.filter(period=period).count() == 1


def test_moving_a_period_onto_another_is_refused(owner):
    open_period(user=owner, **MARCH)
    april = open_period(user=owner, **APRIL)
    with pytest.raises(PeriodInTheWay, match="“March 2026” is in the way"):
        update_period(user=owner, period_id=april.pk, **{**APRIL, "start": date(2026, 3, 15)})


def test_switching(owner):
    march = open_period(user=owner, **MARCH)
    open_period(user=owner, **APRIL)
    activate_period(user=owner, period_id=march.pk)
    assert active_names(owner) == ["March 2026"]


@pytest.mark.parametrize("act", [activate_period, delete_period])
def test_another_persons_period_is_out_of_reach(owner, stranger, act):
    mine, theirs = open_period(user=owner, **MARCH), open_period(user=stranger, **MARCH)
    with pytest.raises(NotFound):
        act(user=owner, period_id=theirs.pk)
    with pytest.raises(NotFound):
        update_period(user=owner, period_id=theirs.pk, **{**APRIL, "name": "Mine now"})
    assert set(BudgetPeriod.objects.active()) == {mine, theirs}
    assert not BudgetPeriod.objects.filter(name="Mine now").exists()


def test_deleting_takes_the_budget_and_no_transaction(owner):
    subcategory = make_subcategory(owner)
    period = open_period(user=owner, **MARCH)
    services.set_allocation(user=owner, period_id=period.pk, subcategory_id=subcategory.pk, amount=Decimal(10))
    services.add_income(user=owner, period_id=period.pk, name="Salary", amount=Decimal(100))
    make_transaction(owner, day="2026-03-15", subcategory=subcategory)
    assert delete_period(user=owner, period_id=period.pk) is None
    assert [model.objects.count() for model in (Budget, BudgetAllocation, IncomeSource, Transaction)] == [0, 0, 0, 1]


def test_deleting_the_active_one_activates_the_latest_remaining(owner):
    open_period(user=owner, **{**MARCH, "name": "Feb", "start": date(2026, 2, 1), "end": date(2026, 2, 28)})
    march = open_period(user=owner, **MARCH)
    april = open_period(user=owner, **APRIL)
    assert delete_period(user=owner, period_id=april.pk) == march
    assert active_names(owner) == ["March 2026"]


def test_deleting_can_leave_none_active(owner):
    open_period(user=owner, **MARCH)
    april = open_period(user=owner, **APRIL)
    assert delete_period(user=owner, period_id=april.pk, activate_next=False) is None
    assert active_names(owner) == []


def test_deleting_another_than_the_active_changes_nothing_else(owner):
    march = open_period(user=owner, **MARCH)
    open_period(user=owner, **APRIL)
    assert delete_period(user=owner, period_id=march.pk) is None
    assert active_names(owner) == ["April 2026"]


@pytest.mark.parametrize(
    ("start", "end", "active", "constraint"),
    [
        ("2026-03-31", "2026-04-29", False, "budget_period_no_overlap"),
        ("2026-04-01", "2026-04-30", True, "idx_budget_period_user_active"),
        ("2026-04-30", "2026-04-29", False, "budget_period_ends_after_start"),
    ],
)
def test_the_database_holds_the_rules_on_its_own(owner, start, end, active, constraint):
    make_period(owner)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO budget_period (user_id, name, period_type, start_date, end_date, is_active)"
            " VALUES (%s, 'x', 'monthly', %s, %s, %s)",
            [owner.pk, start, end, active],
        )


def both_at_once(action):
    """What two say that start together; a refusal as its sentence."""
    return [
        str(one) if isinstance(one, DomainError) else one for one in at_once(action, action, refusals=(DomainError,))
    ]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_give_one_period_and_one_sentence():
    user = make_user("racer")
    results = both_at_once(lambda: open_period(user=user, **MARCH))
    (period,) = BudgetPeriod.objects.for_user(user)
    assert len(results) == 2
    assert period in results
    (sentence,) = (result for result in results if result != period)
    assert sentence.startswith("“March 2026” is in the way")
    assert Budget.objects.for_user(user).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_different_ones_at_once_leave_one_active():
    user, plans = make_user("racer"), [MARCH, APRIL]
    results = both_at_once(lambda: open_period(user=user, **plans.pop()))
    assert len([result for result in results if isinstance(result, BudgetPeriod)]) == 2
    assert len(active_names(user)) == 1


@pytest.mark.django_db(transaction=True)
def test_deleting_a_period_while_its_budget_is_filled_never_fails_in_the_commit():
    user = make_user("racer")
    subcategory = make_subcategory(user)
    period = open_period(user=user, **MARCH)
    acts = [
        lambda: delete_period(user=user, period_id=period.pk),
        lambda: services.set_allocation(
            user=user, period_id=period.pk, subcategory_id=subcategory.pk, amount=Decimal(5)
        ),
    ]
    results = both_at_once(lambda: acts.pop()())  # noqa: PLW0108 - each thread takes its own
    assert len(results) == 2
    assert set(results) <= {None, "That budget is no longer there."}
    assert not BudgetAllocation.objects.exists()
