"""Period and recurring pages at their URLs: three actors, wrong inputs, pay cycles, and the next period."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from budgets.models import BudgetAllocation, BudgetPeriod, IncomeSource, RecurringBudgetAllocation
from budgets.periods import services as period_services
from budgets.periods.following import coming_after
from budgets.periods.services import open_period
from budgets.periods.switcher import switcher
from budgets.recurring import services as recurring
from tests.factories import WHO_ASKS, make_period, make_subcategory, make_transaction
from transactions.models import Transaction
from wealthwise.core.caching import forget
from wealthwise.core.errors import NotFound
from wealthwise.core.periods import period_containing

pytestmark = pytest.mark.django_db
D = Decimal
APRIL = {"period_type": "monthly", "name": "April 2026", "start": "2026-04-01", "end": "2026-04-30"}


@pytest.fixture
def march(owner):
    return make_period(owner)


@pytest.fixture
def food(owner):
    return make_subcategory(owner, "Groceries")


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:500]
    return response.content.decode()


def url(name: str, *args: int) -> str:
    return reverse(f"budgets:{name}", args=args)


def periods_of(user: Any) -> list[tuple[str, str, str, bool]]:
    rows = BudgetPeriod.objects.for_user(user).order_by("start_date", "id")
    return [(row.name, f"{row.start_date}", f"{row.end_date}", row.is_active) for row in rows]


# Wrong periods.


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " "},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"start": ""},
        {"start": "soon"},
        {"start": "2026-02-30"},
        {"start": "2026-05-01"},
        {"end": ""},
        {"end": "2026-03-31"},
        {"start": "1899-12-31"},
        {"end": "9999-12-31"},
        {"period_type": ""},
        {"period_type": "weekly"},
        {"start": "2026-03-31"},  # in the way: March
    ],
)
def test_a_wrong_period_is_neither_opened_nor_saved(owner, owner_client, march, wrong):
    later = make_period(owner, "2026-05-01", "2026-05-31", active=False, name="May 2026")
    before = periods_of(owner)
    for address in (url("period_add"), url("period_edit", later.pk)):
        text = text_of(owner_client.post(address, {**APRIL, **wrong}), 422)
        assert 'class="field-error"' in text or 'role="alert"' in text
    assert periods_of(owner) == before


def test_what_was_typed_is_still_there_after_a_refusal(owner_client, march):
    text = text_of(owner_client.post(url("period_add"), {**APRIL, "start": "2026-03-25", "name": "My April"}), 422)
    assert "“March 2026” is in the way: it runs from 1 March 2026 to 31 March 2026" in text
    assert 'value="My April"' in text
    assert 'value="2026-03-25"' in text


@pytest.mark.parametrize("query", ["?first_day=0", "?first_day=32", "?first_day=x", "?type=x", "?first_day=-1&type="])
@time_machine.travel("2026-06-10 10:00:00+00:00")
def test_nonsense_in_the_address_is_ignored(owner_client, query):
    assert 'value="June 2026"' in text_of(owner_client.get(url("period_add") + query))


@time_machine.travel("2026-06-10 10:00:00+00:00")
@pytest.mark.parametrize(
    ("query", "name", "start", "end"),
    [
        ("?first_day=25", "June 2026", "2026-05-25", "2026-06-24"),
        ("?type=quarterly&first_day=25", "Q2 2026", "2026-03-25", "2026-06-24"),
        ("?type=yearly&first_day=25", "2026", "2025-12-25", "2026-12-24"),
        ("?first_day=31", "June 2026", "2026-05-31", "2026-06-29"),
        ("?type=custom", "10 Jun – 23 Jun 2026", "2026-06-10", "2026-06-23"),
    ],
)
def test_any_pay_cycle_fills_in_days_and_name(owner, owner_client, query, name, start, end):
    text = text_of(owner_client.get(url("period_add") + query))
    for value in (name, start, end):
        assert f'value="{value}"' in text
    kind = query.partition("type=")[2].partition("&")[0] or "monthly"
    typed = {"period_type": kind, "name": "Mine", "start": start, "end": end}
    assert owner_client.post(url("period_add"), typed).status_code == 302
    assert periods_of(owner) == [("Mine", start, end, True)]


# The next period.


@pytest.mark.parametrize(
    ("kind", "start", "end", "expected"),
    [
        ("monthly", "2026-02-25", "2026-03-24", ("April 2026", "2026-03-25", "2026-04-24")),
        ("monthly", "2026-03-13", "2026-03-31", ("April 2026", "2026-04-01", "2026-04-30")),
        ("monthly", "2026-12-01", "2026-12-31", ("January 2027", "2027-01-01", "2027-01-31")),
        ("monthly", "2026-01-30", "2026-02-26", ("March 2026", "2026-02-27", "2026-03-30")),  # last working days
        ("quarterly", "2026-01-01", "2026-03-31", ("Q2 2026", "2026-04-01", "2026-06-30")),
        ("quarterly", "2026-02-01", "2026-04-30", ("May – Jul 2026", "2026-05-01", "2026-07-31")),
        ("yearly", "2025-12-25", "2026-12-24", ("2027", "2026-12-25", "2027-12-24")),
        ("yearly", "2025-04-06", "2026-04-05", ("2026/27", "2026-04-06", "2027-04-05")),
        ("yearly", "2025-07-01", "2026-06-30", ("2026/27", "2026-07-01", "2027-06-30")),
        ("custom", "2026-03-02", "2026-03-08", ("9 Mar – 15 Mar 2026", "2026-03-09", "2026-03-15")),
        ("custom", "2026-02-27", "2026-03-12", ("13 Mar – 26 Mar 2026", "2026-03-13", "2026-03-26")),
    ],
)
def test_one_click_opens_the_next_period(owner, owner_client, kind, start, end, expected):
    """Also of periods that were opened before anybody asked how they go on."""
    period = make_period(owner, start, end, period_type=kind, name="This one", active=False)
    for place in (url("budget_period", period.pk), url("periods")):
        assert f"Open {expected[0]}" in text_of(owner_client.get(place))
    opened = owner_client.post(url("period_next", period.pk))
    assert [row[:3] for row in periods_of(owner)] == [("This one", start, end), expected]
    latest = BudgetPeriod.objects.for_user(owner).latest("start_date")
    assert opened["Location"] == url("budget_period", latest.pk)
    # Once more finds it in the way and says so.
    again = owner_client.post(url("period_next", period.pk), follow=True)
    assert f"“{expected[0]}” is in the way" in text_of(again)
    assert len(periods_of(owner)) == 2


@pytest.mark.parametrize(
    ("query", "count", "expected"),
    [
        ("?first=2026-01-31", 4, ["2026-02-27", "2026-03-30", "2026-04-29", "2026-05-30"]),
        ("?first=2026-02-28&first_day=31", 3, ["2026-03-30", "2026-04-29", "2026-05-30"]),
        ("?first=2026-01-30", 3, ["2026-02-27", "2026-03-29", "2026-04-29"]),
        ("?first=2026-03-31&first_day=working_day", 4, ["2026-04-29", "2026-05-28", "2026-06-29", "2026-07-30"]),
        ("?first=2026-02-25", 3, ["2026-03-24", "2026-04-24", "2026-05-24"]),
        ("?type=quarterly&first=2026-02-01", 3, ["2026-04-30", "2026-07-31", "2026-10-31"]),
        ("?type=quarterly&first=2025-11-30&first_day=31", 3, ["2026-02-27", "2026-05-30", "2026-08-30"]),
        ("?type=yearly&first=2026-04-06", 3, ["2027-04-05", "2028-04-05", "2029-04-05"]),
        ("?type=yearly&first=2027-02-28", 3, ["2028-02-27", "2029-02-27", "2030-02-27"]),
        ("?type=week&first=2026-03-04", 3, ["2026-03-10", "2026-03-17", "2026-03-24"]),
        ("?type=two_weeks&first=2026-03-06", 3, ["2026-03-19", "2026-04-02", "2026-04-16"]),
        ("?type=four_weeks&first=2026-02-01", 3, ["2026-02-28", "2026-03-28", "2026-04-25"]),
        ("?type=custom&first=2026-03-04", 2, ["2026-03-17", "2026-03-31"]),
    ],
)
def test_a_cycle_that_was_chosen_goes_on(owner, owner_client, query, count, expected):
    """As it is filled in, with one click a time; every period begins the day after the one before."""
    page = owner_client.get(url("period_add") + query)
    owner_client.post(url("period_add") + query, page.context["form"].initial)
    for _ in range(count - 1):
        owner_client.post(url("period_next", BudgetPeriod.objects.for_user(owner).latest("start_date").pk))
    found = periods_of(owner)
    assert [end for _, _, end, _ in found] == expected
    starts = [date.fromisoformat(start) for _, start, _, _ in found]
    ends = [date.fromisoformat(end) for _, _, end, _ in found]
    assert [start - timedelta(days=1) for start in starts[1:]] == ends[:-1]
    assert len({name for name, *_ in found}) == count


@pytest.mark.parametrize(
    ("kind", "start", "end", "choices"),
    [
        # Ended within its cycle: back to it, never with the 19 days that are left, or on from there.
        ("monthly", "2026-03-01", "2026-03-12", ["2026-03-13 2026-04-30", "2026-03-13 2026-04-12"]),
        ("monthly", "2026-03-31", "2026-04-29", ["2026-04-30 2026-05-30", "2026-04-30 2026-05-28"]),
        ("yearly", "2026-01-01", "2026-09-30", ["2026-10-01 2027-12-31", "2026-10-01 2027-09-30"]),
        ("custom", "2026-02-01", "2026-02-28", ["2026-03-01 2026-03-31", "2026-03-01 2026-03-28"]),
    ],
)
def test_any_doubt_is_asked_with_the_days_shown(owner, owner_client, kind, start, end, choices):
    period = make_period(owner, start, end, period_type=kind, name="This one", active=False)
    if kind == "yearly":  # it says how it goes on, and ended early all the same
        BudgetPeriod.objects.filter(pk=period.pk).update(cycle="day", cycle_anchor=start)
    asked = url("period_add") + f"?after={period.pk}"
    assert owner_client.post(url("period_next", period.pk))["Location"] == asked
    assert asked in text_of(owner_client.get(url("budget_period", period.pk)))
    assert len(periods_of(owner)) == 1
    for number, choice in enumerate(choices):
        page = owner_client.get(f"{asked}&choice={number}")
        assert "not certain how it goes on" in text_of(page)
        days = page.context["form"].initial
        assert f"{days['start']} {days['end']}" == choice
    typed = {**days, "end": days["start"] + timedelta(days=370 if kind == "yearly" else 31)}
    assert owner_client.post(asked, typed).status_code == 302  # what was changed counts
    assert periods_of(owner)[-1][2] == str(typed["end"])


def test_a_doubt_about_what_is_not_ones_own(owner, stranger_client, march):
    assert stranger_client.get(url("period_add") + f"?after={march.pk}").status_code == 404


@pytest.mark.parametrize(
    ("query", "change", "sentence"),
    [
        ("?type=monthly", {"end": "2026-04-06"}, "These are 6 days, and a month has 28 to 31."),
        ("?type=monthly", {"end": "2026-12-31"}, "These are 275 days, and a month has 28 to 31."),
        ("?type=quarterly", {"end": "2026-04-30"}, "These are 30 days, and a quarter has 89 to 92."),
        ("?type=week&first=2026-04-01", {"end": "2026-04-06"}, "These are 6 days, and weekly means 7."),
    ],
)
@time_machine.travel("2026-04-10 10:00:00+00:00")
def test_odd_days_are_kept_only_when_they_are_meant(owner, owner_client, query, change, sentence):
    form = {**owner_client.get(url("period_add") + query).context["form"].initial, **change}
    answer = owner_client.post(url("period_add") + query, form)
    assert sentence in text_of(answer, 422)
    assert 'type="checkbox" name="keep_days"' in answer.content.decode()
    assert periods_of(owner) == []
    assert owner_client.post(url("period_add") + query, {**form, "keep_days": "on"}).status_code == 302
    (opened,) = periods_of(owner)
    assert opened[2] == change["end"]
    # Renamed later, it is not asked about again; changed, it is.
    pk = BudgetPeriod.objects.for_user(owner).get().pk
    shown = owner_client.get(url("period_edit", pk)).context["form"].initial
    assert owner_client.post(url("period_edit", pk), {**shown, "name": "Mine"}).status_code == 302
    if "week" not in query:
        text_of(owner_client.post(url("period_edit", pk), {**shown, "end": "2026-04-02"}), 422)
    assert [(name, end) for name, _, end, _ in periods_of(owner)] == [("Mine", change["end"])]


def test_all_up_to_today_are_opened_at_once(owner, owner_client, march):
    with time_machine.travel("2026-06-10 10:00:00+00:00"):
        told = owner_client.post(url("period_next", march.pk), {"until": "today"}, follow=True)
        assert "Opened 3 periods, the last of them “June 2026”." in text_of(told)
        assert [(name, active) for name, _, _, active in periods_of(owner)] == [
            ("March 2026", False), ("April 2026", False), ("May 2026", False), ("June 2026", True),
        ]  # fmt: skip


def test_a_cycle_from_the_31st_goes_on_after_february(owner, owner_client):
    make_period(owner, "2026-01-31", "2026-02-27", active=False, name="February 2026")
    march = make_period(owner, "2026-02-28", "2026-03-30")
    owner_client.post(url("period_next", march.pk))
    assert periods_of(owner)[-1][:3] == ("April 2026", "2026-03-31", "2026-04-29")


# The active one, from day to day.


def test_it_changes_by_itself_on_the_first_day_of_the_next(owner, owner_client, march):
    with time_machine.travel("2026-03-31 10:00:00+00:00"):
        told = owner_client.post(url("period_next", march.pk), follow=True)
        assert "Opened “April 2026”. It begins on 1 April 2026." in text_of(told)
        owner_client.post(url("period_add"), {**APRIL, "name": "Feb", "start": "2026-02-01", "end": "2026-02-28"})
        assert owner_client.get(reverse("dashboard")).context["period"] == march
        assert owner_client.get(url("budget")).context["period"] == march
    with time_machine.travel("2026-04-01 00:00:01+00:00"):
        for page in (reverse("dashboard"), url("budget"), url("periods")):
            BudgetPeriod.objects.for_user(owner).update(is_active=False)
            BudgetPeriod.objects.filter(pk=march.pk).update(is_active=True)
            forget(owner.pk)
            assert "April 2026" in text_of(owner_client.get(page))
            assert [name for name, _, _, active in periods_of(owner) if active] == ["April 2026"]
        assert owner_client.get(reverse("dashboard")).context["period"].name == "April 2026"


@pytest.mark.parametrize(("zone", "name"), [("Pacific/Kiritimati", "April 2026"), ("America/Vancouver", "March 2026")])
@time_machine.travel("2026-03-31 12:00:00+00:00")
def test_the_day_is_that_of_the_owner(owner, owner_client, march, zone, name):
    type(owner).objects.filter(pk=owner.pk).update(time_zone=zone)
    make_period(owner, "2026-04-01", "2026-04-30", active=False, name="April 2026")
    assert owner_client.get(reverse("dashboard")).context["period"].name == name


def test_the_switch_costs_statements_once(owner, owner_client, march, django_assert_max_num_queries):
    make_period(owner, "2026-04-01", "2026-04-30", active=False, name="April 2026")
    with time_machine.travel("2026-04-01 10:00:00+00:00"):
        for page in (reverse("dashboard"), url("budget")):
            for _ in range(2):  # the first switches, the second caches what it switched to
                owner_client.get(page)
            with CaptureQueriesContext(connection) as warm:
                owner_client.get(page)
            written = [query for query in warm if "UPDATE" in query["sql"] and "web_session" not in query["sql"]]
            assert written == []
            own = 5 if page == reverse("dashboard") else 3
            assert len(warm) == WHO_ASKS + own, [query["sql"][:99] for query in warm]


def test_a_period_that_ended_is_the_first_thing_the_dashboard_offers(owner, owner_client, stranger, march):
    make_period(stranger, name="Theirs")
    with time_machine.travel("2026-04-02 10:00:00+00:00"):
        page = owner_client.get(reverse("dashboard"))
        text = text_of(page)
        assert text.index("March 2026 ended on 31 March 2026") < text.index("Left to spend")
        assert "1 Apr – 30 Apr 2026" in text
        assert "Theirs" not in text
        assert page.context["period"] == march  # whose figures are still shown
        owner_client.post(url("period_next", march.pk))
        again = owner_client.get(reverse("dashboard"))
        assert "ended on" not in text_of(again)
        assert again.context["period"].name == "April 2026"


def test_it_is_offered_also_while_a_longer_one_goes_on(owner, owner_client, march):
    make_period(owner, "2026-01-01", "2026-12-31", active=False, name="2026", period_type="yearly")
    make_period(owner, "2026-02-01", "2026-02-10", active=False, name="Trip", period_type="custom")
    with time_machine.travel("2026-04-02 10:00:00+00:00"):
        page = owner_client.get(reverse("dashboard"))
        assert page.context["period"].name == "2026"
        assert [each.period.name for each in page.context["ended"]] == ["March 2026"]
        owner_client.post(url("period_next", march.pk))
        assert owner_client.get(reverse("dashboard")).context["period"].name == "April 2026"


def test_the_next_period_is_filled_from_recurring_items(owner, owner_client, march, food):
    recurring.add_recurring_income(user=owner, name="Salary", amount=D(900), period_type="monthly")
    recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(80), period_type="monthly")
    owner_client.post(url("period_next", march.pk))
    april = BudgetPeriod.objects.for_user(owner).latest("start_date")
    assert IncomeSource.objects.get(budget__period=april).amount == 900
    assert BudgetAllocation.objects.get(budget__period=april).allocated_amount == 80


def test_after_the_last_day_that_can_be_booked_nothing_follows(owner, owner_client):
    last = make_period(owner, "2200-12-01", "2200-12-31", name="The end")
    assert "Open January" not in text_of(owner_client.get(url("budget_period", last.pk)))
    response = owner_client.post(url("period_next", last.pk), follow=True)
    assert "after the last day that can be booked" in text_of(response)
    assert len(periods_of(owner)) == 1


@given(
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.integers(1, 31),
    st.sampled_from(["monthly", "quarterly", "yearly"]),
    st.integers(1, 8),
)
def test_following_keeps_every_pay_cycle(day, first_day, kind, steps):
    """Period after period leaves no gap and stays on the cycle, once three of them tell what it is, or it is asked."""
    found = period_containing(kind, day, first_day)
    chain = []
    for _ in range(3 + steps):
        chain.append(BudgetPeriod(period_type=kind, name=found.name, start_date=found.start, end_date=found.end))
        found = period_containing(kind, found.end + timedelta(days=1), first_day)
    last = chain[-1]
    coming = coming_after(last, chain)
    assert found in [choice for _, choice in coming.choices]
    assert coming.is_sure == (len(coming.choices) == 1)
    if kind == "monthly" or first_day <= 28:
        assert coming.is_sure


# Switching.


def test_the_switcher_names_what_is_beside_and_lists_all(owner, owner_client, stranger, march):
    february = make_period(owner, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    quarter = make_period(owner, "2026-01-01", "2026-03-31", active=False, name="Q1 2026", period_type="quarterly")
    make_period(stranger, "2026-04-01", "2026-04-30", name="Theirs")
    switch = owner_client.get(url("budget")).context["switch"]
    assert (switch.earlier, switch.later, switch.coming.period.name) == (february, None, "April 2026")
    assert [(kind, [period.name for period in members]) for kind, members in switch.by_type] == [
        ("Monthly", ["March 2026", "February 2026"]),
        ("Quarterly", ["Q1 2026"]),
    ]
    text = text_of(owner_client.get(url("budget_period", february.pk) + "?sort=over"))
    assert f'href="{url("budget_period", march.pk)}?sort=over" aria-label="Next: March 2026"' in text
    assert "Theirs" not in text
    assert switcher(quarter, [quarter]).earlier is None


def test_activating_what_is_gone_is_told(owner, owner_client, march, monkeypatch):
    def gone(**_: Any) -> None:
        raise NotFound("That period is no longer there.")

    monkeypatch.setattr(period_services, "activate_period", gone)
    response = owner_client.post(url("period_activate", march.pk), follow=True)
    assert "That period is no longer there." in text_of(response)


def test_methods(owner_client, march):
    for name in ("period_activate", "period_next"):
        assert owner_client.get(url(name, march.pk)).status_code == 405
    assert owner_client.post(url("periods")).status_code == 405


# Three actors.


@time_machine.travel("2026-03-20 10:00:00+00:00")
def test_strangers_staff_and_nobody(owner, stranger, stranger_client, staff_client, client, march):
    make_period(stranger)
    make_transaction(owner, "-5")
    before = periods_of(owner)
    typed = APRIL
    for name in ("period_edit", "period_next", "period_activate", "period_delete"):
        address = url(name, march.pk)
        assert stranger_client.post(address, typed).status_code == 404
        assert staff_client.post(address, typed).status_code == 404
        assert "/auth/login/" in client.post(address, typed)["Location"]
    assert periods_of(owner) == before
    assert Transaction.objects.for_user(owner).count() == 1
    text = text_of(stranger_client.get(url("periods")))
    assert text.count("March 2026") >= 1
    assert url("period_edit", march.pk) not in text


# Recurring items and the budgets that they filled.


def test_pausing_changing_and_deleting_leave_open_budgets_alone(owner, owner_client, food):
    income = recurring.add_recurring_income(user=owner, name="Salary", amount=D(900), period_type="monthly")
    row = recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(80), period_type="monthly")
    period = open_period(
        user=owner, period_type="monthly", name="March", start=date(2026, 3, 1), end=date(2026, 3, 31)
    )

    def budget() -> tuple[Any, ...]:
        source = IncomeSource.objects.values_list("name", "amount").get(budget=period.budget)
        return (*source, BudgetAllocation.objects.get(budget=period.budget).allocated_amount)

    filled = ("Salary", D(900), D(80))
    typed = {"name": "Pay", "amount": "1", "period_type": "monthly", "subcategory": food.pk}
    for kind, pk in (("income", income.pk), ("allocation", row.pk)):
        for name, form in (("pause", {}), ("pause", {"active": ""}), ("edit", typed), ("delete", {})):
            response = owner_client.post(url(f"recurring_{kind}_{name}", pk), form)
            assert (response.status_code, response["Location"]) == (302, url("recurring"))
            assert budget() == filled
    assert not RecurringBudgetAllocation.objects.exists()
    owner_client.post(url("period_next", period.pk))
    assert BudgetPeriod.objects.for_user(owner).filter(name="April 2026").exists()
    assert not IncomeSource.objects.filter(budget__period__name="April 2026").exists()


@pytest.mark.parametrize("typed", ["", "x", "-1", "NaN", "1.234", "99999999999", "1e3"])
def test_wrong_recurring_amounts_are_refused(owner, owner_client, food, typed):
    income = recurring.add_recurring_income(user=owner, name="Salary", amount=D(900), period_type="monthly")
    row = recurring.add_recurring_allocation(user=owner, subcategory_id=food.pk, amount=D(80), period_type="monthly")
    form = {"name": "Pay", "amount": typed, "period_type": "yearly", "subcategory": food.pk}
    for address in (
        url("recurring_income_add"),
        url("recurring_income_edit", income.pk),
        url("recurring_allocation_add"),
        url("recurring_allocation_edit", row.pk),
    ):
        text_of(owner_client.post(address, form), 422)
    income.refresh_from_db()
    row.refresh_from_db()
    assert (income.name, income.amount, row.allocated_amount) == ("Salary", D(900), D(80))
    assert owner.recurring_income.count() == owner.recurring_allocations.count() == 1


@pytest.mark.parametrize("form", [{"period_type": "weekly"}, {"subcategory": ""}, {"subcategory": "x"}, {"name": ""}])
def test_other_wrong_recurring_items_are_refused(owner, owner_client, food, form):
    typed = {"name": "Pay", "amount": "1", "period_type": "monthly", "subcategory": food.pk, **form}
    if "subcategory" not in form:
        text_of(owner_client.post(url("recurring_income_add"), typed), 422)
    if "name" not in form:
        text_of(owner_client.post(url("recurring_allocation_add"), typed), 422)
    assert owner.recurring_income.count() == owner.recurring_allocations.count() == 0
