"""Nothing turns spending into income, or back, without being asked first, with figures."""

import pytest

from tests.factories import make_account, make_category, make_subcategory, make_transaction
from tests.transactions.bulk.test_bulk_services import state, transfer
from transactions.models import Category, Subcategory, Transaction

HOME = "/transactions/categories/"
FIGURES = "2 transactions, −$25.00 in all, would count as income and no longer as spending."

pytestmark = pytest.mark.django_db


@pytest.fixture
def places(owner, stranger):
    """Food with two rows filed there and a side of a transfer; the stranger has the same."""
    for user in (stranger, owner):
        food, pay = make_subcategory(user), make_subcategory(user, "Salary", "Income", "income")
        fun = make_subcategory(user, "Fun", "Leisure")
        make_transaction(user, "-20", subcategory=food)
        make_transaction(user, "-5", subcategory=food)
        out, _ = transfer(user, make_account(user, "A"), make_account(user, "B"))
        Transaction.objects.for_user(user).filter(pk=out.pk).update(subcategory=food)
    return {"food": food, "pay": pay, "fun": fun}


def everything(user):
    return (
        state(user),
        list(Category.objects.for_user(user).order_by("pk").values()),
        list(Subcategory.objects.for_user(user).order_by("pk").values()),
    )


def asked_and_agreed(owner, client, stranger, address, typed):
    """Refused with the figures and without a change; done once agreed, and nobody else's touched."""
    before, theirs = everything(owner), everything(stranger)
    asked = client.post(address, typed)
    assert asked.status_code == 422
    assert FIGURES in asked.text
    assert '<input type="checkbox" name="agreed"' in asked.text
    assert everything(owner) == before
    assert client.post(address, typed | {"agreed": "on"}).status_code == 302
    assert everything(owner) != before
    assert everything(stranger) == theirs


def test_a_subcategory_that_is_deleted_or_merged_into_income(owner, owner_client, stranger, places):
    for step in ("delete", "merge"):
        food = make_subcategory(owner)
        Transaction.objects.for_user(owner).filter(description="Corner shop").update(subcategory=food)
        typed = {"target": places["pay"].pk}
        asked_and_agreed(owner, owner_client, stranger, f"{HOME}sub/{food.pk}/{step}/", typed)


def test_a_category_that_is_deleted(owner, owner_client, stranger, places):
    address = f"{HOME}{places['food'].category_id}/delete/"
    asked_and_agreed(owner, owner_client, stranger, address, {"target": places["pay"].pk})


def test_a_category_that_changes_its_kind(owner, owner_client, stranger, places):
    address = f"{HOME}{places['food'].category_id}/"
    asked_and_agreed(owner, owner_client, stranger, address, {"name": "Food", "kind": "income"})


def test_a_subcategory_that_moves_under_income(owner, owner_client, stranger, places):
    typed = {"name": "Groceries", "category": places["pay"].category_id}
    asked_and_agreed(owner, owner_client, stranger, f"{HOME}sub/{places['food'].pk}/", typed)


def test_within_a_kind_and_without_rows_nothing_is_asked(owner, owner_client, places):
    fun, food = places["fun"], places["food"]
    empty = make_subcategory(owner, "Empty", "Leisure")
    assert owner_client.post(f"{HOME}sub/{empty.pk}/merge/", {"target": places["pay"].pk}).status_code == 302
    assert owner_client.post(f"{HOME}{food.category_id}/", {"name": "Meals", "kind": "expense"}).status_code == 302
    assert owner_client.post(f"{HOME}sub/{food.pk}/delete/", {"target": fun.pk}).status_code == 302
    empty_category = make_category(owner, "Hobby")
    assert owner_client.post(f"{HOME}{empty_category.pk}/", {"name": "Hobby", "kind": "income"}).status_code == 302


def test_a_bulk_move_asks_too(owner, owner_client, stranger, places):
    rows = Transaction.objects.for_user(owner).filter(description="Corner shop")
    sent = {"action": "move", "target": f"s{places['pay'].pk}", "row": [row.pk for row in rows], "confirmed": "1"}
    before, theirs = everything(owner), everything(stranger)
    asked = owner_client.post("/transactions/bulk/", sent | {"seen": 2})
    assert FIGURES in asked.text
    assert 'name="agreed" value="1"' in asked.text
    assert everything(owner) == before
    owner_client.post("/transactions/bulk/", sent | {"seen": 2, "agreed": "1"})
    assert set(rows.values_list("subcategory", flat=True)) == {places["pay"].pk}
    assert everything(stranger) == theirs


def test_nobody_else_is_asked_about_it(owner, stranger_client, staff_client, places):
    before = everything(owner)
    for client in (stranger_client, staff_client):
        for address in (f"{HOME}sub/{places['food'].pk}/delete/", f"{HOME}{places['food'].category_id}/"):
            assert client.post(address, {"target": places["pay"].pk, "agreed": "on"}).status_code == 404
    assert everything(owner) == before
