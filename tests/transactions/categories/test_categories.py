"""Categories and subcategories: adding, renaming, and deleting without anything going along silently."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction

from tests.factories import make_category, make_period, make_subcategory, make_transaction, make_user
from transactions.categories import services as category_services
from transactions.categories.defaults import DEFAULT_CATEGORIES
from transactions.categories.services import (
    NameTaken,
    StillInUse,
    add_category,
    add_default_categories,
    delete_subcategory,
    merge_subcategory,
)
from transactions.ledger import services
from transactions.models import Category, SpendingSummary, Subcategory, Transaction
from transactions.models.cached_names import names_of
from wealthwise.core.errors import NotFound

HOME = "/transactions/categories/"


def subcategory_url(subcategory, end=""):
    return f"{HOME}sub/{subcategory.pk}/{end}"


def filed(user):
    return list(Transaction.objects.for_user(user).order_by("id").values_list("subcategory__name", flat=True))


def test_the_page_shows_the_tree_with_counts(owner, owner_client, django_assert_max_num_queries):
    food = make_subcategory(owner)
    make_subcategory(owner, "Salary", "Work", "income")
    for _ in range(2):
        make_transaction(owner, subcategory=food)
    with django_assert_max_num_queries(3):
        response = owner_client.get(HOME)
    expenses, income = (group for _, group in response.context["groups"])
    assert [(row.name, row.uses) for row in expenses[0].subcategories] == [("Groceries", 2)]
    assert [category.name for category in income] == ["Work"]


def test_add_rename_and_move(owner, owner_client):
    owner_client.post(f"{HOME}add/", {"name": "  Fun ", "kind": "expense"})
    fun = Category.objects.for_user(owner).get()
    assert (fun.name, fun.kind) == ("Fun", "expense")
    owner_client.post(f"{HOME}{fun.pk}/add/", {"name": "Cinema", "category": fun.pk})
    cinema = Subcategory.objects.for_user(owner).get()
    owner_client.post(f"{HOME}{fun.pk}/", {"name": "Prizes", "kind": "income"})
    fun.refresh_from_db()
    assert (fun.name, fun.kind) == ("Prizes", "income")
    other = make_category(owner, "Other")
    owner_client.post(subcategory_url(cinema), {"name": "Films", "category": other.pk})
    cinema.refresh_from_db()
    assert (cinema.name, cinema.category_id) == ("Films", other.pk)


def test_a_name_is_unique_where_it_has_to_be(owner, owner_client, stranger):
    food, car = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    make_category(stranger, "Theirs")
    for url, typed in (
        (f"{HOME}add/", {"name": "Food", "kind": "expense"}),
        (f"{HOME}{car.category_id}/", {"name": "Food", "kind": "expense"}),
        (f"{HOME}{food.category_id}/add/", {"name": "Groceries", "category": food.category_id}),
        (subcategory_url(car), {"name": "Groceries", "category": food.category_id}),
    ):
        response = owner_client.post(url, typed)
        assert response.status_code == 422
        assert "You already have" in response.content.decode()
    # The same name under two categories is legal, and so is a name that somebody else uses.
    same_name = {"name": "Groceries", "category": car.category_id}
    assert owner_client.post(subcategory_url(car), same_name).status_code == 302
    assert owner_client.post(f"{HOME}add/", {"name": "Theirs", "kind": "expense"}).status_code == 302


@pytest.mark.parametrize("typed", [{"name": ""}, {"name": "  "}, {"name": "x" * 101}, {"kind": "both"}])
def test_wrong_input_is_told(owner, owner_client, typed):
    assert owner_client.post(f"{HOME}add/", {"name": "Fun", "kind": "expense"} | typed).status_code == 422
    assert not Category.objects.for_user(owner).exists()


def test_deleting_a_subcategory_never_deletes_its_transactions(owner, owner_client):
    """Was wrong: deleting a subcategory deleted its transactions."""
    food = make_subcategory(owner)
    make_transaction(owner, subcategory=food)
    make_transaction(owner, subcategory=food)
    assert "Filed here: 2 transactions" in owner_client.get(subcategory_url(food, "delete/")).content.decode()
    response = owner_client.post(subcategory_url(food, "delete/"))
    assert response.status_code == 422
    assert "2 transactions" in response.context["form"].non_field_errors()[0]
    assert filed(owner) == ["Groceries", "Groceries"]


def test_nobody_deletes_or_changes_what_is_anothers(owner, owner_client, stranger, stranger_client, client):
    """Was wrong: anyone could delete anyone's subcategory."""
    food = make_subcategory(owner)
    make_transaction(owner, subcategory=food)
    theirs = make_subcategory(stranger, "Other")
    urls = [
        f"{HOME}{food.category_id}/",
        f"{HOME}{food.category_id}/add/",
        f"{HOME}{food.category_id}/delete/",
        subcategory_url(food),
        subcategory_url(food, "delete/"),
    ]
    typed = {"name": "Mine now", "kind": "income", "category": theirs.category_id, "target": theirs.pk}
    for url in urls:
        assert (stranger_client.get(url).status_code, stranger_client.post(url, typed).status_code) == (404, 404)
        assert "/login/" in client.post(url, typed)["Location"]
    assert "Groceries" not in stranger_client.get(HOME).content.decode()
    # Nor does somebody put theirs under another's, or move rows there.
    assert owner_client.post(subcategory_url(food), {"name": "x", "category": theirs.category_id}).status_code == 422
    assert owner_client.post(subcategory_url(food, "delete/"), {"target": theirs.pk}).status_code == 422
    assert filed(owner) == ["Groceries"]
    assert [row.name for row in Subcategory.objects.for_user(owner)] == ["Groceries"]


