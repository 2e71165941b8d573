"""The budget pages for their owner, for a stranger with look-alike data, and for nobody."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from budgets.models import (
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
)
from tests.factories import make_period, make_subcategory, make_transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(owner: Any, stranger: Any) -> dict[str, Any]:
    """The owner's plan; the stranger has the same."""
    made = {}
    for user in (stranger, owner):
        period, food = make_period(user), make_subcategory(user)
        make_transaction(user, "-30.25", "2026-03-31", subcategory=food)
        make_transaction(user, "5.25", "2026-03-02", subcategory=food)
        make_transaction(user, "-99", "2026-04-01", subcategory=food)
        made = {
            "period": period,
            "food": food,
            "allocation": BudgetAllocation.objects.create(
                user=user, budget=period.budget, subcategory=food, allocated_amount=Decimal(20)
            ),
            "income": IncomeSource.objects.create(user=user, budget=period.budget, name="Pay", amount=Decimal(100)),
            "recurring": RecurringIncomeSource.objects.create(user=user, name="Pay", amount=Decimal(100)),
            "standing": RecurringBudgetAllocation.objects.create(
                user=user, subcategory=food, allocated_amount=Decimal(20)
            ),
        }
    return made


def urls(plan: dict[str, Any]) -> list[str]:
    period, income = plan["period"].pk, plan["income"].pk
    recurring, standing = plan["recurring"].pk, plan["standing"].pk
    return [
        reverse("budgets:budget_period", args=[period]),
        reverse("budgets:allocate", args=[period]),
        reverse("budgets:move", args=[period]),
        reverse("budgets:brought_forward", args=[period]),
        reverse("budgets:take_brought_forward", args=[period]),
        reverse("budgets:fill", args=[period]),
        reverse("budgets:line", args=[period, plan["food"].pk]),
        reverse("budgets:line_fill", args=[period, plan["food"].pk]),
        reverse("budgets:period_next", args=[period]),
        reverse("budgets:income_add", args=[period]),
        reverse("budgets:income_edit", args=[income]),
        reverse("budgets:income_delete", args=[income]),
        reverse("budgets:period_edit", args=[period]),
        reverse("budgets:period_activate", args=[period]),
        reverse("budgets:period_delete", args=[period]),
        reverse("budgets:recurring_income_edit", args=[recurring]),
        reverse("budgets:recurring_income_delete", args=[recurring]),
        reverse("budgets:recurring_income_pause", args=[recurring]),
        reverse("budgets:recurring_allocation_edit", args=[standing]),
        reverse("budgets:recurring_allocation_delete", args=[standing]),
        reverse("budgets:recurring_allocation_pause", args=[standing]),
    ]


def snapshot() -> list[Any]:
    models = [BudgetPeriod, BudgetAllocation, IncomeSource, RecurringIncomeSource, RecurringBudgetAllocation]
    return [list(model.objects.order_by("pk").values()) for model in models]


@time_machine.travel("2026-03-20 10:00:00+00:00")
def test_a_stranger_finds_nothing_and_changes_nothing(plan: dict[str, Any], stranger_client: Any) -> None:
    before = snapshot()
    typed = {"amount": "1", "name": "Mine", f"amount-{plan['food'].pk}": "1", "subcategory": plan["food"].pk}
    for url in urls(plan):
        assert stranger_client.get(url).status_code in (404, 405), url
        assert stranger_client.post(url, typed).status_code in (404, 405), url
    assert snapshot() == before


def test_nobody_is_sent_to_the_sign_in(plan: dict[str, Any], client: Any) -> None:
    before = snapshot()
    for url in [*urls(plan), reverse("budgets:budget"), reverse("budgets:periods"), reverse("dashboard")]:
        assert "/auth/login/" in client.post(url)["Location"]
        assert "/auth/login/" in client.get(url)["Location"]
    assert snapshot() == before


def test_the_owner_sees_refunds_and_the_last_day(plan: dict[str, Any], owner_client: Any) -> None:
    """Was wrong: rows of a period's last day were lost. 30.25 spent, 5.25 refunded, 20 allocated."""
    page = owner_client.get(reverse("budgets:budget")).content.decode()
    assert "$25.00" in page
    assert "$5.00 over" in page
    assert "99.00" not in page


def test_an_amount_is_saved_on_its_own(plan: dict[str, Any], owner: Any, owner_client: Any) -> None:
    url = reverse("budgets:allocate", args=[plan["period"].pk])
    key = plan["food"].pk
    assert owner_client.post(url, {f"amount-{key}": "12.50+3", f"was-{key}": "20.00"}).status_code == 302
    allocation = BudgetAllocation.objects.for_user(owner).get()
    assert (allocation.pk, allocation.allocated_amount) == (plan["allocation"].pk, Decimal("15.50"))


def test_deleting_a_period_keeps_the_transactions(plan: dict[str, Any], owner: Any, owner_client: Any) -> None:
    from transactions.models import Transaction

    owner_client.post(reverse("budgets:period_delete", args=[plan["period"].pk]))
    assert not BudgetPeriod.objects.for_user(owner).exists()
    assert Transaction.objects.for_user(owner).count() == 3


def test_the_dashboard_tells_no_period_from_no_active_period(owner: Any, owner_client: Any) -> None:
    url = reverse("dashboard")
    none_yet = owner_client.get(url).content.decode()
    make_period(owner, active=False)
    none_active = owner_client.get(url).content.decode()
    assert "No budget period yet" in none_yet
    assert "No budget period yet" not in none_active
    assert "March 2026 ended on 31 March 2026" in none_active
