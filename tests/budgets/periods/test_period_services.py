"""Opening, changing, switching and deleting periods: what is filled, what is refused, and in which words."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from budgets.budget import services
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, IncomeSource
from budgets.periods.services import (
    PeriodInTheWay,
    RefusedPeriod,
    activate_period,
    delete_period,
    open_period,
    settle_active,
    update_period,
)
from budgets.recurring.services import add_recurring_allocation, add_recurring_income, set_recurring_income_active
from tests.concurrency import at_once
from tests.factories import make_period, make_subcategory, make_transaction, make_user
from transactions.models import Transaction
from wealthwise.core.errors import DomainError, NotFound
from wealthwise.core.periods import cycle_from

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_march")]
MARCH = {"period_type": "monthly", "name": "March 2026", "start": date(2026, 3, 1), "end": date(2026, 3, 31)}
APRIL = {"period_type": "monthly", "name": "April 2026", "start": date(2026, 4, 1), "end": date(2026, 4, 30)}


@pytest.fixture
def in_march():
    with time_machine.travel("2026-03-20T10:00:00Z"):
        yield


def active_names(user):
    return list(BudgetPeriod.objects.for_user(user).active().values_list("name", flat=True))


def test_a_new_period_has_one_budget_and_is_active(owner):
    period = open_period(user=owner, **MARCH)
    assert period.budget.brought_forward == 0
    assert Budget.objects.for_user(owner).count() == 1
    assert active_names(owner) == ["March 2026"]


@pytest.mark.parametrize("other", [APRIL, {**MARCH, "start": date(2026, 2, 1), "end": date(2026, 2, 28)}])
def test_opening_a_later_or_an_earlier_one_takes_nothing_over(owner, other):
    open_period(user=owner, **MARCH)
    assert not open_period(user=owner, **other).is_active
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
    with django_assert_num_queries(13):  # four of them savepoints
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
    assert active_names(owner) == ["March 2026"]


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


def test_moving_the_days_moves_what_is_active(owner):
    period = open_period(user=owner, **MARCH)
    update_period(user=owner, period_id=period.pk, **{**MARCH, "end": date(2026, 3, 19)})
    assert active_names(owner) == []
    update_period(user=owner, period_id=period.pk, **MARCH)
    assert active_names(owner) == ["March 2026"]


QUARTER = {"period_type": "quarterly", "name": "Q1 2026", "start": date(2026, 1, 1), "end": date(2026, 3, 31)}


def test_what_was_chosen_by_hand_counts_before_what_was_begun_first(owner):
    march = open_period(user=owner, **MARCH)
    quarter = open_period(user=owner, **QUARTER)
    assert active_names(owner) == ["March 2026"]
    activate_period(user=owner, period_id=quarter.pk)
    assert active_names(owner) == ["Q1 2026"]
    open_period(user=owner, **APRIL)
    with time_machine.travel("2026-04-01T10:00:00Z"):
        settle_active(user=owner)  # no second quarter yet
        assert active_names(owner) == ["April 2026"]
        open_period(user=owner, period_type="quarterly", name="Q2 2026", start=date(2026, 4, 1), end=date(2026, 6, 30))
        assert active_names(owner) == ["Q2 2026"]
    activate_period(user=owner, period_id=march.pk)
    assert active_names(owner) == ["March 2026"]


def test_a_trip_within_a_month_takes_nothing_over_until_it_is_chosen(owner):
    open_period(user=owner, **MARCH)
    trip = open_period(user=owner, period_type="custom", name="Trip", start=date(2026, 3, 18), end=date(2026, 3, 22))
    assert active_names(owner) == ["March 2026"]
    activate_period(user=owner, period_id=trip.pk)
    assert active_names(owner) == ["Trip"]
    with time_machine.travel("2026-03-23T10:00:00Z"):
        settle_active(user=owner)
        assert active_names(owner) == ["March 2026"]


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (APRIL, "“April 2026” begins on 1 April 2026. It becomes the active period by itself then."),
        (
            {**MARCH, "name": "Feb", "start": date(2026, 2, 1), "end": date(2026, 2, 28)},
            "“Feb” ended on 28 February 2026. The active period is one that today is in.",
        ),
    ],
)
def test_what_today_is_not_in_cannot_be_chosen(owner, plan, sentence):
    open_period(user=owner, **MARCH)
    period = open_period(user=owner, **plan)
    with pytest.raises(RefusedPeriod) as refusal:
        activate_period(user=owner, period_id=period.pk)
    assert str(refusal.value) == sentence
    assert active_names(owner) == ["March 2026"]
    assert not BudgetPeriod.objects.exclude(chosen_at=None).exists()


@pytest.mark.parametrize(
    ("zone", "moment", "name"),
    [
        ("Pacific/Kiritimati", "2026-03-31T09:59:00Z", "March 2026"),
        ("Pacific/Kiritimati", "2026-03-31T10:00:00Z", "April 2026"),
        ("Pacific/Pago_Pago", "2026-04-01T10:59:00Z", "March 2026"),
        ("Pacific/Pago_Pago", "2026-04-01T11:00:00Z", "April 2026"),
        ("America/Vancouver", "2026-04-01T06:59:00Z", "March 2026"),
    ],
)
def test_the_command_switches_at_midnight_where_people_live(zone, moment, name):
    user, other = make_user("one", time_zone=zone), make_user("other", time_zone="Asia/Tokyo")
    for each in (user, other):
        open_period(user=each, **MARCH)
        open_period(user=each, **APRIL)
    with time_machine.travel(moment, tick=False):
        call_command("switch_periods", stdout=(said := StringIO()))
        assert active_names(user) == [name]
        call_command("switch_periods", stdout=(again := StringIO()))
    switched = sum(each == "April 2026" for each in (name, *active_names(other)))
    assert [said.getvalue().split()[3:], again.getvalue().split()[3:]] == [
        [f"{switched}", "switched."],
        ["0", "switched."],
    ]


@pytest.mark.parametrize("act", [activate_period, delete_period])
def test_another_persons_period_is_out_of_reach(owner, stranger, act):
    mine, theirs = open_period(user=owner, **MARCH), open_period(user=stranger, **MARCH)
    with pytest.raises(NotFound):
        act(user=owner, period_id=theirs.pk)
    with pytest.raises(NotFound):
        update_period(user=owner, period_id=theirs.pk, **{**APRIL, "name": "Mine now"})
    assert set(BudgetPeriod.objects.active()) == {mine, theirs}
    assert not BudgetPeriod.objects.exclude(chosen_at=None).exists()
    assert not BudgetPeriod.objects.filter(name="Mine now").exists()


def test_deleting_takes_the_budget_and_no_transaction(owner):
    subcategory = make_subcategory(owner)
    period = open_period(user=owner, **MARCH)
    services.set_allocation(user=owner, period_id=period.pk, subcategory_id=subcategory.pk, amount=Decimal(10))
    services.add_income(user=owner, period_id=period.pk, name="Salary", amount=Decimal(100))
    make_transaction(owner, day="2026-03-15", subcategory=subcategory)
    delete_period(user=owner, period_id=period.pk)
    assert [model.objects.count() for model in (Budget, BudgetAllocation, IncomeSource, Transaction)] == [0, 0, 0, 1]


def test_deleting_the_active_one_leaves_another_that_contains_today(owner):
    open_period(user=owner, **QUARTER)
    march = open_period(user=owner, **MARCH)
    activate_period(user=owner, period_id=march.pk)
    open_period(user=owner, **APRIL)
    delete_period(user=owner, period_id=march.pk)
    assert active_names(owner) == ["Q1 2026"]


def test_deleting_can_leave_none_active(owner):
    march = open_period(user=owner, **MARCH)
    open_period(user=owner, **APRIL)
    delete_period(user=owner, period_id=march.pk)
    assert active_names(owner) == []


def test_deleting_another_than_the_active_changes_nothing_else(owner):
    open_period(user=owner, **MARCH)
    april = open_period(user=owner, **APRIL)
    delete_period(user=owner, period_id=april.pk)
    assert active_names(owner) == ["March 2026"]


# What is remembered of how a period goes on.


@pytest.mark.parametrize(
    ("start", "end", "said", "kind", "anchor"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), None, "day", date(2026, 3, 1)),
        (date(2026, 2, 28), date(2026, 3, 30), None, "day", date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 4, 29), None, "", None),
        (date(2026, 3, 31), date(2026, 4, 29), 0, "working_day", date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 4, 29), 31, "day", date(2026, 3, 31)),
        (date(2026, 3, 1), date(2026, 3, 12), 1, "day", date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 3, 12), None, "", None),
    ],
)
def test_a_period_remembers_its_cycle(owner, start, end, said, kind, anchor):
    cycle = None if said is None else cycle_from("monthly", start, said)
    period = open_period(user=owner, period_type="monthly", name="x", start=start, end=end, cycle=cycle)
    period.refresh_from_db()
    assert (period.cycle, period.cycle_anchor) == (kind, anchor)


def test_changed_days_change_the_cycle_only_where_they_are_whole(owner):
    period = open_period(user=owner, **MARCH)

    def changed(start, end):
        update_period(user=owner, period_id=period.pk, period_type="monthly", name="x", start=start, end=end)
        period.refresh_from_db()
        return period.cycle, period.cycle_anchor.day

    assert changed(date(2026, 3, 5), date(2026, 3, 31)) == ("day", 1)
    assert changed(date(2026, 2, 25), date(2026, 3, 24)) == ("day", 25)


def test_the_database_knows_the_cycles(owner):
    period = open_period(user=owner, **MARCH)
    for wrong in ({"cycle": "fortnight"}, {"cycle": ""}, {"cycle_anchor": None}):
        with pytest.raises(IntegrityError, match="budget_period_cycle_known"), transaction.atomic():
            BudgetPeriod.objects.filter(pk=period.pk).update(**wrong)


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
    assert active_names(user) == ["March 2026"]


@pytest.mark.django_db(transaction=True)
def test_two_who_read_first_on_a_new_day_switch_once():
    user = make_user("racer")
    open_period(user=user, **MARCH)
    open_period(user=user, **APRIL)
    with time_machine.travel("2026-04-01T10:00:00Z"):
        both_at_once(lambda: settle_active(user=user))
        assert active_names(user) == ["April 2026"]


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
