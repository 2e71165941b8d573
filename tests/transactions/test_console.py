"""The console shows the ledger without changing, counting or quoting it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from tests.factories import make_transaction


@pytest.fixture
def console():
    try:
        return reverse("admin:transactions_transaction_changelist")
    except NoReverseMatch:
        pytest.skip("the console is not mounted")


def test_transactions_are_listed_without_a_count(owner, staff_client, console):
    row = make_transaction(owner, description="Private matter")
    with CaptureQueriesContext(connection) as captured:
        response = staff_client.get(console)
    assert response.status_code == 200
    assert "Private matter" not in response.content.decode()
    assert not [query for query in captured if "COUNT(*)" in query["sql"].upper() and '"transaction"' in query["sql"]]
    page = reverse("admin:transactions_transaction_change", args=[row.pk])
    assert "Private matter" not in staff_client.get(page).content.decode()


def test_transactions_cannot_be_changed_there(owner, staff_client, console):
    row = make_transaction(owner)
    assert staff_client.post(reverse("admin:transactions_transaction_delete", args=[row.pk])).status_code == 403
    assert (
        staff_client.post(reverse("admin:transactions_transaction_change", args=[row.pk]), {"amount": 1}).status_code
        == 403
    )
    assert staff_client.get(reverse("admin:transactions_transaction_add")).status_code == 403


@pytest.mark.parametrize("model", ["category", "subcategory", "importbatch"])
def test_the_other_lists_open(staff_client, console, model):
    assert staff_client.get(reverse(f"admin:transactions_{model}_changelist")).status_code == 200
