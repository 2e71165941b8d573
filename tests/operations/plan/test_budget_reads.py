"""The reads of the budget pages on seeded data: the index each is said to use, and one partition at most."""

import re
from typing import Any

import pytest

from accounts.models import User
from budgets.budget.fill_services import _COPY, _SPENT, _bounds
from budgets.budget.spans import spans_before
from budgets.budget.summary import _INCOME, _LINES
from budgets.models import BudgetPeriod
from budgets.periods.timeline import _PERIODS
from tests.operations.plan.explain import Plan, explain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]


@pytest.fixture
def person(db: None) -> User:
    return User.objects.get(username="seed200")


@pytest.fixture
def period(person: User) -> BudgetPeriod:
    return BudgetPeriod.objects.for_user(person).with_budget().order_by("-start_date")[0]


def partitions(plan: Plan) -> set[str]:
    return {name for name in plan.relations if re.fullmatch(r"transaction(_p\d+)?", name)}


def on_the_ledger(plan: Plan) -> list[Any]:
    return [node for node in plan.nodes if "idx_transaction" in node.get("Index Name", "")]


def test_the_lines_of_a_budget(person: User, period: BudgetPeriod) -> None:
    start, end = period.start_date, period.end_date
    named = {"user": person.pk, "budget": period.budget.pk, "period": period.pk, "start": start, "end": end}
    plan = explain((_LINES, named))
    assert {"idx_transaction_covering", "idx_budget_allocation_covering"} <= plan.indexes
    assert len(partitions(plan)) == 1


def test_the_income_of_a_budget(person: User, period: BudgetPeriod) -> None:
    plan = explain((_INCOME, {"user": person.pk, "budget": period.budget.pk}))
    assert plan.indexes == {"idx_income_source_budget_id"}
    assert "Seq Scan" not in plan.types


@pytest.mark.parametrize("is_active", [True, False])
def test_all_periods_and_the_budget_of_one(person: User, period: BudgetPeriod, is_active: bool) -> None:
    plan = explain((_PERIODS, {"user": person.pk, "wanted": None if is_active else period.pk}))
    assert "Seq Scan" not in plan.types
    assert plan.indexes & {"idx_budget_user_period", "budget_owner_key", "budget_period_id_key"}
    assert plan.indexes & {"budget_period_owner_key", "budget_period_no_overlap", "idx_budget_period_user_active"}


def test_averages(person: User, period: BudgetPeriod) -> None:
    spans = spans_before(period, [], period.start_date)
    plan = explain((_SPENT, {"user": person.pk, "only": None, **_bounds(spans)}))
    assert {node["Node Type"] for node in on_the_ledger(plan)} == {"Index Only Scan"}
    assert "idx_transaction_covering" in plan.indexes
    assert len(partitions(plan)) == 1


def test_copying(person: User, period: BudgetPeriod) -> None:
    parameters = {"user": person.pk, "only": None, "everywhere": False, "budget": 0, "source": period.budget.pk}
    plan = explain((_COPY, parameters))
    assert "idx_budget_allocation_covering" in plan.indexes
    assert "Seq Scan" not in plan.types


def test_all_periods_of_a_person(person: User) -> None:
    plan = explain(BudgetPeriod.objects.for_user(person).timeline())
    assert plan.indexes <= {"budget_period_owner_key", "budget_period_no_overlap", "idx_budget_period_user_active"}
    assert plan.indexes
    assert "Seq Scan" not in plan.types
