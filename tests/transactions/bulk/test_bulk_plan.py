"""What bulk changes and their undo cost: what changes with the rows that are changed, whatever the statistics say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from tests.factories import make_account, make_subcategory, make_transaction, make_user
from transactions.bulk import services
from transactions.models import Transaction

ROWS = 6_000
FEW = 50  # what a node may be repeated over, without growing with the rows


@contextmanager
def plans() -> Iterator[list[dict[str, Any]]]:
    """The plan of each statement with the ledger in it, executed once for its figures and then for good."""
    found: list[dict[str, Any]] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if "transaction" in sql and sql.split(None, 1)[0] in ("WITH", "SELECT", "UPDATE", "INSERT", "DELETE"):
            with connection.connection.cursor() as cursor:
                cursor.execute("SAVEPOINT looked")
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                found.extend(entry["Plan"] for entry in cursor.fetchone()[0])
                cursor.execute("ROLLBACK TO SAVEPOINT looked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def repeated(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Nodes that were begun again for every row, without being a lookup by a whole key."""
    every = [node for plan in found for node in nodes(plan)]
    return [
        (node["Node Type"], node.get("Index Name"), node.get("CTE Name"), node["Actual Loops"])
        for node in every
        if node["Actual Loops"] > FEW and not _is_by_key(node)
    ]


def _is_by_key(node: dict[str, Any]) -> bool:
    name = node.get("Index Name", "")
    return name.endswith("_pkey") or node["Node Type"] in ("Result", "Append")


def make_rows(user: Any, account: Any, subcategories: list[Any], count: int) -> None:
    """Imported rows, spread over subcategories."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transaction (user_id, account_id, subcategory_id, amount, description, comment, booked_on,"
            " transaction_date, fingerprint, occurrence)"
            " SELECT %(user)s, %(account)s, (%(places)s::int[])[1 + n %% cardinality(%(places)s::int[])],"
            " -(n %% 90) - 1, 'Shop ' || n, '', d::date, d, gen_random_uuid(), 1"
            " FROM generate_series(1, %(count)s) n,"
            " LATERAL (SELECT timestamptz '2026-03-01 12:00Z' - n * interval '2 hours' AS d) x",
            {"user": user.pk, "account": account.pk, "places": [s.pk for s in subcategories], "count": count},
        )


@pytest.fixture
def ledger(db: None, request: pytest.FixtureRequest) -> SimpleNamespace:
    """Many rows. Statistics that are ``stale`` are of when each user had one row."""
    user = make_user("long")
    account = make_account(user)
    places = [make_subcategory(user, f"Place {n}") for n in range(6)]
    for n in range(40):
        make_transaction(make_user(f"other{n}"))
    make_transaction(user, account=account, subcategory=places[0])
    if request.param == "stale":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE transaction")
    make_rows(user, account, places[1:], ROWS - 1)
    if request.param == "fresh":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE transaction")
    return SimpleNamespace(user=user, account=account, places=places, rows=Transaction.objects.for_user(user))


def moved(ledger: SimpleNamespace) -> services.Outcome:
    rows = ledger.rows.exclude(subcategory=ledger.places[0])
    return services.recategorise(user=ledger.user, rows=rows, subcategory_id=ledger.places[0].pk, seen=ROWS - 1)


def moved_away(ledger: SimpleNamespace) -> services.Outcome:
    there = make_account(ledger.user, "There")
    return services.move_account(user=ledger.user, rows=ledger.rows, account_id=there.pk, seen=ROWS)


def deleted(ledger: SimpleNamespace) -> services.Outcome:
    return services.delete(user=ledger.user, rows=ledger.rows, seen=ROWS)


@pytest.mark.parametrize("ledger", ["fresh", "stale"], indirect=True)
@pytest.mark.parametrize("change", [moved, moved_away, deleted])
def test_nothing_is_repeated_for_each_row_but_a_lookup_by_its_key(ledger, change):
    with plans() as found:
        outcome = change(ledger)
        said = services.undo(user=ledger.user, action_id=outcome.action_id)
    assert said == f"Undone: {ROWS - (change is moved):,} transactions are back as before."
    assert len(found) >= 3  # what is chosen, the change, the undo
    assert repeated(found) == []
