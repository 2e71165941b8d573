"""What PostgreSQL does for a page of the list: one index range in one partition, at any depth."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_account, make_subcategory, make_user
from transactions.ledger import list_reads
from transactions.models import Transaction

ROWS = 20_000


@pytest.fixture
def long_ledger(db):
    """Somebody with 20,000 rows beside others in the same table, analysed."""
    user, other = make_user("long"), make_user("other")
    account, subcategory = make_account(user), make_subcategory(user)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transaction"
            " (user_id, account_id, subcategory_id, amount, description, comment, booked_on, transaction_date)"
            " SELECT %s, %s, %s, -(n %% 90) - 1, 'Shop ' || n, '',"
            " (timestamp '2026-03-01 12:00' - n * interval '2 hours')::date,"
            " timestamptz '2026-03-01 12:00Z' - n * interval '2 hours'"
            " FROM generate_series(1, %s) n",
            [user.pk, account.pk, subcategory.pk, ROWS],
        )
        cursor.execute(
            "INSERT INTO transaction (user_id, amount, description, comment, booked_on, transaction_date)"
            " SELECT %s, -1, 'Other ' || n, '',"
            " (timestamp '2026-03-01 12:00' - n * interval '2 hours')::date,"
            " timestamptz '2026-03-01 12:00Z' - n * interval '2 hours'"
            " FROM generate_series(1, 2000) n",
            [other.pk],
        )
        cursor.execute("ANALYZE transaction")
    return user


def plan_of(read: Callable[[], Any]) -> dict[str, Any]:
    """Of the one statement that ``read`` makes."""
    with CaptureQueriesContext(connection) as made:
        read()
    assert len(made) == 1
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {made[0]['sql']}")
        return cursor.fetchone()[0][0]["Plan"]


def nodes(plan: dict[str, Any], lookups: bool = True) -> list[dict[str, Any]]:
    """``lookups`` are those by key of what is in no index, one for each row that is shown."""
    inside = [child for child in plan.get("Plans", []) if lookups or child["Parent Relationship"] != "Inner"]
    return [plan, *(node for child in inside for node in nodes(child, lookups))]


def read_page(user: Any, rows: Any, behind: Any = None, limit: int = 51) -> Callable[[], Any]:
    return lambda: list_reads.page(list_reads.selection(user, rows), behind=behind, limit=limit)


def read_figures(user: Any, rows: Any, days: Any = None, *, is_ledger: bool = False) -> Callable[[], Any]:
    chosen = list_reads.selection(user, rows)
    return lambda: list_reads.figures(chosen, days, is_ledger=is_ledger, only_days=False)


def page(user: Any, number: int) -> Callable[[], Any]:
    mine = Transaction.objects.for_user(user)
    last = mine.newest_first()[(number - 1) * 50 - 1] if number > 1 else None
    return read_page(user, mine, (last.booked_on, last.transaction_date, last.pk) if last else None)


def ranges(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The scans of the ledger that find the rows of a page."""
    return [node for node in nodes(plan, lookups=False) if "Relation Name" in node]


@pytest.mark.parametrize("number", [1, 2, 300])
def test_a_page_is_two_ranges_of_the_covering_index(long_ledger, number):
    """Its rows in the order of timestamps, and what may belong to one of their days: two days at most behind them."""
    plan = plan_of(page(long_ledger, number))
    assert plan["Actual Rows"] == 51
    near, beside = ranges(plan)
    for scan in (near, beside):
        assert scan["Node Type"] == "Index Only Scan"
        assert "user_id_transaction_date_id_amount" in scan["Index Name"] or "covering" in scan["Index Name"]
    assert near["Actual Rows"] == 51
    assert near.get("Rows Removed by Filter", 0) <= 24  # twelve rows a day: the cursor's day and the one after it
    assert beside["Actual Rows"] + beside.get("Rows Removed by Filter", 0) <= 36


def test_page_300_costs_what_page_1_costs(long_ledger):
    def buffers(number: int) -> int:
        plan = plan_of(page(long_ledger, number))
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    buffers(1), buffers(300)
    assert abs(buffers(300) - buffers(1)) <= 5
    assert buffers(300) < 60 + 51 * 4  # the index, and one lookup by key for each row


def test_filtered_by_subcategory_or_account_it_stays_in_one_partition(long_ledger):
    mine = Transaction.objects.for_user(long_ledger)
    for chosen in ({"subcategory_id": 1}, {"account_id": 1}, {"amount__lt": -80}):
        plan = plan_of(read_page(long_ledger, mine.filter(**chosen)))
        scans = [node for node in nodes(plan) if "Scan" in node["Node Type"]]
        assert len({scan.get("Relation Name") for scan in scans} - {None}) == 1
        assert not any(node["Node Type"] == "Seq Scan" for node in nodes(plan))


def test_the_totals_of_a_filter_read_one_partition_once(long_ledger):
    plan = plan_of(read_figures(long_ledger, Transaction.objects.for_user(long_ledger)))
    scans = [node for node in nodes(plan) if node.get("Relation Name", "").startswith("transaction")]
    assert len(scans) == 1


def test_the_totals_of_everything_do_not_read_it(long_ledger):
    """Two scans of the ledger: one finds no transfer, the other is of the day that is shown."""
    day = date(2026, 2, 20)
    plan = plan_of(read_figures(long_ledger, Transaction.objects.for_user(long_ledger), (day, day), is_ledger=True))
    scans = [node for node in nodes(plan) if node.get("Relation Name", "").startswith("transaction")]
    assert [(scan["Node Type"], scan["Actual Rows"]) for scan in scans] == [
        ("Index Only Scan", 0),
        ("Index Only Scan", 12),
    ]
