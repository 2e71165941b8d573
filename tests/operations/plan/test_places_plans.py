"""Balances over time and possible transfers on seeded, vacuumed rows: which index, and one partition only."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from tests.operations.plan.explain import Plan, explain
from transactions.account import balances
from transactions.pairing import hints

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]


@pytest.fixture
def person() -> User:
    return User.objects.order_by("id")[200]


def plan_of(read: Callable[[], Any]) -> Plan:
    """The plan of the one statement that ``read`` sends."""
    with time_machine.travel(datetime(2025, 12, 1, tzinfo=UTC), tick=False), CaptureQueriesContext(connection) as sent:
        read()
    assert len(sent) == 1
    return explain((sent[0]["sql"], []))


def scans_of_the_ledger(plan: Plan) -> list[dict[str, Any]]:
    """Of a partition, or of the plain table; without the list of the person's parts of splits, which has its index."""
    scans = [node for node in plan.nodes if re.fullmatch(r"transaction(_p\d+)?", node.get("Relation Name", ""))]
    return [node for node in scans if not node.get("Index Name", "").startswith("idx_transaction_split")]


def test_possible_transfers_read_one_partition_once(person: User) -> None:
    plan = plan_of(lambda: hints.find(person, days=366))
    scan = scans_of_the_ledger(plan)
    assert [node["Node Type"] for node in scan] == ["Index Only Scan"]
    assert "idx_transaction_covering" in plan.indexes
    assert "Seq Scan" not in plan.types


def test_possible_transfers_of_a_page_read_the_days_around_it_alone(person: User) -> None:
    rows = [(date(2024, 3, 1), Decimal(-20)), (date(2024, 3, 2), Decimal(5)), (date(2021, 7, 1), Decimal(-8))]
    plan = plan_of(lambda: hints.among(person, rows))
    assert [node["Node Type"] for node in scans_of_the_ledger(plan)] == ["Index Only Scan"]
    assert "transaction_date >=" in str([node["Index Cond"] for node in scans_of_the_ledger(plan)])
    assert "idx_transaction_covering" in plan.indexes


def test_month_ends_of_all_accounts_read_one_partition_once(person: User) -> None:
    plan = plan_of(lambda: balances.month_ends(person, months=12))
    assert [node["Node Type"] for node in scans_of_the_ledger(plan)] == ["Index Only Scan"]
    assert "idx_transaction_covering" in plan.indexes
    assert "Seq Scan" not in plan.types


def test_the_history_of_one_account_comes_from_its_index(person: User) -> None:
    account = Account.objects.for_user(person)[0]
    account.user = person
    plan = plan_of(lambda: balances.history(account, months=12))
    assert "idx_transaction_user_account_date" in plan.indexes
    assert len({node["Relation Name"] for node in scans_of_the_ledger(plan)}) == 1
    assert "Seq Scan" not in plan.types
