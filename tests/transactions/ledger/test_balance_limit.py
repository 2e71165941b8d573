"""A balance that cannot be stored is said in a sentence, whatever was pressed, and nothing is changed."""

import pytest

from accounts.models import Account
from tests.factories import make_account, make_transaction
from tests.transactions.bulk.test_bulk_services import state
from tests.transactions.importing.helpers import imported, staged, statement, step
from transactions.bulk import services as bulk
from transactions.models import ImportBatch, Transaction

SENTENCE = "beyond 9,999,999,999.99"
FULL = "9999999999.00"
HTMX = {"HX-Request": "true"}


def entry(**fields):
    return {"direction": "income", "amount": "5", "description": "Wages", "date": "2026-03-15"} | fields


@pytest.fixture
def full(owner):
    """An account that can hold 99 cents more, of the owner."""
    return make_account(owner, "Full", FULL)


def refused(client, owner, address, data, **more):
    """The page that says so, after making sure that nothing changed."""
    before = state(owner)
    response = client.post(address, data, follow=True, **more)
    assert response.status_code in (200, 422)
    assert SENTENCE in response.text.replace("&#39;", "'")
    assert state(owner) == before
    return response


@pytest.mark.parametrize("address", ["/transactions/add/", "/transactions/quick/"])
def test_an_entry(owner, owner_client, full, address):
    headers = HTMX if "quick" in address else {}
    refused(owner_client, owner, address, entry(account=full.pk), headers=headers)


@pytest.mark.parametrize("inline", [False, True])
def test_a_change(owner, owner_client, full, inline):
    row = make_transaction(owner, "0.50", account=full)
    address = f"/transactions/{row.pk}/" + ("inline/" if inline else "")
    refused(owner_client, owner, address, entry(account=full.pk), headers=HTMX if inline else {})


def test_a_transfer_and_its_change(owner, owner_client, full):
    other = make_account(owner, "Other")
    typed = {"amount": "5", "source": other.pk, "target": full.pk, "description": "Move", "date": "2026-03-15"}
    refused(owner_client, owner, "/transactions/transfer/", typed)
    small = {"amount": "0.50", "source": other.pk, "target": full.pk, "description": "Move", "date": "2026-03-15"}
    owner_client.post("/transactions/transfer/", small)
    leg = Transaction.objects.for_user(owner).get(amount__gt=0)
    refused(owner_client, owner, f"/transactions/{leg.pk}/", typed)


def test_a_deletion_single_and_bulk(owner, owner_client):
    """Without the expense the account would hold too much."""
    account = make_account(owner, "Low")
    row = make_transaction(owner, "-50", account=account)
    make_transaction(owner, "60", account=account)
    Account.objects.filter(pk=account.pk).update(anchor_balance="9999999980")
    refused(owner_client, owner, f"/transactions/{row.pk}/delete/", {})
    sent = {"action": "delete", "row": [row.pk], "confirmed": "on", "seen": 1}
    refused(owner_client, owner, "/transactions/bulk/", sent)


def test_a_bulk_move_and_its_undo(owner, owner_client, full):
    other = make_account(owner, "Other")
    row = make_transaction(owner, "5", account=other)
    refused(owner_client, owner, "/transactions/bulk/", {"action": "move", "target": f"a{full.pk}", "row": [row.pk]})
    rows = Transaction.objects.for_user(owner)
    third = make_account(owner, "Third")
    outcome = bulk.move_account(user=owner, rows=rows, account_id=third.pk, seen=1)
    Account.objects.filter(pk=other.pk).update(anchor_balance=FULL)
    refused(owner_client, owner, "/transactions/bulk/undo/", {"action": outcome.action_id})


def test_an_import_and_its_revert(owner, owner_client, full):
    batch = staged(owner, full, statement("2026-03-02,Wages,5.00"))
    refused(owner_client, owner, step("commit", batch), {})
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.UPLOADED
    low = make_account(owner, "Low")
    spent = imported(owner, low, statement("2026-03-02,Rent,-50.00"))
    make_transaction(owner, "60", account=low)
    Account.objects.filter(pk=low.pk).update(anchor_balance="9999999980")
    refused(owner_client, owner, step("revert", spent), {})


def test_an_account_that_is_full_the_other_way(owner, owner_client):
    empty = make_account(owner, "Owing", "-9999999999.00")
    refused(owner_client, owner, "/transactions/add/", entry(direction="expense", account=empty.pk))


def test_a_stranger_s_full_account_stands_in_nobody_s_way(owner, owner_client, stranger, full):
    """And cannot be filled by anybody else."""
    theirs = make_account(stranger, "Full", FULL)
    before = state(stranger)
    assert owner_client.post("/transactions/add/", entry(account=theirs.pk)).status_code == 422
    assert owner_client.post("/transactions/add/", entry(account=full.pk, amount="0.50")).status_code == 302
    assert state(stranger) == before
