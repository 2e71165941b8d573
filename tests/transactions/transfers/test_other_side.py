"""One row becomes a transfer to or from another account, and back; the next import knows it whatever it is."""

import pytest

from tests.concurrency import at_once
from tests.factories import make_account, make_transaction, make_user
from tests.transactions.bulk.test_bulk_services import state
from tests.transactions.importing.helpers import imported, statement
from transactions.ledger.services import RefusedTransfer
from transactions.models import Transaction
from transactions.transfers.services import give_other_side

UNDO = "/transactions/transfers/undo/"
FILE = statement("2026-03-02,To savings,-50.00", "2026-03-03,Coffee,-3.20")


def mine(user):
    return Transaction.objects.for_user(user)


def give(client, row, account, **more):
    return client.post(f"/transactions/{row.pk}/transfer/", {"account": getattr(account, "pk", account)} | more)


@pytest.fixture
def accounts(owner, stranger):
    imported(stranger, make_account(stranger), FILE)
    return make_account(owner), make_account(owner, "Savings")


def balances(*accounts):
    for account in accounts:
        account.refresh_from_db()
    return [account.current_balance for account in accounts]


def test_an_imported_row_becomes_a_transfer_and_back_and_stays_known(owner, owner_client, stranger, accounts):
    current, savings = accounts
    imported(owner, current, FILE)
    row = mine(owner).get(description="To savings")
    before, theirs = state(owner), state(stranger)
    text = owner_client.get(f"/transactions/{row.pk}/").text
    assert "Make this a transfer to" in text
    assert f'<option value="{savings.pk}">Savings</option>' in text
    assert give(owner_client, row, savings, next="/transactions/?q=x")["Location"] == "/transactions/?q=x"
    other = mine(owner).exclude(transfer_id=None).get(amount__gt=0)
    assert (other.amount, other.booked_on, other.description) == (50, row.booked_on, "To savings")
    assert (other.fingerprint, other.import_batch_id) == (None, None)
    assert balances(current, savings)[1] == 50
    kept = mine(owner).get(pk=row.pk)
    assert (kept.fingerprint, kept.occurrence, kept.import_batch_id) == (row.fingerprint, 1, row.import_batch_id)
    assert imported(owner, current, FILE).new_count == 0
    assert "without the other side" in owner_client.get(f"/transactions/{row.pk}/").text
    owner_client.post(UNDO, {"transfer": kept.transfer_id, "keep": row.pk})
    assert state(owner)[:2] == before[:2]
    assert imported(owner, current, FILE).new_count == 0
    assert state(stranger) == theirs


def test_income_comes_from_the_other_account(owner, owner_client, accounts):
    row = make_transaction(owner, "20", account=accounts[0])
    assert "Make this a transfer from" in owner_client.get(f"/transactions/{row.pk}/").text
    give(owner_client, row, accounts[1])
    assert balances(*accounts) == [20, -20]


def test_split_in_two_both_stay(owner, owner_client, accounts):
    row = make_transaction(owner, "-20", account=accounts[0])
    give(owner_client, row, accounts[1])
    owner_client.post(UNDO, {"transfer": mine(owner).get(pk=row.pk).transfer_id})
    assert list(mine(owner).order_by("amount").values_list("amount", "transfer_id")) == [(-20, None), (20, None)]


def test_a_side_from_a_statement_is_not_deleted(owner, owner_client, accounts):
    imported(owner, accounts[1], statement("2026-03-02,From current,50.00"))
    out = make_transaction(owner, "-50", "2026-03-02", account=accounts[0])
    into = mine(owner).get(amount=50)
    owner_client.post("/transactions/transfers/make/", {"out": out.pk, "into": into.pk})
    before, key = state(owner), mine(owner).get(pk=out.pk).transfer_id
    assert "without the other side" not in owner_client.get(f"/transactions/{out.pk}/").text
    said = owner_client.post(UNDO, {"transfer": key, "keep": out.pk}, follow=True).text
    assert "The other side came from a statement." in said
    assert state(owner) == before
    assert "without the other side" in owner_client.get(f"/transactions/{into.pk}/").text


@pytest.mark.parametrize("account", ["own", "closed", "stranger", "", "x", "²", "9" * 40])
def test_an_account_that_does_not_do_changes_nothing(owner, owner_client, stranger, accounts, account):
    row = make_transaction(owner, "-20", account=accounts[0])
    chosen = {
        "own": accounts[0].pk,
        "closed": make_account(owner, "Old", is_active=False).pk,
        "stranger": make_account(stranger, "Theirs").pk,
    }.get(account, account)
    before = state(owner)
    answer = give(owner_client, row, chosen)
    assert answer["Location"] == f"/transactions/{row.pk}/"
    assert state(owner) == before


def test_a_row_without_an_account_or_with_one_account_alone_offers_none(owner, owner_client):
    row = make_transaction(owner)
    assert "Make this a transfer" not in owner_client.get(f"/transactions/{row.pk}/").text
    give(owner_client, row, make_account(owner))
    assert mine(owner).get().transfer_id is None


def test_another_s_row_is_not_there(owner, stranger, stranger_client, staff_client, accounts):
    row = make_transaction(owner, "-20", account=accounts[0])
    before = state(owner)
    for client in (stranger_client, staff_client):
        assert give(client, row, make_account(stranger, "Theirs")).status_code == 404
    assert state(owner) == before


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_there_is_one_other_side() -> None:
    user = make_user("owner")
    row, savings = make_transaction(user, account=make_account(user)), make_account(user, "Savings")
    answers = at_once(
        *[lambda: give_other_side(user=user, row_id=row.pk, account=savings)] * 3, refusals=(RefusedTransfer,)
    )
    assert sum(isinstance(answer, RefusedTransfer) for answer in answers) == 2
    assert mine(user).count() == 2
