"""What reports read, as the planner does it: months from the summary, cut months by a range of the covering index."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from budgets.reports.cash_flow import flow_by_bucket
from budgets.reports.descriptions import top_descriptions
from budgets.reports.flow import flow_parts
from budgets.reports.net_worth import net_worth_over_time
from budgets.reports.pace import pace_of
from budgets.reports.spending import spending_by_bucket
from budgets.reports.where_it_went import spending_by_part
from tests.operations.plan.explain import Plan, explain
from transactions.models.cached_names import names_of
from transactions.summaries.ranges import DateRange, span_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

YEAR = DateRange(date(2024, 1, 1), date(2024, 12, 31))
CYCLE = DateRange(date(2024, 2, 25), date(2024, 3, 24))
TWO = DateRange(date(2024, 2, 25), date(2024, 5, 24))

REPORTS = {
    "spending": lambda user, days: spending_by_bucket(user, days, "month"),
    "flow": lambda user, days: flow_by_bucket(user, days, "month"),
    "parts": spending_by_part,
    "picture": flow_parts,
    "descriptions": top_descriptions,
    "worth": net_worth_over_time,
    "pace": lambda user, days: pace_of(user, days, DateRange(date(2024, 1, 1), date(2024, 1, 31)), date(2026, 1, 1)),
    "span": lambda user, _: span_of(user),
}


@pytest.fixture
def person(db: None) -> User:
    return User.objects.get(username="seed200")


def plan_of(read: Any, user: User, days: DateRange) -> Plan:
    names_of(user)  # cached by any page before
    with CaptureQueriesContext(connection) as captured:
        read(user, days)
    (query,) = captured.captured_queries
    return explain((query["sql"].replace("%", "%%"), []), analyze=True)


def read_rows(plan: Plan, relation: str) -> int:
    found = [node for node in plan.nodes if node.get("Relation Name", "").startswith(relation)]
    return sum(node["Actual Rows"] * node["Actual Loops"] for node in found)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("days", [YEAR, CYCLE, TWO])
def test_a_report_reads_one_partition_by_the_covering_index(person: User, name: str, days: DateRange) -> None:
    plan = plan_of(REPORTS[name], person, days)
    partitions = {relation for relation in plan.relations if relation.startswith("transaction")}
    assert len(partitions) <= 1
    assert "Seq Scan" not in {n["Node Type"] for n in plan.nodes if n.get("Relation Name") in partitions}
    assert {index for index in plan.indexes if index.startswith("idx_transaction")} <= {"idx_transaction_covering"}


@pytest.mark.parametrize("name", ["spending", "flow", "parts", "picture"])
def test_whole_months_read_no_row_of_the_ledger(person: User, name: str) -> None:
    plan = plan_of(REPORTS[name], person, YEAR)
    assert read_rows(plan, "transaction") == 0
    assert read_rows(plan, "spending_summary") > 0
    assert "uq_spending_summary" in plan.indexes


@pytest.mark.parametrize("name", ["spending", "flow", "parts", "picture"])
def test_a_cycle_within_two_months_reads_its_own_days_only(person: User, name: str) -> None:
    plan = plan_of(REPORTS[name], person, CYCLE)
    assert 0 < read_rows(plan, "transaction") <= 29
    assert read_rows(plan, "spending_summary") == 0
