"""The worst that can be asked of each heavy route: work of the server and of the processor, held by counts and ratios.

Somebody has 20,000 rows over five years, all of a few amounts and a few words, so that whatever compares rows finds
most of them alike.
"""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from tests.factories import make_account, make_subcategory, signed_in
from tests.transactions.ledger.test_list_plan import long_ledger, nodes  # noqa: F401  a fixture
from transactions.models import Rule, Transaction
from transactions.rules.services import MOST_RULES

ALL_TIME = urlencode({"date_from": "1900-01-01", "date_to": "2199-12-31"})
WORDS = urlencode({"q": " ".join(f"a{n} -b{n}" for n in range(40))[:300]})
ROUTES = [
    "/dashboard/", "/transactions/", f"/transactions/?{WORDS}", "/transactions/?q=o", "/transactions/?q=-zzz",
    "/transactions/?q=%25_%25_%25_%25", "/transactions/?q=zzzz", f"/transactions/?{ALL_TIME}",
    "/transactions/?sort=amount", "/transactions/transfers/", "/transactions/suggest/?description=shop&amount=5",
    "/transactions/rules/apply/",
    f"/reports/?{ALL_TIME}", f"/reports/cash-flow/?{ALL_TIME}", f"/reports/where-it-went/?{ALL_TIME}",
    f"/reports/descriptions/?{ALL_TIME}", f"/reports/net-worth/?{ALL_TIME}", f"/reports/pace/?{ALL_TIME}",
    "/accounts/", "/transactions/categories/", "/accounts/settings/data/",
]  # fmt: skip
MOST_READINGS = 3  # of the person's rows in one request, table and index counted once each
MOST_TIMES = 60  # what one may cost of the web's processor, in pages of help


@pytest.fixture
def heavy(long_ledger: User) -> User:  # noqa: F811
    """Rows of both signs in two accounts, so that all may be transfers, and as many rules as there can be."""
    second, subcategory = make_account(long_ledger, "Second"), make_subcategory(long_ledger, "Other")
    first = Account.objects.for_user(long_ledger).exclude(pk=second.pk).get()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transaction SET amount = CASE WHEN id %% 2 = 0 THEN 5 ELSE -5 END,"
            " description = 'Shop ' || id %% 7, account_id = CASE WHEN id %% 2 = 0 THEN %s ELSE %s END"
            " WHERE user_id = %s",
            [first.pk, second.pk, long_ledger.pk],
        )
        cursor.execute("ANALYZE transaction")
    Rule.objects.bulk_create(
        Rule(user=long_ledger, position=n, how="pattern", text=f"*s*h*o*p*{n}", subcategory=subcategory)
        for n in range(MOST_RULES)
    )
    return long_ledger


def work_of(queries: list[dict[str, Any]]) -> tuple[int, int]:
    """Pages of the server's memory that reading statements touch, and pages of temporary files that they write."""
    touched = temporary = 0
    with connection.cursor() as cursor:
        for sql in (query["sql"] for query in queries):
            if not sql.lstrip().upper().startswith(("SELECT", "WITH")) or "FOR UPDATE" in sql:
                continue
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
            found = cursor.fetchone()[0]
            plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            touched += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            temporary += plan["Temp Written Blocks"]
    return touched, temporary


def pages_of(user: User) -> int:
    """Of the partition of the person, with all of its indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size(tableoid) / 8192 FROM transaction WHERE user_id = %s LIMIT 1", [user.pk]
        )
        return int(cursor.fetchone()[0])


def seconds_of(client: Client, address: str) -> float:
    begun = time.process_time()
    assert client.get(address).status_code == 200
    return time.process_time() - begun


def test_the_worst_of_each_heavy_route(heavy: User) -> None:
    client, room = signed_in(heavy), pages_of(heavy)
    usual = min(seconds_of(client, "/help/") for _ in range(3))
    told = []
    for address in ROUTES:
        seconds_of(client, address)  # its template is compiled once
        with CaptureQueriesContext(connection) as made:
            seconds = seconds_of(client, address)
        touched, temporary = work_of(made.captured_queries)
        told.append((address[:40], len(made), touched, temporary, round(seconds / usual, 1)))
    beyond = [line for line in told if line[2] > MOST_READINGS * room or line[3] or line[4] > MOST_TIMES]
    assert beyond == []
    assert Transaction.objects.for_user(heavy).count() == 20_000
