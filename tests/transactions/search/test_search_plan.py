"""What PostgreSQL does for a filtered list: the rows of one user are reached, and no other partition."""

from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict

from accounts.models import Account
from tests.transactions.ledger.test_list_plan import (  # noqa: F401 - a fixture
    long_ledger,
    nodes,
    plan_of,
    ranges,
    read_figures,
    read_page,
)
from transactions.ledger import download
from transactions.models import ImportBatch, Tag, Transaction
from transactions.models.cached_names import names_of
from transactions.search.filters import FilterForm
from transactions.tags.uses import uses_of
from wealthwise.core.caching import forget

TIDY = """
    SELECT gin_clean_pending_list(oid) FROM pg_class
    WHERE relname ~ '^idx_transaction_(words|tags)(_p[0-9]+)?$' AND relkind = 'i'
"""


@pytest.fixture
def world(long_ledger):  # noqa: F811
    account = Account.objects.for_user(long_ledger).get()
    batch = ImportBatch.objects.create(user=long_ledger, account=account, file_name="x", kind="csv", state="committed")
    first = Transaction.objects.for_user(long_ledger).newest_first()[:100]
    Transaction.objects.filter(pk__in=[row.pk for row in first], user=long_ledger).update(import_batch=batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE transaction")
    return SimpleNamespace(user=long_ledger, batch=batch, names=names_of(long_ledger))


def chosen(world, query):
    form = FilterForm(QueryDict(urlencode(query)), user=world.user, names=world.names)
    assert form.is_understood
    return form.apply(Transaction.objects.for_user(world.user))


@pytest.mark.parametrize(
    "query",
    [
        {"q": "shop 77 -78"},
        {"q": "amount>50 amount<=60 category:food account:current in:expense"},
        {"q": "after:2025-01-01 before:2025-06-01"},
        {"q": "is:uncategorised"},
        {"q": "is:transfer"},
        {"imported": "on"},
    ],
)
def test_a_search_and_its_totals_read_one_partition(world, query):
    rows = chosen(world, query)
    for asked in (read_page(world.user, rows), read_figures(world.user, rows)):
        read = {node["Relation Name"] for node in nodes(plan_of(asked)) if "Relation Name" in node}
        assert len(read - {"bulk_action"}) == 1


def test_days_are_a_range_of_an_index(world):
    plan = plan_of(read_page(world.user, chosen(world, {"q": "on:2025-06-01"})))
    near, beside = ranges(plan)
    assert [scan["Node Type"] for scan in (near, beside)] == ["Index Only Scan"] * 2
    assert beside["Actual Rows"] == 0
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 20 + 12 * 4  # and a comment for each of 12 rows


@pytest.mark.parametrize("text", ["19777", "shop 19777", "current9", "19.99"])
def test_what_few_rows_have_is_found_by_the_index_of_words(world, text):
    """Words and amounts at once, whatever the length of the ledger; what waits to be put in its place is so before."""
    with connection.cursor() as cursor:
        cursor.execute(TIDY)
    rows = chosen(world, {"q": text})
    for asked in (read_page(world.user, rows), read_figures(world.user, rows)):
        plan = plan_of(asked)
        used = {node["Index Name"] for node in nodes(plan) if node["Node Type"] == "Bitmap Index Scan"}
        assert any("words" in name for name in used)
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 120  # of 600 that the person has


def test_the_rows_of_a_tag_are_found_by_its_index_and_counted_without_the_others(world):
    tag = Tag.objects.create(user=world.user, name="Journey")
    some = Transaction.objects.for_user(world.user).newest_first()[5000:5040].values_list("pk", flat=True)
    Transaction.objects.filter(user=world.user, pk__in=list(some)).update(tag_ids=[tag.pk])
    forget(world.user.pk)
    world.names = names_of(world.user)
    with connection.cursor() as cursor:
        cursor.execute(TIDY)
        cursor.execute("ANALYZE transaction")
    rows = chosen(world, {"tag": tag.pk})
    reads = [read_page(world.user, rows), read_figures(world.user, rows), lambda: uses_of(world.user, world.names)]
    for asked in reads:
        plan = plan_of(asked)
        assert any("tags" in node.get("Index Name", "") for node in nodes(plan))
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 60 + 40 * 8  # and two lookups a row
    assert [use.rows for use in uses_of(world.user, world.names)] == [40]


def test_an_import_is_found_by_its_index(world):
    plan = plan_of(read_figures(world.user, chosen(world, {"batch": world.batch.pk})))
    read = [node for node in nodes(plan) if node.get("Relation Name", "").startswith("transaction")]
    assert any("import_batch" in node.get("Index Name", "") for node in nodes(plan))
    assert not any(node["Node Type"] == "Seq Scan" for node in read)


def test_a_batch_of_the_download_is_ranges_of_the_covering_index(world):
    plan = plan_of(read_page(world.user, chosen(world, {}), limit=download.BATCH))
    assert [scan["Node Type"] for scan in ranges(plan)] == ["Index Only Scan"] * 2
