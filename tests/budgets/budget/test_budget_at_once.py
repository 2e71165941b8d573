"""The budget page at its URLs: two requests at once."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import Client

from budgets.models import BudgetPeriod
from tests.budgets.budget.test_budget_urls import amounts_of, give, in_march, url  # noqa: F401 - a fixture among them
from tests.concurrency import at_once
from tests.factories import make_period, make_subcategory, make_user, signed_in

D = Decimal


def posted_at_once(user: Any, requests: list[tuple[str, dict[str, str]]]) -> list[int]:
    """Post all requests at the same moment, each with a client of its own; the status of each."""

    def post(client: Client, address: str, form: dict[str, str]) -> int:
        return client.post(address, form).status_code

    return at_once(*[partial(post, signed_in(user), *request) for request in requests])


@pytest.mark.django_db(transaction=True)
def test_two_upserts_at_once_leave_one_row():
    user = make_user("racer")
    march, food = make_period(user), make_subcategory(user)
    address = url("allocate", march.pk)
    found = posted_at_once(user, [(address, {f"amount-{food.pk}": str(n)}) for n in (3, 4, 5)])
    assert found == [302, 302, 302]
    (amount,) = amounts_of(march).values()
    assert amount in (3, 4, 5)


@pytest.mark.django_db(transaction=True)
def test_money_moved_twice_at_once_is_moved_once_when_it_is_enough_for_one():
    user = make_user("racer")
    march, food, fuel = make_period(user), make_subcategory(user), make_subcategory(user, "Fuel", "Transport")
    give(user, march, food, "10")
    form = {"source": str(food.pk), "target": str(fuel.pk), "amount": "7"}
    assert sorted(posted_at_once(user, [(url("move", march.pk), form)] * 2)) == [302, 422]
    assert amounts_of(march) == {food.pk: D(3), fuel.pk: D(7)}


@pytest.mark.django_db(transaction=True)
def test_filling_twice_at_once_fills_once():
    user = make_user("racer")
    february = make_period(user, "2026-02-01", "2026-02-28", active=False, name="February 2026")
    march, food = make_period(user), make_subcategory(user)
    give(user, february, food, "10")
    form = {"source": "copy", "where": "empty"}
    single = {f"amount-{food.pk}": "8"}
    found = posted_at_once(user, [(url("fill", march.pk), form)] * 2 + [(url("allocate", march.pk), single)])
    assert found == [302, 302, 302]
    assert amounts_of(march)[food.pk] in (D(8), D(10))


@pytest.mark.django_db(transaction=True)
def test_two_activations_at_once_leave_one_active():
    user = make_user("racer")
    periods = [
        make_period(user, "2026-03-01", "2026-03-31", active=kind == "yearly", name=kind, period_type=kind)
        for kind in ("yearly", "quarterly", "monthly")
    ]
    with time_machine.travel("2026-03-20 10:00:00+00:00"):
        found = posted_at_once(user, [(url("period_activate", period.pk), {}) for period in periods[1:]])
    assert found == [302, 302]
    assert BudgetPeriod.objects.for_user(user).active().get() in periods[1:]


@pytest.mark.django_db(transaction=True)
def test_the_next_period_clicked_twice_is_opened_once():
    user = make_user("racer")
    march = make_period(user)
    with time_machine.travel("2026-04-02 10:00:00+00:00"):
        assert posted_at_once(user, [(url("period_next", march.pk), {})] * 2) == [302, 302]
    names = BudgetPeriod.objects.for_user(user).order_by("start_date").values_list("name", "is_active")
    assert list(names) == [("March 2026", False), ("April 2026", True)]
