"""What PostgreSQL does for a page of the list: one index range in one partition, at any depth."""

from typing import Any

import pytest
from django.db import connection

from tests.factories import make_account, make_subcategory, make_user
from transactions.models import Transaction
from wealthwise.postgres import keyset

ROWS = 20_000


@pytest.fixture
def long_ledger(db):
    """Somebody with 20,000 rows beside others in the same table, analysed."""
    user, other = make_user("long"), make_user("other")
    account, subcategory = make_account(user), make_subcategory(user)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transaction"
            " (user_id, account_id, subcategory_id, amount, description, comment, transaction_date)"
            " SELECT %s, %s, %s, -(n %% 90) - 1, 'Shop ' || n, '',"
            " timestamptz '2026-03-01 12:00Z' - n * interval '2 hours'"
            " FROM generate_series(1, %s) n",
            [user.pk, account.pk, subcategory.pk, ROWS],
        )
        cursor.execute(
            "INSERT INTO transaction (user_id, amount, description, comment, transaction_date)"
            " SELECT %s, -1, 'Other ' || n, '', timestamptz '2026-03-01 12:00Z' - n * interval '2 hours'"
            " FROM generate_series(1, 2000) n",
            [other.pk],
        )
        cursor.execute("ANALYZE transaction")
    return user


def plan_of(queryset: Any) -> dict[str, Any]:
    sql, parameters = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters)
        return cursor.fetchone()[0][0]["Plan"]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def page(user: Any, number: int) -> Any:
    mine = Transaction.objects.for_user(user)
    if number == 1:
        return mine.page_after("").covered()[:51]
    last = mine.newest_first()[(number - 1) * 50 - 1]
    return mine.page_after(keyset.encode(last.transaction_date, last.pk)).covered()[:51]


@pytest.mark.parametrize("number", [1, 2, 300])
def test_a_page_is_one_range_of_the_covering_index(long_ledger, number):
    plan = plan_of(page(long_ledger, number))
    assert plan["Actual Rows"] == 51
    kinds = [node["Node Type"] for node in nodes(plan)]
    assert kinds == ["Limit", "Index Only Scan"]
    scan = nodes(plan)[1]
    assert "user_id_transaction_date_id_amount" in scan["Index Name"] or "covering" in scan["Index Name"]
    assert "Filter" not in scan


def test_page_300_costs_what_page_1_costs(long_ledger):
    def buffers(number: int) -> int:
        plan = plan_of(page(long_ledger, number))
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    buffers(1), buffers(300)
    assert abs(buffers(300) - buffers(1)) <= 5
    assert buffers(300) < 60


def test_filtered_by_subcategory_or_account_it_stays_in_one_partition(long_ledger):
    mine = Transaction.objects.for_user(long_ledger)
    for chosen in ({"subcategory_id": 1}, {"account_id": 1}, {"amount__lt": -80}):
        plan = plan_of(mine.filter(**chosen).page_after("").covered()[:51])
        scans = [node for node in nodes(plan) if "Scan" in node["Node Type"]]
        assert len({scan.get("Relation Name") for scan in scans} - {None}) == 1
        assert not any(node["Node Type"] == "Seq Scan" for node in nodes(plan))


def test_the_totals_of_everything_read_one_partition_once(long_ledger):
    plan = plan_of(Transaction.objects.for_user(long_ledger).totals())
    scans = [node for node in nodes(plan) if "Scan" in node["Node Type"]]
    assert len(scans) == 1
    assert scans[0].get("Relation Name", "").startswith("transaction")
