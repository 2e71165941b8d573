"""How many statements each page takes, held in ``query_counts.json``; none grows with what a user has.

After a change that is meant: run once with ``UPDATE_QUERY_COUNTS=1`` and say why in the commit.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import booked_at, make_account, make_subcategory, make_user
from transactions.models import Transaction
from wealthwise.demo import sample_data

pytestmark = pytest.mark.django_db

BASELINE = Path(__file__).with_name("query_counts.json")
LIMITS = {"dashboard": 9, "transactions:list": 6}
PAGES = [
    "dashboard",
    "transactions:list",
    "transactions:add",
    "transactions:possible_transfers",
    "transactions:categories",
    "transactions:import",
    "transactions:filter_save",
    "transactions:rules",
    "transactions:rule_add",
    "transactions:rules_apply",
    "budgets:budget",
    "budgets:periods",
    "budgets:recurring",
    "budgets:schedules",
    "accounts:list",
    "accounts:settings",
    "reports:spending",
    "reports:cash_flow",
    "reports:flow",
    "reports:where",
    "reports:descriptions",
    "reports:net_worth",
    "reports:pace",
    "help",
    "accounts:username",
    "tokens:list",
    "data:overview",
    "data:restore",
    "data:reset",
    "moving:start",
]


@pytest.fixture
def household(db: None) -> Any:
    user = make_user("household", currency="ZAR", time_zone="Africa/Johannesburg")
    sample_data.build(user, timezone.localdate())
    return user


@pytest.fixture
def client(household: Any) -> Client:
    client = Client()
    client.force_login(household)
    return client


def statements(client: Client, page: str) -> list[str]:
    """The SQL of one request with a session that is not in the cache, the dearest case."""
    cache.delete_pattern("*")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse(page)).status_code == 200
    return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_pages_keep_to_their_baseline(client: Client) -> None:
    counts = {page: len(statements(client, page)) for page in PAGES}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        BASELINE.write_text(json.dumps(counts, indent=2) + "\n")
    assert counts == json.loads(BASELINE.read_text())
    assert [page for page, limit in LIMITS.items() if counts[page] > limit] == []


def test_no_page_grows_with_what_a_person_has(client: Client, household: Any) -> None:
    before = {page: len(statements(client, page)) for page in PAGES}
    now = timezone.now()
    subcategories = [make_subcategory(household, f"Sub {n}", f"Category {n % 7}") for n in range(40)]
    accounts = [make_account(household, f"Account {n}") for n in range(12)]
    Transaction.objects.bulk_create(
        Transaction(
            user=household,
            amount=-n,
            description=f"Row {n}",
            **booked_at(household, now - timedelta(hours=n)),
            account=accounts[n % 12],
            subcategory=subcategories[n % 40],
        )
        for n in range(600)
    )
    assert {page: len(statements(client, page)) for page in PAGES} == before


def relations(plan: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in plan:
        yield plan["Relation Name"]
    for part in plan.get("Plans", []):
        yield from relations(part)


REPORTS = [page for page in PAGES if page.startswith("reports:")]


@pytest.mark.parametrize("page", ["dashboard", "transactions:list", "budgets:budget", "accounts:list", *REPORTS])
def test_no_statement_reaches_two_partitions(client: Client, page: str) -> None:
    for sql in statements(client, page):
        if not re.match(r"\s*(SELECT|WITH)", sql):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
            plan = cursor.fetchone()[0][0]["Plan"]
        assert len({name for name in relations(plan) if re.fullmatch(r"transaction(_p\d+)?", name)}) <= 1, sql
