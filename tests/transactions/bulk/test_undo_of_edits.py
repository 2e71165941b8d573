"""A single edit or deletion is taken back as a bulk change is: the same button, the same record, the truth told."""

import re

import pytest

from tests.concurrency import while_waiting
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from tests.transactions.bulk.test_bulk_services import state, transfer
from transactions.bulk import services
from transactions.categories.services import delete_subcategory
from transactions.ledger import services as ledger
from transactions.models import BulkAction, Transaction

LIST, UNDO = "/transactions/", "/transactions/bulk/undo/"
HTMX = {"HX-Request": "true"}


def mine(user):
    return Transaction.objects.for_user(user)


def typed(**fields):
    return {
        "direction": "expense",
        "amount": "20",
        "description": "Bakery",
        "date": "2026-04-01",
        "comment": "x",
    } | fields


def undo(client, action):
    return client.post(UNDO, {"action": action}, follow=True)


def action_in(response):
    """The undo of the toast, which is on whatever page one comes to."""
    return re.search(
        r'</p><form method="post" action="/transactions/bulk/undo/">.*?name="action" value="(\d+)"',
        response.text,
        re.S,
    )[1]


@pytest.fixture
def row(owner, stranger):
    make_transaction(stranger)
    return make_transaction(owner, account=make_account(owner), subcategory=make_subcategory(owner), comment="old")


@pytest.mark.parametrize("back", [LIST, "/dashboard/", "/accounts/"])
def test_an_edit_is_undone_from_the_page_that_one_comes_back_to(owner, owner_client, row, back):
    there = make_account(owner, "Savings")
    before = state(owner)
    page = owner_client.post(f"/transactions/{row.pk}/", typed(account=there.pk, next=back), follow=True)
    assert page.redirect_chain == [(back, 302)]
    assert "Saved “Bakery”" in page.text
    assert "Last change: Changed “Corner shop”." in owner_client.get(LIST).text
    answer = undo(owner_client, action_in(page))
    assert "Undone: “Corner shop” is as before." in answer.text
    assert state(owner) == before
    assert "Last change" not in owner_client.get(LIST).text


def test_an_edit_in_place_is_undone(owner, owner_client, row):
    before = state(owner)
    answer = owner_client.post(f"/transactions/{row.pk}/inline/", typed(date="2026-03-15"), headers=HTMX)
    action = re.search(r'name="action" value="(\d+)"', answer.text)[1]
    assert f'"undo": {action}' in answer["HX-Trigger"]
    undo(owner_client, action)
    assert state(owner) == before


def test_a_deletion_is_undone(owner, owner_client, row):
    before = state(owner)
    page = owner_client.post(f"/transactions/{row.pk}/delete/", follow=True)
    assert "Deleted “Corner shop”." in page.text
    assert "Undone: 1 transaction is back as before." in undo(owner_client, action_in(page)).text
    assert state(owner) == before


def test_both_sides_of_a_transfer_go_and_come_back(owner, owner_client):
    first, second, third = (make_account(owner, name) for name in "ABC")
    out, _ = transfer(owner, first, second)
    before = state(owner)
    sent = {"amount": "7", "source": third.pk, "target": second.pk, "description": "Else", "date": "2026-03-11"}
    page = owner_client.post(f"/transactions/{out.pk}/", sent, follow=True)
    assert [leg.amount for leg in mine(owner).order_by("amount")] == [-7, 7]
    undo(owner_client, action_in(page))
    assert state(owner) == before
    page = owner_client.post(f"/transactions/{out.pk}/delete/", follow=True)
    assert "and the other side of the transfer." in page.text
    undo(owner_client, action_in(page))
    assert state(owner) == before


def test_an_edit_that_changes_nothing_leaves_the_undo_of_the_change_before(owner, owner_client, row):
    owner_client.post(f"/transactions/{row.pk}/", typed(), follow=True)
    kept = BulkAction.objects.for_user(owner).get().pk
    page = owner_client.post(f"/transactions/{row.pk}/", typed(), follow=True)
    assert BulkAction.objects.for_user(owner).get().pk == kept
    assert '</p><form method="post" action="/transactions/bulk/undo/">' not in page.text


def test_what_was_changed_or_deleted_since_stays_and_is_named(owner, owner_client, row):
    owner_client.post(f"/transactions/{row.pk}/", typed())
    action = BulkAction.objects.for_user(owner).get().pk
    mine(owner).filter(pk=row.pk).update(comment="meanwhile")  # by another path than an edit
    before = state(owner)
    said = undo(owner_client, action).text
    assert "Undone, but nothing came back: “Corner shop” was changed since, and stays as it is." in said
    assert state(owner) == before
    owner_client.post(f"/transactions/{row.pk}/", typed(amount="21"))
    action = BulkAction.objects.for_user(owner).get().pk
    mine(owner).filter(pk=row.pk).delete()
    assert "“Bakery” was deleted since." in undo(owner_client, action).text


def test_a_subcategory_that_is_gone_is_said(owner, owner_client, row):
    owner_client.post(f"/transactions/{row.pk}/", typed())
    action = BulkAction.objects.for_user(owner).get().pk
    delete_subcategory(user=owner, subcategory_id=row.subcategory_id)
    said = undo(owner_client, action).text
    assert "“Corner shop” is as before. It is uncategorised now, since the subcategory is gone." in said
    row.refresh_from_db()
    assert (row.subcategory_id, row.description) == (None, "Corner shop")


def test_a_bulk_undo_names_a_few_of_what_was_changed_and_counts_what_was_deleted(owner):
    fun, food = make_subcategory(owner, "Fun", "Leisure"), make_subcategory(owner)
    rows = [make_transaction(owner, description=f"Row {n}") for n in range(8)]
    outcome = services.recategorise(user=owner, rows=mine(owner), subcategory_id=fun.pk, seen=8)
    mine(owner).filter(pk__in=[row.pk for row in rows[:5]]).update(subcategory=food)
    mine(owner).filter(pk=rows[7].pk).delete()
    assert services.undo(user=owner, action_id=outcome.action_id) == (
        "Undone: 2 of 8 transactions are back as before. "
        "5 were left as they are, changed since: “Row 0”, “Row 1”, “Row 2” and 2 more. 1 was deleted since."
    )


def test_nobody_else_undoes_it(owner, owner_client, stranger_client, staff_client, row):
    page = owner_client.post(f"/transactions/{row.pk}/", typed(), follow=True)
    before, action = state(owner), action_in(page)
    for client in (stranger_client, staff_client):
        assert "can no longer be undone" in undo(client, action).text
        assert "Last change" not in client.get(LIST).text
    assert state(owner) == before


@pytest.mark.django_db(transaction=True)
def test_an_edit_waits_for_a_bulk_change_and_is_the_last_then() -> None:
    user = make_user("owner")
    row, fun = make_transaction(user), make_subcategory(user, "Fun", "Leisure")
    booking = ledger.Booking(amount=20, is_income=False, description="Bakery", day=row.booked_on)
    updated = while_waiting(
        lambda: services.recategorise(user=user, rows=mine(user), subcategory_id=fun.pk, seen=1),
        lambda: ledger.update_transaction(user=user, transaction_id=row.pk, booking=booking),
    )
    assert services.undo(user=user, action_id=updated.action_id) == "Undone: “Corner shop” is as before."
    row.refresh_from_db()
    assert (row.description, row.subcategory_id) == ("Corner shop", fun.pk)