def test_deleting_moves_everything_to_the_place_chosen(owner, owner_client):
    food, fuel = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    make_transaction(owner, "-10", subcategory=food)
    make_transaction(owner, "-5", subcategory=fuel)
    assert owner_client.post(subcategory_url(food, "delete/"), {"target": fuel.pk}).status_code == 302
    assert filed(owner) == ["Fuel", "Fuel"]
    assert not Subcategory.objects.for_user(owner).filter(pk=food.pk).exists()
    summary = SpendingSummary.objects.for_user(owner).get()
    assert (summary.subcategory_id, summary.spent, summary.transaction_count) == (fuel.pk, Decimal(15), 2)


def test_deleting_what_is_not_in_use_needs_no_place(owner, owner_client):
    food = make_subcategory(owner)
    assert owner_client.post(subcategory_url(food, "delete/")).status_code == 302
    assert owner_client.post(f"{HOME}{food.category_id}/delete/").status_code == 302
    assert not Category.objects.for_user(owner).exists()


def test_deleting_a_category_moves_what_is_in_its_subcategories_out_of_it(owner, owner_client):
    food, sweets = make_subcategory(owner), make_subcategory(owner, "Sweets")
    fuel = make_subcategory(owner, "Fuel", "Car")
    make_transaction(owner, subcategory=food)
    make_transaction(owner, subcategory=sweets)
    url = f"{HOME}{food.category_id}/delete/"
    assert "1 transaction" not in owner_client.get(f"{HOME}{fuel.category_id}/delete/").content.decode()
    for target in ("", sweets.pk):
        assert owner_client.post(url, {"target": target}).status_code == 422
    assert filed(owner) == ["Groceries", "Sweets"]
    assert owner_client.post(url, {"target": fuel.pk}).status_code == 302
    assert filed(owner) == ["Fuel", "Fuel"]
    assert [category.name for category in Category.objects.for_user(owner)] == ["Car"]


def test_what_other_apps_hold_is_in_the_way_even_when_they_say_nothing(owner, owner_client, monkeypatch):
    """The foreign key is the last word: an allocation is never lost."""
    from budgets.models import BudgetAllocation

    monkeypatch.setattr(category_services, "references", [])
    food = make_subcategory(owner)
    budget = make_period(owner).budget
    allocation = BudgetAllocation.objects.create(
        user=owner, budget=budget, subcategory=food, allocated_amount=Decimal(50)
    )
    response = owner_client.post(subcategory_url(food, "delete/"))
    assert response.status_code == 422
    assert "Something else is still filed here" in response.content.decode()
    assert BudgetAllocation.objects.for_user(owner).get() == allocation


