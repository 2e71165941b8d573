"""The console shows the ledger without changing, counting or quoting it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_transaction


@pytest.fixture
def console():
    return reverse("admin:transactions_transaction_changelist")


def test_transactions_are_listed_without_a_count(owner, staff_client, console):
    make_transaction(owner, description="Private matter")
    with CaptureQueriesContext(connection) as captured:
        response = staff_client.get(console)
    assert response.status_code == 200
    assert "Private matter" not in response.content.decode()
    assert not [query for query in captured if "COUNT(*)" in query["sql"].upper() and '"transaction"' in query["sql"]]


def test_one_transaction_is_shown_masked_and_never_changed(owner, staff_client, console):
    row = make_transaction(owner, "-77.31", description="Private matter", comment="More of it")
    for name, seen in (("change", 200), ("delete", 403), ("history", 200)):
        page = reverse(f"admin:transactions_transaction_{name}", args=[row.pk])
        opened, posted = staff_client.get(page), staff_client.post(page, {"amount": 1})
        assert opened.status_code == seen
        assert name == "history" or posted.status_code == 403
        for response in (opened, posted):
            assert not [text for text in ("Private", "More of", "77.31") if text in response.content.decode()]
    row.refresh_from_db()
    assert str(row.amount) == "-77.31"
    assert staff_client.get(reverse("admin:transactions_transaction_add")).status_code == 403


@pytest.mark.parametrize("model", ["category", "subcategory", "importbatch"])
def test_the_other_lists_open(staff_client, console, model):
    assert staff_client.get(reverse(f"admin:transactions_{model}_changelist")).status_code == 200
