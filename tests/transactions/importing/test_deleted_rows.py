"""Imported rows that were deleted on purpose stay away when their file comes again, unless they are asked for."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import make_account
from tests.transactions.importing.helpers import booked, imported, rows_form, staged, statement, step
from transactions.importing import services
from transactions.models import DeletedImport, ImportBatch, Transaction

pytestmark = pytest.mark.django_db
KEY = "8b5f1d9e-3f0c-4b8e-9a61-444444444444"
COFFEE = ("2026-03-02 12:00", "-3.20", "Coffee")
SALARY = ("2026-03-14 12:00", "2500.00", "Salary")


def mine(user):
    return Transaction.objects.for_user(user)


def delete(client, *rows):
    """By the page of one row, or by the bar for several."""
    if len(rows) == 1:
        return client.post(f"/transactions/{rows[0].pk}/delete/")
    sent = {"action": "delete", "row": [row.pk for row in rows], "confirmed": "on", "seen": len(rows)}
    return client.post("/transactions/bulk/", sent)


def check(client, batch):
    return client.get(step("check", batch))


def commit(client, batch, page, **changes):
    """Confirm the page as it is, or with a row ticked."""
    return client.post(step("commit", batch), rows_form(page, changes), follow=True)


@pytest.fixture
def account(owner, stranger):
    """The owner's, with three rows imported; the stranger has imported the same file."""
    imported(stranger, make_account(stranger))
    account = make_account(owner)
    imported(owner, account)
    return account


@pytest.mark.parametrize("number", [1, 2])
def test_what_was_deleted_is_left_out_and_said(owner, owner_client, stranger, account, number):
    delete(owner_client, *mine(owner).filter(description="Coffee").order_by("pk")[:number])
    batch = staged(owner, account)
    page = check(owner_client, batch)
    assert page.context["counts"] == (0, 3, 0)
    assert f"{number} of them deleted by you, left out" in page.text
    ticks = [shown.form["is_taken"].value() for shown in page.context["rows_page"].rows if shown.form]
    assert ticks == [False] * number
    left = booked(owner)
    assert len(left) == 3 - number
    commit(owner_client, batch, page)
    assert booked(owner) == left
    assert len(booked(stranger)) == 3
    assert not DeletedImport.objects.for_user(stranger).exists()


def test_they_are_taken_in_after_all(owner, owner_client, account):
    delete(owner_client, mine(owner).get(description="Salary"))
    batch = staged(owner, account, statement("2026-03-14,Salary,2500.00", "2026-03-20,Book,-9.00"))
    page = check(owner_client, batch)
    answer = commit(owner_client, batch, page, Salary={"is_taken": "on"})
    assert "2 added." in answer.text
    assert "Something changed" not in answer.text
    assert [row[2] for row in booked(owner)] == ["Coffee", "Coffee", "Salary", "Book"]
    assert not DeletedImport.objects.for_user(owner).exists()
    assert services.preview(batch=staged(owner, account)).counts == (0, 3, 0)


def test_new_rows_beside_them_come_in_without_them(owner, owner_client, account):
    delete(owner_client, mine(owner).get(description="Salary"))
    batch = staged(owner, account, statement("2026-03-14,Salary,2500.00", "2026-03-20,Book,-9.00"))
    assert "1 added." in commit(owner_client, batch, check(owner_client, batch)).text
    assert [row[2] for row in booked(owner)] == ["Coffee", "Coffee", "Book"]


def test_of_two_equal_coffees_the_deleted_one_stays_away(owner, owner_client, account):
    first, second = mine(owner).filter(description="Coffee").order_by("occurrence")
    delete(owner_client, first)
    assert imported(owner, account).new_count == 0
    assert booked(owner) == [COFFEE, SALARY]
    assert mine(owner).filter(pk=second.pk).exists()


def test_undoing_the_deletion_forgets_it(owner, owner_client, account):
    before = booked(owner)
    delete(owner_client, *mine(owner))
    assert DeletedImport.objects.for_user(owner).count() == 3
    action = owner_client.get("/transactions/").context["listing"].figures.undo_id
    owner_client.post("/transactions/bulk/undo/", {"action": action})
    assert booked(owner) == before
    assert not DeletedImport.objects.for_user(owner).exists()


def test_a_revert_forgets_it_so_that_the_file_brings_all_back(owner, owner_client, account):
    batch = ImportBatch.objects.for_user(owner).get()
    delete(owner_client, mine(owner).get(description="Salary"))
    services.revert(batch=batch)
    assert not DeletedImport.objects.for_user(owner).exists()
    assert imported(owner, account).new_count == 3


def test_another_import_s_deletions_outlive_a_revert(owner, owner_client, account):
    other = imported(owner, account, statement("2026-03-20,Book,-9.00"))
    delete(owner_client, mine(owner).get(description="Salary"))
    services.revert(batch=other)
    assert DeletedImport.objects.for_user(owner).count() == 1


def test_a_row_typed_by_hand_leaves_nothing_behind(owner, owner_client):
    owner_client.post(
        "/transactions/add/", {"direction": "expense", "amount": "5", "description": "Tea", "date": "2026-03-02"}
    )
    delete(owner_client, mine(owner).get())
    assert not DeletedImport.objects.exists()


def test_a_stranger_and_staff_delete_nothing_and_leave_nothing(owner, stranger_client, staff_client, account):
    row = mine(owner).get(description="Salary")
    for client in (stranger_client, staff_client):
        assert delete(client, row).status_code == 404
    assert len(booked(owner)) == 3
    assert not DeletedImport.objects.exists()


def test_the_database_refuses_another_s_import(owner, stranger, account):
    batch = ImportBatch.objects.for_user(owner).get()
    with pytest.raises(IntegrityError, match="deleted_import_import_batch_owner_fk"), transaction.atomic():
        DeletedImport.objects.create(user=stranger, import_batch=batch, fingerprint=KEY, occurrence=1)
        connection.check_constraints()