def test_other_apps_say_what_they_hold_and_move_it(owner, monkeypatch):
    food, fuel = make_subcategory(owner), make_subcategory(owner, "Fuel", "Car")
    make_transaction(owner, subcategory=food)
    moved = []

    class Allocations:
        def in_words(self, *, user, subcategory_ids):
            return "3 allocations" if subcategory_ids == [food.pk] else ""

        def move(self, *, user, source_ids, target_id):
            moved.append((user, source_ids, target_id))

    monkeypatch.setattr(category_services, "references", [Allocations()])
    with pytest.raises(StillInUse, match="1 transaction and 3 allocations"):
        delete_subcategory(user=owner, subcategory_id=food.pk)
    merge_subcategory(user=owner, source=food, target=fuel)
    assert moved == [(owner, [food.pk], fuel.pk)]
    assert filed(owner) == ["Fuel"]


def test_nothing_merges_into_itself(owner):
    food = make_subcategory(owner)
    make_transaction(owner, subcategory=food)
    with pytest.raises(NotFound):
        merge_subcategory(user=owner, source=food, target=food)
    assert filed(owner) == ["Groceries"]


def test_the_defaults(owner, owner_client):
    make_subcategory(owner, "Mine", "Groceries")
    owner_client.post(f"{HOME}defaults/")
    assert Category.objects.for_user(owner).count() == len(DEFAULT_CATEGORIES) == 10
    expected = sum(len(default.subcategories) for default in DEFAULT_CATEGORIES)
    assert Subcategory.objects.for_user(owner).count() == expected + 1 == 36
    assert Category.objects.for_user(owner).get(name="Income").kind == "income"
    assert add_default_categories(user=owner) == 0


def test_only_the_chosen_defaults(owner, stranger):
    assert add_default_categories(user=owner, chosen={"Giving", "Income"}) == 7
    assert [category.name for category in Category.objects.for_user(owner)] == ["Giving", "Income"]
    assert all(category.is_template for category in Category.objects.for_user(owner))
    assert not Category.objects.for_user(stranger).exists()


# Two at once.


@pytest.mark.django_db(transaction=True)
def test_a_subcategory_is_not_deleted_under_a_booking_that_is_being_made():
    user = make_user("racer")
    food = make_subcategory(user)
    booked, finish = threading.Event(), threading.Event()

    def book():
        with transaction.atomic():
            booking = services.Booking(
                amount=Decimal(5),
                is_income=False,
                description="x",
                day=date.fromisoformat("2026-03-01"),
                subcategory=food,
            )
            services.record_transaction(user=user, booking=booking)
            booked.set()
            finish.wait(10)
        connection.close()

    def delete():
        try:
            delete_subcategory(user=user, subcategory_id=food.pk)
        except StillInUse as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "deleted"

    with ThreadPoolExecutor(2) as pool:
        booking = pool.submit(book)
        assert booked.wait(10)
        deletion = pool.submit(delete)
        assert not deletion.done()
        finish.set()
        booking.result(10)
        assert "1 transaction" in deletion.result(10)
    assert filed(user) == ["Groceries"]


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_names_at_once_one_is_refused_in_words():
    user = make_user("racer")
    start = threading.Barrier(4)

    def add(_):
        start.wait(10)
        try:
            add_category(user=user, name="Fun", kind="expense")
        except NameTaken as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "added"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(add, range(4)))
    assert answers.count("added") == 1
    assert answers.count("You already have “Fun” there.") == 3
    assert Category.objects.for_user(user).count() == 1


def test_a_missing_category_is_made_where_it_is_chosen(owner, owner_client, stranger):
    make_subcategory(stranger, "Snacks", "Food")
    url = f"{HOME}quick/"
    made = owner_client.post(url, {"category": "Food", "name": "Snacks"}).json()
    mine = Subcategory.objects.for_user(owner).get()
    assert made == {"id": mine.pk, "name": "Snacks", "category": "Food"}
    again = owner_client.post(url, {"category": "food", "name": "SNACKS"}).json()
    assert again == made  # found, whatever the capitals
    assert owner_client.post(url, {"category": "Food", "name": "Fruit"}).json()["name"] == "Fruit"
    assert names_of(owner).grouped() == [("Food", [(mine.pk + 1, "Fruit"), (mine.pk, "Snacks")])]
    refused = owner_client.post(url, {"category": "", "name": "x" * 101})
    assert refused.status_code == 422
    assert "required" in refused.json()["error"]
    assert Subcategory.objects.for_user(owner).count() == 2
    assert Category.objects.for_user(stranger).count() == 1
