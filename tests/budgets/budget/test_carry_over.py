"""Brought forward over chains of periods: the database's answer against the rule, told once more in Python."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from budgets.budget import services
from budgets.budget.summary import budget_summary
from budgets.dashboard.snapshot import period_figures
from budgets.models import Budget, BudgetAllocation, BudgetPeriod, CarryOver
from budgets.models.carry_over import carried_into
from budgets.periods.active import current_period
from budgets.periods.services import delete_period, open_period
from tests.examples import COSTLY
from tests.factories import at, make_category, make_period, make_subcategory, make_transaction, make_user
from wealthwise.core.caching import forget
from wealthwise.core.errors import NotFound, RefusedAmount

pytestmark = pytest.mark.django_db
D = Decimal
ZERO = D(0)
CENTS = st.integers(-500_000, 500_000).map(lambda cents: D(cents) / 100)
NONE, SURPLUS, MISSING, BOTH = CarryOver.values
NOT_NEGATIVE = st.integers(0, 500_000).map(lambda cents: D(cents) / 100)


# The rule, told once more: what a policy takes over from a balance.


def taken(policy, balance):
    return {NONE: ZERO, SURPLUS: max(balance, ZERO), MISSING: min(balance, ZERO), BOTH: balance}[policy]


# Chains.

SUBS = ("Groceries", "Fuel", "Rent")


@dataclass(frozen=True)
class Booked:
    """What is booked in some days: spent by subcategory (below zero when more came back), and uncategorised."""

    spent: tuple[Decimal, ...]
    loose: Decimal
    received: Decimal
    loose_in: Decimal

    @property
    def out(self):
        return sum(self.spent, self.loose)

    @property
    def came(self):
        return self.received + self.loose_in


@dataclass(frozen=True)
class Link:
    """One period of a chain, ``days`` long, and ``gap`` days after the one before, in which ``between`` is booked."""

    days: int
    gap: int
    policy: str
    by: str
    basis: str
    policies: tuple[str, ...]
    typed: Decimal
    planned: Decimal
    allocated: tuple[Decimal, ...]
    inside: Booked
    between: Booked

    def rolls(self, number):
        """The policy of a subcategory; nothing of it is kept apart where the period is carried over as a whole."""
        return NONE if self.by == "period" else self.policies[number] or self.policy


POLICIES = st.sampled_from([NONE, SURPLUS, MISSING, BOTH])
BOOKED = st.builds(
    Booked, spent=st.tuples(*[CENTS] * 3), loose=NOT_NEGATIVE, received=NOT_NEGATIVE, loose_in=NOT_NEGATIVE
)
LINKS = st.builds(
    Link,
    days=st.integers(1, 40),
    gap=st.sampled_from([0, 0, 5]),
    policy=st.sampled_from([NONE, SURPLUS, MISSING, BOTH, BOTH]),
    by=st.sampled_from(["period", "subcategory", "subcategory"]),
    basis=st.sampled_from(["received", "planned"]),
    policies=st.tuples(*[st.sampled_from(["", "", NONE, SURPLUS, MISSING, BOTH])] * 3),
    typed=CENTS,
    planned=NOT_NEGATIVE,
    allocated=st.tuples(*[NOT_NEGATIVE] * 3),
    inside=BOOKED,
    between=BOOKED,
)


def book(user, day, booked):
    """All of it on one day, one minute before it ends; a transfer besides, which counts nowhere."""
    filed = [make_subcategory(user, name) for name in SUBS]
    salary = make_subcategory(user, "Salary", "Income", "income")
    last_minute = at(user, day, 23) + timedelta(minutes=59)
    amounts = [*zip((-spent for spent in booked.spent), filed, strict=True), (-booked.loose, None)]
    for amount, subcategory in [*amounts, (booked.received, salary), (booked.loose_in, None)]:
        if amount:
            make_transaction(user, str(amount), transaction_date=last_minute, subcategory=subcategory)


def build(user, links, begins=date(2026, 1, 1)):
    """The periods of a chain, with their bookings on the last day of each and the first of each gap."""
    periods, filed = [], [make_subcategory(user, name) for name in SUBS]
    for number, link in enumerate(links):
        start = begins + timedelta(days=link.gap)
        end = start + timedelta(days=link.days - 1)
        period = make_period(user, f"{start}", f"{end}", active=False, name=f"P{number}", period_type="custom")
        amounts = {subcategory.pk: amount for subcategory, amount in zip(filed, link.allocated, strict=True)}
        services.set_allocations(user=user, period_id=period.pk, amounts=amounts)
        forward(
            user, period, link, {sub.pk: policy for sub, policy in zip(filed, link.policies, strict=True) if policy}
        )
        services.add_income(user=user, period_id=period.pk, name="Pay", amount=link.planned)
        book(user, end, link.inside)
        if link.gap and number:
            book(user, begins, link.between)
        periods.append(period)
        begins = end + timedelta(days=1)
    return periods


def forward(user, period, link, policies):
    forwarding = services.Forwarding(
        amount=link.typed, carry_over=link.policy, carry_by=link.by, carry_basis=link.basis, policies=policies
    )
    services.set_brought_forward(user=user, period_id=period.pk, forwarding=forwarding)


def expected(links):
    """What each link brings forward in all, and what each subcategory took over, by walking forward once."""
    held, rest, found = (ZERO, ZERO, ZERO), ZERO, []
    for link, following in pairwise([*links, None]):
        brought = link.typed + sum(held) + rest
        found.append((brought, held))
        if following is None:
            return found
        by_received = following.basis == "received"
        balance = brought + (link.inside.came if by_received else link.planned) - link.inside.out
        between = following.between if following.gap else Booked((ZERO,) * 3, ZERO, ZERO, ZERO)
        lines = [
            had + given - spent for had, given, spent in zip(held, link.allocated, link.inside.spent, strict=True)
        ]
        rolled = [taken(following.rolls(number), line) for number, line in enumerate(lines)]
        apart = [spent if following.rolls(n) != NONE else ZERO for n, spent in enumerate(between.spent)]
        held = tuple(amount - spent for amount, spent in zip(rolled, apart, strict=True))
        rest = ZERO
        if following.policy != NONE:
            flowed = (between.came if by_received else ZERO) - between.out + sum(apart)
            rest = taken(following.policy, balance - sum(rolled)) + flowed
    return found


def asked(user, periods):
    rows = BudgetPeriod.objects.for_user(user).with_budget().in_bulk([period.pk for period in periods])
    return [row.budget.brought_forward + carried_into(user, row.pk) for row in (rows[period.pk] for period in periods)]


@COSTLY
@given(st.lists(LINKS, min_size=1, max_size=5), st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]))
def test_chains(db, links, zone):
    with transaction.atomic():
        user = make_user("chain", time_zone=zone)
        periods = build(user, links)
        known = expected(links)
        assert asked(user, periods) == [brought for brought, _ in known]
        rows = BudgetPeriod.objects.for_user(user).with_budget().order_by("start_date")
        for period, (brought, held) in zip(rows, known, strict=True):
            summary = budget_summary(user, period)
            lines = {line.name: line.rolled for group in summary.groups for line in group.lines}
            assert ([lines[name] for name in SUBS], summary.brought_forward) == (list(held), brought)
            figures = period_figures(user, period, date(2026, 1, 1))
            assert (figures.brought_forward, figures.to_allocate) == (brought, summary.to_allocate)
            over = {line.id for line in summary.overspent}
            assert {line.subcategory_id for line in figures.overspent} == over
        forget(user.pk)
        transaction.set_rollback(True)


@COSTLY
@given(st.lists(LINKS, min_size=2, max_size=5), st.sampled_from(["received", "planned"]))
def test_carrying_both_ways_loses_and_invents_nothing(db, links, basis):
    """Whatever subcategories keep apart, and with what happens between periods."""
    links = [replace(link, policy=BOTH, basis=basis) for link in links]
    with transaction.atomic():
        user = make_user("chain")
        last = BudgetPeriod.objects.for_user(user).with_budget().get(pk=build(user, links)[-1].pk)
        summary = budget_summary(user, last)
        in_all = sum((link.typed - link.inside.out for link in links), ZERO)
        by_received = basis == "received"
        in_all += sum((link.inside.came if by_received else link.planned for link in links), ZERO)
        gaps = [link.between.out - (link.between.came if by_received else ZERO) for link in links[1:] if link.gap]
        assert (summary.stands if by_received else summary.left) == in_all - sum(gaps, ZERO)
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
        planned = services.Forwarding(carry_over=policy, carry_basis="planned")
        services.set_brought_forward(user=user, period_id=period.pk, forwarding=planned)
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
    march, food = make_period(owner), make_subcategory(owner)
    theirs = make_subcategory(stranger)
    for wrong in ({"carry_over": "half"}, {"carry_by": "week"}, {"carry_basis": "hoped"}, {"policies": {food.pk: ""}}):
        with pytest.raises(RefusedAmount):
            services.set_brought_forward(user=owner, period_id=march.pk, forwarding=services.Forwarding(**wrong))
    for user, policies in ((stranger, {}), (owner, {theirs.pk: BOTH})):
        chosen = services.Forwarding(amount=D(1), carry_over=BOTH, policies=policies)
        with pytest.raises(NotFound):
            services.set_brought_forward(user=user, period_id=march.pk, forwarding=chosen)
        with pytest.raises(NotFound):
            services.preview_brought_forward(user=user, period_id=march.pk, forwarding=chosen)
    budget = Budget.objects.get(period=march)
    assert (budget.brought_forward, budget.carry_over, budget.carry_basis) == (0, NONE, "received")
    assert not BudgetAllocation.objects.exists()


# By what came in, and by subcategory, at the URL.


@pytest.fixture
def household(owner):
    """February: 1,000 planned and 900 received; of 300 for groceries 250 are spent, of 50 for fuel 80."""
    february = make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    march = make_period(owner, "2026-03-01", "2026-03-31", name="March 2026")
    food, fuel = make_subcategory(owner), make_subcategory(owner, "Fuel", "Transport")
    services.add_income(user=owner, period_id=february.pk, name="Pay", amount=D(1000))
    services.set_allocations(user=owner, period_id=february.pk, amounts={food.pk: D(300), fuel.pk: D(50)})
    make_transaction(owner, "900", "2026-02-01", subcategory=make_subcategory(owner, "Salary", "Income", "income"))
    make_transaction(owner, "-250", "2026-02-28", subcategory=food)
    make_transaction(owner, "-80", "2026-02-11", subcategory=fuel)
    return february, march, food, fuel


def rolled(user, period):
    summary = budget_summary(user, BudgetPeriod.objects.for_user(user).with_budget().get(pk=period.pk))
    lines = {line.name: (line.rolled, line.balance) for group in summary.groups for line in group.lines}
    return summary.brought_forward, lines["Groceries"], lines["Fuel"], summary.to_allocate


def test_what_a_choice_does_is_shown_before_it_is_made(owner, owner_client, stranger_client, household):
    _, march, food, fuel = household
    april = make_period(owner, "2026-04-01", "2026-04-30", active=False, name="April 2026")
    Budget.objects.filter(period=april).update(carry_over=BOTH)
    address = reverse("budgets:brought_forward", args=[march.pk])
    page = owner_client.get(address).content.decode()
    assert "February 2026 stands at" in page
    assert "$570.00" in page  # 900 - 330
    assert "$670.00" in page  # 1,000 - 330
    form = {"carry_over": BOTH, "carry_by": "subcategory", "carry_basis": "received", f"roll_{fuel.pk}": NONE}
    shown = owner_client.post(address, form)
    assert [(row.period.name, row.before, row.after) for row in shown.context["effects"]] == [
        ("March 2026", 0, 570), ("April 2026", 0, 570),
    ]  # fmt: skip
    assert "Nothing is saved yet" in shown.content.decode()
    assert Budget.objects.get(period=march).carry_over == NONE
    assert stranger_client.post(address, {**form, "seen": "1"}).status_code == 404
    assert owner_client.post(address, {**form, "seen": "1"}).status_code == 302
    assert rolled(owner, march) == (570, (50, 50), (0, 0), 520)
    again = owner_client.get(address).context["form"]
    assert [again[name].value() for name in ("carry_by", f"roll_{food.pk}", f"roll_{fuel.pk}")] == [
        "subcategory", None, NONE,
    ]  # fmt: skip
    text = owner_client.get(reverse("budgets:budget_period", args=[march.pk])).content.decode()
    assert "+$50.00 carried over" in text


@pytest.mark.parametrize(
    ("policy", "food", "fuel"),
    [(NONE, 0, 0), (SURPLUS, 50, 0), (MISSING, 0, -30), (BOTH, 50, -30)],
)
def test_each_subcategory_takes_what_it_says(owner, household, policy, food, fuel):
    """The rest, here all that came in and has no place, is carried over as the budget says: nothing of it."""
    _, march, groceries, petrol = household
    chosen = services.Forwarding(carry_by="subcategory", policies={groceries.pk: policy, petrol.pk: policy})
    services.set_brought_forward(user=owner, period_id=march.pk, forwarding=chosen)
    assert rolled(owner, march) == (food + fuel, (food, food), (fuel, fuel), 0)


def test_a_late_booking_and_one_between_periods_reach_the_later_one(owner, household):
    _, march, food, _ = household
    BudgetPeriod.objects.filter(pk=march.pk).update(start_date=date(2026, 3, 4))
    chosen = services.Forwarding(carry_over=BOTH, carry_by="subcategory")
    services.set_brought_forward(user=owner, period_id=march.pk, forwarding=chosen)
    assert rolled(owner, march)[:2] == (570, (50, 50))
    make_transaction(owner, "-20", "2026-03-02", subcategory=food)  # between them
    make_transaction(owner, "-7", "2026-03-03")
    make_transaction(owner, "-5", "2026-02-20", subcategory=food)  # late
    assert rolled(owner, march)[:2] == (538, (25, 25))


def test_a_new_period_keeps_what_was_chosen_for_each_subcategory(owner, household):
    _, march, _, fuel = household
    chosen = services.Forwarding(carry_over=SURPLUS, carry_by="subcategory", policies={fuel.pk: BOTH})
    services.set_brought_forward(user=owner, period_id=march.pk, forwarding=chosen)
    april = open_period(user=owner, period_type="monthly", name="April", start=date(2026, 4, 1), end=date(2026, 4, 30))
    rows = BudgetAllocation.objects.for_user(owner).filter(budget=april.budget)
    assert [(row.subcategory_id, row.carry_over, row.allocated_amount) for row in rows] == [(fuel.pk, BOTH, 0)]
    assert (april.budget.carry_over, april.budget.carry_by) == (SURPLUS, "subcategory")
    # Chosen for the whole again, nothing of it stays.
    services.set_brought_forward(user=owner, period_id=april.pk, forwarding=services.Forwarding(carry_over=BOTH))
    assert not rows.exclude(carry_over="").exists()


def test_what_is_carried_over_costs_the_page_no_statement(owner, owner_client, household):
    _, march, *_ = household
    counts = []
    for chosen in (services.Forwarding(), services.Forwarding(carry_over=BOTH, carry_by="subcategory")):
        services.set_brought_forward(user=owner, period_id=march.pk, forwarding=chosen)
        for page in (reverse("budgets:budget_period", args=[march.pk]), reverse("dashboard")):
            owner_client.get(page)
            with CaptureQueriesContext(connection) as captured:
                owner_client.get(page)
            counts.append(len(captured))
    assert counts[:2] == counts[2:]
